import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giveBack, MOST_REFUSALS, REFUSAL_EVERY_MS, spend, spentBy, type Spent } from './refusals.ts';

const T0 = Date.parse('2026-11-22T10:00:00Z');

describe('refusals of one account', () => {
  it('are so many at once, then one each time', () => {
    let spent: Spent | undefined;
    for (let n = 0; n < MOST_REFUSALS; n++) {
      const decision = spend(spent, T0);
      if (decision.kind === 'none-left') throw new Error(`none left after ${n}`);
      ({ spent } = decision);
    }
    expect(spend(spent, T0)).toEqual({ kind: 'none-left', retryAt: T0 + REFUSAL_EVERY_MS });
    expect(spend(spent, T0 + REFUSAL_EVERY_MS - 1).kind).toBe('none-left');
    expect(spend(spent, T0 + REFUSAL_EVERY_MS).kind).toBe('spent');
    expect(spend(spent, T0 - 60_000).kind, 'a clock that went back').toBe('none-left');
    expect(spend(giveBack(spent ?? { count: 0, at: 0 }, T0), T0).kind, 'one that was given back').toBe(
      'spent',
    );
  });

  it('are bounded in any stretch of time, and what is said to be there again is there', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(waits, (gaps) => {
        let now = T0;
        let spent: Spent | undefined;
        let count = 0;
        for (const gap of gaps) {
          now += gap;
          const decision = spend(spent, now);
          const later = decision.kind === 'none-left' ? spend(spent, decision.retryAt) : decision;
          expect(later.kind).toBe('spent');
          if (decision.kind === 'none-left') continue;
          ({ spent } = decision);
          count += 1;
          expect(spentBy(spent, now)).toBeLessThanOrEqual(MOST_REFUSALS);
        }
        expect(count).toBeLessThanOrEqual(MOST_REFUSALS + (now - T0) / REFUSAL_EVERY_MS);
      }),
    );
  });
});
