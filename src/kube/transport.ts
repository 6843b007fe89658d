// KubeClient: one call to the API server, with credentials, a deadline and a size limit. It never follows a redirect
// (a redirect would carry our credentials to wherever it points) and repeats a call only where that is safe:
// after a 401 with fresh credentials, and a GET whose connection broke.
import type { Dispatcher } from 'undici';
import { jsonLines, LARGEST_BODY, parseJson, readBody } from './body.ts';
import { systemClock } from './clock.ts';
import { Connections } from './connections.ts';
import type { CallHeaders, Credentials } from './credentials.ts';
import { startDeadline } from './deadline.ts';
import { ApiError, UnreachableError, type Status } from './errors.ts';
import type { Moment } from './freshness.ts';
import { ServerClock } from './server-clock.ts';
import { warningsIn } from './warnings.ts';

/** HTTP methods the API server knows. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Query parameters; `undefined` leaves one out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One call. */
export interface ApiRequest {
  readonly method: Method;
  /** Path from the root, already escaped, for example `/api/v1/namespaces/default`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  /** Gives up early; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the client's. For a watch: until the headers of the answer. */
  readonly timeoutMs?: number | undefined;
  /** Reads the body of a 2xx answer in place of JSON.parse, for example without rounding large integers. */
  readonly decode?: (bytes: Uint8Array) => unknown;
}

/** A call that changes something (or asks by POST), as told to {@link ClientOptions.onWrite}. */
export interface WriteNotice {
  /** `before` it is sent; `after` an answer came, whatever the answer. */
  readonly stage: 'before' | 'after';
  readonly method: Method;
  readonly path: string;
  /** Which write of this client it is, from 1. */
  readonly n: number;
}

/** What a client is made of. */
export interface ClientOptions {
  readonly credentials: Credentials;
  /** Sent with every call, so that audit logs tell who it was. */
  readonly userAgent?: string;
  /** Default time for a call, milliseconds; 30,000 unless given. */
  readonly timeoutMs?: number | undefined;
  /** Called around every call that is not a GET. A rejection becomes the rejection of the call: a failpoint for tests. */
  readonly onWrite?: (notice: WriteNotice) => Promise<void> | void;
  /** Called with each warning that comes with an answer. Nobody hears them unless given. */
  readonly onWarning?: (text: string) => void;
}

// A caller may give up sooner than any server could answer; that says nothing about the connections.
const SUSPICIOUS_SILENCE_MS = 1_000;

interface Answer {
  readonly value: unknown;
  readonly bytes: number;
}

/** A client of one API server. Open one per process and close it at the end. */
export class KubeClient {
  readonly #credentials: Credentials;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #userAgent: string;
  readonly #timeoutMs: number;
  readonly #onWrite: ClientOptions['onWrite'];
  readonly #onWarning: ClientOptions['onWarning'];
  #connections: Connections;
  #writes = 0;
  #answeredAt = 0;
  readonly #serverClock = new ServerClock(thisMoment());

  constructor(options: ClientOptions) {
    const server = new URL(options.credentials.server);
    this.#credentials = options.credentials;
    this.#origin = server.origin;
    this.#prefix = server.pathname.replace(/\/$/, '');
    this.#userAgent = options.userAgent ?? 'kube-client';
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#onWrite = options.onWrite;
    this.#onWarning = options.onWarning;
    this.#connections = new Connections(options.credentials.tls, options.credentials.proxyUrl);
  }

  /** What the API server's clock shows, as its answers so far tell; see {@link ServerClock}. Epoch ms. */
  serverTime(): number {
    return this.#serverClock.at(thisMoment());
  }

  /**
   * The same, asked anew where a clock was set or the machine slept since the last answer.
   * @throws ApiError, UnreachableError when it must be asked and does not answer
   */
  async knownServerTime(signal: AbortSignal): Promise<number> {
    if (this.#serverClock.isLost(thisMoment())) {
      // A refusal tells the time as well.
      await this.request({ method: 'GET', path: '/version', signal }).catch((error: unknown) => {
        if (this.#serverClock.isLost(thisMoment())) throw error;
      });
    }
    return this.serverTime();
  }

  /** The namespace of the credentials. */
  get namespace(): string {
    return this.#credentials.namespace;
  }

  /**
   * Makes one call and returns the decoded body of a 2xx answer.
   *
   * @throws ApiError for any other answer
   * @throws UnreachableError when no usable answer came; a write may have landed
   */
  async request(call: ApiRequest): Promise<unknown> {
    return (await this.exchange(call)).value;
  }

  /** As {@link request}, with the size of the body in bytes, by which lists choose the size of their next page. */
  async exchange(call: ApiRequest): Promise<Answer> {
    const notice =
      call.method === 'GET' ? undefined : { method: call.method, path: call.path, n: ++this.#writes };
    if (notice !== undefined) await this.#onWrite?.({ stage: 'before', ...notice });
    try {
      const answer = await this.#call(call);
      if (notice !== undefined) await this.#onWrite?.({ stage: 'after', ...notice });
      return answer;
    } catch (error) {
      if (notice !== undefined && error instanceof ApiError)
        await this.#onWrite?.({ stage: 'after', ...notice });
      throw error;
    }
  }

  /**
   * Opens a watch and yields its JSON values as they come. Ends when the server closes it cleanly.
   *
   * @throws ApiError when the server refuses the watch; UnreachableError when it breaks
   */
  async *stream(call: Omit<ApiRequest, 'method' | 'body' | 'decode'>): AsyncGenerator {
    const request: ApiRequest = { ...call, method: 'GET' };
    const deadline = startDeadline(call.timeoutMs ?? this.#timeoutMs, call.signal);
    const cut = new AbortController();
    const stop = (): void => cut.abort(deadline.signal.reason);
    deadline.signal.addEventListener('abort', stop, { once: true });
    try {
      const answer = await this.#send(request, () => this.#connections.watches, cut.signal);
      if (answer.statusCode !== 200) throw await refusal(answer);
      // From here only the caller ends the watch, no longer the time limit.
      deadline.release();
      call.signal?.addEventListener('abort', stop, { once: true });
      if (call.signal?.aborted === true) stop();
      yield* jsonLines(answer.body, LARGEST_BODY);
    } catch (error) {
      throw explain(error, request, deadline.expired());
    } finally {
      deadline.release();
      call.signal?.removeEventListener('abort', stop);
      cut.abort();
    }
  }

  /** Breaks off everything that is under way. */
  async close(): Promise<void> {
    await this.#connections.destroy();
  }

  async #call(call: ApiRequest): Promise<Answer> {
    const startedAt = performance.now();
    const deadline = startDeadline(call.timeoutMs ?? this.#timeoutMs, call.signal);
    try {
      const answer = await this.#send(call, () => this.#connections.calls, deadline.signal);
      for (const text of warningsIn(answer.headers['warning'])) this.#onWarning?.(text);
      if (answer.statusCode < 200 || answer.statusCode > 299) throw await refusal(answer);
      const bytes = await readBody(answer.body, LARGEST_BODY);
      return { value: (call.decode ?? parseJson)(bytes), bytes: bytes.byteLength };
    } catch (error) {
      // Nothing at all was answered since this call began: rather dead connections than a slow server.
      const waited = deadline.signal.aborted && performance.now() - startedAt >= SUSPICIOUS_SILENCE_MS;
      if (waited && this.#answeredAt < startedAt) this.#connections.renewCalls();
      throw explain(error, call, deadline.expired());
    } finally {
      deadline.release();
    }
  }

  async #send(
    call: ApiRequest,
    pool: () => Dispatcher,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const options = {
      origin: this.#origin,
      path: this.#prefix + call.path + queryString(call.query),
      method: call.method,
      signal,
      body: call.body === undefined ? null : JSON.stringify(call.body),
    };
    const attempt = async (): Promise<Dispatcher.ResponseData> => {
      const headers = await this.#headers(call);
      const sentAt = performance.now();
      const answer = await unlessAborted(pool().request({ ...options, headers }), signal);
      const now = thisMoment();
      this.#answeredAt = now.monotonic;
      this.#serverClock.saw(answer.headers['date'], now, now.monotonic - sentAt);
      return answer;
    };
    const answer = await (call.method === 'GET'
      ? attempt().catch((error: unknown) => again(error, attempt))
      : attempt());
    if (answer.statusCode !== 401) return answer;
    await answer.body.dump();
    await this.#credentials.refresh();
    return attempt();
  }

  async #headers(call: ApiRequest): Promise<Record<string, string | string[]>> {
    let authorization: CallHeaders;
    try {
      authorization = await this.#credentials.authorize();
    } catch (cause) {
      throw new UnreachableError('credentials', 'no credentials for the API server', { cause });
    }
    const { tls, proxyUrl } = this.#credentials;
    if (!this.#connections.uses(tls)) {
      this.#connections.retire();
      this.#connections = new Connections(tls, proxyUrl);
    }
    return {
      accept: call.accept ?? 'application/json',
      'user-agent': this.#userAgent,
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      ...authorization,
    };
  }
}

/**
 * Gives up waiting when `signal` is aborted. undici itself notices an abort only once a connection stands, which may take
 * until its connect time-out; a call that was given up before is then dropped, not sent.
 */
function unlessAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The server may close a kept connection just as we use it; for a GET, asking again is harmless. */
function again<T>(error: unknown, attempt: () => Promise<T>): Promise<T> {
  const code = codeOf(error);
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') return attempt();
  throw error;
}

/** The error that an answer outside 2xx stands for. Of its body only a Status is used. */
async function refusal(answer: Dispatcher.ResponseData): Promise<Error> {
  const { statusCode, headers } = answer;
  if (statusCode >= 300 && statusCode < 400) {
    await answer.body.dump();
    return new UnreachableError(
      'redirect',
      `the server answered with a redirect (${statusCode}), which is not followed`,
    );
  }
  const bytes = await readBody(answer.body, LARGEST_BODY);
  let status: Status = {};
  try {
    const parsed = parseJson(bytes) as (Status & { kind?: string }) | null;
    if (parsed?.kind === 'Status') status = parsed;
  } catch {
    // No JSON: a proxy's page or "404 page not found". Its text is not ours to repeat; the code says enough.
  }
  const retryAfter = Number(headers['retry-after']);
  return new ApiError(statusCode, status, Number.isFinite(retryAfter) ? retryAfter : undefined);
}

function explain(error: unknown, call: ApiRequest, timedOut: boolean): unknown {
  if (error instanceof ApiError) return error;
  const where = `${call.method} ${call.path}`;
  if (timedOut) return new UnreachableError('timeout', `${where}: no answer in time`, { cause: error });
  if (call.signal?.aborted === true) return call.signal.reason;
  if (error instanceof UnreachableError) return error;
  return new UnreachableError('connection', `${where}: ${codeOf(error)}`, { cause: error });
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

function queryString(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

const thisMoment = (): Moment => ({ monotonic: systemClock.monotonic(), wall: systemClock.wall() });
