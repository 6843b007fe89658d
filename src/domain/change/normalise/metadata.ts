// Rules for metadata that the API server fills in.
import { editedAt, isObject, stringAt, withMember, withoutMembers } from '../json-tree.ts';
import type { JsonObject } from '../json.ts';
import { onBoth, onCreate, type Rule } from './rule.ts';

const SERVER_SET: ReadonlySet<string> = new Set([
  'uid',
  'creationTimestamp',
  'resourceVersion',
  'generation',
  'selfLink',
  'managedFields',
]);

/** metadata.uid, creationTimestamp, resourceVersion, generation, selfLink, managedFields. */
export const serverSetMetadata: Rule = {
  name: 'metadata that the API server sets',
  why: 'uid and creationTimestamp are fresh on every CREATE, managedFields carry the time of the attempt, the others count writes. None of them is part of what the object does.',
  apply: (pair) =>
    onBoth(pair, (object) =>
      editedAt(object, ['metadata'], (metadata) =>
        isObject(metadata) ? withoutMembers(metadata, SERVER_SET) : metadata,
      ),
    ),
};

/** metadata.name where the API server made it up from metadata.generateName, or kubectl for a node debugger. */
export const generatedName: Rule = {
  name: 'names made up from generateName, and those of node debuggers',
  why: 'The API server, or kubectl debug, adds five random characters on every attempt; the prefix stays.',
  apply: (pair, context) =>
    onCreate(pair, context, (object) =>
      madeUpPrefix(object) === undefined ? object : editedAt(object, ['metadata', 'name'], () => undefined),
    ),
};

/**
 * The labels in these maps that repeat a made-up name of the object, as a constant. A name that somebody chose stays.
 *
 * @param maps where the maps of labels are
 */
export function withoutOwnName(
  object: JsonObject,
  maps: readonly (readonly string[])[],
  labels: readonly string[],
): JsonObject {
  if (madeUpPrefix(object) === undefined) return object;
  return withOwn(object, { maps, labels, value: stringAt(object, 'metadata', 'name'), by: OWN_NAME });
}

/** Stands for a made-up name of the object itself. No label value looks like it. */
export const OWN_NAME = '(own name)';
/** What it means to approvers. */
export const OWN_NAME_MEANS = { [OWN_NAME]: 'the name that is made up for the new object' } as const;

/** Labels that repeat something of the object itself, and what stands for it. */
interface Own {
  readonly maps: readonly (readonly string[])[];
  readonly labels: readonly string[];
  readonly value: string;
  readonly by: string;
}

/** The object with `by` in place of `value` in these labels. */
export function withOwn(object: JsonObject, { maps, labels, value, by }: Own): JsonObject {
  if (value === '') return object;
  return maps.reduce(
    (edited, keys) =>
      editedAt(edited, keys, (map) =>
        isObject(map)
          ? labels.reduce((all, label) => (all[label] === value ? withMember(all, label, by) : all), map)
          : map,
      ),
    object,
  );
}

/** k8s.io/apiserver names.SimpleNameGenerator: at most 58 characters of the prefix, then five of this alphabet. */
const MADE_UP = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const MAX_PREFIX = 58;

/**
 * The prefix that a made-up name was made from; undefined when the name was chosen. A name that somebody chose beside
 * generateName counts in full, unless it looks exactly like one that could have been made up.
 */
export function madeUpPrefix(object: JsonObject): string | undefined {
  const prefix =
    stringAt(object, 'metadata', 'generateName').slice(0, MAX_PREFIX) || nodeDebuggerPrefix(object);
  const name = stringAt(object, 'metadata', 'name');
  return prefix !== '' && name.startsWith(prefix) && MADE_UP.test(name.slice(prefix.length))
    ? prefix
    : undefined;
}

/** `kubectl debug node/NODE` makes a pod on that node under a name of its own making (k8s.io/kubectl pkg/cmd/debug). */
function nodeDebuggerPrefix(object: JsonObject): string {
  const node = stringAt(object, 'spec', 'nodeName');
  return object['kind'] === 'Pod' && node !== '' ? `node-debugger-${node}-` : '';
}
