// kubeconfig files of the control plane's identities, and what a plain HTTPS client needs out of one.
import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { ClientCertificate } from './servers.ts';

/** How somebody proves who they are: a client certificate or a bearer token. */
export type Proof = ClientCertificate | { readonly token: string };

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** Writes a self-contained kubeconfig with one context, readable by its owner only. */
export async function writeKubeconfig(
  path: string,
  server: { url: string; caPem: string },
  user: { name: string; proof: Proof },
): Promise<void> {
  const proof =
    'token' in user.proof
      ? { token: user.proof.token }
      : {
          'client-certificate-data': base64(user.proof.certPem),
          'client-key-data': base64(user.proof.keyPem),
        };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'local',
        cluster: { server: server.url, 'certificate-authority-data': base64(server.caPem) },
      },
    ],
    users: [{ name: user.name, user: proof }],
    contexts: [{ name: 'local', context: { cluster: 'local', user: user.name } }],
    'current-context': 'local',
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}

interface KubeconfigUser {
  readonly token?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key-data'?: string;
}

/** The proof in a kubeconfig written by `writeKubeconfig`. */
export async function readProof(path: string): Promise<Proof> {
  const config = parse(await readFile(path, 'utf8')) as { users: { user: KubeconfigUser }[] };
  const user = config.users[0]?.user;
  if (user?.token !== undefined) return { token: user.token };
  const decode = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString('utf8');
  return { certPem: decode(user?.['client-certificate-data']), keyPem: decode(user?.['client-key-data']) };
}
