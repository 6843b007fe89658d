// Plain HTTPS requests to the API server, without any Kubernetes client library: what a test sends is what arrives.
import { Agent, request } from 'undici';
import { readProof, type Proof } from './kubeconfig.ts';

/** What came back. `json` is undefined when the body is not JSON. */
export interface RawAnswer {
  readonly status: number;
  readonly json: unknown;
  readonly text: string;
  /** The body as it came, for what is no text: protobuf. */
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Body and headers of a request. A string or bytes go as they are, anything else as JSON. */
export interface RawOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends requests as any identity; keeps one connection pool for each certificate, and one for all tokens. */
export interface RawClient {
  send(who: string, method: string, path: string, options?: RawOptions): Promise<RawAnswer>;
  close(): Promise<void>;
}

interface Identity {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** A handshake costs more than most requests. */
const KEEP_ALIVE_MS = 30_000;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const encode = (body: unknown): string | Buffer | undefined => {
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return body;
  return body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
};

/**
 * @param server base address and CA of the API server.
 * @param connections most of them in one pool
 */
export function rawClient(server: { url: string; caPem: string }, connections = 64): RawClient {
  const identities = new Map<string, Promise<Identity>>();
  let bearers: Agent | undefined;
  const pool = (certificate: { cert?: string; key?: string }): Agent =>
    new Agent({
      connect: { ca: server.caPem, ...certificate },
      connections,
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
  const identify = async (who: string): Promise<Identity> => {
    const proof: Proof = who.startsWith('/') ? await readProof(who) : { token: who };
    if (!('token' in proof)) return { agent: pool({ cert: proof.certPem, key: proof.keyPem }), headers: {} };
    bearers ??= pool({});
    return { agent: bearers, headers: { authorization: `Bearer ${proof.token}` } };
  };
  return {
    async send(who, method, path, options = {}) {
      const known = identities.get(who) ?? identify(who);
      identities.set(who, known);
      const { agent, headers } = await known;
      const body = encode(options.body);
      const answer = await request(`${server.url}${path}`, {
        dispatcher: agent,
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
          ...headers,
          ...options.headers,
        },
        ...(body === undefined ? {} : { body }),
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      const text = bytes.toString('utf8');
      return { status: answer.statusCode, json: parseJson(text), text, bytes, headers: answer.headers };
    },
    async close() {
      const all = await Promise.allSettled(identities.values());
      identities.clear();
      for (const entry of all) if (entry.status === 'fulfilled') await entry.value.agent.destroy();
    },
  };
}
