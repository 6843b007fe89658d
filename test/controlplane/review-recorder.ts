// A webhook that allows everything and remembers what it was sent.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { aCertificate } from '../builders/certificate.ts';

/** What one review was about. */
export interface Reviewed {
  /** Path of the configuration that sent it. */
  readonly path: string;
  readonly user: string;
  /** `OPERATION group/version/resource/subresource name`. */
  readonly what: string;
}

interface RawReview {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly name?: string;
    readonly subResource?: string;
    readonly resource: Record<'group' | 'version' | 'resource', string>;
    readonly userInfo: { readonly username: string };
  };
}

/** A running recorder. */
export interface ReviewRecorder {
  /** https://127.0.0.1:port */
  readonly url: string;
  /** For `clientConfig.caBundle`. */
  readonly caBundle: string;
  /** Everything so far, oldest first; the caller may empty it. */
  readonly reviewed: Reviewed[];
  stop(): void;
}

/** Starts a recorder on a port of its own. */
export async function startReviewRecorder(): Promise<ReviewRecorder> {
  const certificate = aCertificate();
  const reviewed: Reviewed[] = [];
  const server = createServer(certificate, (request, response) => {
    const answer = async () => {
      const { request: review } = JSON.parse(await text(request)) as RawReview;
      const { group, version, resource } = review.resource;
      reviewed.push({
        path: (request.url ?? '').split('?')[0] ?? '',
        user: review.userInfo.username,
        what: `${review.operation} ${group}/${version}/${resource}/${review.subResource ?? ''} ${review.name ?? ''}`,
      });
      response.setHeader('content-type', 'application/json');
      const allowed = { uid: review.uid, allowed: true };
      const answered = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: allowed };
      response.end(JSON.stringify(answered));
    };
    answer().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(certificate.cert).toString('base64'),
    reviewed,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
