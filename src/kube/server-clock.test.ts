import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.ts';

const T = Date.parse('2026-11-22T10:00:00.000Z');
const dateAt = (time: number): string => new Date(time).toUTCString();

describe('the clock of the API server', () => {
  it('is that of this machine until an answer tells otherwise', () => {
    const clock = new ServerClock();
    for (const date of [undefined, '', 'soon', 7, ['x']]) clock.saw(date, T, 5);
    expect(clock.at(T)).toBe(T);
  });

  it('leaves a clock alone that may be right', () => {
    const clock = new ServerClock();
    clock.saw(dateAt(T), T + 999, 10);
    clock.saw(dateAt(T), T + 1_005, 10);
    expect(clock.at(T)).toBe(T);
  });

  it.each([59_000, -59_000, 3_600_000, -86_400_000])('corrects a clock that is %d ms off', (off) => {
    const clock = new ServerClock();
    clock.saw(dateAt(T + 400), T + 400 + off, 10);
    expect(Math.abs(clock.at(T + off) - T)).toBeLessThanOrEqual(1_010);
  });

  it('goes back to a clock that was set right', () => {
    const clock = new ServerClock();
    clock.saw(dateAt(T), T + 60_000, 10);
    clock.saw(dateAt(T + 1_000), T + 1_000, 10);
    expect(Math.abs(clock.at(T) - T)).toBeLessThanOrEqual(1_010);
  });

  it('INV-2: is never further off than a second and the time of the last call, whatever the machine says', () => {
    const answer = fc.record({
      wait: fc.nat({ max: 100_000 }),
      before: fc.nat({ max: 5_000 }),
      after: fc.nat({ max: 5_000 }),
      off: fc.integer({ min: -100_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1 }), (answers) => {
        const clock = new ServerClock();
        let time = T;
        for (const { wait, before, after, off } of answers) {
          time += wait + before + after;
          clock.saw(dateAt(time - after), time + off, before + after);
          expect(Math.abs(clock.at(time + off) - time)).toBeLessThanOrEqual(1_000 + before + after);
        }
      }),
    );
  });
});
