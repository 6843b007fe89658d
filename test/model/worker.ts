// Explores in a thread of its own, with the code as it is or with edits in it: they are made while it is loaded, and no file changes.
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Explored } from './explore.ts';
import type { Edit } from './mutations.ts';
import type { Scope } from './scopes.ts';

/** What a thread explores: several scopes of one kind. */
export interface Job {
  readonly scopes: readonly Scope[];
  readonly edits: readonly Edit[];
  /** Stop only where this promise breaks. */
  readonly breaks?: string;
}

/** What came of it. */
export interface Done {
  readonly scopes: readonly Explored[];
  /** Different states in all scopes together. */
  readonly states: number;
}

const ROOT = join(import.meta.dirname, '../..');
const { scopes, edits, breaks } = workerData as Job;
const left = new Set(edits);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.startsWith('file:')) return loaded;
    const mine = edits.filter(({ file }) => join(ROOT, file) === fileURLToPath(url));
    if (mine.length === 0) return loaded;
    let source = Buffer.from(loaded.source as Uint8Array).toString();
    for (const edit of mine) {
      if (source.split(edit.from).length !== 2) throw new Error(`${edit.file} has not once: ${edit.from}`);
      source = source.replace(edit.from, () => edit.to);
      left.delete(edit);
    }
    return { ...loaded, source };
  },
});

const { explore } = await import('./explore.ts');
if (left.size > 0) throw new Error(`nothing loaded ${[...left].map(({ file }) => file).join(', ')}`);
const all = new Set<string>();
const explored: Explored[] = [];
for (const scope of scopes) explored.push(await explore(scope, all, breaks));
const done: Done = { scopes: explored, states: all.size };
parentPort?.postMessage(done, []);
