// Waiting for something to become true, outside of any test runner.
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
const SOONEST_MS = 10;
const LATEST_MS = 250;

/**
 * Looks until `condition` yields something other than false and undefined, and returns that.
 * @throws Error that says what was waited for
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | undefined>,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let wait = SOONEST_MS; ; wait = Math.min(wait * 1.5, LATEST_MS)) {
    const found = await condition();
    if (found !== false && found !== undefined) return found as Exclude<T, false | undefined>;
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await pause(wait);
  }
}
