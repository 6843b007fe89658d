// A webhook beside the gate that allows everything and keeps what it is sent: proof that a review came, and the real
// reviews on which the properties of the fingerprint are checked offline.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseLossless } from '../../src/domain/change/json.ts';
import { decodeReview, type Review } from '../../src/domain/change/review.ts';
import { aCertificate } from '../builders/certificate.ts';

/** A running recorder. */
export interface Recorder {
  /** https://127.0.0.1:port */
  readonly url: string;
  /** For `clientConfig.caBundle`. */
  readonly caBundle: string;
  /** How many reviews a user caused. */
  count(username: string): number;
  /** All reviews so far. */
  readonly total: () => number;
  /** Why reviews could not be read, one sentence each. */
  readonly unreadable: readonly string[];
  /** The first real review of each operation on each resource, by stub. */
  readonly kept: ReadonlyMap<string, Review>;
  stop(): void;
}

/** Starts a recorder on a port of its own. `labelOf` names what a user's reviews are kept under; undefined keeps none. */
export async function startRecorder(labelOf: (review: Review) => string | undefined): Promise<Recorder> {
  const certificate = aCertificate();
  const counts = new Map<string, number>();
  const kept = new Map<string, Review>();
  const unreadable: string[] = [];
  const keep = (body: Buffer): string => {
    const parsed = parseLossless(body);
    const decoded = parsed.ok ? decodeReview(parsed.value) : { ok: false as const, why: parsed.why, uid: '' };
    if (!decoded.ok) {
      unreadable.push(decoded.why);
      return decoded.uid;
    }
    const { review } = decoded;
    const { username } = review.userInfo;
    counts.set(username, (counts.get(username) ?? 0) + 1);
    const label = review.dryRun ? undefined : labelOf(review);
    if (label !== undefined && !kept.has(label)) kept.set(label, review);
    return review.uid;
  };
  const server = createServer(certificate, (request, response) => {
    const answer = async () => {
      const uid = keep(await buffer(request));
      response.setHeader('content-type', 'application/json');
      const answered = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid, allowed: true },
      };
      response.end(JSON.stringify(answered));
    };
    answer().catch((error: unknown) => response.destroy(error as Error));
  });
  // Longer than the API server keeps idle connections, so that it never writes into a closing one.
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(certificate.cert).toString('base64'),
    count: (username) => counts.get(username) ?? 0,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    unreadable,
    kept,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
