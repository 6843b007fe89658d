// INV-1: two different changes to the same object never look alike.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Segment } from './change.ts';
import { difference, ORDER, type Delta } from './difference.ts';
import { canonicalJson, type Json, type JsonObject } from './json.ts';
import { isList, isObject, sameJson } from './json-tree.ts';
import { pathText } from './path-text.ts';

const list = (from: Json, to: Json, field = 'containers'): string[] =>
  difference({ [field]: from }, { [field]: to }).map((d) => `${d.op} ${pathText(d.segments).text}`);
const named = (...names: string[]): Json => names.map((name) => ({ name, image: `${name}:1` }));

describe('difference', () => {
  it('names leaves that changed, and whole subtrees that came or went', () => {
    const from = { spec: { replicas: 1, paused: true, old: { a: 1, b: 2 } } };
    const to = { spec: { replicas: 2, paused: true, fresh: { c: [1] } } };
    expect(difference(from, to)).toEqual([
      { segments: ['spec', 'fresh'], op: 'Added', to: { c: [1] } },
      { segments: ['spec', 'old'], op: 'Removed', from: { a: 1, b: 2 } },
      { segments: ['spec', 'replicas'], op: 'Changed', from: 1, to: 2 },
    ]);
  });

  it.each<[string, Json, Json, string[]]>([
    ['an appended element', named('a', 'b'), named('a', 'b', 'c'), ['Added containers[name=c]']],
    ['a removed element', named('a', 'b'), named('b'), ['Removed containers[name=a]']],
    [
      'two appended elements',
      named('a'),
      named('a', 'b', 'c'),
      ['Added containers[name=b]', 'Added containers[name=c]'],
    ],
    [
      'two appended the other way',
      named('a'),
      named('a', 'c', 'b'),
      ['Added containers[name=c]', 'Added containers[name=b]'],
    ],
    [
      'a first element',
      named('a'),
      named('b', 'a'),
      ['Changed containers[order]', 'Added containers[name=b]'],
    ],
    ['a pure reorder', named('a', 'b'), named('b', 'a'), ['Changed containers[order]']],
    ['a duplicate', named('a', 'b'), named('a', 'b', 'b'), ['Added containers[2]']],
    [
      'an element without its key',
      named('a'),
      [{ image: 'x' }],
      ['Removed containers[0].name', 'Changed containers[0].image'],
    ],
    ['the first element of an empty list', [], named('a'), ['Added containers[name=a]']],
    ['a list that became a map', [], {}, ['Changed containers']],
  ])('lists with merge keys: %s', (_, from, to, expected) => {
    expect(list(from, to).sort()).toEqual([...expected].sort());
  });

  it.each<[string, Json, Json, string[]]>([
    ['a changed item', ['a', 'b', 'c'], ['a', 'x', 'c'], ['Changed args[1]']],
    ['a removed item', ['a', 'b', 'c'], ['a', 'c'], ['Removed args[1]']],
    ['an inserted item', ['a', 'c'], ['a', 'b', 'c'], ['Added args[1]']],
    ['a reorder', ['a', 'b'], ['b', 'a'], ['Changed args[0]', 'Changed args[1]']],
    ['a duplicate', ['a'], ['a', 'a'], ['Added args[1]']],
    ['everything', ['a', 'b'], ['c'], ['Removed args[0]', 'Removed args[1]', 'Added args[0]']],
  ])('lists without merge keys: %s', (_, from, to, expected) => {
    expect(list(from, to, 'args')).toEqual(expected);
  });

  it('tells ports apart by number and protocol', () => {
    const port = (containerPort: number, rest: JsonObject = {}): JsonObject => ({ containerPort, ...rest });
    expect(list([port(80)], [port(80), port(80, { protocol: 'UDP' })], 'ports')).toEqual([
      'Added ports[containerPort=80/UDP]',
    ]);
    expect(list([{ port: 80 }], [{ port: 80, targetPort: 1 }], 'ports')).toEqual([
      'Added ports[port=80/TCP].targetPort',
    ]);
    expect(list([{ port: 80 }], [port(80)], 'ports').length).toBe(2);
  });

  it('ignores the order of keys', () => {
    expect(difference({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 })).toEqual([]);
    const one = difference({}, { z: 1, a: { y: 1 } });
    expect(difference({}, { a: { y: 1 }, z: 1 })).toEqual(one);
  });

  it('sees integers beyond 2^53 and keys of prototypes', () => {
    expect(difference({ a: 2n ** 60n }, { a: 2n ** 60n + 1n })).toHaveLength(1);
    expect(difference({}, { constructor: 1 })).toHaveLength(1);
    const proto = JSON.parse('{"__proto__":{"x":1}}') as JsonObject;
    expect(difference({}, proto)).toEqual([{ segments: ['__proto__'], op: 'Added', to: { x: 1 } }]);
    expect(difference(proto, {})).toHaveLength(1);
  });
});

/** Rebuilds the new object from the old one and the difference, to show that nothing is lost. */
function apply(value: Json, deltas: readonly Delta[], depth = 0): Json {
  const own = deltas.find((delta) => delta.segments.length === depth);
  if (own !== undefined) return own.to as Json;
  if (isObject(value)) return applyObject(value, deltas, depth);
  return isList(value) ? applyList(value, deltas, depth) : value;
}

const same = (a: Segment | undefined, b: Segment): boolean => sameJson(a, b);
const below = (deltas: readonly Delta[], depth: number, segment: Segment): Delta[] =>
  deltas.filter((delta) => same(delta.segments[depth], segment));
/** Deltas that add or remove a child of the value at this depth. */
const children = (deltas: readonly Delta[], depth: number, op: Delta['op']): Delta[] =>
  deltas.filter((delta) => delta.op === op && delta.segments.length === depth + 1);

function applyObject(object: JsonObject, deltas: readonly Delta[], depth: number): Json {
  const gone = new Set(children(deltas, depth, 'Removed').map((d) => d.segments[depth]));
  const kept = Object.entries(object)
    .filter(([key]) => !gone.has(key))
    .map(([key, value]) => [key, apply(value, below(deltas, depth, key), depth + 1)] as const);
  const added = children(deltas, depth, 'Added').map(
    (d) => [d.segments[depth] as string, d.to as Json] as const,
  );
  return Object.fromEntries([...kept, ...added]);
}

function applyList(items: readonly Json[], deltas: readonly Delta[], depth: number): Json {
  if (deltas.some((delta) => typeof delta.segments[depth] === 'object'))
    return applyKeyed(items, deltas, depth);
  const gone = new Set(children(deltas, depth, 'Removed').map((d) => d.segments[depth]));
  const added = children(deltas, depth, 'Added');
  const inside = deltas.filter((delta) => !added.includes(delta));
  const rest = items.flatMap((item, index) =>
    gone.has(index) ? [] : [apply(item, below(inside, depth, index), depth + 1)],
  );
  for (const delta of added) rest.splice(delta.segments[depth] as number, 0, delta.to as Json);
  return rest;
}

function applyKeyed(items: readonly Json[], deltas: readonly Delta[], depth: number): Json {
  const nameOf = (item: Json): string => (item as { name: string }).name;
  const gone = new Set(
    children(deltas, depth, 'Removed').map((d) => (d.segments[depth] as { value: string }).value),
  );
  const kept = items
    .filter((item) => !gone.has(nameOf(item)))
    .map((item) => apply(item, below(deltas, depth, { key: 'name', value: nameOf(item) }), depth + 1));
  const all = [...kept, ...children(deltas, depth, 'Added').map((d) => d.to as Json)];
  const order = deltas.find((d) => same(d.segments[depth], ORDER))?.to as string[] | undefined;
  return order === undefined ? all : order.map((name) => all.find((item) => nameOf(item) === name) as Json);
}

const scalar = fc.constantFrom<Json>(1, 2, 'x', 'y', true, null);
const tree: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), v: tie('json') }), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'env', 'containers', 'z', 'args'), tie('json'), { maxKeys: 4 }),
  ),
})).json;
const object = fc.dictionary(fc.constantFrom('a', 'env', 'containers', 'z', 'args'), tree, { maxKeys: 4 });

describe('difference as a function', () => {
  it('INV-1: the old object and the difference give the new object, so different changes differ', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        expect(canonicalJson(apply(from, difference(from, to)))).toBe(canonicalJson(to));
      }),
      { numRuns: 2000 },
    );
  });

  it('INV-9: is empty exactly for equal objects, and never has an entry with equal sides', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        const deltas = difference(from, to);
        expect(deltas.length === 0).toBe(sameJson(from, to));
        for (const delta of deltas) expect(sameJson(delta.from, delta.to)).toBe(false);
        expect(difference(to, to)).toEqual([]);
      }),
    );
  });
});
