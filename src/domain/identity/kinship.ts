// How a decider stands to the one who asked: the same, a second identity, the owner, or unknown where persons must be
// known. One function for the moment of deciding and for every recount after it, so that the two never differ (INV-3).
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import type { Verdict } from '../../api/approval-decision.ts';
import { personNames, type ApproverFacts, type User } from './person.ts';

/** Why a decider stands too near to the requester, or is not known well enough. */
export interface Objection {
  readonly code: 'self-approval' | 'second-identity' | 'ambiguous-identity' | 'owner' | 'no-approver';
  /** The Approvers in question. */
  readonly about: string;
}

/** A decider and what is known about them. */
export interface Decider {
  readonly user: Pick<User, 'username' | 'uid'>;
  readonly verdict: Verdict;
  /** Name of the Approver when the decision was made; empty when there was none, or when it is made now. */
  readonly stampedPerson: string;
}

/** Whether approvers of this request must be known as persons: quorum and owners compare persons, not user names. */
export function needsPersons(spec: Pick<ApprovalRequestSpec, 'policies'>): boolean {
  return spec.policies.some((policy) => policy.required > 1 || policy.owners.length > 0);
}

/**
 * The first objection to a decider, or undefined. An owner may deny and revoke: that only makes it stricter. The requester may not
 * even deny, since taking back is not deciding.
 */
export function kinship(
  spec: Pick<ApprovalRequestSpec, 'policies' | 'requester'>,
  decider: Decider,
  approvers: readonly ApproverFacts[],
): Objection | undefined {
  const { user, verdict, stampedPerson } = decider;
  const { requester } = spec;
  const isSameUid = user.uid !== undefined && user.uid !== '' && user.uid === requester.uid;
  if (user.username === requester.username || isSameUid) return { code: 'self-approval', about: '' };

  const now = personNames(user.username, approvers);
  const ever = stampedPerson === '' ? now : [...now, stampedPerson];
  const requesters = personNames(requester.username, approvers);
  const shared = ever.find((name) => requesters.includes(name));
  if (shared !== undefined) return { code: 'second-identity', about: shared };
  if (now.length > 1) return { code: 'ambiguous-identity', about: now.join(', ') };
  if (verdict !== 'Approve') return undefined;

  const owned = ever.find((name) => spec.policies.some((policy) => policy.owners.includes(name)));
  if (owned !== undefined) return { code: 'owner', about: owned };
  return needsPersons(spec) && now.length === 0 ? { code: 'no-approver', about: '' } : undefined;
}
