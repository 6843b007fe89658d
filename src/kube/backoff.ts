// How long to wait before the next attempt: doubling from a base up to a cap, minus a random share. Pure.

/** Bounds of a back-off. */
export interface BackoffBounds {
  /** Wait before the second attempt, milliseconds. */
  readonly baseMs: number;
  /** Longest wait, milliseconds. */
  readonly maxMs: number;
  /** Share of the wait, 0 to 1, that chance may take off, so that many clients do not come back in step. */
  readonly jitter: number;
}

/**
 * The wait after `failures` failures in a row (0 or 1: the base).
 *
 * @param dice a number in [0, 1)
 * @returns milliseconds, never above `maxMs`, never below `(1 - jitter) * baseMs`
 */
export function backoffMs(failures: number, bounds: BackoffBounds, dice: number): number {
  const doubled = bounds.baseMs * 2 ** Math.max(failures - 1, 0);
  return Math.min(doubled, bounds.maxMs) * (1 - bounds.jitter * dice);
}
