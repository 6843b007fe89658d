// The caps of one agent: how many requests may be pending, how many may be new within a minute. Decides on a ledger
// that every replica writes by compare-and-swap, so that replicas together never open more than one would (T85).

/** Window of the rate cap, and the time for which a request that no cache shows yet counts as pending. ms. */
export const LEDGER_WINDOW_MS = 60_000;

/** One request that was opened lately. */
export interface LedgerEntry {
  /** Name of the ApprovalRequest. */
  readonly name: string;
  /** When the slot was claimed. Epoch ms. */
  readonly at: number;
}

/** What is known when an agent wants to open a request. */
export interface CapFacts {
  /** Requests opened within the last minute, by any replica. */
  readonly ledger: readonly LedgerEntry[];
  /** Names of the agent's requests that are pending in this replica's cache. */
  readonly pending: ReadonlySet<string>;
  /** Whether this replica's cache shows the request as no longer pending. */
  readonly finished: (name: string) => boolean;
  /** Name of the request to open. */
  readonly name: string;
  readonly limits: { readonly pending: number; readonly newPerMinute: number };
}

/** The answer: the ledger to store, or which cap is reached. */
export type CapDecision =
  | { readonly kind: 'open'; readonly ledger: readonly LedgerEntry[] }
  | { readonly kind: 'known' }
  | { readonly kind: 'too-many-pending'; readonly pending: number; readonly limit: number }
  | { readonly kind: 'too-many-new'; readonly limit: number; readonly retryAt: number };

/**
 * Decides whether an agent may open one more request.
 * @param facts what the ledger and this replica's cache say
 * @param now epoch ms
 */
export function claimSlot(facts: CapFacts, now: number): CapDecision {
  // An entry of the near future counts: clocks of replicas differ. One further ahead was written by a clock that has been set
  // right since; it would lock the agent out for as long as that clock was wrong.
  const recent = facts.ledger.filter((entry) => Math.abs(now - entry.at) < LEDGER_WINDOW_MS);
  if (recent.some((entry) => entry.name === facts.name)) return { kind: 'known' };
  const pending = new Set(facts.pending);
  for (const entry of recent) if (!facts.finished(entry.name)) pending.add(entry.name);
  pending.delete(facts.name);
  if (pending.size >= facts.limits.pending) {
    return { kind: 'too-many-pending', pending: pending.size, limit: facts.limits.pending };
  }
  if (recent.length >= facts.limits.newPerMinute) {
    const oldest = Math.min(...recent.map((entry) => entry.at));
    return { kind: 'too-many-new', limit: facts.limits.newPerMinute, retryAt: oldest + LEDGER_WINDOW_MS };
  }
  return { kind: 'open', ledger: [...recent, { name: facts.name, at: now }] };
}
