// An admission server on a real TLS socket, and callers for it: an HTTP client, and a raw connection for what no client sends.
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { allow, deny } from '../../src/gate/answer.ts';
import type { ReviewRoute } from '../../src/gate/exchange.ts';
import { AdmissionServer } from '../../src/gate/server.ts';
import type { AdmissionServerOptions } from '../../src/gate/server-options.ts';
import type { CertificatePair } from '../../src/gate/tls.ts';
import { aCertificate } from './certificate.ts';

/** Secret path segment of every server made here. */
export const SEGMENT = 's3cr3t';
/** Certificate of every server made here, unless it is given another one. */
export const certificate = aCertificate('first');
/** The head of {@link aReview}, up to its object; its uid is u-1. */
export const HEAD =
  '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1",' +
  '"kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},' +
  '"requestKind":{"group":"","version":"v1","kind":"ConfigMap"},' +
  '"requestResource":{"group":"","version":"v1","resource":"configmaps"},"name":"a","namespace":"b",' +
  '"operation":"CREATE","userInfo":{"username":"jane"},"object":';

/** A review of a ConfigMap with that many bytes of data. */
export const aReview = (bytes = 0): Buffer => Buffer.from(`${HEAD}{"data":"${'x'.repeat(bytes)}"}}}\n`);
/** uid of a review. */
export const uidOf = (body: Buffer): string =>
  (JSON.parse(body.toString()) as { request: { uid: string } }).request.uid;
/** Admits whatever it can parse. */
export const allowing: ReviewRoute = { full: (body) => allow(uidOf(body)) };
/** A handler's answer that does not come. */
export const never = (): Promise<Buffer> => new Promise<Buffer>(() => undefined);

/** What an HTTP client sees. */
export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

const running: AdmissionServer[] = [];
const agents: Agent[] = [];

/** Closes all servers and clients made here; for afterEach. */
export async function closeAll(): Promise<void> {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const server of running.splice(0)) await server.close();
}

/** A listening server that admits everything, with the given changes. */
export async function aServer(
  options: Partial<AdmissionServerOptions> = {},
): Promise<{ server: AdmissionServer; port: number }> {
  const server = new AdmissionServer({ ...serverOptions(), ...options });
  running.push(server);
  return { server, port: await server.listen(0, '127.0.0.1') };
}

/** What {@link aServer} is made of. */
export function serverOptions(): AdmissionServerOptions {
  return {
    certificate,
    routes: { admit: allowing },
    isSegment: (candidate) => candidate === SEGMENT,
    refuse: (uid, why) => deny(uid, { message: why }),
    ready: () => ({ ok: true, why: '' }),
  };
}

/** A client that keeps its connections. */
export function anAgent(trusted: CertificatePair = certificate): Agent {
  const agent = new Agent({ keepAlive: true, ca: trusted.cert });
  agents.push(agent);
  return agent;
}

/** What to send; a POST of a review unless said otherwise. */
export interface Ask {
  method?: string;
  path?: string;
  body?: Buffer;
  headers?: Record<string, string>;
  agent?: Agent;
}

/** Sends one request through an HTTP client. */
export async function ask(
  port: number,
  { method = 'POST', path = `/${SEGMENT}/admit?timeout=10s`, body, headers, agent }: Ask = {},
): Promise<Reply> {
  const payload = method === 'POST' ? (body ?? aReview()) : undefined;
  const sent = httpsRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: agent ?? anAgent(),
    headers: {
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(payload.length) }),
      ...headers,
    },
  });
  sent.end(payload);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

/** A raw TLS connection that goes on listening after it has sent all, for what an HTTP client would not send. */
export async function raw(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: certificate.cert,
    allowHalfOpen: true,
    ...options,
  } as ConnectionOptions);
  await once(socket, 'secureConnect');
  return socket;
}

/** The head of a POST. */
export function requestHead(length: number | string, path = `/${SEGMENT}/admit?timeout=10s`): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

/** Everything that arrives until the other side closes. */
export async function untilClosed(socket: TLSSocket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'end');
  socket.destroy();
  return text;
}

/** What a reply decides. */
export const verdict = (text: string): { uid: string; allowed: boolean; message: string | undefined } => {
  const { response } = JSON.parse(text.slice(text.indexOf('{'))) as {
    response: { uid: string; allowed: boolean; status?: { message: string } };
  };
  return { uid: response.uid, allowed: response.allowed, message: response.status?.message };
};
/** The verdict of a refusal by {@link serverOptions}. */
export const refused = (message: string, uid = 'u-1'): ReturnType<typeof verdict> => ({
  uid,
  allowed: false,
  message,
});
