// Global set-up of the `controlplane` project: the programs are there before any test file starts, so that a build of
// minutes never eats into a test's time limit; and so is the operator's compiled code.
import { dirname } from 'node:path';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { PROGRAMS } from '../../tools/controlplane/programs.ts';
import { compileCache } from '../../tools/operator/compile-cache.ts';

/** Vitest calls this once, before it starts workers; they inherit the environment. */
export async function setup(): Promise<void> {
  const paths = await ensurePrograms(PROGRAMS);
  process.env['KUBEBUILDER_ASSETS'] = dirname(paths.etcd);
  await compileCache();
}
