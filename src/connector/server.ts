// The port of the connector, in plain HTTP behind whatever ends TLS in front of it; never the port of the admission webhooks.
import { createServer, type RequestListener } from 'node:http';
import { closed, listenOn } from '../platform/listening.ts';

/** A running server. */
export interface ConnectorServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Headers have to come soon, and so has the body: a client that dawdles keeps no connection. ms. */
const LIMITS = { headersMs: 5_000, requestMs: 10_000 };
/** Node looks for those that are late only so often, and every half minute unless told. ms. */
const LOOK_MS = 1_000;

/** Starts it; port 0 takes a free one. */
export async function startConnector(
  app: RequestListener,
  port: number,
  host?: string,
  { headersMs, requestMs } = LIMITS,
): Promise<ConnectorServer> {
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: LOOK_MS,
      maxHeaderSize: 8_192,
    },
    app,
  );
  server.maxConnections = 512;
  return {
    port: await listenOn(server, port, host),
    async close() {
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), requestMs).unref();
      await closed(server);
    },
  };
}
