// Runs explorations in threads, so that a mutation never meets the code as it is; as many at a time as there are processors.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Explored } from './explore.ts';
import type { Mutation } from './mutations.ts';
import type { Done, Job } from './worker.ts';

/** Each thread holds all of its states in memory, so never more than four. */
let room = Math.min(availableParallelism(), 4);
const waiting: (() => void)[] = [];

/**
 * Runs a job when its turn comes.
 * @throws when the thread fails, for example since an edit no longer fits its file
 */
export async function run(job: Job): Promise<Done> {
  if (room > 0) room -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: job, execArgv: [] });
    const [done] = (await once(worker, 'message')) as [Done];
    await worker.terminate();
    return done;
  } finally {
    const next = waiting.shift();
    if (next) next();
    else room += 1;
  }
}

/** What becomes of a broken protocol. */
export async function mutate({ edits, scope, breaks }: Mutation): Promise<Explored> {
  const { scopes } = await run({ scopes: [scope], edits, breaks });
  const [explored] = scopes;
  if (!explored) throw new Error('nothing was explored');
  return explored;
}
