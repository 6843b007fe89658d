// What a request's status should be, computed from facts: the controller's whole decision about one request.
// Pure; the shell writes the result by compare-and-swap, so that two leaders cannot both move it (INV-5, INV-8).
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequest, ApprovalRequestStatus } from '../../api/approval-request.ts';
import type { Approver } from '../../api/approver.ts';
import { recount } from '../../domain/identity/recount.ts';
import { isTerminal } from '../../domain/request/state.ts';
import { ENDED_BY_ASSENT, policiesChanged, versionChanged } from '../../domain/request/supersede.ts';
import { transition, type RequestEvent } from '../../domain/request/transition.ts';

/** How long a finished request stays. The record stays longer. ms. */
export const RETENTION_MS = 7 * 24 * 3_600_000;

/** Everything the status depends on. */
export interface RequestFacts {
  readonly request: ApprovalRequest;
  /** Whether the gate's seal over the spec holds. */
  readonly sealed: boolean;
  /** Sealed decisions about this request whose authors still hold the right. */
  readonly decisions: readonly ApprovalDecision[];
  /** Approvers whose seal holds. */
  readonly approvers: readonly Approver[];
  /** Digest of each live policy of the request by name; undefined when it is gone. */
  readonly policies: ReadonlyMap<string, string | undefined>;
  /** Name of a newer pending request that takes this one's place. */
  readonly newer: string | undefined;
}

/** What to do about a request. */
export interface NextStatus {
  readonly status: ApprovalRequestStatus;
  readonly changed: boolean;
  /** When to look again. Epoch ms; undefined when only an event can change anything. */
  readonly lookAgainAt: number | undefined;
  /** Whether the request has been finished for longer than the retention. */
  readonly forget: boolean;
}

/** Computes the status that the facts call for. */
export function nextStatus(facts: RequestFacts, now: number): NextStatus {
  let request = facts.request;
  let changed = false;
  for (const event of events(facts, now)) {
    const step = transition(request, event, now);
    changed ||= step.changed;
    request = { ...request, status: step.status };
  }
  const status = request.status ?? { state: 'Pending' };
  return { status, changed, lookAgainAt: lookAgainAt(request), forget: isForgettable(request, now) };
}

/** The events that the facts amount to, in the order in which they count. */
function events(facts: RequestFacts, now: number): RequestEvent[] {
  const { request } = facts;
  const list: RequestEvent[] = [{ type: 'observed' }];
  if (!facts.sealed) {
    return [
      ...list,
      { type: 'superseded', by: ENDED_BY_ASSENT, why: 'it carries no valid seal of this installation' },
    ];
  }
  // Nothing finds it by its fingerprint any more, so that an approval of it would admit nothing.
  const version = versionChanged(request);
  if (version !== undefined) {
    return [...list, { type: 'superseded', by: ENDED_BY_ASSENT, why: version }, { type: 'tick' }];
  }
  list.push({ type: 'recounted', count: recount(request, facts.decisions, facts.approvers, now) });
  const policy = policiesChanged(request, facts.policies);
  if (policy) list.push({ type: 'superseded', by: policy.policy, why: policy.words });
  else if (facts.newer !== undefined) {
    list.push({
      type: 'superseded',
      by: facts.newer,
      why: `the same agent submitted another change, ${facts.newer}`,
    });
  }
  return [...list, { type: 'tick' }];
}

/** When the retention of a finished request ends. Epoch ms. */
export const retainedUntil = (request: ApprovalRequest): number =>
  finishedAt(request, request.metadata.creationTimestamp) + RETENTION_MS;

function lookAgainAt(request: ApprovalRequest): number | undefined {
  const { status } = request;
  if (!status) return undefined;
  if (!isTerminal(status.state)) {
    // Approved access is ended by the controller of grants, when nothing of it is left: its report brings us back.
    if (request.spec.access !== undefined && status.state !== 'Pending') return undefined;
    const end = status.usableUntil ?? request.spec.expiresAt;
    return Date.parse(end);
  }
  return retainedUntil(request);
}

/** Finished for longer than the retention, and every line of its record is written. */
function isForgettable(request: ApprovalRequest, now: number): boolean {
  const { status } = request;
  if (!status || !isTerminal(status.state)) return false;
  const isRecorded = (status.recorded ?? 0) >= (status.outbox?.length ?? 0);
  return isRecorded && now >= retainedUntil(request);
}

function finishedAt(request: ApprovalRequest, created: string | undefined): number {
  const decided = request.status?.conditions?.find((one) => one.type === 'Decided');
  return Date.parse(decided?.lastTransitionTime ?? created ?? request.spec.requestedAt);
}
