// Rules for metadata that the API server fills in.
import { editedAt, isObject, stringAt, withoutMembers } from '../json-tree.ts';
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
  why: 'uid and creationTimestamp are fresh on every CREATE, managedFields carry the time of the attempt, the others count writes. No client can choose them.',
  apply: (pair) =>
    onBoth(pair, (object) =>
      editedAt(object, ['metadata'], (metadata) =>
        isObject(metadata) ? withoutMembers(metadata, SERVER_SET) : metadata,
      ),
    ),
};

/** metadata.name where the API server made it up from metadata.generateName. */
export const generatedName: Rule = {
  name: 'names made up from generateName',
  why: 'The API server adds five random characters on every attempt; the prefix stays.',
  apply: (pair, context) =>
    onCreate(pair, context, (object) =>
      madeUpPrefix(object) === undefined ? object : editedAt(object, ['metadata', 'name'], () => undefined),
    ),
};

/** k8s.io/apiserver names.SimpleNameGenerator: at most 58 characters of the prefix, then five of this alphabet. */
const MADE_UP = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const MAX_PREFIX = 58;

/**
 * The prefix that a made-up name was made from; undefined when the name was chosen. A name that somebody chose beside
 * generateName counts in full, unless it looks exactly like one that could have been made up.
 */
export function madeUpPrefix(object: JsonObject): string | undefined {
  const prefix = stringAt(object, 'metadata', 'generateName').slice(0, MAX_PREFIX);
  const name = stringAt(object, 'metadata', 'name');
  return prefix !== '' && name.startsWith(prefix) && MADE_UP.test(name.slice(prefix.length))
    ? prefix
    : undefined;
}
