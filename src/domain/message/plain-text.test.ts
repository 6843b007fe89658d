import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, line, neutral, plain, visible } from './plain-text.ts';

/** Characters that must never reach a terminal or hide in a line (security.md T28, T72). */
const HOSTILE: readonly (readonly [from: number, to: number])[] = [
  ...([
    [0x00, 0x1f],
    [0x7f, 0xa0],
    [0xad, 0xad],
    [0x34f, 0x34f],
    [0x61c, 0x61c],
    [0x115f, 0x1160],
  ] as const),
  ...([
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
  ] as const),
  ...([
    [0x2800, 0x2800],
    [0x3164, 0x3164],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
  ] as const),
  ...([
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffb],
    [0xe0000, 0xe0fff],
  ] as const),
];
const hostileIn = (text: string): number[] =>
  Array.from(text, (one) => one.codePointAt(0) ?? 0).filter((code) =>
    HOSTILE.some(([from, to]) => code >= from && code <= to),
  );
const count = (text: string): number => Array.from(text).length;

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'is ',
        'IS\n',
        'immutable',
        'IMMUTABLE',
        ' field',
        '\u200b',
        '\u202e',
        '\u001b[31m',
        '\r',
        '\u2800',
        'x',
        '\ud800',
        '\u{e0100}',
        '\u3164',
        'im',
        'mutable',
        'a\u0301\u0301\u0301\u0301\u0301\u0301',
        ' ',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('plain', () => {
  it.each([
    ['two\nlines\tand   blanks ', 'two lines and blanks'],
    ['\u001b[31mred\u0007', '[31mred'],
    ['pay\u202egnp.exe', 'paygnp.exe'],
    ['zero\u200bwidth\u00adsoft', 'zerowidthsoft'],
    ['a\u00a0b\u2800c\u3164d', 'a b cd'],
    ['J\u00fcrgen \u540d\u524d \u{1f600}', 'J\u00fcrgen \u540d\u524d \u{1f600}'],
    ['lone \ud800 half', 'lone half'],
    ['it is im\u200bmutable', 'it is im-mutable'],
    ['it is\u00a0\u2800 Immutable', 'it is Im-mutable'],
    ['an immutable\nfield', 'an im-mutable field'],
    ['an immutable image', 'an immutable image'],
  ])('turns %j into %j', (given, expected) => {
    expect(plain(given)).toBe(expected);
  });

  it('leaves no hostile character and no forbidden word, and is idempotent', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = plain(text);
        expect(hostileIn(once)).toEqual([]);
        expect(once).not.toMatch(/is\s+immutable|immutable\s+field/i);
        expect(plain(once)).toBe(once);
      }),
      { numRuns: 1_000 },
    );
  });

  it('limits marks stacked on one letter', () => {
    expect(plain(`a${'\u0301'.repeat(90)}`)).toBe(`a${'\u0301'.repeat(4)}`);
  });
});

describe('visible', () => {
  it('spells out what is not printable ASCII, so that different names never look alike', () => {
    expect(visible('pr\u043ed')).toBe('pr\\u{43e}d');
    expect(visible('a\u202eb\\u{202e}')).toBe('a\\u{202e}b\\u{5c}u{202e}');
    expect(visible('system:node:n1 [0]')).toBe('system:node:n1 [0]');
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        fc.pre(a !== b && !/immutable/i.test(a + b));
        expect(visible(a)).not.toBe(visible(b));
      }),
    );
  });
});

describe('cut', () => {
  it.each([
    ['short enough', 40, 'short enough'],
    ['one two three four five six seven eight nine', 40, 'one two three ... (31 characters cut)'],
    ['x'.repeat(50), 40, `${'x'.repeat(16)} ... (34 characters cut)`],
  ])('cuts %j to %i as %j', (text, max, expected) => {
    expect(cut(text, max)).toBe(expected);
  });

  it('never exceeds the limit, never splits a character, and counts what is missing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 130, maxLength: 300 }),
        fc.integer({ min: 32, max: 120 }),
        (text, max) => {
          const short = cut(text, max);
          expect(short.length).toBeLessThanOrEqual(max);
          expect(short.isWellFormed()).toBe(true);
          const note = / \.\.\. \((\d+) characters cut\)$/.exec(short);
          expect(count(short.slice(0, note?.index)) + Number(note?.[1])).toBe(count(text));
        },
      ),
    );
  });

  it('is what line does after plain', () => {
    expect(line('a\n b', 40)).toBe('a b');
  });
});

describe('neutral', () => {
  it('works across lines and keeps case', () => {
    expect(neutral('X is\n  IMMUTABLE FIELD')).toBe('X is\n  IM-MUTABLE FIELD');
  });
});
