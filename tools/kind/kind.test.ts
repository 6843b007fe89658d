// `make kind` as far as a machine without Docker can show: the words of its commands, and what it says
// where there is no Docker. With one it has not been run by a test.
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuidePage } from '../../test/builders/guide-page.ts';
import { IMAGE, upSteps } from './steps.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kind-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** @param docker shell that stands for it; none when there is no Docker */
async function make(docker: string | undefined, words: readonly string[] = []) {
  if (docker !== undefined) {
    await writeFile(join(folder, 'docker'), `#!/bin/sh\n${docker}\n`);
    await chmod(join(folder, 'docker'), 0o755);
  }
  return new Promise<{ code: number; text: string }>((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...words],
      { env: { PATH: folder, HOME: folder } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), text: `${stdout}${stderr}` }),
    );
  });
}

describe('make kind', () => {
  it('says where there is no Docker, or it does not answer, and what else there is', async () => {
    const absent = await make(undefined);
    expect(absent.code).toBe(1);
    expect(absent.text).toContain('no kind here: there is no `docker` on the PATH');
    expect(absent.text).toContain('make cluster');
    const silent = await make('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    expect(silent.code).toBe(1);
    expect(silent.text).toContain('Docker does not answer: Cannot connect to the Docker daemon');
  });

  it('refuses what it does not know', async () => expect((await make('exit 0', ['sideways'])).code).toBe(2));

  it('builds the image that the guide installs, and loads it into the cluster that it makes', () => {
    const lines = upSteps('kindest/node:v1.34.0').map(({ program, words }) => [program, ...words].join(' '));
    expect(lines).toEqual([
      'docker build --tag localhost/assent:local .',
      'kind create cluster --name assent --wait 120s --image kindest/node:v1.34.0',
      'kind load docker-image localhost/assent:local --name assent',
    ]);
    expect(upSteps('')[1]?.words).not.toContain('--image');
    const [repository, tag] = IMAGE.split(':');
    expect(new GuidePage('install.md').block('helm install assent', 'sh')).toContain(
      `--set image.repository=${repository} --set image.tag=${tag}`,
    );
  });
});
