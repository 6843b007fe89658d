// What an approval stands on, read live: its policies, the decisions about it, all Approvers. Where a cache says that a
// request is approved, all of it is read beside the request itself; it counts only for that very version of the request
// (INV-1), and no answer is given before every read is known: one that failed denies, needed or not (INV-7).
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
export interface Standing {
  readonly request: string;
  /** resourceVersion of the request: no list is older (ADR 0011). */
  readonly version: string;
  readonly policies: readonly string[];
}

/** What was read ahead, and for what. */
export interface GroundsAhead extends Standing {
  readonly grounds: Grounds;
}

type GroundsApi = Pick<GateApi, 'getPolicy' | 'listDecisions' | 'listApprovers'>;

/** Where and until when to read. */
export interface GroundsPorts {
  readonly api: GroundsApi;
  readonly signal: AbortSignal;
  /**
   * Whether decisions are read as of now, for up to 100 ms: access is taken back at any time, by a decision that no write of
   * the request has to follow.
   */
  readonly asOfNow?: boolean;
}

/**
 * Reads what the approval of a request stands on.
 * @throws when anything cannot be read, once all of it is known; the caller denies
 */
export async function readGrounds(
  standing: Standing,
  { api, signal, ...ports }: GroundsPorts,
): Promise<Grounds> {
  const { request, version, policies } = standing;
  // A list as of now waits up to 100 ms for etcd; this one holds all that was there when the approval was folded (ADR 0011).
  const call = { signal, notOlderThan: version };
  const [found, decisions, approvers] = await allKnown([
    allKnown(policies.map(async (name) => [name, await api.getPolicy(name, signal)] as const)),
    api.listDecisions(request, ports.asOfNow === true ? { signal } : call),
    api.listApprovers(call),
  ]);
  return { policies: new Map(found), decisions, approvers };
}

/**
 * Reads for the cached request that is approved; undefined when there is none.
 * @throws like {@link readGrounds}
 */
export async function groundsAhead(
  cached: readonly SlimRequest[],
  policies: readonly string[],
  ports: GroundsPorts,
): Promise<GroundsAhead | undefined> {
  const approved = cached.findLast(({ state, version }) => state === 'Approved' && version !== '');
  if (approved === undefined) return undefined;
  const standing = { request: approved.name, version: approved.version, policies };
  return { ...standing, grounds: await readGrounds(standing, ports) };
}

/**
 * Whether what was read ahead is what this standing asks for. The version must be the same: then all was read while the
 * request stood as it does now, and a status write that succeeds on it proves that it has stood so all along. Of another
 * version, something may have been taken back before that version was written.
 */
export function isAheadOf(ahead: Standing, { request, version, policies }: Standing): boolean {
  return (
    ahead.request === request &&
    ahead.version === version &&
    policies.every((name) => ahead.policies.includes(name))
  );
}

/**
 * All values, once every promise has settled.
 * @throws what one of them was rejected with, and not before the others are known either
 */
export async function allKnown<const T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
