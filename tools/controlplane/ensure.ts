// Finds the control plane's programs or makes them, first hit wins: KUBEBUILDER_ASSETS, the user's cache folder,
// official downloads, a build from Go modules. A source counts only when it yields every program asked for.
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from './build.ts';
import { download, type System } from './download.ts';
import { withLock } from './lock.ts';
import { ALL_PROGRAMS, lacking, probe, type Program } from './programs.ts';
import { say, withProgress } from './progress.ts';
import { ETCD_VERSION, KUBERNETES_VERSION, minorOf } from './version.ts';

/** Puts programs into a folder, or throws an Error that says why not. */
export type Maker = (programs: readonly Program[], folder: string) => Promise<void>;

/** What decides where programs come from; tests give their own. */
export interface Sources {
  readonly assets: string | undefined;
  readonly cache: string;
  readonly makers: readonly { readonly name: string; readonly make: Maker }[];
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** This machine, as Go names it. */
const system = (): System => ({ os: process.platform, arch: ARCHITECTURES[process.arch] ?? process.arch });

/** Folder for these very versions and this system, shared by all clones of the user. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const { os, arch } = system();
  return join(base, 'assent', `kubernetes-${KUBERNETES_VERSION}-etcd-${ETCD_VERSION}-${os}-${arch}`);
}

const downloads: Maker = (programs, folder) =>
  withProgress(`downloading ${programs.join(', ')}`, () => download(programs, folder, system()));

const defaultSources = (): Sources => ({
  assets: process.env['KUBEBUILDER_ASSETS'],
  cache: cacheFolder(),
  makers: [
    { name: 'official downloads', make: downloads },
    { name: 'build from Go modules', make: build },
  ],
});

const pathsIn = (folder: string): Record<Program, string> =>
  Object.fromEntries(ALL_PROGRAMS.map((program) => [program, join(folder, program)])) as Record<
    Program,
    string
  >;

function howToFix(wanted: readonly Program[], tried: readonly string[]): Error {
  return new Error(
    [
      `No control plane: ${wanted.join(', ')} could not be had. Tried:`,
      ...tried.map((line) => `  - ${line}`),
      'Any one of these helps:',
      '  - install Go 1.26 or newer (https://go.dev/dl) with access to a Go module proxy: the programs are built once, in minutes;',
      '  - allow access to dl.k8s.io and github.com (Linux);',
      `  - set KUBEBUILDER_ASSETS to a folder with these programs of Kubernetes ${minorOf(KUBERNETES_VERSION)} and etcd ${minorOf(ETCD_VERSION)}.`,
    ].join('\n'),
  );
}

/** Removes what an interrupted maker left. Only the holder of the lock calls it, so nobody is using these. */
async function clearLeftovers(cache: string): Promise<void> {
  const siblings = await readdir(dirname(cache));
  const leftovers = siblings.filter((name) => name.startsWith(`${basename(cache)}.new-`));
  await Promise.all(
    leftovers.map((name) => rm(join(dirname(cache), name), { recursive: true, force: true })),
  );
}

/** Makes what the cache lacks in a folder of its own, then moves each program in by a rename. */
async function fill(wanted: readonly Program[], sources: Sources, tried: string[]): Promise<boolean> {
  const answers = await Promise.all(wanted.map((program) => probe(sources.cache, program)));
  const missing = ALL_PROGRAMS.filter((program) => answers[wanted.indexOf(program)]?.ok === false);
  if (missing.length === 0) return true;
  await clearLeftovers(sources.cache);
  for (const { name, make } of sources.makers) {
    const folder = await mkdtemp(`${sources.cache}.new-`);
    try {
      await make(missing, folder);
      const why = await lacking(folder, missing);
      if (why !== undefined) throw new Error(why);
      await Promise.all(
        missing.map((program) => rename(join(folder, program), join(sources.cache, program))),
      );
      return true;
    } catch (error) {
      tried.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      say(tried.at(-1) ?? name);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return false;
}

/**
 * Absolute paths of the programs, made if need be. All paths are given; only those of `wanted` are sure to exist.
 * @throws Error that names what was tried and what to install.
 */
export async function ensurePrograms(
  wanted: readonly Program[],
  sources: Sources = defaultSources(),
): Promise<Record<Program, string>> {
  const tried: string[] = [];
  if (sources.assets) {
    const why = await lacking(sources.assets, wanted);
    if (why === undefined) return pathsIn(sources.assets);
    tried.push(`KUBEBUILDER_ASSETS (${sources.assets}): ${why}`);
    say(`KUBEBUILDER_ASSETS is passed over: ${why}`);
  }
  const why = await lacking(sources.cache, wanted);
  if (why === undefined) return pathsIn(sources.cache);
  tried.push(`cache (${sources.cache}): ${why}`);
  await mkdir(sources.cache, { recursive: true });
  const made = await withLock(`${sources.cache}.lock`, () => fill(wanted, sources, tried), {
    onWait: () => say('waiting for another process that is making the programs'),
  });
  if (!made) throw howToFix(wanted, tried);
  return pathsIn(sources.cache);
}
