// How the benchmarks that run on a real API server call it, wait for it, and time what they do.
import type { ControlPlane } from '../tools/controlplane/start.ts';

/** Makes one call of the API server. @throws Error on an answer of another status */
export type Send = (method: string, path: string, expected: number, body?: unknown) => Promise<unknown>;

const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** Calls as `who`: the path of a kubeconfig, or a token. */
export const sendAs =
  (plane: ControlPlane, who: string): Send =>
  async (method, path, expected, body) => {
    const answer = await plane.raw(who, method, path, body === undefined ? {} : { body });
    if (answer.status !== expected) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  };

/** How long it takes. ms. */
export async function time(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

/** Tries again until it succeeds; what it waits for is not measured. @throws Error that names it */
export async function until<T>(
  what: string,
  act: () => Promise<T>,
  everyMs = POLL_MS,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`gave up waiting for ${what}`, { cause: error });
      await new Promise((resume) => {
        setTimeout(resume, everyMs);
      });
    }
  }
}
