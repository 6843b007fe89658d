// What the CEL expressions of policies may read: `object`, `oldObject` and `request`, as in webhook matchConditions.
// Converted once for each review and only when a policy has an expression at all.
import { toCel, type CelInput } from '../cel/value.ts';
import type { JsonObject } from '../domain/change/json.ts';
import { editedAt, withoutMembers } from '../domain/change/json-tree.ts';
import type { Review } from '../domain/change/review.ts';
import type { Policy } from '../domain/policy/policy.ts';

/** Names that expressions may use; everything else does not compile. */
export const CEL_VARIABLES = ['object', 'oldObject', 'request'] as const;

/** The variables of a review; empty when no policy reads them. */
export function celVariables(review: Review, policies: readonly Policy[]): CelInput {
  const isNeeded = policies.some((policy) => policy.conditions.length > 0 || policy.summary !== undefined);
  if (!isNeeded) return {};
  const { object, oldObject, userInfo, ...request } = review;
  return {
    object: toCel(object),
    oldObject: toCel(oldObject),
    request: toCel({ ...present(request), userInfo: present(userInfo) }),
  };
}

/**
 * The same variables for summaries, which people and agents read: what a Secret holds is left out of them (INV-10).
 * A summary that reads it cannot be evaluated and is passed over.
 */
export function shownVariables(review: Review, variables: CelInput): CelInput {
  const { group, resource } = review.resource;
  if (group !== '' || resource !== 'secrets') return variables;
  const { object, oldObject } = review;
  return { ...variables, object: toCel(withoutHeld(object)), oldObject: toCel(withoutHeld(oldObject)) };
}

const HELD: ReadonlySet<string> = new Set(['data', 'stringData']);

/** Without data, and without annotations: kubectl keeps a copy of the manifest in one. */
function withoutHeld(secret: JsonObject | null): JsonObject | null {
  if (secret === null) return null;
  const open = withoutMembers(secret, HELD);
  return editedAt(open, ['metadata', 'annotations'], () => undefined);
}

/** Empty fields are absent keys, as Kubernetes has it, so that `has(request.subResource)` means the same here and there. */
function present(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === '' || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
