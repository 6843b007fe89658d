// Whether approved access still stands, and if not, why: the gate asks at every write, the controller whenever anything moves.
// Facts in, one word out; the first reason that holds is told (INV-4).
import type { Access, AccessRule, EndedWhy } from '../../api/access.ts';
import type { ApprovalRequestSpec, ApprovalRequestStatus } from '../../api/approval-request.ts';
import { canonicalJson } from '../change/json.ts';
import type { Recount } from '../identity/recount.ts';
import { parseInstant } from '../request/instant.ts';
import { policiesChanged } from '../request/supersede.ts';
import { toJson } from '../request/sealed.ts';
import { isWithin, type PolicyRule } from './rules.ts';

/** The ClusterRole behind a grant, as it is now. */
export interface RoleNow {
  readonly rules: readonly PolicyRule[];
  /** Whether it gathers its rules from others. */
  readonly isAggregated: boolean;
}

/** What a grant stands on. */
export interface GrantFacts {
  readonly spec: ApprovalRequestSpec & { readonly access: Access };
  readonly status: Pick<ApprovalRequestStatus, 'reservation' | 'state'>;
  /** From sealed decisions and Approvers. */
  readonly count: Pick<Recount, 'satisfied' | 'denied' | 'decidedAt' | 'usableSeconds'>;
  /** Digest of each live policy by name; undefined or missing when it is gone. */
  readonly policies: ReadonlyMap<string, string | undefined>;
  /** `unknown` where nobody looked. */
  readonly role: RoleNow | 'gone' | 'unknown';
  /** Whether somebody froze the requester. */
  readonly isFrozen: boolean;
  /** When the newest of its namespaces was made, as far as somebody looked; 0 otherwise. Epoch ms. */
  readonly newestNamespace: number;
}

/** Whether access stands. `until` is epoch ms. */
export type Standing =
  | { readonly kind: 'stands'; readonly until: number }
  /** Not approved (yet, or not by enough people). */
  | { readonly kind: 'unapproved' }
  | { readonly kind: 'ended'; readonly why: EndedWhy; readonly by: string };

/**
 * Judges a grant.
 * @param now epoch ms, by the clock of the API server
 */
export function grantStanding(facts: GrantFacts, now: number): Standing {
  const { spec, status, count, policies } = facts;
  const ended = (why: EndedWhy, by = ''): Standing => ({ kind: 'ended', why, by });
  if (count.denied) return ended('Revoked', count.denied.person);
  if (!count.satisfied || count.decidedAt === undefined) return { kind: 'unapproved' };
  if (facts.isFrozen) return ended('Frozen');
  const changed = policiesChanged({ spec }, policies);
  if (changed) return ended('PolicyChanged', changed.policy);
  if (facts.role !== 'unknown' && hasMoved(spec.access, facts.role))
    return ended('RoleChanged', spec.access.role);
  // What was approved is access to the namespace as it was, not to whatever bears its name by now. The API server stores whole
  // seconds, rounded down.
  if (facts.newestNamespace >= Math.floor(count.decidedAt / 1_000) * 1_000) return ended('NamespaceChanged');
  if (spec.access.once && status.reservation !== undefined) return ended('Used', spec.requester.username);
  const until = endOf(count.decidedAt, count.usableSeconds);
  return now >= until ? ended('Expired') : { kind: 'stands', until };
}

/**
 * When an object was made. Epoch ms; whole seconds, as the API server stores it.
 * @throws when it does not say so: nobody can tell then, and the caller denies or tries again
 */
export function madeAt({ metadata }: { readonly metadata: { readonly creationTimestamp?: string } }): number {
  const at = parseInstant(metadata.creationTimestamp);
  if (at === undefined) throw new Error('an object does not say when it was made');
  return at;
}

/** When approved access ends. Epoch ms; whole seconds, rounded down, as the request says it. */
function endOf(decidedAt: number, usableSeconds: number): number {
  return Math.floor((decidedAt + usableSeconds * 1_000) / 1_000) * 1_000;
}

/** A whole ClusterRole is granted as it was when it was asked for; a cut has to be within it still. */
function hasMoved(access: Access, role: RoleNow | 'gone'): boolean {
  if (role === 'gone' || role.isAggregated) return true;
  return access.whole ? !isSame(role.rules, access.rules) : !isWithin(access.rules, role.rules);
}

function isSame(now: readonly PolicyRule[], then: readonly AccessRule[]): boolean {
  return canonicalJson(toJson(now)) === canonicalJson(toJson(then));
}
