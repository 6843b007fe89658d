// Whether the access of a request is to stand now, for the controller: what its status already says ends it for good, and
// otherwise the same facts as the gate judges by (INV-4, INV-8). Status alone never grants anything.
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { Access, EndedWhy } from '../../api/access.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../../api/approval-request.ts';
import type { Approver } from '../../api/approver.ts';
import { grantStanding, type RoleNow } from '../../domain/grant/standing.ts';
import { recount } from '../../domain/identity/recount.ts';
import { parseInstant } from '../../domain/request/instant.ts';
import { isTerminal } from '../../domain/request/state.ts';
import { ENDED_BY_ASSENT } from '../../domain/request/supersede.ts';
import {
  isSealedApprover,
  isSealedDecision,
  isSealedRequest,
  type Verify,
} from '../../domain/request/verify.ts';

/** A request for access. */
export type AccessRequest = ApprovalRequest & {
  readonly spec: ApprovalRequestSpec & { readonly access: Access };
};

/** What is to become of the objects of a request. */
export type Verdict =
  /** Until then; epoch ms. */
  | { readonly kind: 'stands'; readonly until: number }
  /** Approved once, and over. */
  | { readonly kind: 'over'; readonly why: EndedWhy; readonly by: string }
  /** Never approved, or finished: it has no objects, and nothing is to be told. */
  | { readonly kind: 'none' };

/** What approval stands on: sealed or not, that is checked here. */
export interface Grounds {
  readonly decisions: readonly ApprovalDecision[];
  readonly approvers: readonly Approver[];
  /** Digest of each policy by name; undefined when it is gone. */
  readonly policies: ReadonlyMap<string, string | undefined>;
  readonly role: RoleNow | 'gone' | 'unknown';
  /** Whether somebody froze the requester. */
  readonly isFrozen: boolean;
  /** When the newest of its namespaces was made; 0 where nobody looked. Epoch ms. */
  readonly newestNamespace: number;
}

/** Whether a request is about access. */
export const isAccessRequest = (request: ApprovalRequest): request is AccessRequest =>
  request.spec.access !== undefined;

/**
 * The verdict that needs no other facts than the request: nothing brings access back that is over.
 * @param now epoch ms, by the clock of the API server
 */
export function plainVerdict(request: AccessRequest, verify: Verify, now: number): Verdict | undefined {
  const { spec, status = { state: 'Pending' } } = request;
  const { state, grant, usableUntil } = status;
  if (state === 'Pending' || isTerminal(state)) return { kind: 'none' };
  if (grant?.endedAt !== undefined) return { kind: 'over', why: grant.endedWhy ?? 'Expired', by: '' };
  // Nobody approved what the gate did not write.
  if (!isSealedRequest(request, verify)) return { kind: 'over', why: 'Revoked', by: ENDED_BY_ASSENT };
  if (isUsedUp(request)) return { kind: 'over', why: 'Used', by: spec.requester.username };
  // What was promised as the end is the end, however late the last approval was made.
  return now >= (parseInstant(usableUntil) ?? 0) ? { kind: 'over', why: 'Expired', by: '' } : undefined;
}

const isUsedUp = ({ spec, status }: AccessRequest): boolean =>
  status?.state === 'Reserved' || (spec.access.once && status?.reservation !== undefined);

/**
 * The verdict.
 * @param now epoch ms, by the clock of the API server
 * @throws when a decision was made after that: nobody can tell yet, and what ends access ends it for good
 */
export function verdictOf(request: AccessRequest, grounds: Grounds, verify: Verify, now: number): Verdict {
  const plain = plainVerdict(request, verify, now);
  if (plain) return plain;
  const { spec, status = { state: 'Pending' } } = request;
  const count = recount(
    request,
    grounds.decisions.filter((one) => isSealedDecision(one, verify)),
    grounds.approvers.filter((one) => isSealedApprover(one, verify)),
    now,
  );
  if (count.ignored.some(({ why }) => why === 'from-the-future'))
    throw new Error(`a decision about ${request.metadata.name} was made after the time of the API server`);
  const { policies, role, isFrozen, newestNamespace } = grounds;
  const facts = { spec, status, count, policies, role, isFrozen, newestNamespace };
  const standing = grantStanding(facts, now);
  if (standing.kind === 'ended') return { kind: 'over', why: standing.why, by: standing.by };
  // Fewer people than the status says: an Approver was edited, or the status is forged. The gate admits nothing by it either.
  if (standing.kind === 'unapproved') return { kind: 'over', why: 'Revoked', by: ENDED_BY_ASSENT };
  return { kind: 'stands', until: Math.min(standing.until, parseInstant(status.usableUntil) ?? 0) };
}
