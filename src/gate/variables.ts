// What the CEL expressions of policies may read: `object`, `oldObject` and `request`, as in webhook matchConditions.
// Converted once for each review and only when a policy has an expression at all.
import { toCel, type CelInput } from '../cel/value.ts';
import type { Review } from '../domain/change/review.ts';
import type { Policy } from '../domain/policy/policy.ts';

/** Names that expressions may use; everything else does not compile. */
export const CEL_VARIABLES = ['object', 'oldObject', 'request'] as const;

/** The variables of a review; empty when no policy reads them. */
export function celVariables(review: Review, policies: readonly Policy[]): CelInput {
  const isNeeded = policies.some((policy) => policy.conditions.length > 0 || policy.summary !== undefined);
  if (!isNeeded) return {};
  const { object, oldObject, ...request } = review;
  return {
    object: toCel(object),
    oldObject: toCel(oldObject),
    request: toCel(request),
  };
}
