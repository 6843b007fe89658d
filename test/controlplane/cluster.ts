// What a control-plane test file calls: a control plane of its own, and a way to wait for something to become true.
import { setTimeout as pause } from 'node:timers/promises';
import { basename } from 'node:path';
import { expect } from 'vitest';
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from '../../tools/controlplane/start.ts';

/**
 * Starts a control plane for this test file and waits until it can be used. Call it in `beforeAll`, and
 * `stop()` in `afterAll`; its logs stay in the run folder, named after the test file unless a name is given: outside of
 * vitest there is no test file.
 */
export function startCluster(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  return startControlPlane({ ...options, name: options.name ?? testFile() });
}

const testFile = (): string => basename(expect.getState().testPath ?? 'test').replace(/\.test\.ts$/, '');

/** What to wait for, how long (30 s), and how often to look (50 ms). */
export interface WaitOptions {
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

const describeLast = (last: { error: unknown } | undefined): string => {
  if (last === undefined) return 'it never became true';
  return `the last look failed: ${last.error instanceof Error ? last.error.message : String(last.error)}`;
};

/**
 * Looks until `condition` yields something other than false, null or undefined, and returns that. A look that throws
 * counts as not yet, so assertions may stand inside.
 * @throws Error that says what was waited for, how long, and how the last look went.
 */
export async function waitFor<T>(
  condition: () => Promise<T> | T,
  options: WaitOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: { error: unknown } | undefined;
    try {
      const found = await condition();
      if (found !== false && found !== null && found !== undefined) {
        return found as Exclude<T, false | null | undefined>;
      }
    } catch (error) {
      last = { error };
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${options.what}: ${describeLast(last)}`);
    }
    await pause(options.everyMs ?? 50);
  }
}
