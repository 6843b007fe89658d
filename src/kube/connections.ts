// The TCP connections to the API server: one pool for calls, one for watches, both HTTP/1.1.
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { TlsMaterial } from './credentials.ts';

// Below the API server's 90 s for idle connections, so that we close first and no call meets a closing connection.
const IDLE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;
// Dead peers are found after 5 s of silence + 10 probes one second apart (libuv's interval and count): 15 s.
const KEEPALIVE_DELAY_MS = 5_000;
// Enough for a burst without a long row of handshakes; 10 and 25 were equal when warm.
const CALL_CONNECTIONS = 16;

/**
 * The pools of one client. Replaced as a whole when the TLS material changes.
 *
 * Why not HTTP/2 (measured with undici 8.12 and Node 26 against kube-apiserver 1.36, 50 calls in parallel): once warm it
 * is no faster (1,450-1,700 calls/s; 10 or 25 HTTP/1.1 connections: 1,270-1,640 at equal CPU); it wins only the first
 * burst (28-55 ms against 47-60 ms with 10 connections, 80-100 ms with 25). But when established connections go dead
 * without a reset (a lost load balancer), every HTTP/2 call of the next 20 s and more timed out, since all share one
 * connection that nothing replaces; HTTP/1.1 drops a connection with the call that timed out on it.
 */
export class Connections {
  readonly #tls: TlsMaterial;
  readonly #proxyUrl: string | undefined;
  readonly #retired = new Set<Dispatcher>();
  #calls: Dispatcher;
  #watches: Dispatcher;

  constructor(tls: TlsMaterial, proxyUrl?: string) {
    this.#tls = tls;
    this.#proxyUrl = proxyUrl;
    this.#calls = this.#open(CALL_CONNECTIONS);
    this.#watches = this.#open(null);
  }

  /** For calls. */
  get calls(): Dispatcher {
    return this.#calls;
  }

  /** For watches: each holds a connection for minutes, so they never take one from the calls. */
  get watches(): Dispatcher {
    return this.#watches;
  }

  /** True if the pools were opened with exactly this object. */
  uses(tls: TlsMaterial): boolean {
    return this.#tls === tls;
  }

  /** New connections for the calls that follow: the present ones seem dead. Calls under way may finish. */
  renewCalls(): void {
    this.#retire(this.#calls);
    this.#calls = this.#open(CALL_CONNECTIONS);
  }

  /** Takes no more calls; what is under way may finish. */
  retire(): void {
    this.#retire(this.#calls);
    this.#retire(this.#watches);
  }

  /** Ends everything now. */
  async destroy(): Promise<void> {
    await Promise.allSettled([this.#calls, this.#watches, ...this.#retired].map((pool) => pool.destroy()));
  }

  #retire(pool: Dispatcher): void {
    this.#retired.add(pool);
    const forget = (): void => void this.#retired.delete(pool);
    pool.close().then(forget, forget);
  }

  #open(connections: number | null): Dispatcher {
    const connect = {
      ...this.#tls,
      allowH2: false,
      timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_DELAY_MS,
    };
    const options = {
      allowH2: false,
      connections,
      keepAliveTimeout: IDLE_MS,
      // The deadlines of calls and the watchdog of reflectors decide; a second opinion would only confuse.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    return this.#proxyUrl === undefined
      ? new Agent({ ...options, connect })
      : new ProxyAgent({ ...options, uri: this.#proxyUrl, requestTls: connect });
  }
}
