import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Moment } from './freshness.ts';
import { ServerClock } from './server-clock.ts';

const T = Date.parse('2026-11-22T10:00:00.000Z');
const dateAt = (time: number): string => new Date(time).toUTCString();
/** This machine at a moment: its wall clock is off by so much, its monotonic clock began at `T`. */
const moment = (time: number, off = 0): Moment => ({ wall: time + off, monotonic: time - T });
const clockOf = (off = 0): ServerClock => new ServerClock(moment(T, off));

describe('the clock of the API server', () => {
  it('is that of this machine until an answer tells otherwise', () => {
    const clock = clockOf();
    for (const date of [undefined, '', 'soon', 7, ['x']]) clock.saw(date, moment(T + 5), 5);
    expect(clock.at(moment(T + 60_000))).toBe(T + 60_000);
  });

  it('leaves a clock alone that may be right', () => {
    const clock = clockOf();
    clock.saw(dateAt(T), moment(T + 999), 10);
    clock.saw(dateAt(T), moment(T + 1_005), 10);
    expect(clock.at(moment(T))).toBe(T);
  });

  it.each([59_000, -59_000, 3_600_000, -86_400_000])('corrects a clock that is %d ms off', (off) => {
    const clock = clockOf(off);
    clock.saw(dateAt(T + 400), moment(T + 400, off), 10);
    expect(Math.abs(clock.at(moment(T, off)) - T)).toBeLessThanOrEqual(1_010);
  });

  it('goes on when somebody sets the clock of this machine, and knows that', () => {
    const clock = clockOf();
    clock.saw(dateAt(T), moment(T), 10);
    for (const off of [3_600_000, -3_600_000, 1_001]) {
      expect(clock.at(moment(T + 500, off))).toBe(T + 500);
      expect(clock.isLost(moment(T + 500, off))).toBe(true);
    }
    expect(clock.isLost(moment(T + 500, 900))).toBe(false);
    clock.saw(dateAt(T + 1_000), moment(T + 1_000, 3_600_000), 10);
    expect(clock.isLost(moment(T + 1_500, 3_600_000))).toBe(false);
  });

  it('knows that the machine slept, until the next answer', () => {
    const clock = clockOf();
    clock.saw(dateAt(T), moment(T), 10);
    const woken: Moment = { wall: T + 600_000, monotonic: 20 };
    expect(clock.isLost(woken)).toBe(true);
    clock.saw(dateAt(T + 600_000), woken, 10);
    expect(clock.isLost(woken)).toBe(false);
    expect(Math.abs(clock.at(woken) - (T + 600_000))).toBeLessThanOrEqual(1_010);
  });

  it('INV-2: is never further off than a second and the time of the last call, whatever the machine says', () => {
    const answer = fc.record({
      wait: fc.nat({ max: 100_000 }),
      before: fc.nat({ max: 5_000 }),
      after: fc.nat({ max: 5_000 }),
      off: fc.integer({ min: -100_000, max: 100_000 }),
      later: fc.nat({ max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1 }), (answers) => {
        const clock = clockOf(answers[0]?.off);
        let time = T;
        for (const { wait, before, after, off, later } of answers) {
          time += wait + before + after;
          clock.saw(dateAt(time - after), moment(time, off), before + after);
          // Whatever happens to the wall clock before the next answer.
          const told = clock.at(moment(time + later, -off));
          expect(Math.abs(told - time - later)).toBeLessThanOrEqual(1_000 + before + after);
        }
      }),
    );
  });
});
