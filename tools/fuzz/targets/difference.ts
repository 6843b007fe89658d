// Differences as payloads (src/domain/change/difference.ts): a change is bound by its difference from the old object, so
// from one old object two new ones may have one payload only if they are the same (INV-1). Pruned paths stay pruned.
import { compilePath } from '../../../src/domain/change/path.ts';
import { difference } from '../../../src/domain/change/difference.ts';
import { canonicalJson, parseLossless, type Json, type JsonObject } from '../../../src/domain/change/json.ts';
import {
  isList,
  isObject,
  member,
  putMember,
  sameJson,
  withoutMembers,
} from '../../../src/domain/change/json-tree.ts';
import { pathText } from '../../../src/domain/change/path-text.ts';
import { payloadOf } from '../../../src/domain/change/payload/changes.ts';
import { prune } from '../../../src/domain/change/prune.ts';
import { Random, seedOf } from '../random.ts';
import { another, leaves, reordered, withAt } from '../reorder.ts';
import { bytesOf, holds, wordsOf, type Target } from '../target.ts';

function run(input: Uint8Array): string {
  const parsed = parseLossless(input);
  if (!parsed.ok) return parsed.why;
  const [old, one, other] = ['old', 'one', 'other'].map((key) => member(parsed.value, key));
  if (!isObject(old) || !isObject(one)) return 'no objects';
  const random = new Random(seedOf(input));
  const leaf = random.pick(leaves(one));
  const rivals = [isObject(other) ? other : old, withAt(one, leaf.steps, another), swapped(one, random)];
  for (const rival of rivals) {
    if (isObject(rival)) distinct(old, one, rival);
  }
  const deltas = difference(old, one);
  holds(
    (deltas.length === 0) === sameJson(old, one),
    'a difference that is empty for other objects, or not for the same',
  );
  const shuffled = difference(reordered(old, random) as JsonObject, reordered(one, random) as JsonObject);
  holds(textOf(shuffled) === textOf(deltas), 'the order of keys shows in the difference');
  for (const { segments } of deltas)
    holds(pathText(segments).text.length <= 512, 'a path longer than it may be');
  return `${Math.min(deltas.length, 4)} ${[...new Set(deltas.map((delta) => delta.op))].sort().join()} ${ignored(parsed.value, one)}`;
}

const textOf = (deltas: ReturnType<typeof difference>): string =>
  canonicalJson(deltas.map((delta) => ({ ...delta, segments: payloadOf([delta], null, WIDGET) })));

/** A kind of which nothing is known, and one in which every `metadata` has Go types. */
const WIDGET = { group: 'shop.example', version: 'v1', kind: 'Widget' };
const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };

function distinct(old: JsonObject, one: JsonObject, other: JsonObject): void {
  for (const kind of [WIDGET, DEPLOYMENT]) {
    const [a, b] = [one, other].map((to) => canonicalJson(payloadOf(difference(old, to), old, kind)));
    const [x, y] = [one, other].map(kind === WIDGET ? metadataAsGo : asGo) as [Json, Json];
    if (a === b) holds(sameJson(x, y), 'two changes have one payload');
    else holds(!sameJson(one, other), 'one change has two payloads');
  }
}

/** As Go writes it at the top alone: what is below may be of any form. */
const metadataAsGo = (object: JsonObject): Json => {
  const metadata = member(object, 'metadata');
  return isObject(metadata) ? { ...object, metadata: withoutEmptyTags(metadata) } : object;
};

/** The value as Go writes it: no labels and no annotations are the same as empty ones, by intent (payload/changes.ts). */
function asGo(value: Json): Json {
  if (isList(value)) return value.map(asGo);
  if (!isObject(value)) return value;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const inner = asGo(value[key] as Json);
    putMember(copy, key, key === 'metadata' && isObject(inner) ? withoutEmptyTags(inner) : inner);
  }
  return copy;
}

const TAGS = ['labels', 'annotations'] as const;
const withoutEmptyTags = (metadata: JsonObject): JsonObject =>
  withoutMembers(metadata, new Set(TAGS.filter((tag) => sameJson(member(metadata, tag), {}))));

/** The value with two neighbours of one of its lists changed over, or one doubled. */
function swapped(value: JsonObject, random: Random): Json {
  const lists: (readonly (string | number)[])[] = [];
  const walk = (at: Json, steps: readonly (string | number)[]): void => {
    if (isList(at) && at.length > 0) lists.push(steps);
    if (isList(at)) for (const [index, item] of at.entries()) walk(item, [...steps, index]);
    else if (isObject(at)) for (const key of Object.keys(at)) walk(at[key] as Json, [...steps, key]);
  };
  walk(value, []);
  if (lists.length === 0) return value;
  return withAt(value, random.pick(lists), (list) => {
    if (!isList(list)) return list;
    const at = random.below(list.length);
    const item = list[at] as Json;
    return random.oneIn(2) ? [...list, item] : [...list.slice(0, at), ...list.slice(at + 1), item];
  });
}

/** Leaving out twice is leaving out once, and what is left stood there before. */
function ignored(input: Json, object: JsonObject): string {
  const ignore = member(input, 'ignore');
  const paths = isList(ignore) ? ignore.filter((path) => typeof path === 'string') : [];
  if (paths.length === 0) return '';
  for (const path of paths) {
    const compiled = compilePath(path);
    holds(
      compiled.ok || (compiled.position >= 0 && compiled.position <= path.length),
      'an error beyond the end of a path',
    );
  }
  const once = prune(object, paths);
  const twice = prune(once, paths);
  // an index means another element once the one before it is gone
  holds(
    paths.some((path) => path.includes('[')) || sameJson(once, twice),
    'leaving out twice is not leaving out once',
  );
  holds(leaves(once).length <= leaves(object).length, 'leaving out adds something');
  return once === object ? 'nothing ignored' : 'ignored';
}

const CONTAINERS =
  '[{"name":"a","image":"a:1","env":[{"name":"A","value":"1"}]},{"name":"b","ports":[{"containerPort":80}]}]';

/** Differences. */
export const differenceTarget: Target = {
  name: 'difference',
  holds:
    'from one old object, one payload for one new object only; the order of keys means nothing, that of lists does',
  code: [
    'difference.ts',
    'merge-keys.ts',
    'payload/changes.ts',
    'path-text.ts',
    'path.ts',
    'prune.ts',
    'printable.ts',
  ].map((file) => `/src/domain/change/${file}`),
  isJson: true,
  words: wordsOf(String.raw`
    old one other ignore containers env ports containerPort port protocol UDP volumes labels annotations
    metadata name volumeMounts mountPath conditions type ownerReferences uid matchLabels ["**"] ["a.*"]
    ["spec.containers[name=a].image"] ["a[0]"] ["a[\"b\"]"] ["a[*].**.b"]
  `),
  seeds: () =>
    [
      `{"old":{"containers":${CONTAINERS}},"one":{"containers":${CONTAINERS.replace('a:1', 'a:2')}},"ignore":["containers[*].env"]}`,
      '{"old":{"args":["a","b","c"]},"one":{"args":["a","c"]},"other":{"args":["a","b"]}}',
      '{"old":{"metadata":{"labels":{"a":"b"}}},"one":{"metadata":{"annotations":{}}},"other":{"metadata":{}},"ignore":["metadata.*"]}',
      '{"old":{"spec":{"selector":{"matchLabels":{"a":"b"}}}},"one":{"spec":{"selector":{}}},"other":{"spec":{}}}',
    ].map(bytesOf),
  run,
};
