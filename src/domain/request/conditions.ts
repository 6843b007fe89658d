// Computes every condition of a request from facts, all at once, so that none can be forgotten (after kueue's
// SyncAdmittedCondition). `Decided` is true at every final answer: `kubectl wait` never hangs.
import type { ApprovalRequestSpec, ApprovalRequestStatus, RequestState } from '../../api/approval-request.ts';
import type { Hindered } from '../../api/access.ts';
import type { Condition } from '../../api/primitives.ts';
import { conditionWords, type ConditionFacts, type ConditionType } from '../message/condition-words.ts';
import { deadline } from './instant.ts';
import { approvalsOf } from './approvals.ts';
import { supersededBecause } from './supersede.ts';

const TRUE_IN: Readonly<Record<ConditionType, readonly RequestState[]>> = {
  Approved: ['Approved', 'Reserved', 'Admitted', 'Ended'],
  Denied: ['Denied'],
  Expired: ['Expired'],
  Decided: ['Approved', 'Reserved', 'Admitted', 'Denied', 'Expired', 'Superseded', 'Withdrawn', 'Ended'],
  // A reserved approval was let through already; it only is not yet proven to be spent.
  Admitted: ['Reserved', 'Admitted'],
  // And only while a binding stands.
  GrantActive: ['Approved', 'Reserved'],
};
const CHANGE_TYPES: readonly ConditionType[] = ['Approved', 'Denied', 'Expired', 'Decided', 'Admitted'];
const ACCESS_TYPES: readonly ConditionType[] = ['Approved', 'Denied', 'Expired', 'Decided', 'GrantActive'];

/**
 * All conditions of a request in this status. Conditions of other types are kept.
 * @param generation metadata.generation; `kubectl wait` ignores a condition that was observed for an older one
 * @param now epoch ms, for conditions whose status changes
 */
export function syncConditions(
  status: ApprovalRequestStatus,
  spec: ApprovalRequestSpec,
  generation: number,
  now: number,
): Condition[] {
  const before = status.conditions ?? [];
  const facts = conditionFacts(status, spec);
  const types = spec.access === undefined ? CHANGE_TYPES : ACCESS_TYPES;
  const { createdAt, endedAt } = status.grant ?? {};
  const hindered = hinderedNow(status);
  // Where it is hindered nothing stands.
  const stands =
    createdAt !== undefined &&
    endedAt === undefined &&
    hindered.length < (spec.access?.namespaces.length ?? 0);
  const ours = types.map((type): Condition => {
    const holds = TRUE_IN[type].includes(status.state) && (type !== 'GrantActive' || stands);
    const value = holds ? 'True' : 'False';
    const old = before.find((one) => one.type === type);
    return {
      type,
      status: value,
      observedGeneration: generation,
      lastTransitionTime: old?.status === value ? old.lastTransitionTime : deadline(now),
      reason: (type === 'GrantActive' && !holds ? hindered[0]?.why : undefined) ?? status.state,
      message: conditionWords(type, facts),
    };
  });
  return [...ours, ...before.filter((one) => !types.some((type) => type === one.type))];
}

/** What is in the way of access that is to stand now. */
function hinderedNow({ state, grant }: ApprovalRequestStatus): readonly Hindered[] {
  return state === 'Approved' && grant?.endedAt === undefined ? (grant?.hindered ?? []) : [];
}

/** What the sentences about a request speak of. */
export function conditionFacts(status: ApprovalRequestStatus, spec: ApprovalRequestSpec): ConditionFacts {
  return {
    state: status.state,
    approvals: approvalsOf({ spec, status }),
    decidedBy: status.decidedBy ?? '',
    reason: status.decisionReason ?? '',
    expiresAt: spec.expiresAt,
    usableUntil: status.usableUntil,
    usedAt: status.reservation?.at,
    superseded: supersededBecause(status),
    isAccess: spec.access !== undefined,
    grant: status.grant,
  };
}
