// The clock of this machine, and waiting that a signal ends.
import { expect, it } from 'vitest';
import { SteppedClock } from '../../../test/fake-slack/clock.ts';
import { machineSocketClock, pause, type SocketClock } from './socket-clock.ts';

const stepped = new SteppedClock();
const clock: SocketClock = {
  now: () => stepped.now(),
  after: (ms, run) => stepped.after(ms, run),
  random: () => 0.5,
};

it('runs what is due, and not what was called off', async () => {
  const said: string[] = [];
  machineSocketClock.after(0, () => void said.push('called off'))();
  await new Promise<void>((resolve) => {
    machineSocketClock.after(0, () => {
      said.push('due');
      resolve();
    });
  });
  expect(said).toEqual(['due']);
  const dice = machineSocketClock.random();
  expect(dice >= 0 && dice < 1).toBe(true);
});

it('waits for its time or for the signal, and leaves nothing behind', async () => {
  const stop = new AbortController();
  const first = pause(clock, 100, stop.signal);
  stepped.advance(100);
  await first;
  const second = pause(clock, 100, stop.signal);
  expect(stepped.waiting).toBe(1);
  stop.abort();
  await second;
  await pause(clock, 100, stop.signal);
  expect(stepped.waiting).toBe(0);
});
