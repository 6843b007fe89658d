import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadline, instant, notBefore, parseInstant } from './instant.ts';

const anyMs = fc.integer({ min: 0, max: 253_402_300_799_999 });

describe('instant', () => {
  it('agrees with Date for every millisecond of the years it can write', () => {
    fc.assert(
      fc.property(anyMs, (ms) => {
        const text = instant(ms);
        expect(text).toBe(new Date(ms).toISOString());
        expect(parseInstant(text)).toBe(ms);
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes a deadline in whole seconds and never later than it is', () => {
    fc.assert(
      fc.property(anyMs, (ms) => {
        const read = parseInstant(deadline(ms));
        expect(deadline(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(read).toBeLessThanOrEqual(ms);
        expect(read).toBeGreaterThan(ms - 1_000);
      }),
    );
  });

  it('writes from when on something is possible in whole seconds and never earlier than it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_000 }), (ms) => {
        const read = parseInstant(notBefore(ms));
        expect(notBefore(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(read).toBeGreaterThanOrEqual(ms);
        expect(read).toBeLessThan(ms + 1_000);
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e20])('writes a time even for %s', (ms) => {
    expect(parseInstant(instant(ms))).toBeDefined();
  });

  it.each([
    ['2026-11-22T14:05:00Z', Date.UTC(2026, 10, 22, 14, 5)],
    ['2026-11-22T14:05:00.5Z', Date.UTC(2026, 10, 22, 14, 5, 0, 500)],
    ['2024-02-29T00:00:00.123456789Z', Date.UTC(2024, 1, 29, 0, 0, 0, 123)],
    ['2026-02-29T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-00-10T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['2026-01-01T00:00:00+01:00', undefined],
    ['2026-01-01', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %s as %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });
});
