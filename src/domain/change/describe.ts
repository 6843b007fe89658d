// Turns a review into the change that an approval is bound to. Each sort of change has its file under payload/; what
// has none goes by its operation, and what cannot be bound is refused (INV-1, INV-7).
import type { DescribedChange } from './change.ts';
import type { JsonObject } from './json.ts';
import { stringAt } from './json-tree.ts';
import { neededLook } from './look.ts';
import { describeCertificateApproval } from './payload/certificate.ts';
import { describeConnect } from './payload/connect.ts';
import { refusal } from './payload/outcome.ts';
import { describeDelete, describeEviction } from './payload/removal.ts';
import { describeScale } from './payload/scale.ts';
import { describeToken } from './payload/token.ts';
import { describeCreate, describeUpdate, type UpdateFacts } from './payload/write.ts';
import type { Review } from './review.ts';

/**
 * Describes the change of a review.
 *
 * @param live - the object that `neededLook` names, as just read; null when it does not exist. Without it a change that
 *   needs it is `unreadable`.
 * @param options - `ignore`: field paths of the policies that are left out of payload and entries. They never make a
 *   change a no-op. Hand over the same array each time: compiled paths are kept with it. `now`: the caller's clock, epoch
 *   ms; without it no time in an UPDATE passes for that of the attempt.
 */
export function describeChange(
  review: Review,
  live: JsonObject | null | undefined,
  options: UpdateFacts,
): DescribedChange {
  const look = neededLook(review);
  const found = look === undefined ? null : (live ?? null);
  if (look !== undefined && stringAt(found, 'metadata', 'uid') === '') {
    const what = look.resource === 'pods' ? 'pod' : 'account';
    return refusal('unreadable', `The ${what} that this is about could not be read.`);
  }
  if (review.operation === 'DELETE') return describeDelete(review);
  if (review.object === null) return refusal('unsupported', 'The review has no object.');
  return describeObject(review, review.object, found, options);
}

function describeObject(
  review: Review,
  object: JsonObject,
  live: JsonObject | null,
  options: UpdateFacts,
): DescribedChange {
  if (review.operation === 'CONNECT') return describeConnect(review, object, live);
  if (review.operation === 'UPDATE') return describeWrite(review, object, options);
  if (live !== null && review.subResource === 'token') return describeToken(review, live, object);
  if (live !== null && review.subResource === 'eviction') return describeEviction(review, live, object);
  return describeCreate(review, object, { ignore: options.ignore, live });
}

function describeWrite(review: Review, object: JsonObject, options: UpdateFacts): DescribedChange {
  const { resource, subResource, kind, oldObject } = review;
  if (oldObject === null) return refusal('unsupported', 'The review has no oldObject.');
  if (subResource === 'scale' && kind.kind === 'Scale') return describeScale(review, object, oldObject);
  if (subResource === 'approval' && resource.group === 'certificates.k8s.io') {
    return describeCertificateApproval(review, object, oldObject, options.ignore);
  }
  return describeUpdate(review, object, oldObject, options);
}
