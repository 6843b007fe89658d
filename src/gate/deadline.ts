// How long one review may take: our own limit, or the API server's patience less the time an answer travels.
// Past it nobody reads the answer, so the gate denies before (INV-7).

/** Our own limit for one review, in milliseconds; `timeoutSeconds` of the webhook is 10. */
export const OWN_LIMIT_MS = 8_000;

/** What is kept back of the caller's timeout for sending the answer, in milliseconds. */
const ANSWER_MARGIN_MS = 200;

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** The API server prints a Go duration: `10s`, rarely `1m0s`. */
const DURATION = /^(?:\d{1,6}(?:\.\d{1,9})?(?:h|ms|m|s))+$/;
const PART = /(\d+(?:\.\d+)?)(h|ms|m|s)/g;

/**
 * Milliseconds that one review may take.
 * @param query the raw query string without `?`, such as `timeout=10s`
 * @param own our own limit in milliseconds
 * @returns the smaller of `own` and the caller's timeout less 200 ms (half of it when it is shorter than 400 ms);
 *   `own` when the query names no readable timeout
 */
export function reviewBudget(query: string, own: number = OWN_LIMIT_MS): number {
  const stated = /(?:^|&)timeout=([^&]*)/.exec(query)?.[1];
  if (stated === undefined || !DURATION.test(stated)) return own;
  let total = 0;
  for (const [, amount, unit] of stated.matchAll(PART)) total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  if (total === 0) return own;
  return Math.min(own, Math.max(total - ANSWER_MARGIN_MS, total / 2));
}
