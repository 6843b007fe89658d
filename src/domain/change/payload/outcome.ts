// Building blocks for the descriptions of single sorts of change.
import type { Change, DescribedChange, RawEntry, Segment } from '../change.ts';
import type { Delta } from '../difference.ts';
import type { Json, JsonObject } from '../json.ts';
import { isList, isObject, memberAt, stringAt } from '../json-tree.ts';
import { children } from '../merge-keys.ts';
import { normalisedBase } from '../normalise/registry.ts';
import { pathText } from '../path-text.ts';
import type { Review } from '../review.ts';

/** Says that a change cannot be bound. `why` is a sentence for people. */
export function refusal(code: 'collection' | 'unsupported' | 'unreadable', why: string): DescribedChange {
  return { ok: false, code, why };
}

/** What a sort of change says about itself; the rest is read from the old object. */
export interface Description extends Pick<Change, 'kind' | 'action' | 'payload'> {
  /** Made when they are asked for: a change that is known already needs none. */
  readonly entries: () => readonly RawEntry[];
  /** The object that changes, where it is not the old object of the review. */
  readonly object?: Json;
}

/** A description of a change. */
export function described(review: Review, description: Description): DescribedChange {
  const { kind, action, payload, entries, object = review.oldObject } = description;
  let made: readonly RawEntry[] | undefined;
  let base: Json | undefined;
  return {
    ok: true,
    change: {
      kind,
      action,
      payload,
      get entries() {
        return (made ??= entries());
      },
      get base() {
        // the old object of a DELETE changes between the passes of one request
        return (base ??= review.operation === 'UPDATE' ? normalisedBase(review) : null);
      },
      objectUid: stringAt(object, 'metadata', 'uid'),
      objectVersion: stringAt(review.oldObject, 'metadata', 'resourceVersion'),
      terminating: (memberAt(object, 'metadata', 'deletionTimestamp') ?? null) !== null,
    },
  };
}

/** An entry for something that the change brings. */
export function added(segments: readonly Segment[], to: Json): RawEntry {
  return { path: pathText(segments).text, segments, op: 'Added', to };
}

/** An entry for each field of something that the change brings, by code unit. */
export function addedFields(object: JsonObject): readonly RawEntry[] {
  return Object.keys(object)
    .sort()
    .map((key) => added([key], object[key] as Json));
}

/** Changed paths as entries for people. */
export function entriesOf(deltas: readonly Delta[]): readonly RawEntry[] {
  return deltas.map((delta) => ({ path: pathText(delta.segments).text, ...delta }));
}

/**
 * Changed paths as a payload. Steps by merge key are pairs, so that no field or index looks like one.
 *
 * What is added is spread over the maps that it brings along, so that it is the same change whether it is the first
 * entry of its map or not. What is removed stays whole, since a map that is empty is not a map that is gone: `{}` as a
 * selector means everything. Labels and annotations are the exception: Go knows no empty ones.
 */
export function payloadOf(deltas: readonly Delta[]): Json {
  return deltas.flatMap(spread).map(({ segments, op, from, to }) => ({
    path: segments.map((segment) => (typeof segment === 'object' ? [segment.key, segment.value] : segment)),
    op,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }));
}

function spread(delta: Delta): readonly Delta[] {
  const { segments, op, from, to } = delta;
  if (op === 'Added')
    return spreadOver(segments, to as Json).map(([path, value]) => ({ segments: path, op, to: value }));
  if (op === 'Removed' && isTagMap(segments)) {
    return spreadOver(segments, from as Json).map(([path, value]) => ({ segments: path, op, from: value }));
  }
  return [delta];
}

function isTagMap(segments: readonly Segment[]): boolean {
  const [parent, last] = segments.slice(-2);
  return parent === 'metadata' && (last === 'annotations' || last === 'labels');
}

/** The values inside maps, and the elements of lists, each with its path, in the order of `difference`. */
function spreadOver(path: readonly Segment[], value: Json): readonly (readonly [readonly Segment[], Json])[] {
  if (isList(value) && value.length > 0) return children(path, value);
  if (!isObject(value) || Object.keys(value).length === 0) return [[path, value]];
  return children(path, value).flatMap(([below, child]) => spreadOver(below, child));
}
