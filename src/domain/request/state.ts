// The states of a request and the moves between them: the table from which the transition rules of the CRD are made (INV-8).
import type { ApprovalRequestSpec, ApprovalRequestStatus, RequestState } from '../../api/approval-request.ts';
import { REQUEST_STEPS } from '../../api/request-rules.ts';

/** A request as the state machine reads it; an ApprovalRequest is one. */
export interface RequestFacts {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number | undefined;
  };
  readonly spec: ApprovalRequestSpec;
  readonly status?: ApprovalRequestStatus | undefined;
}

/** A request, the status that it has by now, and the time (epoch ms): what an event is applied to. */
export interface Step {
  readonly request: RequestFacts;
  readonly status: ApprovalRequestStatus;
  readonly now: number;
}

/** Whether nothing leaves this state. */
export function isTerminal(state: RequestState): boolean {
  return REQUEST_STEPS[state].length === 0;
}

/** Whether a request may go from one state straight to another one. */
export function canMove(from: RequestState, to: RequestState): boolean {
  return REQUEST_STEPS[from].includes(to);
}
