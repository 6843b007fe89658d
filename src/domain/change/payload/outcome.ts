// Building blocks for the descriptions of single sorts of change.
import type { Change, DescribedChange, RawEntry, Segment } from '../change.ts';
import { MOST_DELTAS, type Delta } from '../difference.ts';
import type { Json, JsonObject } from '../json.ts';
import { memberAt, stringAt } from '../json-tree.ts';
import { normalisedBase } from '../normalise/registry.ts';
import { pathText } from '../path-text.ts';
import type { Review } from '../review.ts';

/** Says that a change cannot be bound. `why` is a sentence for people. */
export function refusal(code: 'collection' | 'unsupported' | 'unreadable', why: string): DescribedChange {
  return { ok: false, code, why };
}

/** Nobody could read them, and telling them takes time in which nobody else is answered. */
export const TOO_MANY = `It changes more than ${MOST_DELTAS} paths at once; send it in parts.`;

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
  return deltas.map((delta) => ({
    ...delta,
    // Only the first hundred are ever told.
    get path() {
      return pathText(delta.segments).text;
    },
  }));
}
