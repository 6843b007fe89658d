// The recount of what was read live: only sealed decisions and sealed Approvers count, whatever a status says (INV-1, INV-3).
import type { ApprovalRequest } from '../api/approval-request.ts';
import { recount, type Recount } from '../domain/identity/recount.ts';
import { policyDigest } from '../domain/policy/digest.ts';
import { isSealedApprover, isSealedDecision, type Verify } from '../domain/request/verify.ts';
import type { Grounds } from './grounds.ts';

/**
 * Counts the sealed decisions about a request.
 * @throws when one of them was made after the time of this clock; the caller denies
 */
export function recounted(
  request: ApprovalRequest,
  { decisions, approvers }: Grounds,
  { verify, now }: { readonly verify: Verify; readonly now: number },
): Recount {
  const count = recount(
    request,
    decisions.filter((decision) => isSealedDecision(decision, verify)),
    approvers.filter((approver) => isSealedApprover(approver, verify)),
    now,
  );
  // An approval must not be set aside for a wrong clock: nobody could use it any more once a new request stands behind it.
  if (count.ignored.some(({ why }) => why === 'from-the-future'))
    throw new Error(`a decision about ${request.metadata.name} was made after the time of this clock`);
  return count;
}

/** Digests of the policies of a request as they are now; undefined for one that is gone or was made again under its name. */
export function liveDigests(
  { spec }: Pick<ApprovalRequest, 'spec'>,
  { policies }: Grounds,
): ReadonlyMap<string, string | undefined> {
  return new Map(
    spec.policies.map(({ name, uid }) => {
      const live = policies.get(name);
      return [name, live?.metadata.uid === uid ? policyDigest(live.spec) : undefined];
    }),
  );
}
