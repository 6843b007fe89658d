// /metrics, /healthz and /readyz on a port of their own, in plain HTTP: nothing here can change anything.
import { createServer, type Server } from 'node:http';
import { closed, listenOn } from './listening.ts';

/** What is served. */
export interface HealthSources {
  /** Metrics in the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly contentType: string;
  readonly ready: () => { readonly ok: boolean; readonly why: string };
}

/** A running server. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the server; port 0 takes a free one. */
export async function startHealthServer(
  sources: HealthSources,
  port: number,
  host?: string,
): Promise<HealthServer> {
  const server: Server = createServer((request, response) => {
    const answer = (code: number, body: string, contentType = 'text/plain; charset=utf-8') => {
      response.writeHead(code, { 'Content-Type': contentType }).end(body);
    };
    if (request.method !== 'GET') answer(405, '');
    else if (request.url === '/healthz') answer(200, 'ok\n');
    else if (request.url === '/readyz') {
      const { ok, why } = sources.ready();
      answer(ok ? 200 : 503, ok ? 'ok\n' : `${why}\n`);
    } else if (request.url === '/metrics') {
      sources.metrics().then(
        (text) => answer(200, text, sources.contentType),
        () => answer(500, ''),
      );
    } else answer(404, '');
  });
  return {
    port: await listenOn(server, port, host),
    async close() {
      server.closeAllConnections();
      await closed(server);
    },
  };
}
