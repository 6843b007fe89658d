// Who talks to the control plane: people by client certificate, agents as ServiceAccounts by bound tokens.
import { join } from 'node:path';
import { writeKubeconfig } from './kubeconfig.ts';
import type { RawClient } from './raw.ts';
import type { ClientCertificate, Servers } from './servers.ts';

/** A person. */
export interface UserIdentity extends ClientCertificate {
  readonly username: string;
  readonly groups: readonly string[];
  /** Absolute path of a kubeconfig. */
  readonly kubeconfig: string;
}

/** A ServiceAccount with a token from the TokenRequest API. */
export interface ServiceAccountIdentity {
  /** system:serviceaccount:namespace:name */
  readonly username: string;
  readonly namespace: string;
  readonly name: string;
  readonly token: string;
  /** Absolute path of a kubeconfig. */
  readonly kubeconfig: string;
}

const TOKEN_SECONDS = 3_600;

/** Makes identities; kubeconfig files go into its folder of keys, each under a name of its own. */
export function identities(servers: Servers, runDir: string, raw: RawClient) {
  let count = 0;
  const pathFor = (name: string): string => {
    count += 1;
    return join(
      runDir,
      'keys',
      `kubeconfig-${count}-${name.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 60)}`,
    );
  };

  const user = async (username: string, groups: readonly string[] = []): Promise<UserIdentity> => {
    const certificate = await servers.issue(username, groups);
    const kubeconfig = pathFor(username);
    await writeKubeconfig(kubeconfig, servers, { name: username, proof: certificate });
    return { username, groups, kubeconfig, ...certificate };
  };

  let maker: Promise<UserIdentity> | undefined;
  /** POST as an administrator; 409 counts as made. */
  const make = async (path: string, body: unknown): Promise<unknown> => {
    maker ??= user('identity-maker', ['system:masters']);
    const answer = await raw.send((await maker).kubeconfig, 'POST', path, { body });
    if (answer.status !== 201 && answer.status !== 409) {
      throw new Error(`POST ${path} answered ${answer.status}: ${answer.text.slice(0, 400)}`);
    }
    return answer.json;
  };

  const serviceAccount = async (namespace: string, name: string): Promise<ServiceAccountIdentity> => {
    const metadata = { name };
    await make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await make(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    const issued = (await make(`${accounts}/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    })) as { status: { token: string } };
    const { token } = issued.status;
    const username = `system:serviceaccount:${namespace}:${name}`;
    const kubeconfig = pathFor(`${namespace}-${name}`);
    await writeKubeconfig(kubeconfig, servers, { name: username, proof: { token } });
    return { username, namespace, name, token, kubeconfig };
  };

  return { user, serviceAccount };
}
