// What a user of a kubeconfig authenticates with: client certificate, token, token file, exec plugin, or the id-token that
// kubectl keeps for its OIDC provider. What we do not know is refused: to leave it out would be to act as somebody else.
import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { TlsMaterial } from './credentials.ts';
import type { PluginCredential } from './exec-plugin.ts';
import type { Entry } from './kubeconfig-entry.ts';

const KNOWN = new Set([
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
  'tokenFile',
  'exec',
  'auth-provider',
  'as',
  'extensions',
]);

/**
 * Whether a user is one that we can be.
 *
 * @throws Error that names what cannot be used
 */
export function checkUser(user: Entry): void {
  const unknown = user.names().filter((name) => !KNOWN.has(name));
  if (unknown.length > 0) throw user.wrong(unknown.join(', '), 'cannot be used here');
  const ways = [
    ['token', 'tokenFile'].some((name) => user.text(name) !== undefined),
    user.raw('exec') !== undefined,
    user.raw('auth-provider') !== undefined,
  ].filter(Boolean);
  if (ways.length > 1) throw user.wrong('token, exec, auth-provider', 'exclude one another');
  const provider = user.entry('auth-provider')?.text('name') ?? 'oidc';
  if (provider !== 'oidc') throw user.wrong('auth-provider', `"${provider}" is gone: use an exec plugin`);
}

/** The headers that say who we are. @param now epoch ms */
export async function headersOf(
  user: Entry,
  plugin: PluginCredential | undefined,
  now: number,
): Promise<Readonly<Record<string, string>>> {
  const token = plugin ? plugin.token : ((await tokenOf(user)) ?? idToken(user, now));
  const as = user.text('as');
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(as === undefined ? {} : { 'impersonate-user': as }),
  };
}

/** Token file before token, as kubectl: the file is the one that is renewed. */
async function tokenOf(user: Entry): Promise<string | undefined> {
  const path = user.path('tokenFile');
  if (path === undefined) return user.text('token');
  const token = (await readFile(path, 'utf8')).trim();
  if (token === '') throw user.wrong('tokenFile', 'is empty');
  return token;
}

/** kubectl fetches a new one when it has ended and writes it here; that takes a browser or a secret, so we do not. */
function idToken(user: Entry, now: number): string | undefined {
  const provider = user.entry('auth-provider');
  if (provider === undefined) return undefined;
  const token = provider.entry('config')?.text('id-token');
  if (token === undefined || endOf(token) <= now) {
    throw provider.wrong('id-token', 'has ended: run kubectl once, or use an exec plugin such as kubelogin');
  }
  return token;
}

/** When a JWT ends, epoch ms; 0 when it does not say. The API server verifies it; this is only to give the reason early. */
function endOf(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return Number((claims as { exp?: unknown } | null)?.exp) * 1_000 || 0;
  } catch {
    return 0;
  }
}

/**
 * The TLS material for a cluster as a user.
 *
 * @throws Error when a file cannot be read, or what is there contradicts itself
 */
export async function tlsOf(
  cluster: Entry,
  user: Entry | undefined,
  plugin: PluginCredential | undefined,
): Promise<TlsMaterial> {
  const [ca, own] = await Promise.all([pem(cluster, 'certificate-authority'), user && ownPair(user)]);
  const isBlind = cluster.flag('insecure-skip-tls-verify');
  if (isBlind && ca !== undefined) {
    throw cluster.wrong('insecure-skip-tls-verify', 'and certificate-authority exclude one another');
  }
  const { cert, key } = own?.cert === undefined ? { ...plugin } : own;
  const servername = cluster.text('tls-server-name');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(servername === undefined ? {} : { servername }),
    // Said explicitly either way: otherwise NODE_TLS_REJECT_UNAUTHORIZED would decide.
    rejectUnauthorized: !isBlind,
  };
}

/** Whether a client certificate with its key is named in the file. */
export const hasOwnPair = (user: Entry): boolean =>
  ['client-certificate', 'client-key'].every((name) =>
    [name, `${name}-data`].some((field) => user.text(field) !== undefined),
  );

async function ownPair(user: Entry): Promise<{ cert: string | undefined; key: string | undefined }> {
  const [cert, key] = await Promise.all([pem(user, 'client-certificate'), pem(user, 'client-key')]);
  if ((cert === undefined) !== (key === undefined)) {
    throw user.wrong('client-certificate, client-key', 'belong together, and one is missing');
  }
  return { cert, key };
}

/**
 * A file by its path, or its content in base64 under the same name with `-data`. What is named and empty is an error: for TLS
 * an empty CA is none, and all public ones would be trusted.
 */
async function pem(entry: Entry, name: string): Promise<string | undefined> {
  const path = entry.path(name);
  const data = entry.text(`${name}-data`);
  if (path !== undefined && data !== undefined)
    throw entry.wrong(name, `and ${name}-data exclude one another`);
  if (data !== undefined && !BASE64.test(data)) throw entry.wrong(`${name}-data`, 'is no base64');
  const text =
    path === undefined ? data && Buffer.from(data, 'base64').toString('utf8') : await readFile(path, 'utf8');
  if (text?.trim() === '') throw entry.wrong(name, 'is empty');
  return text;
}

/** Node passes over what is none. */
const BASE64 = /^[A-Za-z0-9+/\r\n]*=?[\r\n]*=?[\r\n]*$/;
