// Deletion and eviction bind the uid of the object, so that a namesake made later needs an approval of its own, and how
// dependents are treated. Not the grace: the API server rewrites it between the passes of one request (experiments.md 3).
import type { DescribedChange, RawEntry } from '../change.ts';
import type { Json, JsonObject } from '../json.ts';
import { member, stringAt } from '../json-tree.ts';
import type { Review } from '../review.ts';
import { added, described, refusal } from './outcome.ts';

/** Describes a DELETE. deletecollection comes as one review for each object, without the selector: it cannot be bound. */
export function describeDelete(review: Review): DescribedChange {
  if (review.name === '') {
    return refusal(
      'collection',
      'A deletion of a whole collection cannot be approved. Delete the objects one by one, by name.',
    );
  }
  const uid = stringAt(review.oldObject, 'metadata', 'uid');
  if (uid === '')
    return refusal(
      'unsupported',
      'The object has no uid, so its deletion cannot be told from that of a namesake.',
    );
  return describeRemoval(review, { kind: 'delete', uid, object: review.oldObject, options: review.options });
}

/** Describes an eviction. `pod` is the live pod. */
export function describeEviction(review: Review, pod: JsonObject, eviction: JsonObject): DescribedChange {
  const uid = stringAt(pod, 'metadata', 'uid');
  const options = member(eviction, 'deleteOptions') ?? null;
  return describeRemoval(review, { kind: 'evict', uid, object: pod, options });
}

interface Removal {
  readonly kind: 'delete' | 'evict';
  readonly uid: string;
  readonly object: Json;
  readonly options: Json;
}

function describeRemoval(review: Review, { kind, uid, object, options }: Removal): DescribedChange {
  const propagation = propagationOf(options);
  const entries = (): readonly RawEntry[] =>
    propagation === null ? [] : [added(['propagationPolicy'], propagation)];
  return described(review, { kind, action: kind, payload: { uid, propagation }, entries, object });
}

/** The propagation policy, also where it is written in the old way; null leaves it to the kind. */
function propagationOf(options: Json): Json {
  const policy = member(options, 'propagationPolicy') ?? null;
  if (policy !== null) return policy;
  const orphan = member(options, 'orphanDependents') ?? null;
  if (orphan === null) return null;
  return orphan === true ? 'Orphan' : 'Background';
}
