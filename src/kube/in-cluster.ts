// The ServiceAccount of this pod. The kubelet replaces the token file before the token ends (and the CA file when the
// cluster's CA changes), so both are read again at most every 60 s, as client-go does, and at once after a 401.
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { systemClock, type KubeClock } from './clock.ts';
import type { Credentials, TlsMaterial } from './credentials.ts';

/** Where the kubelet mounts the account. */
export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

const REREAD_MS = 60_000;

/** Overrides for tests; the defaults are the pod's. */
export interface InClusterOptions {
  readonly host?: string;
  readonly port?: string;
  readonly directory?: string;
  readonly clock?: KubeClock;
}

/**
 * Credentials of the pod's ServiceAccount.
 *
 * @throws Error when this is no pod (no KUBERNETES_SERVICE_HOST) or a file cannot be read
 */
export async function inClusterCredentials(options: InClusterOptions = {}): Promise<Credentials> {
  const host = options.host ?? process.env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = options.port ?? process.env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === '') throw new Error('not in a pod: KUBERNETES_SERVICE_HOST is not set');
  const account = new AccountFiles(
    options.directory ?? SERVICE_ACCOUNT_DIRECTORY,
    options.clock ?? systemClock,
  );
  const namespace = await account.namespace();
  await account.authorize();
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    namespace,
    get tls() {
      return account.tls;
    },
    authorize: () => account.authorize(),
    refresh: () => account.refresh(),
  };
}

class AccountFiles {
  readonly #directory: string;
  readonly #clock: KubeClock;
  #headers: Readonly<Record<string, string>> | undefined;
  #tls: TlsMaterial = { rejectUnauthorized: true };
  #readAt = 0;
  #reading: Promise<void> | undefined;

  constructor(directory: string, clock: KubeClock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  get tls(): TlsMaterial {
    return this.#tls;
  }

  async namespace(): Promise<string> {
    return (await readFile(`${this.#directory}/namespace`, 'utf8')).trim();
  }

  async authorize(): Promise<Readonly<Record<string, string>>> {
    const stale = this.#headers === undefined || this.#clock.monotonic() - this.#readAt >= REREAD_MS;
    if (stale) await this.#readOnce();
    if (this.#headers === undefined) throw new Error('no ServiceAccount token');
    return this.#headers;
  }

  async refresh(): Promise<void> {
    await this.#readOnce();
  }

  /** One read at a time. An unreadable file keeps the last token in use: it may still be good for an hour. */
  async #readOnce(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    try {
      await this.#reading;
    } catch (error) {
      if (this.#headers === undefined) throw error;
    }
  }

  async #read(): Promise<void> {
    const [token, ca] = await Promise.all([
      readFile(`${this.#directory}/token`, 'utf8'),
      readFile(`${this.#directory}/ca.crt`, 'utf8'),
    ]);
    // With an empty one Node would trust every public CA.
    if (ca.trim() === '') throw new Error('the CA file of the ServiceAccount is empty');
    if (token.trim() === '') throw new Error('the ServiceAccount token file is empty');
    this.#headers = { authorization: `Bearer ${token.trim()}` };
    if (this.#tls.ca !== ca) this.#tls = { ca, rejectUnauthorized: true };
    this.#readAt = this.#clock.monotonic();
  }
}
