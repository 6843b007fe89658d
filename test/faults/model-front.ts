// What stands before the gates of a replay: a webhook that the real API server asks, and that holds every review of the
// agent until the trace says what becomes of it.
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseLossless } from '../../src/domain/change/json.ts';
import { isNoOp } from '../../src/domain/change/no-op.ts';
import { decodeReview, type Review } from '../../src/domain/change/review.ts';
import { allow, deny } from '../../src/gate/answer.ts';
import { aCertificate } from '../builders/certificate.ts';

/** A review that waits for its answer. */
export interface Held {
  readonly review: Review;
  allow(): void;
  deny(message: string): void;
  /** Breaks the connection. */
  cut(): void;
}

/** A running front. */
export class Front {
  readonly url: string;
  readonly caBundle: string;
  /** How many dry-runs it has let through. */
  probes = 0;
  private readonly server: Server;
  private readonly held: Held[] = [];
  private arrive = (): void => undefined;
  private arrival = Promise.resolve();

  private constructor(server: Server, cert: string) {
    this.server = server;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    this.caBundle = Buffer.from(cert).toString('base64');
    this.expectArrival();
  }

  static async start(): Promise<Front> {
    const certificate = aCertificate();
    const server = createServer(certificate);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const front = new Front(server, certificate.cert);
    server.on('request', (request, response) => {
      const hold = async () => {
        const parsed = parseLossless(await buffer(request));
        const decoded = parsed.ok ? decodeReview(parsed.value) : parsed;
        if (!decoded.ok) throw new Error(decoded.why);
        const { review } = decoded;
        const send = (body: Buffer) => response.setHeader('content-type', 'application/json').end(body);
        if (review.dryRun) front.probes += 1;
        // The compiled condition of the webhook lets no-ops pass.
        if (review.dryRun || isNoOp(review)) return send(allow(review.uid));
        front.held.push({
          review,
          allow: () => send(allow(review.uid)),
          deny: (message) => send(deny(review.uid, { message })),
          cut: () => response.destroy(),
        });
        return front.arrive();
      };
      hold().catch((error: unknown) => response.destroy(error as Error));
    });
    return front;
  }

  private expectArrival(): void {
    this.arrival = new Promise((resolve) => {
      this.arrive = resolve;
    });
  }

  /** The next review; undefined when `other` comes to its end first. */
  async nextUnless(other: Promise<unknown>): Promise<Held | undefined> {
    if (this.held.length === 0) await Promise.race([this.arrival, other]);
    const next = this.held.shift();
    if (this.held.length === 0) this.expectArrival();
    return next;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
