// The stamp: writes into a decision who made it, into an Approver who wrote this version, into a link whose it is, and into
// an ask for access everything but the ask, all from the authenticated request, and seals it (INV-3).
import type { ApproverSpec } from '../api/approver.ts';
import { RESOURCES } from '../api/group.ts';
import type { Review } from '../domain/change/review.ts';
import { stampApprover } from './stamp-approver.ts';
import { stampAsk, type AskStampPorts } from './stamp-ask.ts';
import { stampDecision } from './stamp-decision.ts';
import { stampFreeze } from './stamp-freeze.ts';
import { stampLink } from './stamp-link.ts';
import { refuseStamp, type StampOutcome } from './stamp-outcome.ts';

/**
 * Stamps a decision, an Approver, a link or an ask, or refuses it.
 * @param now epoch ms
 * @throws when a live read fails; the caller denies
 */
export async function stamp(
  review: Review,
  ports: AskStampPorts,
  now: number,
  signal: AbortSignal,
): Promise<StampOutcome> {
  if (review.resource.resource === RESOURCES.requests) return stampAsk(review, ports, { now, signal });
  const spec = review.object?.['spec'];
  if (spec === null || typeof spec !== 'object') return refuseStamp('the object has no spec');
  switch (review.resource.resource) {
    case RESOURCES.decisions:
      return stampDecision(review, ports, { now, signal });
    case RESOURCES.links:
      return stampLink(review, ports, { now, signal });
    case RESOURCES.freezes:
      return stampFreeze(review, { ...ports, policies: ports.asks.policies() }, now);
    case RESOURCES.approvers:
      return stampApprover(review, spec as unknown as ApproverSpec, ports.sealer, now);
    default:
      return refuseStamp('refused: nothing of this kind is stamped');
  }
}
