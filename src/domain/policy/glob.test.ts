import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches, globsOverlap } from './glob.ts';

/** Texts over a tiny alphabet, so that matches happen. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
const glob = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
const asRegExp = (one: string) =>
  new RegExp(
    `^${one
      .split('*')
      .map((part) => part.replaceAll('.', String.raw`\.`))
      .join('.*')}$`,
    's',
  );

/** Every text of one to `length` of the letters. */
const textsOver = (letters: readonly string[], length: number): string[] =>
  length === 0
    ? []
    : letters.flatMap((letter) => [letter, ...textsOver(letters, length - 1).map((rest) => letter + rest)]);

describe('globMatches', () => {
  it('agrees with the same pattern as a regular expression', () => {
    fc.assert(
      fc.property(glob, text, (one, other) => {
        expect(globMatches(one, other)).toBe(asRegExp(one).test(other));
      }),
    );
  });

  it('ends soon on many stars', () => {
    const started = performance.now();
    expect(globMatches(`${'a*'.repeat(100)}b`, 'a'.repeat(5_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('globsOverlap', () => {
  it('is true exactly when some text matches both', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 3 });
    // No witness needs more characters than the two globs have together.
    const texts = ['', ...textsOver(['a', 'b'], 6)];
    fc.assert(
      fc.property(short, short, (left, right) => {
        const witness = texts.some((one) => globMatches(left, one) && globMatches(right, one));
        expect(globsOverlap(left, right, () => true)).toBe(witness);
      }),
    );
  });

  it.each<[string, string, boolean]>([
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['*', '*', true],
    ['', '', true],
    ['', 'a', false],
    ['ab', 'a*c', false],
    ['*@x', 'n:*', false],
    ['*-x', 'n:*', true],
    ['n:A*', 'n:*', false],
  ])('%s and %s: %s, with DNS characters for the stars of the second', (left, right, expected) => {
    expect(globsOverlap(left, right, (character) => /[a-z0-9.-]/.test(character))).toBe(expected);
  });
});
