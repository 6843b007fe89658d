// Exec plugins of a kubeconfig: what they are told, when they run, and that what is wrong gives no credential.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { base64, kubeconfigFolder, type Parts } from '../../test/builders/kubeconfig-folder.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';

const here = kubeconfigFolder();
const { file, write } = here;
const load = async (parts: Parts = {}) =>
  kubeconfigCredentials({ kubeconfig: await write(parts) }, here.clock);

describe('an exec plugin', () => {
  const V1 = 'client.authentication.k8s.io/v1';
  const answer = (status: object, over: object = {}): string =>
    `console.log(${JSON.stringify(JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', status, ...over }))})`;
  const exec = (script: string, over: object = {}): Parts => ({
    user: {
      exec: {
        apiVersion: V1,
        command: process.execPath,
        args: ['-e', script],
        interactiveMode: 'Never',
        ...over,
      },
    },
  });
  /** Prints what it was told and how often it ran, as its token. */
  const ECHO = `const fs = require('node:fs'); fs.appendFileSync('COUNTER', 'x');
    const token = JSON.stringify({ runs: fs.readFileSync('COUNTER', 'utf8').length, info: process.env.KUBERNETES_EXEC_INFO,
      own: process.env.OWN, stdin: fs.readFileSync(0, 'utf8') });
    console.log(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential',
      status: { token, ...JSON.parse(process.env.STATUS ?? '{}') } }));`;
  const echo = (status: object, over: object = {}): Parts =>
    exec(ECHO.replaceAll('COUNTER', join(here.directory, 'runs')), {
      env: [
        { name: 'OWN', value: 'ours' },
        { name: 'STATUS', value: JSON.stringify(status) },
      ],
      ...over,
    });
  async function told(credentials: Awaited<ReturnType<typeof load>>) {
    const { authorization = '' } = await credentials.authorize();
    return JSON.parse(String(authorization).slice('Bearer '.length)) as {
      runs: number;
      info: string;
      own: string;
      stdin: string;
    };
  }

  it('gets its environment, an empty input, and what it is asked for', async () => {
    const seen = await told(await load(echo({})));
    expect(seen).toMatchObject({ own: 'ours', stdin: '' });
    expect(JSON.parse(seen.info)).toEqual({
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
  });

  it('is told of the cluster where it wants to be', async () => {
    const extension = { name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } };
    const cluster = { 'tls-server-name': 'name.test', extensions: [extension] };
    const { info } = await told(await load({ ...echo({}, { provideClusterInfo: true }), cluster }));
    expect((JSON.parse(info) as { spec: object }).spec).toMatchObject({
      cluster: {
        server: 'https://one.test:6443/',
        'tls-server-name': 'name.test',
        config: { audience: 'a' },
      },
    });
  });

  it('runs once while its credential is good, again when that ends, and when it was refused', async () => {
    const ends = { expirationTimestamp: new Date(here.clock.wall() + 60_000).toISOString() };
    const credentials = await load(echo(ends));
    await here.clock.advance(59_999);
    expect((await told(credentials)).runs).toBe(1);
    await here.clock.advance(10_001);
    expect((await told(credentials)).runs).toBe(2);
    await credentials.refresh();
    expect((await told(credentials)).runs).toBe(3);
  });

  it('runs once for all who ask at the same moment', async () => {
    const credentials = await load(echo({}));
    await credentials.refresh();
    const runs = await Promise.all(Array.from({ length: 5 }, async () => (await told(credentials)).runs));
    expect(runs).toEqual([2, 2, 2, 2, 2]);
  });

  it('may give a certificate with its key instead of a token', async () => {
    const credentials = await load(exec(answer({ clientCertificateData: 'CERT', clientKeyData: 'KEY' })));
    expect(await credentials.authorize()).toEqual({});
    expect(credentials.tls).toEqual({ cert: 'CERT', key: 'KEY', rejectUnauthorized: true });
  });

  it('is not run for a user with a certificate, as with kubectl', async () => {
    const { user } = exec('process.exitCode = 3');
    const own = { 'client-certificate-data': base64('OWN'), 'client-key-data': base64('OWN KEY') };
    const credentials = await load({ user: { ...user, ...own } });
    expect(await credentials.authorize()).toEqual({});
    expect(credentials.tls).toEqual({ cert: 'OWN', key: 'OWN KEY', rejectUnauthorized: true });
  });

  it('is not started again while it runs, however long it takes', async () => {
    const [runs, go] = [join(here.directory, 'runs'), join(here.directory, 'go')];
    const script = `const fs = require('node:fs'); fs.appendFileSync('${runs}', 'x');
      const look = () => fs.existsSync('${go}') ? ${answer({ token: 't' })} : setTimeout(look, 5); look();`;
    await writeFile(go, '');
    const credentials = await load(exec(script));
    await rm(go);
    await credentials.refresh();
    const first = credentials.authorize();
    await here.clock.advance(10_001);
    const second = credentials.authorize();
    await writeFile(go, '');
    await Promise.all([first, second]);
    expect(await readFile(runs, 'utf8')).toBe('xx');
  });

  it('that hangs is ended, and what it started is not waited for', async () => {
    const ready = join(here.directory, 'ready');
    const child = `require('node:fs').writeFileSync('${ready}', String(process.pid)); setInterval(() => undefined, 1_000)`;
    const script = `process.on('SIGTERM', () => undefined);
      require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' });`;
    const failure = load(exec(script)).catch((error: unknown) => (error as Error).message);
    const pid = await vi.waitFor(
      async () => Number(await readFile(ready, 'utf8')) || Promise.reject(new Error()),
      5_000,
    );
    try {
      await here.clock.advance(120_000);
      expect(await failure).toMatch(/ended with SIGKILL$/);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  it('is found by a path from the folder of the kubeconfig', async () => {
    const path = await file('plugin', `#!${process.execPath}\n${answer({ token: 'by-path' })}`);
    await chmod(path, 0o755);
    const credentials = await load(exec('', { command: './plugin', args: [] }));
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer by-path' });
  });

  const rows: [string, Parts, RegExp][] = [
    [
      'that is not there',
      exec('', { command: 'no-such-plugin-1', installHint: 'Get it.' }),
      /could not be started \(ENOENT\)\nGet it\./,
    ],
    ['that fails', exec("console.log('a-secret'); process.exitCode = 3"), /ended with code 3$/],
    ['that prints something else', exec("console.log('a-secret')"), /printed no ExecCredential$/],
    ['that prints nothing', exec(''), /printed no ExecCredential$/],
    [
      'that prints another kind',
      exec(answer({ token: 't' }, { kind: 'Secret' })),
      /printed no ExecCredential$/,
    ],
    [
      'that answers in another version',
      exec(answer({ token: 't' }, { apiVersion: `${V1}beta1` })),
      /did not answer in/,
    ],
    ['that gives nothing', exec(answer({})), /printed no credential$/],
    ['that gives an empty token', exec(answer({ token: '' })), /is no text$/],
    ['that gives half a pair', exec(answer({ token: 't', clientKeyData: 'KEY' })), /without the other$/],
    ['that ends at no time', exec(answer({ token: 't', expirationTimestamp: 'soon' })), /is no time$/],
    ['that floods us', exec("setInterval(() => console.log('x'.repeat(100_000)), 1)"), /ended with SIGKILL$/],
    [
      'that floods us and will not stop',
      exec("process.on('SIGTERM', () => undefined); setInterval(() => console.log('x'.repeat(100_000)), 1)"),
      /ended with SIGKILL$/,
    ],
    [
      'of a version that is gone',
      exec('', { apiVersion: 'client.authentication.k8s.io/v1alpha1' }),
      /apiVersion is none of/,
    ],
    ['without a command', exec('', { command: '' }), /command is missing/],
    [
      'without a mode, which v1 wants',
      exec('', { interactiveMode: undefined }),
      /interactiveMode is none of/,
    ],
  ];

  it.each(rows)('%s gives no credential', async (_what, parts, words) => {
    const failure = await load(parts).then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    expect(failure).toMatch(words);
    expect(failure).not.toContain('a-secret');
  });

  it('that has to ask runs only at a terminal', async () => {
    const isTTY = process.stdin.isTTY;
    process.stdin.isTTY = false;
    try {
      await expect(load(exec('', { interactiveMode: 'Always' }))).rejects.toThrow(/nobody is at a terminal/);
    } finally {
      process.stdin.isTTY = isTTY;
    }
  });
});
