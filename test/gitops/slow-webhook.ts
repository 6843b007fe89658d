// A sibling of the gate that takes its time: another validating webhook, which holds a review until the test lets it go.
// The API server asks both at once and waits for both, so whatever is written meanwhile makes the request lose its race.
import { startWebhook } from '../builders/json-server.ts';
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
  let isArmed = false;
  let release: (() => void) | undefined;
  const { url, caBundle, stop } = await startWebhook(async ({ body }) => {
    const { request: review } = JSON.parse(body.toString()) as { request: { uid: string } };
    if (isArmed) {
      isArmed = false;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    return { uid: review.uid, allowed: true };
  });
  const name = 'sibling.test.assent.dev';
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  await assent.admin('POST', path, {
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: { url: `${url}/`, caBundle },
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
    stop,
  };
}
