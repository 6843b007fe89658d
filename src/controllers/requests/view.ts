// The slim view of requests that the controller keeps: who waits for what, and which request needs a look when.
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { accountOf, type Account } from '../../domain/grant/account.ts';
import { retainedUntil } from './next-status.ts';
import { parseInstant } from '../../domain/request/instant.ts';
import { isTerminal } from '../../domain/request/state.ts';

/** What is kept of a request. */
export interface RequestView {
  readonly name: string;
  readonly uid: string;
  readonly state: RequestState;
  /** The same agent, object and operation: requests that may supersede each other. */
  readonly question: string;
  readonly policies: readonly string[];
  /** Whether a look at it can change or write anything before its retention ends. */
  readonly isActive: boolean;
  /** When its retention ends, once it is not active any more. Epoch ms. */
  readonly retainedUntil: number;
  readonly created: string;
  /** What it asks for, where that is access. */
  readonly access: AccessView | undefined;
}

/** What is kept of an ask for access. */
export interface AccessView {
  /** The ClusterRole behind it. */
  readonly role: string;
  /** When it ends, as the status says; Infinity while it is not approved. Epoch ms. */
  readonly until: number;
  /** The ServiceAccount that asked, where it was one. */
  readonly account: Account | undefined;
}

/** Projects a request. */
export function requestView(request: ApprovalRequest): RequestView {
  const { spec, status, metadata } = request;
  const state = status?.state ?? 'Pending';
  return {
    name: metadata.name,
    uid: metadata.uid,
    state,
    question: questionOf(spec),
    policies: spec.policies.map((policy) => policy.name),
    isActive: isActive(request),
    retainedUntil: retainedUntil(request),
    created: metadata.creationTimestamp ?? '',
    access: spec.access && {
      role: spec.access.role,
      until: parseInstant(status?.usableUntil) ?? Infinity,
      account: accountOf(spec.requester),
    },
  };
}

function questionOf({ requester: { username }, change, fingerprint }: ApprovalRequest['spec']): string {
  if (change === undefined) return JSON.stringify([username, fingerprint]);
  const { operation, group, resource, subresource, namespace, name } = change;
  return JSON.stringify([username, operation, group, resource, subresource, namespace, name]);
}

/** Whether a request is open, or lines of its record are not written down as written out. */
export function isActive({ status }: Pick<ApprovalRequest, 'status'>): boolean {
  const isRecorded = (status?.recorded ?? 0) >= (status?.outbox?.length ?? 0);
  return !isTerminal(status?.state ?? 'Pending') || !isRecorded;
}
