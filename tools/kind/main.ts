// `make kind`: a cluster of kind with the image of this checkout in it, for those who have Docker. Where there is none, it says
// why and what else there is. `down` removes it again.
import { execFile, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensurePrograms } from '../controlplane/ensure.ts';
import { ASK, DOWN, IMAGE, upSteps, withoutDocker, type Step } from './steps.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const USAGE = `usage: make kind            start it; KIND_NODE_IMAGE=... takes another release of Kubernetes, from 1.34 on
       make kind ARGS=down  remove it`;
const [, IMAGE_NAME, TAG] = /^(.*):([^:]+)$/.exec(IMAGE) ?? [];
const NEXT = `next: helm install assent charts/assent -n assent-system --create-namespace \\
        --set image.repository=${IMAGE_NAME ?? ''} --set image.tag=${TAG ?? ''} --wait`;

/** Why no Docker daemon answers; undefined when one does. */
async function hindrance(): Promise<string | undefined> {
  try {
    await promisify(execFile)(ASK.program, ASK.words);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'there is no `docker` on the PATH';
    const { stderr = '' } = error as { stderr?: string };
    return `Docker does not answer: ${stderr.trim().split('\n')[0] ?? ''}`;
  }
}

/** @throws Error when it fails */
function run({ program, words }: Step, programs: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(programs[program] ?? program, words, { cwd: ROOT, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${program} ${words[0] ?? ''} ended with ${code ?? 'a signal'}`)),
    );
  });
}

async function main([word = 'up', ...more]: readonly string[]): Promise<number> {
  if (more.length > 0 || !['up', 'down'].includes(word)) {
    console.error(USAGE);
    return 2;
  }
  const why = await hindrance();
  if (why !== undefined) {
    console.error(withoutDocker(why));
    return 1;
  }
  const { kind } = await ensurePrograms(['kind']);
  const steps = word === 'up' ? upSteps(process.env['KIND_NODE_IMAGE'] ?? '') : DOWN;
  for (const step of steps) await run(step, { kind });
  if (word === 'up') console.log(`${NEXT}\n      (kind itself is in ${dirname(kind)})`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
