// The front of the gate: TLS, HTTP/1.1 (what the API server speaks), routes behind an unguessable path segment, limits,
// and a way to stop without dropping a review. It decides nothing about changes; every trouble ends in a denial (INV-7).
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { listenOn } from '../platform/listening.ts';
import { ReviewBody, type BodyFault, type BodyRoom } from './body.ts';
import { Connection, type Call } from './connection.ts';
import { reviewBudget } from './deadline.ts';
import { Exchange, type Refusal, type ReviewRoute } from './exchange.ts';
import {
  DEFAULT_LIMITS,
  noCounts,
  type AdmissionServerOptions,
  type ServerCounters,
  type ServerLimits,
} from './server-options.ts';
import { checkedCertificate, TLS_RULES, type CertificatePair } from './tls.ts';

/**
 * A connection that has carried nothing yet (Go dials ahead) is idle too, so that Node's limit for the first headers must be
 * longer than ours for idleness. Node swaps headersTimeout and requestTimeout if the former is the larger one, hence the
 * same value. A body that does not come is ended by the deadline of its review.
 */
const FIRST_HEADERS_MS = 5_000;
const HANDSHAKE_MS = 10_000;
const MAX_HEADER_BYTES = 8_192;
/** A body without a right to be here is read up to this size, so that its sender can read the 404. */
const STRAY_BODY = 65_536;
const DRAIN_MS = 5_000;
/** How long a caller has to notice that we hang up before its connection is cut. */
const FAREWELL_MS = 2_000;
/** How long a connection need not prove again that it knows the segment. */
const CALL_MS = 10_000;
/** Share of all connections from which on strangers have to go. */
const CROWDED = 0.9;

/** The HTTPS server that the API server calls. */
export class AdmissionServer {
  readonly #options: AdmissionServerOptions;
  readonly #limits: ServerLimits;
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, ReviewRoute>;
  readonly #room: BodyRoom;
  readonly #sockets = new Set<Socket>();
  // Not a Set of reviews: a hash table that many short-lived keys pass through keeps them alive until the next full
  // collection, which cost a tenth of the CPU time.
  readonly #connections = new Map<Duplex, Connection>();
  /** Connections that never showed the segment, oldest first. */
  readonly #strangers = new Set<Duplex>();
  #inFlight = 0;
  #idle: (() => void) | undefined;
  #draining = false;
  #hangingUp = false;
  readonly #counters: ServerCounters;

  /** @throws Error when the certificate and its key are unusable. */
  constructor(options: AdmissionServerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#routes = new Map(Object.entries(options.routes));
    this.#room = { held: 0, limit: this.#limits.room };
    this.#counters = noCounts([...this.#routes.keys()]);
    this.#server = createServer(
      {
        ...TLS_RULES,
        ...checkedCertificate(options.certificate),
        handshakeTimeout: HANDSHAKE_MS,
        // Connection ends idle ones.
        keepAliveTimeout: 0,
        headersTimeout: this.#limits.idleMs + FIRST_HEADERS_MS,
        requestTimeout: this.#limits.idleMs + FIRST_HEADERS_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
        noDelay: true,
      },
      this.#serve.bind(this),
    );
    this.#server.maxConnections = this.#limits.connections;
    this.#listenForTrouble();
  }

  /** What has been counted so far. */
  get counters(): ServerCounters {
    const { requests, refused, ...rest } = this.#counters;
    return { ...rest, requests: { ...requests }, refused: { ...refused } };
  }

  /** Open connections now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Reviews being worked on now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Starts listening; port 0 picks a free one. Returns the port. */
  listen(port: number, host?: string): Promise<number> {
    return listenOn(this.#server, port, host);
  }

  /**
   * Uses another certificate for connections from now on.
   * @throws Error when the pair is unusable; the old one then stays
   */
  setCertificate(pair: CertificatePair): void {
    this.#server.setSecureContext({ ...TLS_RULES, ...checkedCertificate(pair) });
  }

  /**
   * Stops without losing a review: not ready any more, every answer closes its connection for `graceMs` (so that the
   * Service's endpoints can change), then no new connection, then the last reviews end, then idle connections are hung up on.
   */
  async drain(graceMs: number = DRAIN_MS): Promise<void> {
    this.#draining = true;
    await (this.#options.wait ?? delay)(graceMs);
    const closed = this.#stopListening();
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    if (this.#inFlight > 0) await idle;
    await this.#hangUp();
    await this.#cut(closed);
  }

  /**
   * Says on every connection that nothing more comes, and goes on reading until its caller has closed it too. Go sends a review
   * again whose connection ended so while it was being written; after a reset it does not (net/http, shouldRetryRequest).
   */
  async #hangUp(): Promise<void> {
    this.#hangingUp = true;
    const gone = [...this.#connections.keys()].map((socket) => {
      const closed = once(socket, 'close');
      socket.end();
      return closed;
    });
    // A connection that breaks instead is gone, too.
    await Promise.race([Promise.allSettled(gone), (this.#options.wait ?? delay)(FAREWELL_MS)]);
  }

  /** Stops at once; reviews that are being worked on get no answer. */
  async close(): Promise<void> {
    this.#draining = true;
    await this.#cut(this.#stopListening());
  }

  async #stopListening(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Not the close() of an HTTP server: it also destroys idle connections, and what is being sent on one gets a reset.
    NetServer.prototype.close.call(this.#server, () => {
      resolve();
    });
    await promise;
  }

  async #cut(closed: Promise<void>): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }

  #listenForTrouble(): void {
    this.#server.on('connection', (socket: Socket) => {
      this.#counters.connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      if (this.#sockets.size >= this.#limits.connections * CROWDED) this.#makeRoom();
    });
    this.#server.on('secureConnection', (socket: Duplex) => {
      this.#connections.set(socket, new Connection(socket, this.#limits.idleMs));
      this.#strangers.add(socket);
      socket.once('close', () => {
        this.#connections.delete(socket);
        this.#strangers.delete(socket);
      });
    });
    // A connection that cannot be accepted, for want of file descriptors, must not end the process.
    this.#server.on('error', (error) => {
      this.#options.failed?.(error);
    });
    this.#server.on('tlsClientError', (_error: Error, socket: Duplex) => {
      this.#counters.handshakeFailures += 1;
      socket.destroy();
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      this.#brokenOff(error, socket);
    });
  }

  /** Ends the oldest connection that never showed the segment, so that strangers cannot keep the API server out (T89). */
  #makeRoom(): void {
    const [oldest] = this.#strangers;
    oldest?.destroy();
  }

  /** The bytes on a connection stopped making sense: a review that was under way is refused, anything else is hung up on. */
  #brokenOff(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const exchange = this.#connections.get(socket)?.pending;
    if (exchange !== undefined && !exchange.request.complete) {
      exchange.refuse('truncated');
      return;
    }
    const status = STATUS_OF_ERROR[error.code ?? ''] ?? '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // It can have no answer here, so nothing is done for it: its caller goes to another replica.
    if (this.#hangingUp) {
      request.resume();
      return;
    }
    const url = request.url ?? '/';
    if (request.method === 'POST') {
      const connection = this.#connections.get(request.socket);
      const now = this.#host.now();
      const call = connection === undefined ? undefined : this.#callOf(connection, url, now);
      if (connection !== undefined && call !== undefined) {
        this.#counters.requests[call.name] = (this.#counters.requests[call.name] ?? 0) + 1;
        this.#review({ request, response }, connection, call, now);
        return;
      }
    } else if (request.method === 'GET' && this.#probe(url.split('?', 1)[0] ?? '', response)) return;
    this.#stray(request, response);
  }

  /** What a URL means; read afresh every ten seconds, so that a segment that was withdrawn ends on open connections too. */
  #callOf(connection: Connection, url: string, now: number): Call | undefined {
    const known = connection.call;
    // Only a connection that knew the segment remembers a URL: comparing with it tells nobody anything.
    if (known?.url === url && now >= known.since && now < known.since + CALL_MS) return known;
    connection.call = this.#readUrl(url, now);
    if (connection.call !== undefined) this.#strangers.delete(connection.socket);
    return connection.call;
  }

  #readUrl(url: string, since: number): Call | undefined {
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const slash = path.indexOf('/', 1);
    if (slash < 0) return undefined;
    const name = path.slice(slash + 1);
    const route = this.#routes.get(name);
    // The segment is compared whether or not the route exists.
    const isOurs = this.#options.isSegment(path.slice(1, slash));
    if (!isOurs && route !== undefined) this.#counters.wrongSegment += 1;
    if (!isOurs || route === undefined) return undefined;
    const query = mark < 0 ? '' : url.slice(mark + 1);
    return { url, since, name, route, budget: reviewBudget(query, this.#limits.reviewMs) };
  }

  #review(
    wire: { readonly request: IncomingMessage; readonly response: ServerResponse },
    connection: Connection,
    { route, budget }: Call,
    now: number,
  ): void {
    const { headers, socket } = wire.request;
    if (connection.pending !== undefined) {
      // Go never sends a second review before it has the answer to the first.
      socket.destroy();
      return;
    }
    const length = headers['content-length'];
    const body = new ReviewBody({
      declared: length === undefined ? undefined : Number(length),
      limit: this.#limits.body,
      room: this.#room,
      fault: this.#faultOf(headers),
      fromHead: route.fromHead,
    });
    this.#inFlight += 1;
    connection.begin(new Exchange(wire, route, body, this.#host), now, budget);
  }

  #faultOf(headers: IncomingMessage['headers']): BodyFault | undefined {
    if (this.#inFlight >= this.#limits.inFlight) return 'overloaded';
    const type = headers['content-type'] ?? '';
    const isJson = type === 'application/json' || /^application\/json\s*;/i.test(type);
    return isJson && headers['content-encoding'] === undefined ? undefined : 'malformed';
  }

  readonly #host = {
    now: (): number => (this.#options.now ?? Date.now)(),
    refuse: (uid: string, why: Refusal): Buffer => this.#options.refuse(uid, why),
    closing: (): boolean => this.#draining,
    refused: (why: Refusal): void => {
      this.#counters.refused[why] += 1;
    },
    failed: (error: unknown, uid: string): void => {
      this.#options.failed?.(error, uid);
    },
    over: (answered: boolean): void => {
      this.#inFlight -= 1;
      if (!answered) this.#counters.aborted += 1;
      if (this.#inFlight === 0) this.#idle?.();
    },
  };

  /** Answers a probe; false when the path is none. */
  #probe(path: string, response: ServerResponse): boolean {
    if (path !== '/healthz' && path !== '/readyz') return false;
    const { ok, why } = path === '/healthz' ? { ok: true, why: '' } : this.#readiness();
    const text = ok ? 'ok\n' : `${why}\n`;
    // Only reviews keep a connection.
    response.shouldKeepAlive = false;
    response.writeHead(ok ? 200 : 503, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(text);
    return true;
  }

  #readiness(): { readonly ok: boolean; readonly why: string } {
    return this.#draining ? { ok: false, why: 'shutting down' } : this.#options.ready();
  }

  #stray(request: IncomingMessage, response: ServerResponse): void {
    this.#counters.notFound += 1;
    const { 'content-length': length = '0', 'transfer-encoding': chunked } = request.headers;
    const answer = (): void => {
      response.writeHead(404, { 'Content-Length': '0' });
      response.end();
    };
    response.shouldKeepAlive = false;
    if (Number(length) <= STRAY_BODY && chunked === undefined) {
      request.on('end', answer).resume();
      return;
    }
    answer();
  }
}

const STATUS_OF_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
