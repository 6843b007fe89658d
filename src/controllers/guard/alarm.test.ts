import { describe, expect, it } from 'vitest';
import type { Told } from '../../channels/channel.ts';
import { ManualClock } from '../../kube/manual-clock.ts';
import { alarmOf } from './alarm.ts';

function stage(...fates: readonly Told[]) {
  const sent: { key: string; text: string }[] = [];
  const left = [...fates];
  const clock = new ManualClock();
  const warned: unknown[] = [];
  const alarm = alarmOf(
    {
      showing: {
        alarmed: () => ['C1'],
        channel: {
          name: 'slack',
          alarm: ({ key }, text) => {
            sent.push({ key, text });
            return Promise.resolve(left.shift() ?? { kind: 'done' });
          },
        },
      },
      log: { warn: (told: unknown) => void warned.push(told) },
      metrics: { count: () => {} },
    },
    clock,
  );
  return { sent, warned, clock, alarm: (text: string, key: string) => alarm?.(text, key) };
}

describe('an alarm', () => {
  it('goes nowhere where there is no channel', () => {
    expect(alarmOf({ log: { warn: () => {} }, metrics: { count: () => {} } })).toBeUndefined();
  });

  it('is told at once, and what comes meanwhile together', async () => {
    const { sent, alarm, clock } = stage();
    for (let n = 0; n < 7; n += 1) alarm(`text ${n}`, `key ${n}`);
    expect(sent).toEqual([{ key: 'key 0', text: 'text 0' }]);
    await clock.advance(2_000);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.text).toBe('text 1\ntext 2\ntext 3\ntext 4\n2 more are in the record.');
    await clock.advance(600_000);
    expect(sent).toHaveLength(2);
  });

  it('is told more and more rarely while somebody goes on, and at once again after that', async () => {
    const { sent, alarm, clock } = stage();
    for (let n = 0; n < 600; n += 1) {
      alarm(`text ${n}`, `key ${n}`);
      await clock.advance(1_000);
    }
    expect(sent.length).toBeLessThan(85);
    expect(sent.at(-1)?.text).toMatch(/^[1-9] more are in the record\.$/m);
    await clock.advance(200_000);
    const told = sent.length;
    alarm('another', 'key');
    expect(sent.slice(told)).toEqual([{ key: 'key', text: 'another' }]);
  });

  it('is told within ten seconds, however much noise came before', async () => {
    const { sent, alarm, clock } = stage();
    for (let n = 0; n < 100; n += 1) {
      alarm(`noise ${n}`, `key ${n}`);
      await clock.advance(3_000);
    }
    const noisy = sent.length;
    alarm('the gate was deleted', 'key');
    await clock.advance(10_000);
    expect(
      sent
        .slice(noisy)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('the gate was deleted');
  });

  it('is tried again with the same key, and given up in the end', async () => {
    const unsent: Told = { kind: 'unsent', why: 'away' };
    const { sent, warned, alarm, clock } = stage(unsent, unsent, unsent, unsent, unsent, unsent);
    alarm('text', 'key');
    for (let n = 0; n < 10; n += 1) await clock.advance(200_000);
    expect(sent).toHaveLength(5);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(warned).toHaveLength(1);
  });

  it('is not tried again where only a person can mend it', async () => {
    const { sent, warned, alarm, clock } = stage({ kind: 'refused', why: 'no', isOfPlace: true });
    alarm('text', 'key');
    await clock.advance(600_000);
    expect([sent.length, warned.length]).toEqual([1, 1]);
  });
});
