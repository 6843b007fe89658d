import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseLosslessText, type Json, type JsonObject } from './json.ts';
import {
  editedAt,
  leafCount,
  listAt,
  member,
  memberAt,
  sameJson,
  stringAt,
  withMember,
  withoutMembers,
} from './json-tree.ts';

const parse = (text: string): JsonObject => {
  const parsed = parseLosslessText(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value as JsonObject;
};

describe('reading', () => {
  it('finds own keys only', () => {
    expect(member({}, 'constructor')).toBeUndefined();
    expect(member({}, '__proto__')).toBeUndefined();
    expect(member(parse('{"__proto__":1}'), '__proto__')).toBe(1);
    expect(member(['a'], 'length')).toBeUndefined();
  });

  it('walks along keys and stops where the way ends', () => {
    const object = parse('{"a":{"b":{"c":"x","d":[1]}}}');
    expect(memberAt(object, 'a', 'b', 'c')).toBe('x');
    expect(stringAt(object, 'a', 'b', 'd')).toBe('');
    expect(listAt(object, 'a', 'b', 'd')).toEqual([1]);
    expect(memberAt(object, 'a', 'x', 'c')).toBeUndefined();
  });
});

describe('editing makes copies', () => {
  const object = parse('{"__proto__":{"a":1},"b":{"c":{"d":1}}}');

  it('keeps __proto__ an ordinary key', () => {
    expect(canonicalJson(withMember(object, 'b', undefined))).toBe('{"__proto__":{"a":1}}');
    expect(canonicalJson(withMember({}, '__proto__', 1))).toBe('{"__proto__":1}');
    expect(canonicalJson(withoutMembers(object, new Set(['b'])))).toBe('{"__proto__":{"a":1}}');
  });

  it('changes only what lies along the keys', () => {
    const edited = editedAt(object, ['b', 'c', 'd'], () => 2);
    expect(canonicalJson(edited)).toBe('{"__proto__":{"a":1},"b":{"c":{"d":2}}}');
    expect(canonicalJson(object)).toBe('{"__proto__":{"a":1},"b":{"c":{"d":1}}}');
  });

  it.each([[['b', 'x']], [['b', 'c', 'd', 'e']], [[]]])(
    'leaves the object as it is when nothing lies along %j',
    (keys) => {
      expect(editedAt(object, keys, () => 2)).toBe(object);
    },
  );

  it('hands back the object itself when there is nothing to leave out', () => {
    expect(withoutMembers(object, new Set(['x']))).toBe(object);
  });
});

describe('sameJson', () => {
  it('compares integers beyond 2^53', () => {
    expect(sameJson(2n ** 60n, 2n ** 60n)).toBe(true);
    expect(sameJson(2n ** 60n, 2n ** 60n + 1n)).toBe(false);
  });

  it.each<[Json, Json, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [[1, 2], [2, 1], false],
    [[1, 1], [1], false],
    [[], {}, false],
    [{}, [], false],
    [null, {}, false],
    [1, '1', false],
    [{}, parse('{"__proto__":null}'), false],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(sameJson(a, b)).toBe(expected);
  });

  it('agrees with the canonical text', () => {
    const json = fc
      .json()
      .map((text) => parseLosslessText(text))
      .filter((parsed) => parsed.ok);
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });
});

it.each<[Json, number]>([
  ['x', 1],
  [{}, 1],
  [{ a: [], b: { c: 1, d: null } }, 3],
  [[[1, 2], [{}]], 3],
])('leafCount(%j) is %i', (json, count) => {
  expect(leafCount(json)).toBe(count);
});
