// Who we are to which API server. In a pod: files of the ServiceAccount. Elsewhere: a kubeconfig, as kubectl reads it; what
// reads it is loaded only then.
import { existsSync } from 'node:fs';
import { inClusterCredentials, SERVICE_ACCOUNT_DIRECTORY } from './in-cluster.ts';

/** What a TLS connection needs. A changed value is a new object: the client then opens new connections. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Name to verify in place of the host name. */
  readonly servername?: string;
  /** False only where a kubeconfig says `insecure-skip-tls-verify: true`. */
  readonly rejectUnauthorized: boolean;
}

/** Headers of a call; of a list, one for each. */
export type CallHeaders = Readonly<Record<string, string | string[]>>;

/** One identity on one API server. */
export interface Credentials {
  /** `https://host:port`, with a path prefix where the kubeconfig has one, without a slash at the end. */
  readonly server: string;
  /** Namespace of the pod or of the kubeconfig context; `default` where neither names one. */
  readonly namespace: string;
  /** The TLS material now; read it after {@link authorize}. */
  readonly tls: TlsMaterial;
  /** Proxy towards the API server, from the kubeconfig or the environment. */
  readonly proxyUrl?: string;
  /** Headers that authenticate one call. Rejects when there is no credential at all. */
  authorize(): Promise<CallHeaders>;
  /** The server refused the credential (401): drop what is cached, so that the next {@link authorize} reads afresh. */
  refresh(): Promise<void>;
}

/** Where to look for credentials. */
export interface CredentialSource {
  /** Path of a kubeconfig; default `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Context in it; default its current one. */
  readonly context?: string;
  /** True: only the pod's ServiceAccount. False: only a kubeconfig. Absent: what is there, a kubeconfig that was named first. */
  readonly inCluster?: boolean;
}

/**
 * Finds the credentials of this process.
 *
 * @throws Error when there are none, or the kubeconfig names a server that is not https
 */
export async function loadCredentials(source: CredentialSource = {}): Promise<Credentials> {
  if (source.inCluster ?? looksLikePod(source)) return inClusterCredentials();
  const { kubeconfigCredentials } = await import('./kubeconfig.ts');
  return kubeconfigCredentials(source);
}

function looksLikePod(source: CredentialSource): boolean {
  const named =
    source.kubeconfig ??
    source.context ??
    (process.env['KUBECONFIG'] === '' ? undefined : process.env['KUBECONFIG']);
  return (
    named === undefined &&
    process.env['KUBERNETES_SERVICE_HOST'] !== undefined &&
    existsSync(`${SERVICE_ACCOUNT_DIRECTORY}/token`)
  );
}
