// What an approval stands on, read live: its policies, the decisions about it, all Approvers. Reading begins beside the
// read of the request itself where a cache says that one is approved; it counts only if that read shows the same version.
import type { ApprovalDecision } from '../api/approval-decision.ts';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import type { Approver } from '../api/approver.ts';
import type { SlimRequest } from './facts.ts';
import type { GateApi } from './ports.ts';

/** Facts for the recount. Seals are not verified yet. */
export interface Grounds {
  /** Every policy that was read, by name; undefined where there is none. */
  readonly policies: ReadonlyMap<string, ApprovalPolicy | undefined>;
  readonly decisions: readonly ApprovalDecision[];
  readonly approvers: readonly Approver[];
}

/** A request in one version, and the policies that ask. */
interface Standing {
  readonly request: string;
  /** resourceVersion of the request: no list is older (ADR 0011). */
  readonly version: string;
  readonly policies: readonly string[];
}

/** Grounds that are being read. */
export interface GroundsAhead extends Standing {
  readonly grounds: Promise<Grounds>;
}

type GroundsApi = Pick<GateApi, 'getPolicy' | 'listDecisions' | 'listApprovers'>;

/**
 * Reads what the approval of a request stands on.
 * @throws when anything cannot be read; the caller denies
 */
export async function readGrounds(
  { request, version, policies }: Standing,
  api: GroundsApi,
  signal: AbortSignal,
): Promise<Grounds> {
  // A list as of now waits up to 100 ms for etcd; this one holds all that was there when the approval was folded (ADR 0011).
  const call = { signal, notOlderThan: version };
  const [found, decisions, approvers] = await Promise.all([
    Promise.all(policies.map(async (name) => [name, await api.getPolicy(name, signal)] as const)),
    api.listDecisions(request, call),
    api.listApprovers(call),
  ]);
  return { policies: new Map(found), decisions, approvers };
}

/** Begins to read for the cached request that is approved; undefined when there is none. */
export function groundsAhead(
  cached: readonly SlimRequest[],
  policies: readonly string[],
  { api, signal }: { readonly api: GroundsApi; readonly signal: AbortSignal },
): GroundsAhead | undefined {
  const approved = cached.findLast(({ state, version }) => state === 'Approved' && version !== '');
  if (approved === undefined) return undefined;
  const standing = { request: approved.name, version: approved.version, policies };
  const grounds = readGrounds(standing, api, signal);
  // Whoever needs them awaits them and sees the failure; if nobody does, it is of no matter.
  grounds.catch(() => undefined);
  return { ...standing, grounds };
}

/** Whether what was read ahead is what this standing asks for. */
export function isAheadOf(ahead: GroundsAhead, { request, version, policies }: Standing): boolean {
  return (
    ahead.request === request &&
    ahead.version === version &&
    policies.every((name) => ahead.policies.includes(name))
  );
}
