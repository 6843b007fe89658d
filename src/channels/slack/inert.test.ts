import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileText } from '../../../test/builders/hostile.ts';
import { inertName, inertText, shares, tameName, tameWords } from './inert.ts';

const points = (text: string): number => Array.from(text).length;

describe('a name', () => {
  it.each([
    ['payments/api', 'payments/api'],
    ['spec.template.spec.containers[name=app].image', 'spec.template.spec.containers[name=app].image'],
    ['a\u202eb\u200bc', String.raw`a\u{202e}b\u{200b}c`],
    ['аpi', String.raw`\u{430}pi`],
    ['x\n[APPROVED] by alice', String.raw`x\u{a}\u{5b}APPROVED] by alice`],
    ['[ denied ]', String.raw`\u{5b} denied ]`],
    ['\ud800x', String.raw`\u{d800}x`],
    ['✅', String.raw`\u{2705}`],
    ['"\\u{a}"', String.raw`"\u{a}"`],
  ])('%j is shown as %j', (text, shown) => expect(inertName(text, 200)).toBe(shown));

  it('is cut at a whole sign, and says how many are missing', () => {
    expect(inertName('x'.repeat(50), 40)).toBe(`${'x'.repeat(26)} ... (24 more)`);
    expect(inertName('🎉'.repeat(50), 40)).toBe(String.raw`\u{1f389}\u{1f389} ... (48 more)`);
  });
});

describe('text of people and agents', () => {
  it.each([
    ['Größe, 日本語, Привет', 'Größe, 日本語, Привет'],
    ['e\u0301', 'é'],
    ['3 → 0, [INC-1412]', '3 → 0, [INC-1412]'],
    ['[APPROVED]', String.raw`\u{5b}APPROVED]`],
    ['[ аpproved ]', String.raw`\u{5b} аpproved ]`],
    ['✔ ✅ ▶ 👍', String.raw`\u{2714} \u{2705} \u{25b6} \u{1f44d}`],
    ['two\nlines', String.raw`two\u{a}lines`],
    ['a\u202eb', String.raw`a\u{202e}b`],
  ])('%j is shown as %j', (text, shown) => expect(inertText(text, { points: 200 })).toBe(shown));

  it('keeps its lines where there is room for them', () => {
    expect(inertText('a\r\nb', { points: 100, lines: 2 })).toBe('a\nb');
    expect(inertText('a\nb\nc', { points: 100, lines: 2 })).toBe('a\nb ... (2 more)');
  });
});

describe('any text', () => {
  it('is well-formed, composed, seen whole or counted, within its budget, and inert once more', () => {
    fc.assert(
      fc.property(
        hostileText,
        fc.integer({ min: 32, max: 400 }),
        fc.integer({ min: 1, max: 8 }),
        (text, budget, lines) => {
          const [name, prose] = [inertName(text, budget), inertText(text, { points: budget, lines })];
          expect(name).toMatch(/^[ -~]*$/);
          expect(prose).not.toMatch(/[^\P{C}\n]|\p{Default_Ignorable_Code_Point}|\p{Extended_Pictographic}/u);
          expect(prose.split('\n').length).toBeLessThanOrEqual(lines);
          for (const shown of [name, prose]) {
            expect(shown.isWellFormed()).toBe(true);
            expect(points(shown)).toBeLessThanOrEqual(budget);
          }
          expect(inertName(name, budget)).toBe(name);
        },
      ),
    );
  });

  it('is told apart from any other as a name', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (one, other) => {
        fc.pre(one !== other && !`${one}${other}`.includes('\\') && points(one) < 500 && points(other) < 500);
        expect(inertName(one, 10_000)).not.toBe(inertName(other, 10_000));
      }),
    );
  });
});

it.each([
  ['delete deployments payments/api', true, false],
  ['sa:agents/deploy-bot', false, true],
  ['alice', true, true],
  ['prod', true, true],
  ['a:x:b', false, false],
  ['evil.com', false, false],
  ['a@b.example', false, false],
  ['<!channel>', false, false],
  ['*x*', false, false],
  ['_x_', false, false],
  ['', false, false],
  ['alice approved', true, false],
  ['one two three four five six seven', false, false],
  ['x'.repeat(121), false, false],
])('%j is beyond doubt in mrkdwn: as words %s, as a name %s', (text, words, name) => {
  expect(tameWords(text, 'instead')).toBe(words ? text : 'instead');
  expect(tameName(text, 'instead')).toBe(name ? text : 'instead');
});

it.each([
  [[10, 20], 100, [32, 32]],
  [[500, 500], 200, [100, 100]],
  [[500, 40], 200, [160, 40]],
  [[], 100, []],
])('%j share %d as %j', (lengths, room, given) => expect(shares(lengths, room)).toEqual(given));
