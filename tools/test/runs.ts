// Folders of test runs under .run/: one for each run, named after its process, so that two runs side by side do not mix.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Removes the folders of runs whose process is gone. `root` need not exist. */
export async function clearOldRuns(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  const old = names.filter((name) => {
    const pid = /^(?:test|process)-(\d+)$/.exec(name)?.[1];
    return pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)));
  });
  await Promise.all(old.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

/** Audit logs of one run, sorted by path. `folder` need not exist. */
export async function auditLogs(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.endsWith('audit.jsonl'))
    .sort()
    .map((entry) => join(folder, entry));
}
