// `make cluster`: a whole Kubernetes node on this machine, without a container engine: programs, system images, and then
// up.sh. Where the machine cannot, it says why. `image` builds Assent's image and loads it; `down` removes the node again.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_POLICY } from '../controlplane/audit-policy.ts';
import { cacheFolder } from '../controlplane/ensure.ts';
import { IMAGE } from '../kind/steps.ts';
import {
  clusterSettings,
  imageArchive,
  isThere,
  nodeFolder,
  ROOT,
  script,
  treeKey,
  type Settings,
} from './scripts.ts';

const USAGE = `usage: make cluster             start it; KUBECONFIG is printed
       make cluster ARGS=image  build the image of this checkout, and load it into the node
       make cluster ARGS=down   remove it`;
type Commands = Readonly<Record<string, string>>;
/** What up.sh calls and Debian has. */
const COMMANDS: Commands = {
  containerd: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  socat: 'socat',
  openssl: 'openssl',
  gcc: 'gcc and libc6-dev',
};
/** What an image is built with. */
const BUILDERS: Commands = { buildah: 'buildah', mmdebstrap: 'mmdebstrap' };

/** The commands that are not on the PATH, each with what to do. */
async function missing(commands: Commands): Promise<string[]> {
  const found: string[] = [];
  const folders = (process.env['PATH'] ?? '').split(':');
  for (const [command, part] of Object.entries(commands)) {
    const there = await Promise.all(folders.map((folder) => isThere(join(folder, command))));
    if (!there.includes(true)) found.push(`${command} is missing: install ${part}`);
  }
  return found;
}

/** Why this machine cannot hold a node; empty when it can. */
async function hindrances(): Promise<string[]> {
  const found: string[] = [];
  if (process.platform !== 'linux') return ['a node needs Linux'];
  if (process.getuid?.() !== 0) found.push('a node needs root, for namespaces and cgroups');
  found.push(...(await missing(COMMANDS)));
  if (!(await isThere('/usr/lib/cni/bridge'))) found.push('install containernetworking-plugins');
  return found;
}

/** The two images that every cluster needs. */
async function systemImages(settings: Settings): Promise<void> {
  const images = join(settings.assets, 'images');
  await mkdir(images, { recursive: true });
  const root = join(settings.assets, 'root');
  for (const [name, image] of [
    ['pause', 'localhost/pause:3'],
    ['coredns', 'localhost/coredns:local'],
  ] as const) {
    const archive = join(images, `${name}.tar`);
    if (await isThere(archive)) continue;
    await rm(root, { recursive: true, force: true });
    await mkdir(root, { recursive: true });
    await script(name === 'pause' ? 'compile-pause.sh' : 'copy-program.sh', [root], settings);
    await script('pack-image.sh', [image, root, archive, `["/${name}"]`], settings);
  }
}

async function up(): Promise<number> {
  const found = await hindrances();
  if (found.length > 0) {
    for (const one of found) console.error(`no node here: ${one}`);
    console.error('The control plane alone, with the operator as processes beside it: make demo STAY=1');
    return 1;
  }
  const settings = await clusterSettings();
  await systemImages(settings);
  // The API server's own log of writes is what `make e2e` is judged by.
  const audit = join(settings.assets, 'audit-policy.json');
  await writeFile(audit, JSON.stringify(AUDIT_POLICY));
  await script('up.sh', [], settings, { AUDIT_POLICY: audit });
  return 0;
}

/** The image of this checkout, on the node, as `make kind` has it in its own. */
async function loadOwnImage(): Promise<number> {
  const found = await missing(BUILDERS);
  for (const one of found) console.error(`no image here: ${one}`);
  if (found.length > 0) return 1;
  if (!(await isThere(join(nodeFolder(), 'init.pid')))) {
    console.error('there is no node to load it into: make cluster');
    return 1;
  }
  const settings = await clusterSettings();
  await script(
    'load-image.sh',
    [await imageArchive(IMAGE, ROOT, `local-${await treeKey()}`, settings)],
    settings,
  );
  console.log(`${IMAGE} is on the node; next: step 2 of docs/guide/install.md`);
  return 0;
}

async function main([word = 'up', ...more]: readonly string[]): Promise<number> {
  if (more.length > 0 || !['up', 'image', 'down'].includes(word)) {
    console.error(USAGE);
    return 2;
  }
  if (word === 'up') return up();
  if (word === 'image') return loadOwnImage();
  await script('down.sh', [], { programs: cacheFolder(), assets: join(cacheFolder(), 'node') });
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
