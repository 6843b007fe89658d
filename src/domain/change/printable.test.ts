import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUnprintable, quoted, shortened } from './printable.ts';

describe('escapeUnprintable', () => {
  it.each([
    ['plain text with spaces', 'plain text with spaces'],
    ['äöü 漢字 😀', 'äöü 漢字 😀'],
    ['\u001b[31m', '\\u{1b}[31m'],
    ['a\nb\tc\rd', 'a\\u{a}b\\u{9}c\\u{d}d'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\ufe0f\u{e0100}\u3164\u034f\u180b', '\\u{fe0f}\\u{e0100}\\u{3164}\\u{34f}\\u{180b}'],
    ['\u2800\u00a0\u2003', '\\u{2800}\\u{a0}\\u{2003}'],
    ['\u2028\u2029\u0085', '\\u{2028}\\u{2029}\\u{85}'],
    ['\ue000\u{10ffff}\ud800', '\\u{e000}\\u{10ffff}\\u{d800}'],
  ])('%j becomes %s', (text, expected) => {
    expect(escapeUnprintable(text)).toBe(expected);
  });

  it('leaves nothing that could move a cursor or reorder text (T28)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeUnprintable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

it('quoted keeps different texts different', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(quoted(a) === quoted(b)).toBe(a === b);
    }),
  );
  expect(quoted('a"\\\n')).toBe('"a\\"\\\\\\u{a}"');
});

it('shortened cuts between characters and says so', () => {
  expect(shortened('abc', 3)).toBe('abc');
  expect(shortened('abcd', 3)).toBe('ab…');
  expect(shortened('a😀b', 3)).toBe('a…');
});
