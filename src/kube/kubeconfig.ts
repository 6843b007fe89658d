// Credentials of a kubeconfig: client certificates, tokens, token files, exec plugins, OIDC. @kubernetes/client-node does
// the work and is loaded only here; after a 401 the file is loaded anew, which also empties its caches.
import { Buffer } from 'node:buffer';
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Credentials, CredentialSource, TlsMaterial } from './credentials.ts';

// client-node reads every certificate file at each call; a few seconds of cache spare the disk and are short
// beside the life of any credential. A credential that ends earlier costs one 401 and one refresh.
const CACHE_MS = 10_000;

interface Applied {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/**
 * Credentials of a kubeconfig.
 *
 * @throws Error when there is no kubeconfig, no such context, or the server is not https
 */
export async function kubeconfigCredentials(source: CredentialSource): Promise<Credentials> {
  const { KubeConfig: Loader } = await import('@kubernetes/client-node');
  const load = (): KubeConfig => {
    const config = new Loader();
    const paths = source.kubeconfig === undefined ? pathsIn(process.env['KUBECONFIG']) : [source.kubeconfig];
    if (paths.length === 0) config.loadFromDefault();
    else merge(config, paths, Loader);
    if (source.context !== undefined) config.setCurrentContext(source.context);
    return config;
  };
  const config = load();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`the kubeconfig has no context "${config.getCurrentContext()}"`);
  if (!cluster.server.startsWith('https://')) {
    throw new Error('the kubeconfig names no https server (or no kubeconfig was found)');
  }
  const identity = new Identity(config, load);
  await identity.authorize();
  return {
    server: cluster.server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    ...(cluster.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
    get tls() {
      return identity.tls;
    },
    authorize: () => identity.authorize(),
    refresh: () => identity.refresh(),
  };
}

/** The files that KUBECONFIG names. Like kubectl, those that are missing are skipped; when all are, the first one is told. */
function pathsIn(variable = ''): string[] {
  const named = variable.split(delimiter).filter((path) => path !== '');
  const present = named.filter((path) => existsSync(path));
  return present.length > 0 ? present : named.slice(0, 1);
}

/**
 * Reads the files as kubectl does: of each name the first one counts, and of the current contexts. client-node takes the
 * last context and throws at a second name, so that a decision could go to another cluster than kubectl's.
 */
function merge(config: KubeConfig, paths: readonly string[], Loader: new () => KubeConfig): void {
  config.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: '' });
  for (const path of paths) {
    const file = new Loader();
    file.loadFromFile(path);
    for (const one of file.clusters) if (!config.getCluster(one.name)) config.addCluster(one);
    for (const one of file.users) if (!config.getUser(one.name)) config.addUser(one);
    for (const one of file.contexts) if (!config.getContextObject(one.name)) config.addContext(one);
    if (!config.currentContext) config.setCurrentContext(file.currentContext);
  }
}

class Identity {
  #config: KubeConfig;
  readonly #load: () => KubeConfig;
  #applied: Promise<Applied> | undefined;
  #appliedAt = 0;
  #tls: TlsMaterial = { rejectUnauthorized: true };

  constructor(config: KubeConfig, load: () => KubeConfig) {
    this.#config = config;
    this.#load = load;
  }

  get tls(): TlsMaterial {
    return this.#tls;
  }

  async authorize(): Promise<Readonly<Record<string, string>>> {
    if (this.#applied === undefined || performance.now() - this.#appliedAt > CACHE_MS) {
      this.#appliedAt = performance.now();
      this.#applied = apply(this.#config);
    }
    const pending = this.#applied;
    try {
      const { headers, tls } = await pending;
      if (!sameTls(this.#tls, tls)) this.#tls = tls;
      return headers;
    } catch (error) {
      if (this.#applied === pending) this.#applied = undefined;
      throw error;
    }
  }

  refresh(): Promise<void> {
    this.#config = this.#load();
    this.#applied = undefined;
    return Promise.resolve();
  }
}

async function apply(config: KubeConfig): Promise<Applied> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  const { ca, cert, key, servername } = options;
  return {
    headers,
    tls: {
      ...(isPem(ca) ? { ca } : {}),
      ...(isPem(cert) ? { cert } : {}),
      ...(isPem(key) ? { key } : {}),
      ...(servername === undefined ? {} : { servername }),
      // Said explicitly either way: otherwise NODE_TLS_REJECT_UNAUTHORIZED would decide.
      rejectUnauthorized: config.getCurrentCluster()?.skipTLSVerify !== true,
    },
  };
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function sameTls(left: TlsMaterial, right: TlsMaterial): boolean {
  const same = (a: string | Buffer | undefined, b: string | Buffer | undefined): boolean =>
    a === b || (a !== undefined && b !== undefined && Buffer.from(a).equals(Buffer.from(b)));
  return (
    same(left.ca, right.ca) &&
    same(left.cert, right.cert) &&
    same(left.key, right.key) &&
    left.servername === right.servername &&
    left.rejectUnauthorized === right.rejectUnauthorized
  );
}
