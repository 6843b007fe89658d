// Credentials of a kubeconfig: what its files say now, kept for seconds; what an exec plugin gave, kept until it ends or the
// server refuses it. After a 401 all is read anew, but a credential never goes to another server than the first one.
import { systemClock, type KubeClock } from './clock.ts';
import type { Credentials, CredentialSource, TlsMaterial } from './credentials.ts';
import { runExecPlugin, type PluginCredential } from './exec-plugin.ts';
import { chooseContext, type Chosen } from './kubeconfig-file.ts';
import { checkUser, hasOwnPair, headersOf, tlsOf } from './kubeconfig-user.ts';
import { proxyFor } from './proxy-environment.ts';

// Certificates and token files are read again after this; it spares the disk at each call and is short beside the life of
// any credential. A credential that ends earlier costs one 401 and one refresh.
const CACHE_MS = 10_000;
/** As kubectl has them. */
const PROXIES = new Set(['http:', 'https:', 'socks5:']);

interface Applied {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/**
 * Credentials of a kubeconfig.
 *
 * @throws Error when there is no kubeconfig, no such context, the server is not https, or something in it cannot be used
 */
export async function kubeconfigCredentials(
  source: CredentialSource,
  clock: KubeClock = systemClock,
): Promise<Credentials> {
  const chosen = chooseContext(source);
  const server = serverOf(chosen);
  const identity = new Identity(
    chosen,
    () => {
      // The context is the first one's: `kubectl config use-context` moves no process that runs.
      const again = chooseContext({ ...source, context: chosen.context });
      if (serverOf(again) !== server) throw new Error(`context "${chosen.context}" has another server now`);
      return again;
    },
    clock,
  );
  await identity.authorize();
  const proxyUrl = proxyOf(chosen, server);
  return {
    server,
    namespace: chosen.namespace,
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    get tls() {
      return identity.tls;
    },
    authorize: () => identity.authorize(),
    refresh: () => identity.refresh(),
  };
}

function serverOf({ cluster, user }: Chosen): string {
  const server = cluster.text('server')?.replace(/\/$/, '') ?? '';
  const address = URL.parse(server);
  if (address?.protocol !== 'https:') throw cluster.wrong('server', 'is no https address');
  // kubectl would send them in place of the user's token.
  if (address.username !== '' || address.password !== '')
    throw cluster.wrong('server', 'holds a name or a password');
  if (user) checkUser(user);
  return server;
}

/** As with kubectl: the kubeconfig's, or else the environment's. */
function proxyOf({ cluster }: Chosen, server: string): string | undefined {
  const isProxy = (address: string): boolean => PROXIES.has(URL.parse(address)?.protocol ?? '');
  const named = cluster.text('proxy-url');
  if (named !== undefined && !isProxy(named)) throw cluster.wrong('proxy-url', 'is no address of a proxy');
  const proxy = named ?? proxyFor(server, process.env);
  // Not repeated: it may hold a password.
  if (proxy !== undefined && !isProxy(proxy)) throw new Error('HTTPS_PROXY is no address of a proxy');
  return proxy;
}

class Identity {
  #chosen: Chosen;
  readonly #load: () => Chosen;
  readonly #clock: KubeClock;
  #plugin: PluginCredential | undefined;
  #applied: Promise<Applied> | undefined;
  #appliedAt = 0;
  #tls: TlsMaterial = { rejectUnauthorized: true };

  constructor(chosen: Chosen, load: () => Chosen, clock: KubeClock) {
    this.#chosen = chosen;
    this.#load = load;
    this.#clock = clock;
  }

  get tls(): TlsMaterial {
    return this.#tls;
  }

  async authorize(): Promise<Readonly<Record<string, string>>> {
    if (this.#applied === undefined || this.#clock.monotonic() - this.#appliedAt > CACHE_MS) {
      // A plugin may ask somebody, who takes longer than that; it is not started again meanwhile.
      this.#appliedAt = Infinity;
      this.#applied = this.#apply();
    }
    const pending = this.#applied;
    try {
      const { headers, tls } = await pending;
      if (this.#applied === pending) this.#appliedAt = Math.min(this.#appliedAt, this.#clock.monotonic());
      if (!sameTls(this.#tls, tls)) this.#tls = tls;
      return headers;
    } catch (error) {
      if (this.#applied === pending) this.#applied = undefined;
      throw error;
    }
  }

  refresh(): Promise<void> {
    this.#applied = undefined;
    this.#plugin = undefined;
    this.#chosen = this.#load();
    return Promise.resolve();
  }

  async #apply(): Promise<Applied> {
    // kubectl writes a new id-token into the file when the last one has ended.
    if (this.#chosen.user?.entry('auth-provider')) this.#chosen = this.#load();
    const { cluster, user } = this.#chosen;
    // As kubectl, which runs no plugin for a user with a certificate (client-go, exec.go: UpdateTransportConfig).
    const exec = user && !hasOwnPair(user) ? user.entry('exec') : undefined;
    const now = this.#clock.wall();
    let plugin = exec && this.#plugin;
    if (exec && (plugin === undefined || plugin.endsAt <= now)) {
      plugin = await runExecPlugin(exec, cluster, this.#clock);
      this.#plugin = plugin;
    }
    const [headers, tls] = await Promise.all([
      user ? headersOf(user, plugin, now) : {},
      tlsOf(cluster, user, plugin),
    ]);
    return { headers, tls };
  }
}

const sameTls = (left: TlsMaterial, right: TlsMaterial): boolean =>
  left.ca === right.ca &&
  left.cert === right.cert &&
  left.key === right.key &&
  left.servername === right.servername &&
  left.rejectUnauthorized === right.rejectUnauthorized;
