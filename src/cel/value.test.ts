import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, toCel } from './value.ts';

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { k: value };
  return value;
};

describe('toCel', () => {
  it.each<[string, unknown, unknown]>([
    ['whole numbers become integers', 3, 3n],
    ['fractions stay', 1.5, 1.5],
    ['bigints stay', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
    ['what does not fit 64 bits becomes a double', 2n ** 63n, 2 ** 63],
    ['large doubles stay doubles', 1e300, 1e300],
    ['the smallest integer stays', -(2n ** 63n), -(2n ** 63n)],
    ['null stays', null, null],
    ['lists are lists', [1, 'a', [true]], [1n, 'a', [true]]],
    ['objects become maps', { a: { b: 1 } }, new Map([['a', new Map([['b', 1n]])]])],
    ['an undefined field is absent', { a: undefined, b: 1 }, new Map([['b', 1n]])],
  ])('%s', (_name, json, expected) => {
    expect(toCel(json)).toEqual(expected);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('the key %s is only a key', (key) => {
    const value = toCel(JSON.parse(`{"labels": {"${key}": "x"}}`)) as Map<string, Map<string, string>>;
    expect([...(value.get('labels') ?? [])]).toEqual([[key, 'x']]);
    expect((toCel({}) as Map<string, unknown>).has(key)).toBe(false);
  });

  it('reads objects without a prototype', () => {
    expect(toCel(Object.assign(Object.create(null), { a: 1 }))).toEqual(new Map([['a', 1n]]));
  });

  it('leaves out managedFields of the object itself, and nothing of the same name elsewhere', () => {
    const fields = [{ manager: 'kubectl' }];
    const json = {
      metadata: { name: 'a', managedFields: fields },
      spec: { metadata: { managedFields: fields } },
    };
    const value = toCel(json) as Map<string, Map<string, Map<string, unknown>>>;
    expect([...(value.get('metadata')?.keys() ?? [])]).toEqual(['name']);
    expect(value.get('spec')?.get('metadata')?.has('managedFields')).toBe(true);
  });

  it('refuses what is nested too deeply', () => {
    expect(() => toCel(nested(MAX_DEPTH))).not.toThrow();
    expect(() => toCel(nested(MAX_DEPTH + 1))).toThrow(RangeError);
  });

  it('refuses what is not JSON', () => {
    expect(() => toCel({ a: Symbol('a') })).toThrow(TypeError);
  });
});
