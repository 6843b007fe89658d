// The least that a write costs which a webhook refuses: one that answers a constant, for Secrets. Opening a request is such
// a refused write and one create (ADR 0018).
import { startWebhook } from '../test/builders/json-server.ts';
import type { Send } from './calls.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const REGISTRATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** Writes that are refused. */
export interface Refusal {
  /** One, as the agent. */
  readonly write: () => Promise<unknown>;
  readonly stop: () => void;
}

/** Registers the webhook and waits for nothing: the first writes may be let through. */
export async function startRefusal(admin: Send, agent: Send): Promise<Refusal> {
  const status = { code: 403, message: 'no' };
  const hook = await startWebhook(({ body }) => {
    const { request } = JSON.parse(body.toString()) as { request: { uid: string } };
    return { uid: request.uid, allowed: false, status };
  });
  await admin('POST', REGISTRATIONS, 201, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'bench-refusal' },
    webhooks: [
      {
        name: 'refusal.bench.example.com',
        clientConfig: { url: hook.url, caBundle: hook.caBundle },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Fail',
      },
    ],
  });
  const body = { metadata: { generateName: 'refused-' }, stringData: { text: 'x'.repeat(500) } };
  return { write: () => agent('POST', SECRETS, 403, body), stop: hook.stop };
}
