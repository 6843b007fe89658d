// The state machine: (request, event, now) -> status. The status holds the new state, its conditions and its line of the
// record together, so that one write stores all three (INV-5). Terminal states never change, an end never moves later (INV-8).
import type { ApprovalRequestStatus, RequestState } from '../../api/approval-request.ts';
import type { Seal } from '../../api/primitives.ts';
import { canonicalJson } from '../change/json.ts';
import type { Recount } from '../identity/recount.ts';
import { line } from '../message/plain-text.ts';
import type { NoteFacts } from '../message/note.ts';
import { accessChanged, usedAccess, type AccessEvent } from './access-steps.ts';
import { syncConditions } from './conditions.ts';
import { deadline, instant, parseInstant } from './instant.ts';
import { hasRoom, withLine } from './outbox.ts';
import type { UseOutcome } from './reserve.ts';
import { toJson } from './sealed.ts';
import { withCounted } from './size.ts';
import { noApprovals } from './approvals.ts';
import { canMove, isTerminal, type RequestFacts, type Step } from './state.ts';

/** What can happen to a request. */
export type RequestEvent =
  /** It was seen; the first time, it gets its first status. Every other event implies it. */
  | { readonly type: 'observed' }
  /** Its sealed decisions were counted. Send it before `tick`: a decision made in time counts, however late it is folded. */
  | { readonly type: 'recounted'; readonly count: Recount }
  /** Time has passed. */
  | { readonly type: 'tick' }
  /** Something took its place: `by` is the name of a newer request or of the changed policy. */
  | { readonly type: 'superseded'; readonly by: string; readonly why: string }
  | { readonly type: 'withdrawn'; readonly by: string }
  /** The change was tried `count` more times, last at `at` (epoch ms). */
  | { readonly type: 'attempted'; readonly count: number; readonly at: number }
  /** The approval is used: the outcome of `useApproval`, and the seal over its reservation. */
  | { readonly type: 'used'; readonly outcome: Reserve; readonly seal: Seal; readonly what?: string }
  | AccessEvent;

/** The outcome of `useApproval` that has to be stored. */
export type Reserve = Extract<UseOutcome, { kind: 'reserve' }>;

/** The status after an event. */
export interface Transition {
  readonly status: ApprovalRequestStatus;
  /** Whether there is anything to write. */
  readonly changed: boolean;
}

/**
 * What an event makes of a request. An event that the state does not allow changes nothing.
 * @param now epoch ms
 */
export function transition(request: RequestFacts, event: RequestEvent, now: number): Transition {
  const before = request.status;
  if (before && isTerminal(before.state)) return { status: before, changed: false };
  const step: Step = { request, status: opened(request, now), now };
  const status = apply(step, event);
  const { spec, metadata } = request;
  const conditions = syncConditions(status, spec, metadata.generation ?? 1, now);
  const after: ApprovalRequestStatus = { ...status, conditions };
  return { status: after, changed: !before || !isSame(before, after) };
}

/** The status to go on from: the stored one, or the first one. */
function opened(request: RequestFacts, now: number): ApprovalRequestStatus {
  const { status, spec, metadata } = request;
  if (status && (status.outbox ?? []).length > 0) return status;
  const first: ApprovalRequestStatus = {
    state: 'Pending',
    approvals: noApprovals(spec),
    expiresAt: spec.expiresAt,
    ...status,
  };
  const note: NoteFacts = { type: 'requested', summary: spec.summary };
  return withLine(first, metadata.uid, { note, by: spec.requester.username }, now);
}

function apply(step: Step, event: RequestEvent): ApprovalRequestStatus {
  switch (event.type) {
    case 'observed':
      return step.status;
    case 'recounted':
      return folded(step, event.count);
    case 'tick':
      return ticked(step);
    case 'superseded':
      return moved(step, 'Superseded', {
        note: { type: 'superseded', why: event.why },
        by: event.by,
        facts: { supersededBy: line(event.by, 253) },
      });
    case 'withdrawn':
      return moved(step, 'Withdrawn', { note: { type: 'withdrawn', why: 'taken back' }, by: event.by });
    case 'attempted':
      return attempted(step.status, event);
    case 'used':
      return step.request.spec.access === undefined
        ? used(step, event.outcome, event.seal)
        : usedAccess(step, event.outcome, event.seal, event.what ?? '');
    default:
      return accessChanged(step, event);
  }
}

interface Move {
  readonly note: NoteFacts;
  /** Who did it; empty when nobody did. */
  readonly by: string;
  readonly facts?: Partial<ApprovalRequestStatus>;
}

/** The status in another state, with its line of the record; unchanged when the state does not allow the move. */
function moved(step: Step, state: RequestState, move: Move): ApprovalRequestStatus {
  const { status, request, now } = step;
  if (!canMove(status.state, state) || endsOtherwise(step, state)) return status;
  const end = isTerminal(state) ? { expiresAt: undefined } : {};
  const next: ApprovalRequestStatus = { ...status, state, ...end, ...move.facts };
  return withLine(next, request.metadata.uid, move, now);
}

/** Approved access is over when its binding is gone, and never before (INV-4): `Ended` is its only end. */
function endsOtherwise({ request, status }: Step, state: RequestState): boolean {
  const isGranted = request.spec.access !== undefined && status.state !== 'Pending';
  return isGranted && isTerminal(state) && state !== 'Ended';
}

function folded(step: Step, count: Recount): ApprovalRequestStatus {
  const status = withDecisions(step, count);
  const next: Step = { ...step, status };
  const { state } = status;
  if (count.denied) {
    const { denied } = count;
    const reason = denied.reason ?? '';
    // A denial that raced with the last approval still holds: what is not used yet is taken back.
    return state === 'Approved'
      ? moved(next, 'Withdrawn', {
          note: {
            type: 'withdrawn',
            why: denied.verdict === 'Revoke' ? 'the approval was revoked' : 'denied after it was approved',
          },
          by: denied.person,
        })
      : moved(next, 'Denied', { note: { type: 'denied', reason }, by: denied.person });
  }
  const isApproved = state === 'Pending' && count.satisfied && count.decidedAt !== undefined;
  if (!isApproved || !hasRoom(status, 3)) return status;
  const usableUntil = deadline(Math.min(count.decidedAt, step.now) + count.usableSeconds * 1_000);
  return moved(next, 'Approved', {
    note: {
      type: 'approved',
      approvals: count.text,
      usableUntil,
      isAccess: step.request.spec.access !== undefined,
    },
    by: status.decidedBy ?? '',
    facts: { usableUntil, expiresAt: usableUntil },
  });
}

/** Decisions and their lines are only ever added, each once, and text for tables follows them. */
function withDecisions(step: Step, count: Recount): ApprovalRequestStatus {
  const { request, now } = step;
  const known = step.status.decisions ?? [];
  const fresh = count.counted.filter((one) => !known.some((old) => old.uid === one.uid));
  const decisions = withCounted(step.status, fresh);
  const who = [...new Set(decisions.map((one) => one.person))].join(', ');
  const reason = decisions.findLast((one) => one.reason !== undefined && one.reason !== '')?.reason;
  const told: ApprovalRequestStatus = {
    ...step.status,
    ...(step.status.state === 'Pending' ? { approvals: count.text } : {}),
    ...(decisions.length === 0 ? {} : { decisions, decidedBy: line(who, 512) }),
    ...(reason === undefined ? {} : { decisionReason: reason }),
  };
  return fresh.reduce((status, one) => {
    const note: NoteFacts = {
      type: 'decided',
      verdict: one.verdict,
      channel: one.channel,
      reason: one.reason ?? '',
    };
    return withLine(status, request.metadata.uid, { note, by: one.person }, now);
  }, told);
}

function ticked(step: Step): ApprovalRequestStatus {
  const { status, request, now } = step;
  const isPast = (end: string | undefined): boolean => now >= (parseInstant(end) ?? 0);
  if (status.state === 'Pending' && isPast(request.spec.expiresAt)) {
    return moved(step, 'Expired', { note: { type: 'expired', wasApproved: false }, by: '' });
  }
  if (status.state === 'Approved' && isPast(status.usableUntil)) {
    return moved(step, 'Expired', { note: { type: 'expired', wasApproved: true }, by: '' });
  }
  if (status.state === 'Reserved' && isPast(status.usableUntil)) {
    const { review = '', at: usedAt = '' } = status.reservation ?? {};
    return moved(step, 'Admitted', {
      note: { type: 'admitted', review, usedAt },
      by: request.spec.requester.username,
    });
  }
  return status;
}

/** Attempts never write a line of the record: they decide nothing, and there may be any number of them. */
function attempted(
  status: ApprovalRequestStatus,
  event: { readonly count: number; readonly at: number },
): ApprovalRequestStatus {
  if (!Number.isSafeInteger(event.count) || event.count < 1) return status;
  const last = Math.max(event.at, parseInstant(status.lastAttemptAt) ?? 0);
  const attempts = Math.min((status.attempts ?? 0) + event.count, Number.MAX_SAFE_INTEGER);
  return { ...status, attempts, lastAttemptAt: instant(last) };
}

function used(step: Step, outcome: Reserve, seal: Seal): ApprovalRequestStatus {
  const { status, request, now } = step;
  const { review, at, times } = outcome.reservation;
  const by = request.spec.requester.username;
  const facts = { reservation: { ...outcome.reservation, seal } };
  if (status.state === 'Approved') {
    return outcome.state === 'Admitted'
      ? moved(step, 'Admitted', { note: { type: 'admitted', review, usedAt: at }, by, facts })
      : moved(step, 'Reserved', { note: { type: 'reserved', review, times }, by, facts });
  }
  const isNext = outcome.state === 'Reserved' && times === (status.reservation?.times ?? 0) + 1;
  if (status.state !== 'Reserved' || !isNext) return status;
  const note: NoteFacts = { type: 'reserved', review, times };
  const again: ApprovalRequestStatus = { ...status, ...facts };
  return isTold(times) ? withLine(again, request.metadata.uid, { note, by }, now) : again;
}

/** Repeated reservations of one use: the first sixteen each have a line, then each power of two, so that lines stay few. */
function isTold(times: number): boolean {
  return times <= 16 || Number.isInteger(Math.log2(times));
}

function isSame(a: ApprovalRequestStatus, b: ApprovalRequestStatus): boolean {
  return canonicalJson(toJson(a)) === canonicalJson(toJson(b));
}
