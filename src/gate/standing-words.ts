// Which denial tells the requester where their change stands: a plain "needs approval", or what became of the approval
// that they may have been counting on. Facts only; the words are made in src/domain/message.
import type { ApprovalRequest, ApprovalRequestStatus, RequestState } from '../api/approval-request.ts';
import type { DenialFacts, OpenRequest, Refusal } from '../domain/message/denial.ts';
import { notBefore, parseInstant } from '../domain/request/instant.ts';
import {
  hasNoSuccessor,
  rememberedUntil,
  supersededBecause,
  versionChanged,
} from '../domain/request/supersede.ts';
import type { AskInput, AskPorts, Fingerprinted } from './ask.ts';
import { approvedOther, ofOtherVersion, pendingBefore, whatDiffers } from './other-approval.ts';

/** The finished request before a new one, and why it was set aside although its status looked usable. */
interface Before {
  readonly request: ApprovalRequest;
  readonly objection: string | undefined;
}

interface Context {
  readonly input: AskInput;
  readonly known: Fingerprinted;
  readonly ports: AskPorts;
}

/** The denial for a change whose request is pending. */
export async function denialFor(
  request: ApprovalRequest,
  last: Before | undefined,
  context: Context,
): Promise<DenialFacts> {
  const renewed = { what: request.spec.summary, request: openRequest(request, context.input.now) };
  const fromLast = last && aboutLast(last, context.input.now);
  if (fromLast) return { ...renewed, ...fromLast };
  const { input, known, ports } = context;
  const earlier = await ofOtherVersion(input, ports);
  if (earlier) {
    const why = versionChanged(earlier) ?? '';
    return { kind: 'version-changed', ...renewed, before: { name: earlier.metadata.name }, why };
  }
  const other = await approvedOther(input, known.fingerprint, ports);
  if (!other) {
    const replaced = await pendingBefore(request, input, ports);
    return { kind: 'approval-required', ...renewed, replaces: replaced?.metadata.name };
  }
  const paths = whatDiffers(other.spec, request.spec, input.asking.bindsObject);
  return { kind: 'changed', ...renewed, before: { name: other.metadata.name }, paths };
}

/** The denial of the very change that a person refused. */
export function refusalOf(request: ApprovalRequest): DenialFacts {
  return { kind: 'denied', what: request.spec.summary, refusal: refusedRequest(request) };
}

/** The denial of a change of an object, another change of which a person refused. `what` is asked for now. */
export function refusalBefore(request: ApprovalRequest, what: string): DenialFacts {
  return { kind: 'denied-before', what, refusal: { ...refusedRequest(request), what: request.spec.summary } };
}

/** What a person refused, by whom and until when. */
export function refusedRequest(request: ApprovalRequest): Refusal {
  const denied = request.status?.decisions?.findLast((one) => one.verdict === 'Deny');
  return {
    name: request.metadata.name,
    policies: denied?.policies ?? [],
    at: denied?.at ?? '',
    reason: denied?.reason,
    until: notBefore(rememberedUntil(request) ?? 0),
  };
}

/** A pending request, for whoever waits for it. */
export function openRequest(request: ApprovalRequest, now: number): OpenRequest {
  return {
    name: request.metadata.name,
    state: request.status?.state ?? 'Pending',
    expiresAt: request.spec.expiresAt,
    leftMs: (parseInstant(request.spec.expiresAt) ?? now) - now,
    approvals: request.status?.approvals,
  };
}

interface Background {
  readonly name: string;
  readonly state: RequestState;
}

/** What became of the request before, where that is news to the requester. */
function aboutLast({ request, objection }: Before, now: number) {
  const status = request.status ?? PENDING;
  const { state, usableUntil, reservation } = status;
  const before = { name: request.metadata.name, state };
  if (objection !== undefined) return changed(before, objection);
  switch (state) {
    case 'Ended':
      // Of access, and no change stands behind that.
      return undefined;
    case 'Superseded':
      // By the agent's own next change: no news either.
      return hasNoSuccessor(request) ? changed(before, supersededBecause(status)) : undefined;
    case 'Reserved':
    case 'Admitted':
      return { kind: 'spent' as const, before: { name: before.name, at: reservation?.at } };
    case 'Expired':
      return expired(before, usableUntil !== undefined);
    case 'Approved':
    case 'Pending':
      return isOver(request, now)
        ? expired(before, state === 'Approved')
        : changed(before, 'other policies ask now');
    // A refusal that is forgotten, or an approval that was taken back, is no news: the change simply needs approval.
    case 'Denied':
    case 'Withdrawn':
      return undefined;
  }
}

const PENDING: ApprovalRequestStatus = { state: 'Pending' };

const changed = (before: Background, why: string) => ({
  kind: 'policy-changed' as const,
  before,
  why,
});

const expired = ({ name }: Background, wasApproved: boolean) => ({
  kind: 'expired' as const,
  before: { name, wasApproved },
});

/** Past its end although no controller has written so yet. */
function isOver({ spec, status }: ApprovalRequest, now: number): boolean {
  return now >= (parseInstant(status?.usableUntil ?? spec.expiresAt) ?? 0);
}
