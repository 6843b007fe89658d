// Which credentials are taken, and what finding them costs.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadCredentials } from './credentials.ts';

const run = promisify(execFile);
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

async function kubeconfig(cluster: object, user: object): Promise<string> {
  const path = join(directory, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://example.test:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a kubeconfig', () => {
  it('gives server, namespace, CA, client certificate and server name', async () => {
    const path = await kubeconfig(
      {
        'certificate-authority-data': base64('CA'),
        'tls-server-name': 'other.test',
        'proxy-url': 'http://proxy.test',
      },
      { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
    );
    const credentials = await loadCredentials({ kubeconfig: path });
    expect(credentials).toMatchObject({
      server: 'https://example.test:6443',
      namespace: 'team',
      proxyUrl: 'http://proxy.test',
    });
    const { ca, cert, key, servername, rejectUnauthorized } = credentials.tls;
    expect([String(ca), String(cert), String(key), servername]).toEqual(['CA', 'CERT', 'KEY', 'other.test']);
    expect(rejectUnauthorized).toBe(true);
  });

  it('goes through the proxy of the environment where it names none, as kubectl does', async () => {
    vi.stubEnv('HTTPS_PROXY', 'proxy.of-the-environment.test:3128');
    const of = async (cluster: object) =>
      (await loadCredentials({ kubeconfig: await kubeconfig(cluster, { token: 't' }) })).proxyUrl;
    expect(await of({})).toBe('http://proxy.of-the-environment.test:3128');
    expect(await of({ 'proxy-url': 'http://proxy.test' })).toBe('http://proxy.test');
    expect(await of({ server: 'https://127.0.0.1:6443' })).toBeUndefined();
    vi.stubEnv('HTTPS_PROXY', 'ftp://name:a-secret@proxy.test');
    await expect(of({})).rejects.toThrow(/^HTTPS_PROXY is no address of a proxy$/);
  });

  it.each([
    [{}, true],
    [{ 'insecure-skip-tls-verify': false }, true],
    [{ 'insecure-skip-tls-verify': true }, false],
  ])('with %o verifies the server: %s', async (cluster, verifies) => {
    const credentials = await loadCredentials({ kubeconfig: await kubeconfig(cluster, { token: 't' }) });
    expect(credentials.tls.rejectUnauthorized).toBe(verifies);
  });

  it('runs an exec plugin, and runs it again after its credential was refused', async () => {
    const counter = join(directory, 'runs');
    const script = `const fs = require('node:fs');
      fs.appendFileSync(${JSON.stringify(counter)}, 'x');
      const token = 'run-' + fs.readFileSync(${JSON.stringify(counter)}, 'utf8').length;
      console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }));`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
      interactiveMode: 'Never',
    };
    const credentials = await loadCredentials({ kubeconfig: await kubeconfig({}, { exec }) });
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer run-1' });
    await credentials.refresh();
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer run-2' });
  });

  it.each([
    ['an unknown context', { context: 'nowhere' }, {}, /no context "nowhere"/],
    ['a server without TLS', {}, { server: 'http://example.test' }, /https/],
  ])('with %s is refused', async (_what, source, cluster, message) => {
    const path = await kubeconfig(cluster, { token: 't' });
    await expect(loadCredentials({ kubeconfig: path, ...source })).rejects.toThrow(message);
  });
});

describe('several paths in KUBECONFIG', () => {
  const before = process.env['KUBECONFIG'];
  afterEach(() => {
    if (before === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = before;
  });

  /** Writes a file with one cluster and one context of the same name, or with what is given. */
  async function file(name: string, over: object = {}): Promise<string> {
    const path = join(directory, name);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      contexts: [{ name, context: { cluster: name, user: 'u' } }],
      clusters: [{ name, cluster: { server: `https://${name}.test` } }],
      users: [{ name: 'u', user: { token: name } }],
      'current-context': name,
      ...over,
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  }
  const load = (...paths: string[]) => {
    process.env['KUBECONFIG'] = paths.join(delimiter);
    return loadCredentials({ inCluster: false });
  };

  it('skips those that are missing, as kubectl does', async () => {
    const [one, two] = [await file('one'), await file('two', { 'current-context': '' })];
    const missing = join(directory, 'missing');
    expect((await load(missing, one, '', missing, two)).server).toBe('https://one.test');
  });

  it('takes the first current context and the first of each name, as kubectl does', async () => {
    const [one, two] = [await file('one', { 'current-context': '' }), await file('two')];
    const third = await file('three', {
      clusters: [{ name: 'two', cluster: { server: 'https://other.test' } }],
    });
    const credentials = await load(one, two, third);
    expect(credentials.server).toBe('https://two.test');
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer one' });
  });

  it('reads a file that holds only some of it', async () => {
    const rest = await file('rest', {
      contexts: undefined,
      clusters: undefined,
      'current-context': undefined,
    });
    expect((await load(rest, await file('one'))).server).toBe('https://one.test');
  });

  it('names the first one when all are missing', async () => {
    await expect(load(join(directory, 'a'), join(directory, 'b'))).rejects.toMatchObject({
      code: 'ENOENT',
      path: join(directory, 'a'),
    });
  });
});

it('a pod does not load what reads kubeconfigs', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context); } });
    const { loadCredentials } = await import('./src/kube/credentials.ts');
    await import('./src/kube/transport.ts');
    await loadCredentials({ inCluster: true }).catch(() => {});
    console.log(JSON.stringify(loaded));`;
  const env = { ...process.env, KUBERNETES_SERVICE_HOST: '127.0.0.1' };
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env, cwd });
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded).toContain('undici');
  expect(loaded.filter((name) => /yaml|kubeconfig/.test(name))).toEqual([]);
});
