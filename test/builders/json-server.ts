// A server of somebody else: HTTPS on loopback, answers each request with JSON. Webhooks beside our gate are such servers.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { aCertificate } from './certificate.ts';

/** A request as the handler sees it. */
export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Empty when there is none. */
  readonly body: Buffer;
}

/** What it is answered. */
export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** A running server. */
export interface JsonServer {
  readonly port: number;
  /** https://127.0.0.1:port */
  readonly url: string;
  /** For `clientConfig.caBundle`. */
  readonly caBundle: string;
  readonly stop: () => void;
}

/** Starts a server on a port of its own. A handler that fails ends the connection without an answer. */
export async function startJsonServer(
  answer: (asked: Asked) => Answer | Promise<Answer>,
): Promise<JsonServer> {
  const certificate = aCertificate();
  const server = createServer(certificate, (request, response) => {
    const reply = async () => {
      const { method = '', url: path = '' } = request;
      const { status, json } = await answer({ method, path, body: await buffer(request) });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    };
    reply().catch((error: unknown) => response.destroy(error as Error));
  });
  // Longer than the API server keeps idle connections, so that it never writes into a closing one.
  server.keepAliveTimeout = 120_000;
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

/** What a webhook says about the review of that uid. */
export interface Verdict {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  readonly patchType?: 'JSONPatch';
  /** Base64. */
  readonly patch?: string;
}

/** Starts a webhook: see {@link startJsonServer}. */
export const startWebhook = (judge: (asked: Asked) => Verdict | Promise<Verdict>): Promise<JsonServer> =>
  startJsonServer(async (asked) => ({
    status: 200,
    json: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: await judge(asked) },
  }));
