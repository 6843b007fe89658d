// Posts AdmissionReviews straight to a gate's port, as a pod in the cluster's network could, without the API server.
import { request, Agent } from 'undici';
import type { Assent } from './assent.ts';

/** Answer of a gate. */
export interface DirectAnswer {
  readonly status: number;
  readonly text: string;
  /** The AdmissionReview, where the body is JSON. */
  readonly review: {
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly response?: {
      readonly uid: string;
      readonly allowed: boolean;
      readonly status?: { readonly code: number; readonly message: string; readonly reason: string };
    };
  };
  /** How long it took. ms. */
  readonly took: number;
}

/** Sends to one gate. */
export interface Direct {
  /** The secret path segment, as only an administrator can read it. */
  readonly segment: string;
  post(path: string, body: string | Uint8Array): Promise<DirectAnswer>;
  close(): Promise<void>;
}

/** Opens connections to the first gate. */
export async function direct(assent: Assent): Promise<Direct> {
  const { json } = await assent.admin('GET', '/api/v1/namespaces/assent-system/secrets/assent-path');
  const { data } = json as { data: Readonly<Record<string, string>> };
  const segment = Buffer.from(data['current'] ?? '', 'base64').toString();
  const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const stored = await assent.admin('GET', `${configurations}/assent-guard`);
  const { webhooks } = stored.json as { webhooks: { clientConfig: { caBundle: string } }[] };
  const ca = Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString();
  const dispatcher = new Agent({ connect: { ca } });
  const gate = assent.operator.processes.find(({ part }) => part !== 'controller');
  if (!gate) throw new Error('there is no gate');
  return {
    segment,
    async post(path, body) {
      const started = performance.now();
      const answer = await request(`https://127.0.0.1:${gate.port}${path}`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const text = await answer.body.text();
      const review = text === '' ? {} : (JSON.parse(text) as DirectAnswer['review']);
      return { status: answer.statusCode, text, review, took: performance.now() - started };
    },
    close: () => dispatcher.close(),
  };
}

const CONFIGMAP = '{"group":"","version":"v1","kind":"ConfigMap"}';
const CONFIGMAPS = '{"group":"","version":"v1","resource":"configmaps"}';

/** What may be said differently in a review; texts are JSON. */
export interface ReviewText {
  readonly uid?: string;
  readonly apiVersion?: string;
  /** Members of the object after its metadata. */
  readonly rest?: string;
  /** Labels of the object. */
  readonly labels?: string;
}

/** The review of an agent that creates a ConfigMap, byte for byte as the API server writes it. */
export function createReview(agent: string, name: string, text: ReviewText = {}): string {
  const { uid = `direct-${name}`, apiVersion = 'admission.k8s.io/v1', rest = '"data":{"a":"1"}' } = text;
  const labels = text.labels === undefined ? '' : `,"labels":${text.labels}`;
  const groups = '["system:serviceaccounts","system:serviceaccounts:agents","system:authenticated"]';
  return (
    `{"kind":"AdmissionReview","apiVersion":"${apiVersion}","request":{"uid":"${uid}","kind":${CONFIGMAP},` +
    `"resource":${CONFIGMAPS},"requestKind":${CONFIGMAP},"requestResource":${CONFIGMAPS},"name":"${name}",` +
    `"namespace":"default","operation":"CREATE","userInfo":{"username":"${agent}","groups":${groups}},` +
    `"object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","namespace":"default"${labels}},` +
    `${rest}},"oldObject":null,"dryRun":false,"options":{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}`
  );
}
