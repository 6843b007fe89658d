// Compiled code of the operator, made once for a run and shared by all its processes: reading the sources anew costs each of
// them 0.9 s of CPU (1.4 against 0.5), and tests start hundreds. An image holds compiled code anyway.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(CHECKOUT, 'src', 'main.ts');
/** Tells the processes of a run that it was made already. */
const MADE = 'ASSENT_COMPILE_CACHE';

let making: Promise<string> | undefined;

/**
 * The folder with it, for NODE_COMPILE_CACHE. Node looks at the content of each source, so that an old entry is no harm.
 * @throws when the operator does not even say its version
 */
export function compileCache(): Promise<string> {
  const made = process.env[MADE];
  making ??= made === undefined ? make() : Promise.resolve(made);
  return making;
}

/** It is written when a process ends by itself; operators of tests are mostly killed. */
async function make(): Promise<string> {
  const folder = join(CHECKOUT, '.run', 'compile-cache');
  await promisify(execFile)(process.execPath, [MAIN, '--version'], {
    env: { ...process.env, NODE_COMPILE_CACHE: folder },
  });
  process.env[MADE] = folder;
  return folder;
}
