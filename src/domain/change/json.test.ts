// INV-9 starts here: what is parsed is exactly what was sent, or it is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, MAX_DEPTH, parseLossless, parseLosslessText, type Json } from './json.ts';
import { parseStrictly } from './json-strict.ts';
import { member, sameJson } from './json-tree.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const value = (text: string): Json => {
  const parsed = parseLosslessText(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
};

describe('parseLossless', () => {
  it.each([
    ['a duplicate key', '{"a":1,"a":2}', 'duplicate key'],
    ['a duplicate key with the same value', '{"a":1,"a":1}', 'duplicate key'],
    ['a duplicate key deep inside', '{"a":[{"b":{"c":1,"d":2,"c":1}}]}', 'duplicate key'],
    ['a duplicate key written with an escape', '{"a":1,"\\u0061":2}', 'duplicate key'],
    ['a duplicate __proto__', '{"__proto__":1,"__proto__":2}', 'duplicate key'],
    ['a duplicate among whitespace', '{ "a" : 1 , "a" : 2 }', 'duplicate key'],
    ['a duplicate hidden by a longer number', '{"a":1e20,"a":1e20}', 'duplicate key'],
    ['a duplicate beside characters that Go escapes', '{"a":"\\u003c","b":1,"b":2}', 'duplicate key'],
    ['a lone high surrogate', '"\\ud800"', 'lone surrogate'],
    ['a lone low surrogate in capitals', '"\\uDC00x"', 'lone surrogate'],
    ['a lone surrogate in a key', '{"\\ud800":1}', 'lone surrogate'],
    ['a decimal with more digits than a double', '0.1000000000000000055511151231257827', 'exactly'],
    ['a decimal that rounds', '[1.00000000000000000001]', 'exactly'],
    ['a number that is too large', '1e400', 'exactly'],
    ['a number that is too small', '1e-400', 'exactly'],
    ['no JSON', '{"a":', 'not valid JSON'],
    ['two values', '{}{}', 'not valid JSON'],
    ['nothing', '', 'not valid JSON'],
    ['lists nested too deeply', '['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1), 'too deeply'],
    ['lists nested absurdly', '['.repeat(200_000) + ']'.repeat(200_000), 'too deeply'],
    ['a byte order mark', '\ufeff{}', 'not valid JSON'],
  ])('refuses %s', (_, text, why) => {
    expect(parseLossless(bytes(text))).toMatchObject({ ok: false, why: expect.stringContaining(why) });
  });

  it('refuses bytes that are no UTF-8', () => {
    const invalid = Uint8Array.from([0x22, 0xff, 0x22]);
    expect(parseLossless(invalid)).toEqual({ ok: false, why: 'The body is not valid UTF-8.' });
  });

  it.each<[string, string, Json]>([
    [
      'integers up to 2^53',
      '[9007199254740991,-9007199254740991,0]',
      [9007199254740991, -9007199254740991, 0],
    ],
    ['integers beyond 2^53', '[9007199254740992,9007199254740993]', [9007199254740992n, 9007199254740993n]],
    ['the ends of int64', '[9223372036854775807,-9223372036854775808]', [2n ** 63n - 1n, -(2n ** 63n)]],
    ['an integer beyond every double', `1${'0'.repeat(400)}`, 10n ** 400n],
    ['large integers in scientific notation', '[1e+21,1e3]', [10n ** 21n, 1000]],
    [
      'shortest doubles as Go prints them',
      '[0.30000000000000004,5e-324,0.1,-1.5]',
      [0.30000000000000004, 5e-324, 0.1, -1.5],
    ],
    ['decimals with idle zeros', '[1.0,1.50,15e-1,-0,-0.0]', [1, 1.5, 1.5, 0, 0]],
    ['surrogate pairs written as escapes', '"\\ud83d\\ude00"', '😀'],
    ['the text \\ud800 after an escaped backslash', '"\\\\ud800"', '\\ud800'],
    ['characters that Go escapes', '"\\u003c\\u003e\\u0026\\u2028\\u2029"', '<>&\u2028\u2029'],
    ['quotes and backslashes', '{"a\\"":"\\\\","b":"\\\\\\""}', { 'a"': '\\', b: '\\"' }],
    ['whitespace', ' { "a" : [ 1 , true , null , { } , [ ] ] } \n', { a: [1, true, null, {}, []] }],
    ['keys that look like numbers', '{"b":1,"10":2,"9":3}', { b: 1, '10': 2, '9': 3 }],
    ['scalars', '"x"', 'x'],
  ])('keeps %s', (_, text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it('treats __proto__ as an ordinary key', () => {
    for (const text of ['{"__proto__":{"a":1},"b":2}', ' {"__proto__":{"a":1},"b":2}']) {
      const parsed = value(text);
      expect(Object.keys(parsed as object)).toEqual(['__proto__', 'b']);
      expect(member(parsed, '__proto__')).toEqual({ a: 1 });
      expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
      expect(canonicalJson(parsed)).toBe('{"__proto__":{"a":1},"b":2}');
    }
  });

  it('accepts nesting up to the limit', () => {
    expect(parseLosslessText('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH)).ok).toBe(true);
    expect(parseLosslessText(` ${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`).ok).toBe(true);
  });
});

const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'a', 'b', '1', ''),
  fc.string({ unit: 'grapheme' }),
);
const anyJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? 0.5 : n)),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
    ),
    fc.array(tie('json'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(key, tie('json')), { selector: ([k]) => k, maxLength: 5 })
      .map((entries) =>
        value(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`),
      ),
  ),
})).json;

/** Prints with keys in the order of `order`, whitespace and needless escapes, as no encoder of Kubernetes would. */
function printOddly(json: Json, backwards: boolean): string {
  if (typeof json === 'string') return JSON.stringify(json).replaceAll('/', '\\/').replaceAll('a', '\\u0061');
  if (typeof json !== 'object' || json === null) return canonicalJson(json);
  if (Array.isArray(json))
    return `[ ${json.map((item) => printOddly(item as Json, backwards)).join(' ,\n')} ]`;
  const keys = Object.keys(json);
  if (backwards) keys.reverse();
  return `{\t${keys.map((k) => `${JSON.stringify(k)} : ${printOddly(member(json, k) as Json, backwards)}`).join(' , ')}}`;
}

describe('parseLossless and canonicalJson', () => {
  it('INV-9: reading the canonical text gives the value back', () => {
    fc.assert(
      fc.property(anyJson, (json) => {
        expect(sameJson(value(canonicalJson(json)), json)).toBe(true);
      }),
    );
  });

  it('INV-9: key order and whitespace are irrelevant, on the fast and on the strict path', () => {
    fc.assert(
      fc.property(anyJson, fc.boolean(), (json, backwards) => {
        const text = printOddly(json, backwards);
        expect(canonicalJson(value(text))).toBe(canonicalJson(json));
        const strict = parseStrictly(canonicalJson(json), MAX_DEPTH);
        expect(strict.ok && sameJson(strict.value, json)).toBe(true);
      }),
    );
  });

  it('INV-9: a key given twice is refused wherever it stands', () => {
    const place = fc.constantFrom(
      (x: string) => x,
      (x: string) => `[1,${x}]`,
      (x: string) => `{"z":{"y":[${x}]}}`,
    );
    fc.assert(
      fc.property(key, fc.tuple(anyJson, anyJson, anyJson), place, (k, [a, b, c], wrap) => {
        const name = JSON.stringify(k);
        const inner = `{${name}:${canonicalJson(a)},"other":${canonicalJson(b)},${name}:${canonicalJson(c)}}`;
        expect(parseLosslessText(wrap(inner)).ok).toBe(false);
      }),
    );
  });

  it('agrees with JSON.parse on ordinary values', () => {
    const ordinary = fc
      .jsonValue({ depthSize: 'xsmall' })
      .filter((json) => !/[0-9]{16}|e[+-]/.test(JSON.stringify(json)));
    fc.assert(
      fc.property(ordinary, (json) => {
        const text = JSON.stringify(json);
        expect(value(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('tells apart two integers that JSON.parse makes one', () => {
    expect(canonicalJson(value('9007199254740993'))).not.toBe(canonicalJson(value('9007199254740992')));
  });
});
