// CREATE binds the normalised object; UPDATE binds the normalised set of changed paths, so that other people's edits
// elsewhere do not invalidate an approval (DESIGN 4). Subresources without a rule of their own go this way too.
import type { DescribedChange, RawEntry } from '../change.ts';
import { difference, MOST_DELTAS } from '../difference.ts';
import type { Json, JsonObject } from '../json.ts';
import { isObject, withoutMembers } from '../json-tree.ts';
import { normalise } from '../normalise/registry.ts';
import { prune } from '../prune.ts';
import type { Review } from '../review.ts';
import { payloadOf } from './changes.ts';
import { added, described, entriesOf, refusal, TOO_MANY } from './outcome.ts';

/** What a CREATE is described with. */
export interface CreateFacts {
  /** Field paths that the policies leave out. */
  readonly ignore: readonly string[];
  /** The live object that it is about, such as the pod of a Binding; null where it stands for itself. */
  readonly live: JsonObject | null;
}

/** Describes a CREATE. */
export function describeCreate(
  review: Review,
  submitted: JsonObject,
  { ignore, live }: CreateFacts,
): DescribedChange {
  const object = prune(normalise(review, submitted).submitted, ignore);
  const action = review.subResource === '' ? 'create' : `create ${review.subResource}`;
  return described(review, {
    kind: 'create',
    action,
    // where there is a live object the fingerprint covers its uid, as objectUid
    payload: object,
    entries: () => newFields(object, review),
    ...(live === null ? {} : { object: live }),
  });
}

/** What an UPDATE is described with. */
export interface UpdateFacts {
  /** Field paths that the policies leave out. */
  readonly ignore: readonly string[];
  /** The clock of whoever judges, epoch ms. */
  readonly now?: number | undefined;
}

/** Describes an UPDATE. */
export function describeUpdate(
  review: Review,
  submitted: JsonObject,
  stored: JsonObject,
  { ignore, now }: UpdateFacts,
): DescribedChange {
  const pair = normalise(review, submitted, now);
  const before = prune(pair.stored ?? stored, ignore);
  const deltas = difference(before, prune(pair.submitted, ignore));
  if (deltas.length > MOST_DELTAS) return refusal('unsupported', TOO_MANY);
  const action = review.subResource === '' ? 'update' : `update ${review.subResource}`;
  return described(review, {
    kind: 'update',
    action,
    payload: payloadOf(deltas, before, review.kind),
    entries: () => entriesOf(deltas),
  });
}

/** What a new object brings, one entry for each top-level field. What names the object itself is told elsewhere. */
function newFields(object: JsonObject, review: Review): readonly RawEntry[] {
  const told = new Set(['apiVersion', 'kind']);
  return Object.keys(object)
    .filter((key) => !told.has(key))
    .sort()
    .flatMap((key) => {
      const value = key === 'metadata' ? newMetadata(object[key], review) : object[key];
      return value === undefined ? [] : [added([key], value)];
    });
}

function newMetadata(metadata: Json | undefined, review: Review): Json | undefined {
  if (!isObject(metadata)) return metadata;
  const told = new Set(['generateName']);
  if (metadata['name'] === review.name) told.add('name');
  if (metadata['namespace'] === review.namespace) told.add('namespace');
  const rest = withoutMembers(metadata, told);
  return Object.keys(rest).length === 0 ? undefined : rest;
}
