import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const bounds = { baseMs: 5, maxMs: 1_000_000, jitter: 0 };

it.each([
  [0, 5],
  [1, 5],
  [2, 10],
  [3, 20],
  [18, 655_360],
  [19, 1_000_000],
  [5_000, 1_000_000],
])('after %i failures in a row waits %i ms', (failures, wait) => {
  expect(backoffMs(failures, bounds, 0.9)).toBe(wait);
});

it('never waits longer than the cap nor shorter than the base less its jitter, and never less after more failures', () => {
  const numbers = fc.record({
    failures: fc.nat(10_000),
    baseMs: fc.integer({ min: 1, max: 1_000 }),
    maxMs: fc.integer({ min: 1_000, max: 10_000_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    dice: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  });
  fc.assert(
    fc.property(numbers, ({ failures, dice, ...some }) => {
      const wait = backoffMs(failures, some, dice);
      expect(wait).toBeLessThanOrEqual(some.maxMs);
      expect(wait).toBeGreaterThanOrEqual((1 - some.jitter) * some.baseMs * (1 - 1e-9));
      expect(backoffMs(failures + 1, some, dice)).toBeGreaterThanOrEqual(wait);
    }),
  );
});
