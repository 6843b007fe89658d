// A server of an attacker: HTTPS on loopback, answers each request with JSON.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { aCertificate } from '../builders/certificate.ts';

/** A request as the handler sees it. */
export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** '' when there is none. */
  readonly body: string;
}

/** A running server. */
export interface JsonServer {
  readonly port: number;
  /** https://127.0.0.1:port */
  readonly url: string;
  /** For `clientConfig.caBundle`. */
  readonly caBundle: string;
  stop(): void;
}

/** Starts a server on a port of its own. */
export async function startJsonServer(
  answer: (asked: Asked) => { readonly status: number; readonly json: unknown },
): Promise<JsonServer> {
  const certificate = aCertificate();
  const server = createServer(certificate, (request, response) => {
    const reply = async () => {
      const { method = '', url: path = '' } = request;
      const { status, json } = answer({ method, path, body: await text(request) });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    };
    reply().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(certificate.cert).toString('base64'),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Review {
  readonly request: {
    readonly uid: string;
    readonly name?: string;
    readonly object?: { readonly data?: unknown };
  };
}

/** A mutating webhook that writes a value of its own into ConfigMaps of these names. */
export function startRewriter(names: readonly string[], data: object): Promise<JsonServer> {
  return startJsonServer(({ body }) => {
    const { request } = JSON.parse(body) as Review;
    const operations = [{ op: 'add', path: '/data', value: data }];
    const isMeant = names.includes(request.name ?? '');
    const patch = isMeant
      ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') }
      : {};
    const response = { uid: request.uid, allowed: true, ...patch };
    return {
      status: 200,
      json: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response },
    };
  });
}
