import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OWN_LIMIT_MS, reviewBudget } from './deadline.ts';

describe('reviewBudget', () => {
  it.each([
    ['timeout=10s', 8_000],
    ['timeout=30s', 8_000],
    ['timeout=5s', 4_800],
    ['timeout=2s', 1_800],
    ['timeout=1s', 800],
    ['dryRun=All&timeout=3s', 2_800],
    ['timeout=1m0s', 8_000],
    ['timeout=1h', 8_000],
    ['timeout=1.5s', 1_300],
    ['timeout=500ms', 300],
    ['timeout=100ms', 50],
  ])('takes %s as %d ms', (query, expected) => {
    expect(reviewBudget(query)).toBe(expected);
  });

  it.each([
    '',
    'timeout=',
    'timeout=soon',
    'timeout=-5s',
    'timeout=5',
    'timeout=0s',
    'xtimeout=1s',
    'timeout=1e3s',
  ])('falls back to its own limit for %j', (query) => {
    expect(reviewBudget(query)).toBe(OWN_LIMIT_MS);
  });

  it('INV-7: is never above its own limit and always positive, whatever the query', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat().map((n) => `timeout=${n}s`),
        ),
        (query) => {
          const budget = reviewBudget(query);
          expect(budget).toBeGreaterThan(0);
          expect(budget).toBeLessThanOrEqual(OWN_LIMIT_MS);
        },
      ),
    );
  });
});
