// Processes of the node, found from the machine: those of pods by their cgroup, those of Kubernetes by their program.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFolder } from '../../tools/cluster/scripts.ts';

/** A process of the machine. */
interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly cgroup: string;
  readonly words: readonly string[];
}

async function read(pid: number): Promise<Found | undefined> {
  try {
    const [cgroup, line, status] = await Promise.all(
      ['cgroup', 'cmdline', 'status'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
    );
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status ?? '')?.[1] ?? 0);
    return { pid, parent, cgroup: cgroup ?? '', words: (line ?? '').split('\0') };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}

async function all(): Promise<readonly Found[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(read));
  return found.filter((one) => one !== undefined);
}

/** The process of Assent in a pod. @throws Error where there is none */
export async function processOf(podUid: string): Promise<number> {
  const found = (await all()).find(
    ({ cgroup, words }) => cgroup.includes(podUid) && words.some((word) => word.endsWith('/app/src/main.js')),
  );
  if (!found) throw new Error(`pod ${podUid} has no process of Assent`);
  return found.pid;
}

/** Every process of every pod of the node, and what holds them. */
export async function podProcesses(): Promise<readonly number[]> {
  const inPods = (await all()).filter(({ cgroup }) => cgroup.includes('kubepods'));
  return inPods.map(({ pid }) => pid);
}

/** A component of Kubernetes, and the loop that starts it again when it ends. @throws Error where there is none */
export async function component(program: string): Promise<{ readonly pid: number; readonly loop: number }> {
  const inNode = (await all()).filter(({ words }) => words[0]?.endsWith(`/${program}`) === true);
  const folder = nodeFolder();
  const found = inNode.find(({ words }) => words.some((word) => word.includes(folder)));
  if (!found) throw new Error(`${program} does not run`);
  return { pid: found.pid, loop: found.parent };
}

/** Folder of etcd's data. */
export const etcdFolder = (): string => join(nodeFolder(), 'etcd');
