// The webhook configurations of Assent as data: one gate entry compiled from the policies, the guard and the stamp for
// our own kinds. Everything fails closed; who is exempt is written here and nowhere else (INV-6).
import { PART_OF, WEBHOOK_CONFIGURATIONS, type OwnUsers } from '../../api/installation.ts';
import { guardWebhooks, stampWebhooks } from '../../api/own-webhooks.ts';

const [GATE_CONFIGURATION, GUARD_CONFIGURATION] = WEBHOOK_CONFIGURATIONS.validating;
const [STAMP_CONFIGURATION] = WEBHOOK_CONFIGURATIONS.mutating;

/** Where the API server reaches us: a Service in the cluster, or a URL for an operator outside it. */
export type Endpoint =
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: number }
  | { readonly kind: 'url'; readonly base: string };

/** What every configuration needs. */
export interface WebhookFacts {
  readonly endpoint: Endpoint;
  /** Unguessable path segment. */
  readonly segment: string;
  /** PEM bundle of the CAs that may have signed our certificate. */
  readonly caBundle: string;
  /** User names of our own two accounts: their writes are not sent to ourselves. */
  readonly own: OwnUsers;
}

/** Rules and conditions of the gate, compiled from the policies. */
export interface CompiledGate {
  readonly rules: readonly unknown[];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
}

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly webhooks: readonly unknown[];
}

const ADMISSION = 'admissionregistration.k8s.io/v1';
const LABELS = { ...PART_OF, 'app.kubernetes.io/managed-by': 'assent' };
// AKS rewrites webhook configurations to exempt labelled namespaces; this annotation stops that (Azure/AKS#4002).
const ANNOTATIONS = { 'admissions.enforcer/disabled': 'true' };

/** The gate: agents' writes to what policies name. */
export function gateConfiguration(facts: WebhookFacts, compiled: CompiledGate | undefined): KubernetesObject {
  const webhooks = compiled ? [{ ...webhook('gate.assent.dev', facts, 'gate'), ...compiled }] : [];
  return configuration('ValidatingWebhookConfiguration', GATE_CONFIGURATION, webhooks);
}

/** The guard: everybody's writes to our own kinds, and to the CRDs and APIServices that serve them. */
export const guardConfiguration = (facts: WebhookFacts): KubernetesObject =>
  configuration(
    'ValidatingWebhookConfiguration',
    GUARD_CONFIGURATION,
    guardWebhooks(facts.own).map((one) => ({ ...webhook(one.name, facts, 'guard'), ...one })),
  );

/** The stamp: who decided, who wrote an Approver, whose a link is, what an agent asks for, taken from the authenticated request and sealed. */
export const stampConfiguration = (facts: WebhookFacts): KubernetesObject =>
  configuration(
    'MutatingWebhookConfiguration',
    STAMP_CONFIGURATION,
    stampWebhooks(facts.own).map((one) => ({
      ...webhook(one.name, facts, 'stamp'),
      reinvocationPolicy: 'Never',
      ...one,
    })),
  );

function configuration(kind: string, name: string, webhooks: readonly unknown[]): KubernetesObject {
  return {
    apiVersion: ADMISSION,
    kind,
    metadata: { name, labels: LABELS, annotations: ANNOTATIONS },
    webhooks,
  };
}

/** Fields that all our webhooks share. 10 s: opening a request takes a few API calls; our own deadline is 8 s. */
function webhook(name: string, facts: WebhookFacts, route: string) {
  return {
    name,
    clientConfig: clientConfig(facts, route),
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: 10,
    admissionReviewVersions: ['v1'],
    namespaceSelector: {},
    objectSelector: {},
  };
}

function clientConfig(facts: WebhookFacts, route: string) {
  const caBundle = Buffer.from(facts.caBundle).toString('base64');
  const path = `/${facts.segment}/${route}`;
  const { endpoint } = facts;
  if (endpoint.kind === 'url') return { caBundle, url: `${endpoint.base}${path}` };
  const { namespace, name, port } = endpoint;
  return { caBundle, service: { namespace, name, path, port } };
}
