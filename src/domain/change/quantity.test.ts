import { expect, it } from 'vitest';
import { isQuantity, sameQuantity } from './quantity.ts';

it.each([
  ['0.1', '100m'],
  ['1', '1.0'],
  ['1', '1000m'],
  ['1Gi', '1024Mi'],
  ['1.5Gi', '1536Mi'],
  ['1e3', '1k'],
  ['1E3', '1000'],
  ['1E', '1000P'],
  ['+1', '1'],
  ['-1k', '-1000'],
  ['.5', '500m'],
  ['1000n', '1u'],
])('%s and %s are the same amount', (a, b) => {
  expect(sameQuantity(a, b)).toBe(true);
});

it.each([
  ['1', '2'],
  ['1G', '1Gi'],
  ['1', '-1'],
  ['1m', '1M'],
  ['x', 'x'],
  ['', ''],
  ['1', 'one'],
])('%s and %s are not', (a, b) => {
  expect(sameQuantity(a, b)).toBe(false);
});

it.each(['', '.', 'm', '1 ', '1mm', '1e999', '0x10', '1'.repeat(30), '1_000'])(
  '%j is no quantity',
  (text) => {
    expect(isQuantity(text)).toBe(false);
  },
);
