// What a request that is no longer pending says to somebody who decides: the same words in the gate and on the command
// line. Decides nothing about who may decide (INV-3).
import type { ApprovalRequestSpec, ApprovalRequestStatus, RequestState } from '../../api/approval-request.ts';
import { toSecond } from '../message/moment.ts';
import type { RefusalCode, RefusalFacts } from '../message/refusal.ts';
import { hasNoSuccessor, supersededBecause } from '../request/supersede.ts';

/** Why a decision about it is refused, with what the sentence names. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly facts?: Omit<RefusalFacts, 'request'>;
}

const CLOSED: Readonly<Record<Exclude<RequestState, 'Pending'>, (request: ClosedRequest) => Refusal>> = {
  Approved: () => ({ code: 'already-decided', facts: { state: 'approved' } }),
  Denied: () => ({ code: 'already-decided', facts: { state: 'denied' } }),
  Reserved: () => ({ code: 'already-decided', facts: { state: 'approved and used' } }),
  Admitted: () => ({ code: 'already-decided', facts: { state: 'approved and used' } }),
  Expired: () => ({ code: 'expired' }),
  Superseded: (request) => ({ code: 'superseded', facts: supersedingOf(request) }),
  Withdrawn: () => ({ code: 'withdrawn' }),
  Ended: () => ({ code: 'already-decided', facts: { state: 'over' } }),
};

interface ClosedRequest {
  readonly spec: ApprovalRequestSpec;
  readonly status?: ApprovalRequestStatus | undefined;
}

/** Undefined while the request is pending. Says nothing about its end of time. */
export function closedRefusal(request: ClosedRequest): Refusal | undefined {
  const state = request.status?.state ?? 'Pending';
  return state === 'Pending' ? undefined : CLOSED[state](request);
}

/** Undefined while there is an approval that can be taken back. */
export function irrevocable(request: ClosedRequest): Refusal | undefined {
  const state = request.status?.state ?? 'Pending';
  if (state === 'Approved') return undefined;
  if (state === 'Pending') return { code: 'not-approved' };
  // Access that is used up, or over: it ends by itself at once, or has.
  if (state !== 'Ended') return CLOSED[state](request);
  const ended = toSecond(request.status?.grant?.endedAt ?? '');
  return { code: 'already-decided', facts: { state: 'ended', about: ended } };
}

/** What took the place of a request; where nothing did, it is told why it ended. */
function supersedingOf({ spec, status }: ClosedRequest): Refusal['facts'] & object {
  return status && hasNoSuccessor({ spec, status })
    ? { about: supersededBecause(status), hasNoSuccessor: true }
    : { about: status?.supersededBy };
}
