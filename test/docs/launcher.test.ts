// bin/assent and bin/kubectl-assent, as the guide tells people to use them: from anywhere, with any Node on the PATH.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VERSION } from '../../src/api/version.ts';

const BIN = join(import.meta.dirname, '../../bin');
let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'launcher-')));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a program with nothing else on the PATH than what a shell script needs, and `first`. */
const run = (program: string, args: string[], first = '/nowhere') =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(program, args, { env: { PATH: `${first}:/usr/bin:/bin` } }, (error, stdout, stderr) => {
      const code = error ? Number(error.code) : 0;
      resolve({ code, stdout: stdout.trim(), stderr: stderr.trim() });
    });
  });

/** A checkout without packages, and a node on the PATH that says it is of that version. */
async function aBareCheckout(version: string): Promise<{ assent: string; path: string }> {
  await cp(BIN, join(folder, 'bin'), { recursive: true, verbatimSymlinks: true });
  const path = join(folder, 'path');
  await mkdir(path);
  await writeFile(
    join(path, 'node'),
    `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "ran $@"\n`,
  );
  await chmod(join(path, 'node'), 0o755);
  return { assent: join(folder, 'bin/assent'), path };
}

it.each([
  ['assent', `assent ${VERSION}`],
  ['kubectl-assent', `kubectl-assent ${VERSION}`],
])('%s runs with the Node of the checkout, through a link too', async (name, version) => {
  const link = join(folder, name);
  await symlink(join(BIN, name), link);
  expect(await run(join(BIN, name), ['--version'])).toMatchObject({ code: 0, stdout: version });
  expect(await run(link, ['--version'])).toMatchObject({ code: 0, stdout: version });
});

it.each(['v20.20.2', 'v9.0.0', 'v23.11.0'])(
  'says in one sentence that Node %s is too old',
  async (version) => {
    const { assent, path } = await aBareCheckout(version);
    const stderr = `assent needs Node 24 or newer and found ${version}: run npm ci in ${folder}, which brings one, or install it`;
    expect(await run(assent, ['run'], path)).toEqual({ code: 1, stdout: '', stderr });
  },
);

it('takes a Node that is new enough from the PATH, and says when packages are missing', async () => {
  const { assent, path } = await aBareCheckout('v24.0.0');
  expect((await run(assent, ['run'], path)).stderr).toBe(
    `assent needs its packages: run npm ci in ${folder}`,
  );
  await mkdir(join(folder, 'node_modules'));
  expect(await run(assent, ['run', 'a b'], path)).toMatchObject({
    stdout: `ran ${folder}/src/main.ts run a b`,
  });
});

it.each([
  ['check', 'it does not work yet'],
  ['uninstall', 'it is not taken out'],
])('assent %s says in one sentence that there is no way to the API server', async (command, failed) => {
  const stderr = `assent: ${failed}: not in a pod: KUBERNETES_SERVICE_HOST is not set`;
  expect(await run(join(BIN, 'assent'), [command])).toEqual({ code: 1, stdout: '', stderr });
});
