import { expect, it } from 'vitest';
import { nextLimit } from './list.ts';

it.each([
  ['a page of small objects stays at 500', 500, 400_000, 500],
  ['a page that was too heavy shrinks in proportion', 500, 15_000_000, 25],
  ['a page of one enormous object stays at one', 1, 40_000_000, 1],
  ['a light page after heavy ones doubles', 50, 100_000, 100],
  ['doubling ends at the largest page', 400, 100_000, 500],
  ['a page of middling weight stays', 100, 450_000, 100],
])('%s', (_what, limit, bytes, next) => {
  expect(nextLimit(limit, 500, bytes)).toBe(next);
});
