// What the control servers share: node:https as it comes, with the gate's keep-alive, answering every POST.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificatePair } from '../../src/gate/tls.ts';

/** Starts a server that hands every request to `handle`; returns its port. */
export async function startPlain(
  certificate: CertificatePair,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer({ ...certificate, minVersion: 'TLSv1.2', keepAliveTimeout: 120_000 }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Sends a JSON answer. */
export function send(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(bytes.length)]);
  response.end(bytes);
}
