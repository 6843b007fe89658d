// What the gate needs of the cluster, as ports: live reads and guarded writes. The allow path uses nothing else (INV-1);
// caches (facts.ts) only choose where to look first and when to deny.
import type { AgentFreeze } from '../api/agent-freeze.ts';
import type { ApprovalDecision } from '../api/approval-decision.ts';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import type { JsonObject } from '../domain/change/json.ts';
import type { RoleNow } from '../domain/grant/standing.ts';

/** A live object that a payload needs, for example the pod of an eviction. */
export interface Look {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Who asks for an access review. */
export interface Person {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  /** Scopes of the credential and the like, for authorizers that look at them. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The ledger of one agent: an opaque value guarded by resourceVersion. */
export interface Ledger {
  /** JSON text as stored; empty when there is none yet. */
  readonly value: string;
  /** Guard for the next write; empty when the ledger does not exist yet. */
  readonly version: string;
}

/** How a list is read: as of now, or at least as new as an object that was just read live (ADR 0011). */
export interface ListCall {
  readonly signal: AbortSignal;
  /** resourceVersion of that object. */
  readonly notOlderThan?: string | undefined;
}

/**
 * The API server as the gate sees it. All methods are live calls bounded by `signal`; they throw on any failure other
 * than "not found" (undefined) and "somebody else was first" (their own return values), and the caller then denies.
 */
export interface GateApi {
  getRequest(name: string, signal: AbortSignal): Promise<ApprovalRequest | undefined>;
  /** Creates a request; `exists` when the name is taken. */
  createRequest(
    name: string,
    spec: ApprovalRequestSpec,
    signal: AbortSignal,
  ): Promise<{ kind: 'created'; request: ApprovalRequest } | { kind: 'exists' }>;
  /** Writes status guarded by resourceVersion; undefined when the object moved on. */
  replaceStatus(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalRequest | undefined>;
  getPolicy(name: string, signal: AbortSignal): Promise<ApprovalPolicy | undefined>;
  /** Decisions about a request; see {@link ListCall}. */
  listDecisions(request: string, call: ListCall): Promise<readonly ApprovalDecision[]>;
  listApprovers(call: ListCall): Promise<readonly Approver[]>;
  /** Links of the accounts with this id, whatever their workspace. */
  listLinks(accountUser: string, call: ListCall): Promise<readonly IdentityLink[]>;
  getObject(look: Look, signal: AbortSignal): Promise<JsonObject | undefined>;
  /** A ClusterRole as it is now. */
  getRole(name: string, signal: AbortSignal): Promise<RoleNow | undefined>;
  /** Every freeze, as of now. */
  listFreezes(signal: AbortSignal): Promise<readonly AgentFreeze[]>;
  /** When a namespace was made; undefined when there is none. Epoch ms. */
  namespaceMadeAt(name: string, signal: AbortSignal): Promise<number | undefined>;
  /** Whether the person may use the verb `approve` on the policy. */
  mayApprove(person: Person, policy: string, signal: AbortSignal): Promise<boolean>;
  readLedger(agent: string, signal: AbortSignal): Promise<Ledger>;
  /** Writes a ledger guarded by its version; undefined when somebody else was first. */
  writeLedger(agent: string, ledger: Ledger, signal: AbortSignal): Promise<Ledger | undefined>;
}
