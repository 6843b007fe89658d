// What differs between two objects: a set of changed paths from which, given the old object, the new one follows
// exactly. So two different changes never have the same difference (INV-1), and edits elsewhere leave it alone.
import type { RawEntry, Segment } from './change.ts';
import type { Json, JsonObject } from './json.ts';
import { isList, isObject, sameJson } from './json-tree.ts';
import { elementKeys, type ElementKey } from './merge-keys.ts';

/** One changed path. Added and Removed carry the whole subtree; Changed carries both values. */
export type Delta = Omit<RawEntry, 'path'>;

/** Most deltas that are looked for; a change with more is refused. A review of a megabyte can hold half a million. */
export const MOST_DELTAS = 20_000;

/** The last step of the path under which the order of a keyed list is compared. No field has the key ''. */
export const ORDER: ElementKey = { key: '', value: 'order' };

/**
 * Down to which depth equal lists are looked for first: by far the most common case, and cheaper than looking for keys.
 * Bounded, so that deep nesting cannot make the whole work quadratic.
 */
const SHALLOW = 16;

/**
 * The changed paths between two objects, in an order that depends on the values alone, not on the order of keys.
 *
 * Lists go by their merge keys where both sides have unique ones: appended and removed elements stand for themselves,
 * and any other order of the elements is a change of `[order]`. Other lists go by index, after their common start and
 * end are set aside. Stops soon after {@link MOST_DELTAS}: a longer answer is not the whole difference.
 */
export function difference(from: JsonObject, to: JsonObject): readonly Delta[] {
  const found: Delta[] = [];
  compareObjects([], from, to, found);
  return found;
}

function compare(at: Segment[], from: Json, to: Json, found: Delta[]): void {
  if (from === to || found.length > MOST_DELTAS) return;
  if (isObject(from) && isObject(to)) compareObjects(at, from, to, found);
  else if (isList(from) && isList(to)) compareLists(at, from, to, found);
  else found.push({ segments: at.slice(), op: 'Changed', from, to });
}

/** The deltas below one key stand together in `found`, from `start` on. */
interface Group {
  readonly key: string;
  readonly start: number;
}

function compareObjects(at: Segment[], from: JsonObject, to: JsonObject, found: Delta[]): void {
  const groups: Group[] = [];
  for (const key in from) {
    const start = found.length;
    at.push(key);
    if (Object.hasOwn(to, key)) compare(at, from[key] as Json, to[key] as Json, found);
    else found.push({ segments: at.slice(), op: 'Removed', from: from[key] as Json });
    at.pop();
    if (found.length > start) groups.push({ key, start });
  }
  for (const key in to) {
    if (Object.hasOwn(from, key) || found.length > MOST_DELTAS) continue;
    groups.push({ key, start: found.length });
    found.push({ segments: [...at, key], op: 'Added', to: to[key] as Json });
  }
  arrange(found, groups);
}

/** Puts the deltas of an object into the order of its keys by code unit, whatever order the keys came in. */
function arrange(found: Delta[], groups: readonly Group[]): void {
  const begin = groups[0]?.start ?? 0;
  if (groups.every(({ key }, index) => index === 0 || (groups[index - 1]?.key ?? '') < key)) return;
  const tail = found.splice(begin);
  groups
    .map(({ key, start }, index) => ({ key, start, end: groups[index + 1]?.start ?? begin + tail.length }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .forEach(({ start, end }) => {
      for (let index = start; index < end; index += 1) found.push(tail[index - begin] as Delta);
    });
}

function compareLists(at: Segment[], from: readonly Json[], to: readonly Json[], found: Delta[]): void {
  if (at.length < SHALLOW && sameJson(from, to)) return;
  const field = at.at(-1);
  const fromKeys = typeof field === 'string' ? elementKeys(field, from) : undefined;
  const toKeys = typeof field === 'string' ? elementKeys(field, to) : undefined;
  if (fromKeys === undefined || toKeys === undefined || differInKind(fromKeys, toKeys)) {
    compareByIndex(at, from, to, found);
  } else {
    compareByKey(at, { list: from, keys: fromKeys }, { list: to, keys: toKeys }, found);
  }
}

/** Ports of a pod and of a service have different keys, which could be equal by chance. */
function differInKind(a: readonly ElementKey[], b: readonly ElementKey[]): boolean {
  return a[0] !== undefined && b[0] !== undefined && a[0].key !== b[0].key;
}

interface KeyedList {
  readonly list: readonly Json[];
  readonly keys: readonly ElementKey[];
}

function compareByKey(at: Segment[], from: KeyedList, to: KeyedList, found: Delta[]): void {
  const old = new Map(from.keys.map((key, index) => [key.value, from.list[index] as Json]));
  const kept = new Set(to.keys.map((key) => key.value));
  const names = to.keys.map((key) => key.value);
  const expected = [
    ...[...old.keys()].filter((name) => kept.has(name)),
    ...names.filter((name) => !old.has(name)),
  ];
  if (!sameJson(names, expected)) {
    found.push({ segments: [...at, ORDER], op: 'Changed', from: [...old.keys()], to: names });
  }
  for (const [index, key] of from.keys.entries()) {
    if (found.length > MOST_DELTAS) return;
    if (!kept.has(key.value))
      found.push({ segments: [...at, key], op: 'Removed', from: from.list[index] as Json });
  }
  for (const [index, key] of to.keys.entries()) {
    if (found.length > MOST_DELTAS) return;
    const before = old.get(key.value);
    const after = to.list[index] as Json;
    at.push(key);
    if (before === undefined) found.push({ segments: at.slice(), op: 'Added', to: after });
    else compare(at, before, after, found);
    at.pop();
  }
}

function compareByIndex(at: Segment[], from: readonly Json[], to: readonly Json[], found: Delta[]): void {
  if (from.length === to.length) {
    for (const [index, element] of from.entries()) {
      at.push(index);
      compare(at, element, to[index] as Json, found);
      at.pop();
    }
    return;
  }
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && sameJson(from[start], to[start])) start += 1;
  let end = 0;
  while (end < shorter - start && sameJson(from[from.length - 1 - end], to[to.length - 1 - end])) end += 1;
  const most = start + MOST_DELTAS + 1;
  for (let index = start; index < Math.min(from.length - end, most); index += 1) {
    found.push({ segments: [...at, index], op: 'Removed', from: from[index] as Json });
  }
  for (let index = start; index < Math.min(to.length - end, most); index += 1) {
    found.push({ segments: [...at, index], op: 'Added', to: to[index] as Json });
  }
}
