// How many asks of one account may come to nothing: each has a number that it may spend at once, and gets more as time goes by.
// An ask that makes a request is counted by the ledger instead (caps.ts); this is about those that only cost work (T85).

/** How many may be spent at once. */
export const MOST_REFUSALS = 60;
/** One more after this time: thirty within a minute. ms. */
export const REFUSAL_EVERY_MS = 2_000;

/** What an account has spent: how many at that time. Less, the longer ago. */
export interface Spent {
  readonly count: number;
  /** Epoch ms. */
  readonly at: number;
}

/** The answer: what is spent from now on, or when the next one is there. Epoch ms. */
export type SpendDecision =
  | { readonly kind: 'spent'; readonly spent: Spent }
  | { readonly kind: 'none-left'; readonly retryAt: number };

const NOTHING: Spent = { count: 0, at: 0 };

/**
 * What is left of it by now; a clock that went back gives nothing.
 * @param now epoch ms
 */
export function spentBy({ count, at }: Spent, now: number): number {
  return Math.max(0, count - Math.max(0, now - at) / REFUSAL_EVERY_MS);
}

/**
 * Spends one.
 * @param before undefined for an account that has spent nothing lately
 * @param now epoch ms
 */
export function spend(before: Spent = NOTHING, now: number): SpendDecision {
  const count = spentBy(before, now);
  if (count > MOST_REFUSALS - 1)
    return { kind: 'none-left', retryAt: now + Math.ceil((count - MOST_REFUSALS + 1) * REFUSAL_EVERY_MS) };
  return { kind: 'spent', spent: { count: count + 1, at: Math.max(now, before.at) } };
}

/**
 * Gives one back.
 * @param now epoch ms
 */
export function giveBack(spent: Spent, now: number): Spent {
  return { count: Math.max(0, spentBy(spent, now) - 1), at: Math.max(now, spent.at) };
}
