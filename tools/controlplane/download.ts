// Official downloads. Every file is compared with the SHA-256 that its publisher puts beside it; without the internet
// this gives up after the short connect timeout. Server programs are published for Linux only.
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { versionOf, type Program } from './programs.ts';
import {
  COREDNS_VERSION,
  ETCD_VERSION,
  HELM_VERSION,
  KIND_VERSION,
  KUBERNETES_VERSION,
  PROMETHEUS_VERSION,
} from './version.ts';

/** Where the publishers are. Tests put a server of their own here. */
export interface Publishers {
  readonly kubernetes: string;
  readonly coredns: string;
  readonly etcd: string;
  readonly helm: string;
  readonly prometheus: string;
  readonly kind: string;
}

/** The real publishers. */
const PUBLISHERS: Publishers = {
  kubernetes: 'https://dl.k8s.io',
  coredns: 'https://github.com/coredns/coredns/releases/download',
  etcd: 'https://github.com/etcd-io/etcd/releases/download',
  helm: 'https://get.helm.sh',
  prometheus: 'https://github.com/prometheus/prometheus/releases/download',
  kind: 'https://github.com/kubernetes-sigs/kind/releases/download',
};

/** A system as Go names it. */
export interface System {
  readonly os: string;
  readonly arch: string;
}

const CONNECT_TIMEOUT_MS = 3_000;
const HEADERS_TIMEOUT_MS = 8_000;
const BODY_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 5;

const ARCHIVE = /\.(?:tgz|tar\.gz|zip)$/;
const run = promisify(execFile);

async function get(url: string, dispatcher: Dispatcher): Promise<Buffer> {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const answer = await request(at, { dispatcher });
    const next = answer.headers['location'];
    if (answer.statusCode >= 300 && answer.statusCode < 400 && typeof next === 'string') {
      await answer.body.dump();
      at = new URL(next, at).href;
      continue;
    }
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new Error(`${at} answered ${answer.statusCode}`);
    }
    return Buffer.from(await answer.body.arrayBuffer());
  }
  throw new Error(`${url} redirects too often`);
}

/** SHA-256 of a file from a checksum file: a bare digest, or lines of `digest  name`. */
export function digestFor(name: string, checksums: string): string | undefined {
  for (const line of checksums.split('\n')) {
    const [digest, file] = line.trim().split(/\s+\*?/);
    if (digest !== undefined && /^[0-9a-f]{64}$/.test(digest) && (file === undefined || file === name)) {
      return digest;
    }
  }
  return undefined;
}

function compare(name: string, body: Buffer, wanted: string | undefined): void {
  if (wanted === undefined) throw new Error(`no published SHA-256 for ${name}`);
  const found = createHash('sha256').update(body).digest('hex');
  if (found !== wanted) throw new Error(`${name}: SHA-256 is ${found}, published is ${wanted}`);
}

interface Source {
  readonly file: string;
  readonly url: string;
  readonly checksums: string;
}

function sourceOf(program: Program, system: System, publishers: Publishers): Source {
  if (program === 'etcd') {
    const suffix = system.os === 'linux' ? 'tar.gz' : 'zip';
    const file = `etcd-v${ETCD_VERSION}-${system.os}-${system.arch}.${suffix}`;
    const base = `${publishers.etcd}/v${ETCD_VERSION}`;
    return { file, url: `${base}/${file}`, checksums: `${base}/SHA256SUMS` };
  }
  if (program === 'coredns') {
    const file = `coredns_${COREDNS_VERSION}_${system.os}_${system.arch}.tgz`;
    const url = `${publishers.coredns}/v${COREDNS_VERSION}/${file}`;
    return { file, url, checksums: `${url}.sha256` };
  }
  if (program === 'helm') {
    const file = `helm-v${HELM_VERSION}-${system.os}-${system.arch}.tar.gz`;
    return { file, url: `${publishers.helm}/${file}`, checksums: `${publishers.helm}/${file}.sha256sum` };
  }
  if (program === 'promtool') {
    const file = `prometheus-${PROMETHEUS_VERSION}.${system.os}-${system.arch}.tar.gz`;
    const base = `${publishers.prometheus}/v${PROMETHEUS_VERSION}`;
    return { file, url: `${base}/${file}`, checksums: `${base}/sha256sums.txt` };
  }
  if (program === 'kind') {
    const file = `kind-${system.os}-${system.arch}`;
    const url = `${publishers.kind}/v${KIND_VERSION}/${file}`;
    return { file, url, checksums: `${url}.sha256sum` };
  }
  const url = `${publishers.kubernetes}/v${KUBERNETES_VERSION}/bin/${system.os}/${system.arch}/${program}`;
  return { file: program, url, checksums: `${url}.sha256` };
}

/** @param program what of the archive is kept */
async function unpack(archive: string, folder: string, program: Program): Promise<void> {
  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  // bsdtar (macOS) reads zip too, so one command serves both archives.
  const folders = program === 'coredns' ? 0 : 1;
  await run('tar', ['-xf', archive, '-C', unpacked, `--strip-components=${folders}`]);
  await writeFile(join(folder, program), await readFile(join(unpacked, program)));
  await rm(unpacked, { recursive: true });
  await rm(archive);
}

/**
 * Downloads `programs` into `folder` and checks them.
 * @throws Error when a publisher cannot be reached, lacks a file, or a checksum differs.
 */
export async function download(
  programs: readonly Program[],
  folder: string,
  system: System,
  publishers: Publishers = PUBLISHERS,
): Promise<void> {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: BODY_TIMEOUT_MS,
  });
  try {
    const sources = programs.map((program) => ({ program, ...sourceOf(program, system, publishers) }));
    // Checksums first: small, so that a missing network or an unpublished system shows at once.
    const checksums = await Promise.all(sources.map((source) => get(source.checksums, dispatcher)));
    for (const [index, source] of sources.entries()) {
      const body = await get(source.url, dispatcher);
      compare(source.file, body, digestFor(source.file, checksums[index]?.toString('utf8') ?? ''));
      const path = join(folder, source.file);
      await writeFile(path, body);
      if (ARCHIVE.test(source.file)) await unpack(path, folder, source.program);
      else if (source.file !== source.program) await rename(path, join(folder, source.program));
      await chmod(join(folder, source.program), 0o755);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`download of ${programs.map((p) => `${p} ${versionOf(p)}`).join(', ')}: ${why}`, {
      cause: error,
    });
  } finally {
    await dispatcher.destroy();
  }
}
