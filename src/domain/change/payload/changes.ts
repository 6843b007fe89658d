// Changed paths as a payload: a tree, in which each step of a path stands once, however many changes lie below it. From the
// old object and this tree the new object follows exactly, so two different changes never have one payload (INV-1).
import type { Segment } from '../change.ts';
import type { Delta } from '../difference.ts';
import type { Json } from '../json.ts';
import { isList, isObject } from '../json-tree.ts';
import { elementKeys } from '../merge-keys.ts';
import type { ReviewHead } from '../review.ts';

/** Kind of the object that is written. */
type Kind = ReviewHead['kind'];

/** Kinds, by `group/Kind`, whose every `metadata`, at any depth, is an ObjectMeta: none of them holds a field of free form. */
const TYPED: ReadonlySet<string> = new Set([
  '/Pod',
  '/PodTemplate',
  '/ReplicationController',
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/CronJob',
  'batch/Job',
]);

/** Steps below, and what happens here: `+` comes, `-` goes, `<` and `>` are before and after, `#` new elements in order. */
interface Branch {
  [step: string]: Json | Branch;
}

/**
 * The payload of an UPDATE: what changes, and the whole old list wherever a path goes by index. An index does not say
 * which element was meant: after somebody put the list into another order it would be another one.
 *
 * What is added is spread over the maps that it brings along, so that it is the same change whether it is the first
 * entry of its map or not. What is removed stays whole, since a map that is empty is not a map that is gone: `{}` as a
 * selector means everything. Labels and annotations of the object, and of templates in kinds that Go has types for, are
 * the exception: Go writes no empty ones. Anywhere else, as in the spec of a custom resource, both may be stored.
 */
export function payloadOf(deltas: readonly Delta[], stored: Json, kind: Kind): Json {
  const changes: Branch = {};
  const lists: Branch = {};
  for (const { segments, op, from, to } of deltas) {
    const node = at(changes, segments);
    if (op === 'Added') come(node, segments.at(-1), to as Json);
    else if (op === 'Removed' && isTagMap(segments, kind)) go(node, from as Json);
    else if (op === 'Removed') node['-'] = from as Json;
    else Object.assign(node, { '<': from, '>': to });
    if (op === 'Added') remember(changes, segments);
    const index = segments.findIndex((segment) => typeof segment === 'number');
    if (index >= 0) at(lists, segments.slice(0, index))['='] = valueAt(stored, segments.slice(0, index));
  }
  return { changes, lists };
}

/** Fields, indexes and merge keys begin with signs of their own, so that none looks like another one or like an event. */
function step(segment: Segment): string {
  if (typeof segment === 'string') return `.${segment}`;
  return typeof segment === 'number' ? `[${segment}` : `{${JSON.stringify([segment.key, segment.value])}`;
}

function at(root: Branch, segments: readonly Segment[]): Branch {
  let node = root;
  for (const segment of segments) node = (node[step(segment)] ??= {}) as Branch;
  return node;
}

/** Notes the order of new elements: in a tree they have none. */
function remember(root: Branch, segments: readonly Segment[]): void {
  const last = segments.at(-1);
  if (typeof last === 'object') newcomers(at(root, segments.slice(0, -1))).push(last.value);
}

const newcomers = (list: Branch): Json[] => (list['#'] ??= []) as unknown as Json[];

function come(node: Branch, segment: Segment | undefined, value: Json): void {
  const keys = isList(value) && typeof segment === 'string' ? elementKeys(segment, value) : undefined;
  if (isObject(value) && Object.keys(value).length > 0) {
    for (const key in value) come((node[step(key)] ??= {}) as Branch, key, value[key] as Json);
  } else if (isList(value) && keys !== undefined && value.length > 0) {
    for (const [i, key] of keys.entries()) {
      newcomers(node).push(key.value);
      come((node[step(key)] ??= {}) as Branch, key, value[i] as Json);
    }
  } else node['+'] = value;
}

function go(node: Branch, value: Json): void {
  if (!isObject(value) || Object.keys(value).length === 0) node['-'] = value;
  else for (const key in value) at(node, [key])['-'] = value[key] as Json;
}

function isTagMap(segments: readonly Segment[], { group, kind }: Kind): boolean {
  const [parent, last] = segments.slice(-2);
  if (parent !== 'metadata' || (last !== 'annotations' && last !== 'labels')) return false;
  return segments.length === 2 || TYPED.has(`${group}/${kind}`);
}

function valueAt(root: Json, segments: readonly Segment[]): Json {
  let value: Json | undefined = root;
  let field = '';
  for (const segment of segments) {
    if (typeof segment === 'string') {
      value = isObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
      field = segment;
    } else if (isList(value)) {
      const list: readonly Json[] = value;
      const index =
        typeof segment === 'number'
          ? segment
          : (elementKeys(field, list)?.findIndex((key) => key.value === segment.value) ?? -1);
      value = list[index];
    }
  }
  return value ?? null;
}
