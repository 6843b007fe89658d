// A second validating webhook beside our gate, as other operators have one: it counts the reviews of each race, holds some of
// them until another writer has written, and refuses some, so that what our gate admitted does not come about.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { aCertificate } from '../builders/certificate.ts';

/** What the webhook does about one race. */
export interface Witness {
  /** Reviews so far. */
  reviews: number;
  /** Called in each review; the review waits for it. @returns whether it is allowed */
  judge(): Promise<boolean>;
}

/** A running webhook. */
export interface Sibling {
  readonly url: string;
  /** For `clientConfig.caBundle`. */
  readonly caBundle: string;
  /** Races by their seed; what is not here is allowed. */
  readonly witnesses: Map<number, Witness>;
  stop(): void;
}

interface RawReview {
  readonly request: {
    readonly uid: string;
    readonly name?: string;
    readonly object?: {
      readonly metadata?: { readonly name?: string; readonly generateName?: string };
    } | null;
  };
}

/** The race that an object belongs to: everything of it begins with `r` and the seed. */
function seedOf({ request: { name, object } }: RawReview): number {
  const names = [name, object?.metadata?.name, object?.metadata?.generateName];
  return Number(/^r([0-9]+)(?:-|$)/.exec(names.find((one) => one !== undefined && one !== '') ?? '')?.[1]);
}

/** Starts the webhook on a port of its own. */
export async function startSibling(): Promise<Sibling> {
  const certificate = aCertificate();
  const witnesses = new Map<number, Witness>();
  const server = createServer(certificate, (request, response) => {
    const answer = async () => {
      const review = JSON.parse(await text(request)) as RawReview;
      const witness = witnesses.get(seedOf(review));
      if (witness) witness.reviews += 1;
      const allowed = witness === undefined || (await witness.judge());
      const status = allowed ? {} : { status: { code: 403, message: 'the sibling refuses' } };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid: review.request.uid, allowed, ...status },
        }),
      );
    };
    answer().catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(certificate.cert).toString('base64'),
    witnesses,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Its registration: for agents, on everything that is raced for. */
export const siblingConfiguration = ({ url, caBundle }: Sibling, agents: string): object => ({
  metadata: { name: 'races-sibling' },
  webhooks: [
    {
      name: 'sibling.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 10,
      clientConfig: { url, caBundle },
      rules: [
        {
          apiGroups: ['', 'apps'],
          apiVersions: ['v1'],
          operations: ['*'],
          scope: 'Namespaced',
          resources: [
            'configmaps',
            'deployments',
            'deployments/scale',
            'pods',
            'pods/*',
            'serviceaccounts/token',
          ],
        },
      ],
      matchConditions: [{ name: 'agents', expression: `request.userInfo.username.startsWith('${agents}')` }],
    },
  ],
});
