import { expect, it } from 'vitest';
import { patience, toSecond } from './moment.ts';

const MINUTE = 60_000;

it.each([
  ['2026-11-22T10:05:00.123Z', '2026-11-22T10:05:00Z'],
  ['2026-11-22T10:05:00.9Z', '2026-11-22T10:05:00Z'],
  ['2026-11-22T10:05:00Z', '2026-11-22T10:05:00Z'],
  ['', ''],
])('%s is read as %s', (time, text) => expect(toSecond(time)).toBe(text));

it.each([
  [4 * 60 * MINUTE - 321, '4h'],
  [4 * 60 * MINUTE, '4h'],
  [4 * 60 * MINUTE + 1, '5h'],
  [60 * MINUTE, '1h'],
  [59 * MINUTE, '59m'],
  [24 * MINUTE + 1, '25m'],
  [1, '1m'],
  [0, '1m'],
  [-5, '1m'],
])('%d ms are waited for with %s', (ms, text) => expect(patience(ms)).toBe(text));
