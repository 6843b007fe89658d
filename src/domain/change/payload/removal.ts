// Deletion and eviction bind the uid of the object, so that a namesake made later needs an approval of its own, and the
// options: how dependents are treated, and whatever later versions add. Not the grace of a deletion: the API server
// rewrites it between the passes of one request (experiments.md 3). That of an eviction comes as the client wrote it.
import type { DescribedChange } from '../change.ts';
import type { Json, JsonObject } from '../json.ts';
import { isObject, member, stringAt, withoutMembers } from '../json-tree.ts';
import type { Review } from '../review.ts';
import { addedFields, described, refusal } from './outcome.ts';

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
  const others = othersOf(options, kind);
  const told = propagation === null ? others : { ...others, propagationPolicy: propagation };
  const payload = { ...others, uid, propagation };
  return described(review, { kind, action: kind, payload, entries: () => addedFields(told), object });
}

/** Told in `propagation`, or of no effect but to refuse: preconditions narrow what is asked, a dry-run does nothing. */
const TOLD_OR_IDLE = [
  'apiVersion',
  'kind',
  'propagationPolicy',
  'orphanDependents',
  'preconditions',
  'dryRun',
];
const NOT_BOUND = {
  delete: new Set([...TOLD_OR_IDLE, 'gracePeriodSeconds']),
  evict: new Set(TOLD_OR_IDLE),
} as const;

/** The other options, known or not, without what is at its default. */
function othersOf(options: Json, kind: Removal['kind']): JsonObject {
  if (!isObject(options)) return {};
  const idle = Object.keys(options).filter((key) => options[key] === false || options[key] === null);
  return withoutMembers(options, new Set([...NOT_BOUND[kind], ...idle]));
}

/** The propagation policy, also where it is written in the old way; null leaves it to the kind. */
function propagationOf(options: Json): Json {
  const policy = member(options, 'propagationPolicy') ?? null;
  if (policy !== null) return policy;
  const orphan = member(options, 'orphanDependents') ?? null;
  if (orphan === null) return null;
  return orphan === true ? 'Orphan' : 'Background';
}
