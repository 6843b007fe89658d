// Downloads against a server that behaves like the publishers: nothing gets through without its published checksum.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestFor, download, type Publishers } from './download.ts';
import { ETCD_VERSION, KUBERNETES_VERSION } from './version.ts';

const LINUX = { os: 'linux', arch: 'amd64' };
const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex');

let folder: string;
let server: Server;
let publishers: Publishers;
let files: Map<string, Buffer | { redirect: string }>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-'));
  files = new Map();
  server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file === undefined) response.writeHead(404).end();
    else if (Buffer.isBuffer(file)) response.end(file);
    else response.writeHead(302, { location: file.redirect }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  publishers = {
    kubernetes: `${base}/kubernetes`,
    etcd: `${base}/etcd`,
    helm: `${base}/helm`,
    prometheus: `${base}/prometheus`,
    kind: `${base}/kind`,
    coredns: `${base}/coredns`,
  };
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const publishKubectl = (body: Buffer, digest = sha256(body)) => {
  const path = `/kubernetes/v${KUBERNETES_VERSION}/bin/linux/amd64/kubectl`;
  files.set(path, body);
  files.set(`${path}.sha256`, Buffer.from(digest));
};

const etcdArchive = (content: string): Buffer => {
  const name = `etcd-v${ETCD_VERSION}-linux-amd64`;
  mkdirSync(join(folder, 'pack', name), { recursive: true });
  writeFileSync(join(folder, 'pack', name, 'etcd'), content);
  const archive = join(folder, 'pack', 'archive.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', join(folder, 'pack'), name]);
  return execFileSync('cat', [archive]);
};

describe('official downloads', () => {
  it('are written executable when the checksum fits', async () => {
    publishKubectl(Buffer.from('#!/bin/sh\n'));
    await download(['kubectl'], folder, LINUX, publishers);
    expect(await readFile(join(folder, 'kubectl'), 'utf8')).toBe('#!/bin/sh\n');
    expect((await stat(join(folder, 'kubectl'))).mode & 0o777).toBe(0o755);
  });

  it('unpack etcd out of its release archive, through redirects, and leave nothing else', async () => {
    const body = etcdArchive('the etcd');
    const name = `etcd-v${ETCD_VERSION}-linux-amd64.tar.gz`;
    files.set(`/etcd/v${ETCD_VERSION}/${name}`, { redirect: '/storage/blob' });
    files.set('/storage/blob', body);
    const sums = `${'0'.repeat(64)}  another.tar.gz\n${sha256(body)}  ${name}\n`;
    files.set(`/etcd/v${ETCD_VERSION}/SHA256SUMS`, Buffer.from(sums));
    await rm(join(folder, 'pack'), { recursive: true });
    await download(['etcd'], folder, LINUX, publishers);
    expect(await readFile(join(folder, 'etcd'), 'utf8')).toBe('the etcd');
    expect(execFileSync('ls', [folder], { encoding: 'utf8' })).toBe('etcd\n');
  });

  it('are refused when the checksum differs, and are not kept', async () => {
    publishKubectl(Buffer.from('tampered'), sha256(Buffer.from('original')));
    await expect(download(['kubectl'], folder, LINUX, publishers)).rejects.toThrow('SHA-256 is');
    await expect(stat(join(folder, 'kubectl'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['an unpublished system', { os: 'plan9', arch: 'amd64' }, '404'],
    ['an empty checksum file', LINUX, 'no published SHA-256'],
  ])('say why they fail: %s', async (_, system, why) => {
    publishKubectl(Buffer.from('x'), '');
    await expect(download(['kubectl'], folder, system, publishers)).rejects.toThrow(why);
  });

  it('give up at once when the publisher cannot be reached', async () => {
    const away = 'http://127.0.0.1:9';
    const nowhere = {
      kubernetes: away,
      etcd: away,
      helm: away,
      kind: away,
      coredns: away,
      prometheus: away,
    };
    const started = performance.now();
    await expect(download(['kubectl'], folder, LINUX, nowhere)).rejects.toThrow('download of kubectl');
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  it.each([
    ['a bare digest', 'a'.repeat(64), 'a'.repeat(64)],
    ['a line with the name', `${'b'.repeat(64)}  kubectl\n`, 'b'.repeat(64)],
    ['a line with a binary mark', `${'c'.repeat(64)} *kubectl\n`, 'c'.repeat(64)],
    ['only other names', `${'d'.repeat(64)}  other\n`, undefined],
    ['an error page', '<html>', undefined],
  ])('read a checksum file: %s', (_, text, digest) => {
    expect(digestFor('kubectl', text)).toBe(digest);
  });
});
