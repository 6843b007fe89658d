// A sibling of the gate that takes its time: another validating webhook, which holds a review until the test lets it go.
// The API server asks both at once and waits for both, so whatever is written meanwhile makes the request lose its race.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { aCertificate } from '../builders/certificate.ts';
import type { Assent } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';

/** A running sibling. */
export interface SlowWebhook {
  /** From now on the next review waits; later ones do not. */
  holdNext(): void;
  /** Waits until a review is held. */
  untilHolding(): Promise<void>;
  /** Lets it go. */
  release(): void;
  stop(): void;
}

/** Starts it and has the API server ask it about every write of `username` to `resources`; waits until it is asked. */
export async function startSlowWebhook(
  assent: Assent,
  scope: { username: string; apiGroups: string[]; resources: string[] },
): Promise<SlowWebhook> {
  const certificate = aCertificate();
  let isArmed = false;
  let release: (() => void) | undefined;
  const server = createServer(certificate, (request, response) => {
    const answer = async () => {
      const { request: review } = JSON.parse(await text(request)) as { request: { uid: string } };
      if (isArmed) {
        isArmed = false;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      const allowed = { uid: review.uid, allowed: true };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: allowed }),
      );
    };
    answer().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const name = 'sibling.test.assent.dev';
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const caBundle = Buffer.from(certificate.cert).toString('base64');
  await assent.admin('POST', path, {
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle },
        rules: [
          {
            apiGroups: scope.apiGroups,
            apiVersions: ['*'],
            resources: scope.resources,
            operations: ['CREATE', 'UPDATE'],
          },
        ],
        matchConditions: [
          { name: 'agent', expression: `request.userInfo.username == '${scope.username}'` },
          { name: 'real', expression: '!request.?dryRun.orValue(false)' },
        ],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 30,
      },
    ],
  });
  return {
    holdNext() {
      isArmed = true;
    },
    async untilHolding() {
      await waitFor(() => release !== undefined, { what: 'the sibling to hold a review' });
    },
    release() {
      release?.();
      release = undefined;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
