// The HTTP side: the Web API, response_urls and the handshake of sockets, on one port of this machine.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { answer, type Gateway, type Incoming } from '../api/gateway.ts';
import { type ResponseUrls } from '../people/response-urls.ts';
import { parsed, shapeOf, textOf, type Shape } from '../shapes.ts';
import { type Sockets } from './sockets.ts';

/** What the server serves. */
export interface Served {
  readonly gateway: Gateway;
  readonly responseUrls: ResponseUrls;
  readonly sockets: Sockets;
}

/** A listening server. */
export interface Listening {
  /** `http://host:port` */
  readonly base: string;
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** Arguments from a form or from JSON. */
function argumentsOf(request: IncomingMessage, body: string): Shape {
  if (request.headers['content-type']?.includes('application/json') !== true)
    return Object.fromEntries(new URLSearchParams(body));
  const result = parsed(body);
  return shapeOf(result.ok ? result.value : undefined);
}

function incoming(request: IncomingMessage, method: string, body: string): Incoming {
  const { token, ...args } = argumentsOf(request, body);
  const header = request.headers.authorization?.replace(/^Bearer /, '');
  // An app token is taken from the header alone.
  const fallback = method === 'apps.connections.open' ? '' : textOf(token);
  return { method, args, token: header ?? fallback };
}

async function respond(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { gateway, responseUrls } = served;
  const body = await bodyOf(request);
  const { pathname } = new URL(request.url ?? '/', 'http://slack');
  if (gateway.faults.down) {
    gateway.world.changed('refused: down');
    request.socket.destroy();
    return;
  }
  if (pathname.startsWith('/actions/')) {
    const result = responseUrls.use(pathname, argumentsOf(request, body));
    response.writeHead(result.status).end(result.body);
    return;
  }
  const reply = await answer(gateway, incoming(request, pathname.replace('/api/', ''), body));
  if (reply.kind === 'reset') request.socket.resetAndDestroy();
  if (reply.kind === 'answer') response.writeHead(reply.status, reply.headers).end(reply.body);
}

/** Listens on a free port of an address. */
export async function listen(served: Served, host: string): Promise<Listening> {
  const server: Server = createServer((request, response) => {
    // A client that gives up while its request is read is no trouble of ours.
    respond(served, request, response).catch(() => request.socket.destroy());
  });
  server.on('upgrade', (request, socket) => {
    if (served.gateway.faults.down) socket.destroy();
    else served.sockets.upgrade(request, socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://${host}:${port}`,
    async close() {
      served.sockets.destroyAll();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
