// A program in two halves: the first on the machine, which reaches registries, the second in the network of the node, where
// pods, Services and the API server have their addresses and pods reach the program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere, nodeFolder } from '../../tools/cluster/scripts.ts';

const INSIDE = 'ASSENT_ON_THE_NODE';

/** Runs both halves and ends the process with the code of the second; without a cluster it says so and ends it with 1. */
export async function onTheNode(outside: () => Promise<void>, inside: () => Promise<number>): Promise<void> {
  if (process.env[INSIDE] === 'yes') process.exit(await inside());
  if (!(await isThere(join(nodeFolder(), 'init.ready')))) {
    console.error('there is no cluster here; start one with: make cluster');
    process.exit(1);
  }
  await outside();
  const pid = (await readFile(join(nodeFolder(), 'init.pid'), 'utf8')).trim();
  const words = ['--target', pid, '--net', '--', process.execPath, ...process.argv.slice(1)];
  const child = spawn('nsenter', words, { stdio: 'inherit', env: { ...process.env, [INSIDE]: 'yes' } });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exit(code ?? 1);
}
