// Installs what the chart will install: CRDs, roles, accounts and the admission policies that hold without the operator.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GROUP, VERSION } from '../../src/api/group.ts';
import { KINDS } from '../../src/api/kinds.ts';
import type { ControlPlane } from '../controlplane/start.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PATIENCE_MS = 30_000;
const POLL_MS = 50;

/** Applies every manifest and waits until the kinds are served. */
export async function install(plane: ControlPlane): Promise<void> {
  for (const folder of ['crds', 'manifests']) {
    const files = (await readdir(join(ROOT, folder))).filter((name) => name.endsWith('.yaml')).sort();
    for (const file of files) {
      const path = join(ROOT, folder, file);
      const applied = await plane.kubectl(plane.adminKubeconfig, ['apply', '--server-side', '-f', path]);
      if (applied.code !== 0) throw new Error(`cannot install ${file}: ${applied.stderr}`);
    }
    if (folder === 'crds') await untilServed(plane);
  }
}

/** A new CRD answers lists 70 ms and writes 2 s after it was created (experiments 10): poll a dry-run create. */
async function untilServed(plane: ControlPlane): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (const { plural } of KINDS) {
    const path = `/apis/${GROUP}/${VERSION}/${plural}?dryRun=All`;
    const isServed = async () =>
      (await plane.raw(plane.adminKubeconfig, 'POST', path, { body: {} })).status !== 404;
    while (!(await isServed())) {
      if (performance.now() > deadline) throw new Error(`${plural} are not served`);
      await new Promise((resume) => {
        setTimeout(resume, POLL_MS);
      });
    }
  }
}
