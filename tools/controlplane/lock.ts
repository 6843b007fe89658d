// A lock between processes (and between containers that share a home folder): a file that its owner keeps touching.
// It only saves work: makers build into folders of their own and rename, so two owners would waste time and break nothing.
import { open, rename, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const TOUCH_EVERY_MS = 2_000;

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

async function takeOnce(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.close();
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Moves a lock away whose owner stopped touching it. Of several waiters only one can rename it. */
async function clearStale(path: string, staleMs: number): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs < staleMs) return;
    const aside = `${path}.stale-${process.pid}-${Date.now()}`;
    await rename(path, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/**
 * Runs `work` while holding the lock file `path`; waits for another holder.
 * @param options.onWait called once when somebody else holds the lock.
 * @param options.staleMs age from which an untouched lock counts as left behind; default 10 s.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { onWait?: () => void; staleMs?: number; pollMs?: number } = {},
): Promise<T> {
  for (let waited = false; !(await takeOnce(path)); waited = true) {
    if (!waited) options.onWait?.();
    await clearStale(path, options.staleMs ?? 10_000);
    await pause(options.pollMs ?? 500);
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await rm(path, { force: true });
  }
}
