// make installs what its targets need, and knows when it is there: real make, beside an npm that only notes what it is told.
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const MAKEFILE = join(import.meta.dirname, '../../Makefile');

/** As npm: `npm ci` empties node_modules, and writes this file last. */
const NPM = `#!/bin/sh
echo "$@" >> calls
if [ "$1" = ci ]; then rm -rf node_modules && mkdir node_modules && touch node_modules/.package-lock.json; fi
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-make-'));
  await copyFile(MAKEFILE, join(folder, 'Makefile'));
  await writeFile(join(folder, 'package-lock.json'), '{}');
  await writeFile(join(folder, 'npm'), NPM);
  await chmod(join(folder, 'npm'), 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = (): NodeJS.ProcessEnv => ({ PATH: `${folder}${delimiter}${process.env['PATH']}` });

/** Types it in the folder. @returns what npm was told meanwhile */
async function typed(program: 'make' | 'npm', ...words: readonly string[]): Promise<string[]> {
  await writeFile(join(folder, 'calls'), '');
  await promisify(execFile)(program, words, { cwd: folder, env: env() });
  return (await readFile(join(folder, 'calls'), 'utf8')).split('\n').filter(Boolean);
}

const INSTALL = 'ci --include=dev --no-fund --no-audit --loglevel=error';
const CHECK = 'run --silent check';

it('make installs everything once', async () => {
  expect(await typed('make', 'check')).toEqual([INSTALL, CHECK]);
  expect(await typed('make', 'check')).toEqual([CHECK]);
});

it('make installs everything again after an install by hand that left out what it needs', async () => {
  await typed('make', 'check');
  await typed('npm', 'ci', '--omit=dev');
  expect(await typed('make', 'check')).toEqual([INSTALL, CHECK]);
  expect(await typed('make', 'check')).toEqual([CHECK]);
});

it('make takes no install by hand for one of its own', async () => {
  await typed('npm', 'ci', '--omit=dev');
  expect(await typed('make', 'check')).toEqual([INSTALL, CHECK]);
});
