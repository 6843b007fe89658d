// What a kubeconfig gives, over time and when something in it is wrong: what kubectl would do, or nothing.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { base64, kubeconfigFolder, type Parts } from '../../test/builders/kubeconfig-folder.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';

const here = kubeconfigFolder();
const { file, write } = here;
const load = async (parts: Parts = {}, context?: string) =>
  kubeconfigCredentials({ kubeconfig: await write(parts), ...(context ? { context } : {}) }, here.clock);

describe('a kubeconfig is read', () => {
  it('as YAML, with paths from its own folder', async () => {
    await file('ca.pem', 'CA');
    await file('cert.pem', 'CERT');
    await file('key.pem', 'KEY');
    const kubeconfig = await file(
      'config',
      `apiVersion: v1
kind: Config
current-context: main
preferences: {}
contexts:
- name: main
  context: {cluster: c, user: u}
clusters:
- name: c
  cluster: {server: "https://one.test", certificate-authority: ca.pem}
users:
- name: u
  user: {client-certificate: ./cert.pem, client-key: ${here.directory}/key.pem}
`,
    );
    const { tls, server, namespace } = await kubeconfigCredentials({ kubeconfig }, here.clock);
    expect(tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', rejectUnauthorized: true });
    expect([server, namespace]).toEqual(['https://one.test', 'default']);
  });

  it('from the home folder when none is named', async () => {
    vi.stubEnv('KUBECONFIG', '');
    vi.stubEnv('HOME', here.directory);
    await expect(kubeconfigCredentials({}, here.clock)).rejects.toThrow('no kubeconfig was found');
    await mkdir(join(here.directory, '.kube'));
    await writeFile(join(here.directory, '.kube', 'config'), await readFile(await write({}), 'utf8'));
    expect((await kubeconfigCredentials({}, here.clock)).server).toBe('https://one.test:6443');
  });

  it('for a context that names no user: the calls are anonymous', async () => {
    const credentials = await load({ context: { user: '' } });
    expect(await credentials.authorize()).toEqual({});
  });

  it('for the user of the context and nobody else', async () => {
    const credentials = await load(
      {
        over: {
          contexts: [
            { name: 'main', context: { cluster: 'c', user: 'u' } },
            { name: 'second', context: { cluster: 'c', user: 'v', namespace: 'n' } },
          ],
          users: [
            { name: 'u', user: { token: 'of-u' } },
            { name: 'v', user: { token: 'of-v', as: 'somebody' } },
          ],
        },
      },
      'second',
    );
    expect(await credentials.authorize()).toEqual({
      authorization: 'Bearer of-v',
      'impersonate-user': 'somebody',
    });
    expect(credentials.namespace).toBe('n');
  });
});

describe('a kubeconfig is refused', () => {
  const rows: [string, Parts, RegExp][] = [
    ['with no server', { cluster: { server: undefined } }, /server is no https address/],
    [
      'with a name and a password in the server',
      { cluster: { server: 'https://root:a-secret@one.test' } },
      /server holds a name or a password$/,
    ],
    [
      'with a proxy that is no address',
      { cluster: { 'proxy-url': 'a-secret@proxy' } },
      /proxy-url is no address of a proxy$/,
    ],
    [
      'with a CA that is no base64',
      { cluster: { 'certificate-authority-data': '!!!!' } },
      /-data is no base64$/,
    ],
    [
      'with a CA of spaces alone',
      { cluster: { 'certificate-authority-data': base64(' \n') } },
      /certificate-authority is empty$/,
    ],
    ['with a CA file that is empty', { cluster: { 'certificate-authority': '/dev/null' } }, /is empty$/],
    [
      'with a certificate that is empty',
      { user: { 'client-certificate': '/dev/null', 'client-key-data': base64('KEY') } },
      /client-certificate is empty$/,
    ],
    ['with a server that is a number', { cluster: { server: 1 } }, /server is no text/],
    ['with a user that it does not hold', { context: { user: 'w' } }, /user "w" is not in the kubeconfig/],
    ['with a cluster that it does not hold', { context: { cluster: 'd' } }, /cluster "d" is not/],
    ['with a context without a cluster', { context: { cluster: '' } }, /cluster is missing/],
    ['with no current context', { over: { 'current-context': '' } }, /no current context/],
    ['with users that are no list', { over: { users: {} } }, /users is no list/],
    ['with a user that is no mapping', { over: { users: [{ name: 'u', user: 'x' }] } }, /is no mapping/],
    [
      'with a user twice',
      { over: { users: [1, 2].map((one) => ({ name: 'u', user: { token: String(one) } })) } },
      /holds "u" twice/,
    ],
    [
      'with a verification that is said in words',
      { cluster: { 'insecure-skip-tls-verify': 'no' } },
      /neither true nor false/,
    ],
    [
      'with a CA that is not used',
      { cluster: { 'insecure-skip-tls-verify': true, 'certificate-authority-data': base64('CA') } },
      /exclude one another/,
    ],
    [
      'with two CAs',
      { cluster: { 'certificate-authority': 'a', 'certificate-authority-data': base64('CA') } },
      /exclude one another/,
    ],
    ['with a password', { user: { username: 'a', password: 'b' } }, /username, password cannot be used/],
    [
      'with groups to act as',
      { user: { token: 't', as: 'a', 'as-groups': ['b'] } },
      /as-groups cannot be used/,
    ],
    [
      'with a certificate without its key',
      { user: { 'client-certificate-data': base64('C') } },
      /one is missing/,
    ],
    ['with a token that is no text', { user: { token: 12 } }, /token is no text/],
    ['with two ways to be somebody', { user: { token: 't', exec: { command: 'a' } } }, /exclude one another/],
    ['with a provider of a cloud', { user: { 'auth-provider': { name: 'gcp' } } }, /use an exec plugin/],
    ['with a token file that is empty', { user: { tokenFile: '/dev/null' } }, /tokenFile is empty/],
    ['with a token file that is missing', { user: { tokenFile: 'nowhere' } }, /ENOENT/],
  ];

  it.each(rows)('%s', async (_what, parts, words) => {
    await expect(load(parts)).rejects.toThrow(words);
  });

  it('when it is no YAML, without a word of what it holds', async () => {
    const kubeconfig = await file('config', 'users: [{ token: "a-secret-token }');
    await expect(kubeconfigCredentials({ kubeconfig }, here.clock)).rejects.toThrow(
      `${kubeconfig} is no YAML`,
    );
  });
});

describe('with time', () => {
  it('a token file is read again, not at each call', async () => {
    const path = await file('token', 'one\n');
    const credentials = await load({ user: { tokenFile: 'token', token: 'older' } });
    await writeFile(path, 'two');
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer one' });
    await here.clock.advance(10_001);
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer two' });
  });

  it('TLS material is the same object until it changes', async () => {
    const path = await file('ca.pem', 'CA 1');
    const credentials = await load({ cluster: { 'certificate-authority': 'ca.pem' } });
    const before = credentials.tls;
    await here.clock.advance(10_001);
    await credentials.authorize();
    expect(credentials.tls).toBe(before);
    await writeFile(path, 'CA 2');
    await here.clock.advance(10_001);
    await credentials.authorize();
    expect(credentials.tls).toEqual({ ca: 'CA 2', rejectUnauthorized: true });
  });

  it('a refused token is read anew from the file, for the context and the server of the start', async () => {
    const credentials = await load();
    const contexts = ['main', 'other'].map((name) => ({ name, context: { cluster: 'c', user: name } }));
    const users = ['main', 'other'].map((name) => ({ name, user: { token: `of-${name}` } }));
    await write({ over: { contexts, users, 'current-context': 'other' } });
    await credentials.refresh();
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer of-main' });
  });

  it('no credential goes to the first server when the context has another one now', async () => {
    const credentials = await load();
    await write({ cluster: { server: 'https://two.test' }, user: { token: 'of-two' } });
    await expect((async () => credentials.refresh())()).rejects.toThrow(/another server now/);
    expect(await credentials.authorize()).toEqual({ authorization: 'Bearer t' });
  });

  it('the id-token that kubectl keeps is used until it ends, and a new one is read from the file', async () => {
    const token = (seconds: number): string =>
      `h.${Buffer.from(JSON.stringify({ exp: here.clock.wall() / 1_000 + seconds })).toString('base64url')}.s`;
    const [first, second] = [token(60), token(600)];
    const user = (id: string) => ({ 'auth-provider': { name: 'oidc', config: { 'id-token': id } } });
    const credentials = await load({ user: user(first) });
    expect(await credentials.authorize()).toEqual({ authorization: `Bearer ${first}` });
    await here.clock.advance(60_000);
    await expect(credentials.authorize()).rejects.toThrow(/run kubectl once/);
    await write({ user: user(second) });
    expect(await credentials.authorize()).toEqual({ authorization: `Bearer ${second}` });
    await expect(load({ user: user('no-jwt') })).rejects.toThrow(/has ended/);
  });
});
