// What the controller of requests needs of the cluster and of the process, as ports.
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequest, OutboxEntry } from '../../api/approval-request.ts';
import type { Approver } from '../../api/approver.ts';
import type { User } from '../../domain/identity/person.ts';
import type { Verify } from '../../domain/request/verify.ts';
import type { RequestView } from './view.ts';

/** A policy as a request names it. */
export interface NamedPolicy {
  readonly name: string;
  readonly uid: string;
}

/** Everything around one request. Calls throw when they cannot be sure; the queue then tries again. */
export interface RequestPorts {
  readonly now: () => number;
  readonly verify: Verify;
  /** As this process saw it last, which may be old: what is made of it only counts once a guarded write has taken it. */
  remembered(name: string): ApprovalRequest | undefined;
  /** Live. */
  getRequest(name: string): Promise<ApprovalRequest | undefined>;
  /** Guarded by resourceVersion; undefined when the object moved on. */
  replaceStatus(request: ApprovalRequest): Promise<ApprovalRequest | undefined>;
  /** Removes a finished request. */
  forget(request: ApprovalRequest): Promise<void>;
  /** Whether the person may use the verb `approve` on the policy, now. */
  mayApprove(user: User, policy: string): Promise<boolean>;
  /** Digest of a policy, live; undefined when it is gone, or was made again under its name. */
  policyDigest(policy: NamedPolicy): Promise<string | undefined>;
  /** The same from the cache. */
  knownDigest(policy: NamedPolicy): string | undefined;
  /** From the caches. */
  decisionsOf(request: string): readonly ApprovalDecision[];
  approvers(): readonly Approver[];
  requestsWithQuestion(question: string): readonly RequestView[];
  isAgent(user: User): boolean;
  /** How many lines of the outbox are in the record: at least as many as `status.recorded` says. */
  linesOut(request: ApprovalRequest): number;
  /** When `status.recorded` has to say so, at the latest. Epoch ms. */
  recordedDueAt(request: ApprovalRequest): number;
  /** Writes a line of the record and its Event. */
  publish(request: ApprovalRequest, entry: OutboxEntry, index: number): Promise<void>;
  /** A decision that was refused at folding. */
  refused(decision: ApprovalDecision, words: string): void;
}
