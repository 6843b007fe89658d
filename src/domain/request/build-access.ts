// Builds the spec of a request for access from an accepted ask. Nothing in it comes from the agent but the ask itself, as it
// was judged, and its reason, which informs (INV-4).
import type { Access } from '../../api/access.ts';
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import type { UserInfo } from '../change/review.ts';
import { accessTarget, accessText } from '../message/asked.ts';
import { line } from '../message/plain-text.ts';
import { approvalTerms } from '../policy/strictest.ts';
import { deadline, instant } from './instant.ts';
import {
  exactPolicies,
  LONGEST_REASON,
  oddText,
  optional,
  policyRefs,
  policyTrouble,
  requester,
  type AskingPolicy,
  type Built,
} from './parts.ts';
import { jsonBytes, SPEC_BYTES } from './size.ts';

/** Everything a request for access is made of. */
export interface AccessFacts {
  /** uid of the kube-system namespace. */
  readonly cluster: string;
  readonly user: UserInfo;
  readonly access: Access;
  /** Policies that have to approve. */
  readonly policies: readonly AskingPolicy[];
  readonly fingerprint: string;
  /** Stated by the agent; '' for none. */
  readonly reason: string;
  /** metadata.uid of the request for the same access before this one; empty for the first. */
  readonly predecessor: string;
}

const LONGEST_TARGET = 600;

/**
 * Builds the spec of a request for access.
 * @param now epoch ms
 */
export function buildAccessSpec(facts: AccessFacts, now: number): Built {
  const { cluster, user, access, policies, fingerprint, predecessor } = facts;
  const why =
    policyTrouble(policies) ??
    oddText([
      ['uid of the cluster', cluster, 64],
      ['user name', user.username, 256],
      ['uid of the user', user.uid, 256],
      ['fingerprint', fingerprint, 80],
      ['uid of the predecessor', predecessor, 64],
      ...exactPolicies(policies),
    ]);
  if (why !== undefined) return { ok: false, why };
  const terms = approvalTerms(policies.map(({ spec }) => spec));
  if (!terms) return { ok: false, why: 'a policy has a duration that cannot be read' };
  const { pendingFor, usableFor: _changes, coolDown, ...flags } = terms;
  const spec: Omit<ApprovalRequestSpec, 'seal'> = {
    cluster,
    requester: requester(user),
    policies: policyRefs(policies),
    summary: accessText(access),
    action: 'access',
    target: line(accessTarget(access), LONGEST_TARGET),
    fingerprint,
    access,
    ...optional('reason', facts.reason, LONGEST_REASON),
    ...flags,
    requestedAt: instant(now),
    expiresAt: deadline(now + pendingFor * 1_000),
    // Access is counted from its approval; how long an approval of a change may be used says nothing about it.
    usableForSeconds: access.seconds,
    coolDownSeconds: coolDown,
    predecessor,
  };
  return jsonBytes(spec) > SPEC_BYTES ? { ok: false, why: 'it is too long' } : { ok: true, spec };
}
