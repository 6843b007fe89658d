// What `assent check` looks at, over our Kubernetes client and one HTTPS call of its own.
import { request } from 'node:https';
import { GROUP, ourResource, RESOURCES, VERSION } from '../api/group.ts';
import { WEBHOOK_CONFIGURATIONS } from '../api/installation.ts';
import { systemClock } from '../kube/clock.ts';
import { ApiError, isNotFound } from '../kube/errors.ts';
import { orUndefined } from '../kube/expected.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';
import type { CheckPorts, RegisteredWebhook } from './check.ts';

type Configuration = KubeObject & { readonly webhooks?: readonly RegisteredWebhook[] };

/** Seconds are enough for a probe. */
const PROBE_MS = 5_000;
const LONGEST_ANSWER = 400;
const [, GUARD] = WEBHOOK_CONFIGURATIONS.validating;
const [STAMP] = WEBHOOK_CONFIGURATIONS.mutating;

/**
 * Makes the ports.
 * @param namespace the one that the ask is about; nothing in it is touched
 */
export function checkPorts(client: KubeClient, namespace: string, tell: (line: string) => void): CheckPorts {
  const of = (plural: string) =>
    resource<Configuration>(client, {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource: plural,
      namespaced: false,
    });
  const webhooksOf = async (plural: string, name: string) =>
    (await orUndefined(of(plural).get(name), isNotFound))?.webhooks ?? [];
  const requests = resource<KubeObject>(client, ourResource(RESOURCES.requests));
  return {
    clock: systemClock,
    tell,
    webhooks: async () => [
      ...(await webhooksOf('validatingwebhookconfigurations', GUARD)),
      ...(await webhooksOf('mutatingwebhookconfigurations', STAMP)),
    ],
    gate: probe,
    async ask() {
      try {
        await requests.create(anAsk(namespace), { dryRun: true });
        return 'it was allowed';
      } catch (error) {
        if (error instanceof ApiError) return error.message;
        throw error;
      }
    },
  };
}

/** What the least of agents would ask for. */
const anAsk = (namespace: string) => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: 'ApprovalRequest',
  metadata: { generateName: 'ask-' },
  spec: {
    access: {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
      namespaces: [namespace],
    },
  },
});

function probe(base: string, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request(`${base}/readyz`, { ca, agent: false, timeout: PROBE_MS }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(0, LONGEST_ANSWER);
    });
    response.on('error', reject);
    response.on('end', () =>
      resolve(response.statusCode === 200 ? '' : text.trim() || `it answers ${response.statusCode ?? 0}`),
    );
  });
  asked.on('timeout', () => asked.destroy(new Error('it does not answer')));
  asked.on('error', (error) => resolve(error.message));
  asked.end();
  return promise;
}
