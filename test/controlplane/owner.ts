// A process that owns a control plane and is then killed: controlplane.test.ts proves that nothing of it survives.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane } from '../../tools/controlplane/start.ts';

const { runDir } = await startControlPlane({ name: 'killed-owner' });
const files = await readdir(join(runDir, 'pids'));
const pids = await Promise.all(
  files.map(async (file) => Number(await readFile(join(runDir, 'pids', file), 'utf8'))),
);
console.log(JSON.stringify({ runDir, pids }));
