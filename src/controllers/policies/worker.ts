// Compiles all policies into the webhook configuration, keeps our registrations as they should be, and tells each policy
// what became of it. One worker, one key: every run looks at everything (level-based).
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { GROUP, RESOURCES, VERSION } from '../../api/group.ts';
import type { OwnUsers } from '../../api/installation.ts';
import { ownKindsPolicies } from '../../api/own-kinds-policy.ts';
import { agentExpression, compileWebhook } from '../../domain/policy/compile.ts';
import { loadPolicy, type Compile } from '../../domain/policy/load.ts';
import { discover, type Discovery } from '../../kube/discovery.ts';
import { orUndefined } from '../../kube/expected.ts';
import { isConflict } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource, type Resource } from '../../kube/resource.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { ensure, type Wanted, type Written } from '../ensure.ts';
import {
  gateConfiguration,
  guardConfiguration,
  stampConfiguration,
  type WebhookFacts,
} from '../webhooks/configurations.ts';
import { policyStatus, type CheckedPolicy } from './status.ts';
import { checkPolicy } from './check.ts';
import { unknownOwners, unknownTargets } from './unknown.ts';

/** The one key of this worker's queue. */
export const INSTALLATION_KEY = 'all';
/** Looked at again this often even without any change: what was edited while nobody watched. ms. */
const LOOK_AGAIN_MS = 30_000;

/** What the worker needs. */
export interface InstallationPorts {
  readonly client: KubeClient;
  readonly own: OwnUsers;
  readonly compile: Compile;
  readonly policies: () => readonly ApprovalPolicy[];
  /** Names of all Approvers. */
  readonly approvers: () => readonly string[];
  /** Where the API server reaches us, and whom it trusts; undefined while the keys are not there yet. */
  readonly webhookFacts: () => Promise<WebhookFacts | undefined>;
  /** The namespace of Assent itself: policies may not name what runs there. */
  readonly self: { readonly namespace: string };
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** Makes the worker. */
export function installationWorker(ports: InstallationPorts) {
  const written: Written = new Map();
  return async (): Promise<{ kind: 'again'; afterMs: number }> => {
    const facts = await ports.webhookFacts();
    if (!facts) return { kind: 'again', afterMs: 250 };
    const { resources, stale } = await discover(ports.client);
    const checked = ports.policies().map((policy) => checkedPolicy(policy, ports, { resources, stale }));
    const changed = await register({ ...ports, written }, facts, { checked, resources });
    await tell(ports, checked);
    ports.metrics.set('policies', { ready: 'true' }, checked.filter((one) => one.errors.length === 0).length);
    ports.metrics.set('policies', { ready: 'false' }, checked.filter((one) => one.errors.length > 0).length);
    return { kind: 'again', afterMs: changed ? 100 : LOOK_AGAIN_MS };
  };
}

/** A policy with what is wrong with it, what it leaves open and what it names that is not there. */
function checkedPolicy(
  policy: ApprovalPolicy,
  ports: InstallationPorts,
  { resources, stale }: Discovery,
): CheckedPolicy {
  const check = checkPolicy(policy.spec, ports);
  // While the backend of a group is away, nobody can say what it serves.
  const targets = stale.length > 0 ? [] : unknownTargets(policy.spec, resources);
  const owners = unknownOwners(policy.spec, ports.approvers());
  // First, since a status holds only so many: a typo matters more than a gap.
  return { policy, ...check, warnings: [...targets, ...owners, ...check.warnings] };
}

/** Writes our registrations. @returns whether one of them has to be looked at again at once */
async function register(
  ports: InstallationPorts & { readonly written: Written },
  facts: WebhookFacts,
  { checked, resources }: { checked: readonly CheckedPolicy[]; resources: Discovery['resources'] },
): Promise<boolean> {
  const { client, own, compile } = ports;
  // A policy that names Assent or Kubernetes itself would lock the cluster: it is left out whole, and says so.
  const usable = checked.filter((one) => !one.isDangerous).map((one) => loadPolicy(one.policy, compile));
  const compiled = compileWebhook(usable, resources);
  // What is registered stays as it is until somebody makes the list of agents shorter.
  if (compiled.kind === 'too-many-agents') {
    throw new Error('the agents of all policies do not fit into one condition: name them by group or with *');
  }
  const expression = agentExpression(usable);
  const wanted: readonly (readonly [string, object])[] = [
    [
      'validatingwebhookconfigurations',
      gateConfiguration(facts, compiled.kind === 'nothing' ? undefined : compiled),
    ],
    // The stamp before the guard: the guard refuses what carries no stamp.
    ['mutatingwebhookconfigurations', stampConfiguration(facts)],
    ['validatingwebhookconfigurations', guardConfiguration(facts)],
    ...ownKindsPolicies({
      ownUsers: own,
      ...(expression === undefined ? {} : { agentExpression: expression }),
    }).map((one) => [PLURALS[one.kind], one] as const),
  ];
  let again = false;
  for (const [plural, object] of wanted) {
    const done = await ensure(calls(client, plural), object as Wanted, ports.written);
    if (done !== 'right')
      ports.log.info({ object: (object as Wanted).metadata.name, done }, 'registration written');
    again ||= done === 'again';
  }
  return again;
}

const PLURALS = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
} as const;

function calls(client: KubeClient, plural: string): Resource<KubeObject> {
  const group = 'admissionregistration.k8s.io';
  return resource<KubeObject>(client, { group, version: 'v1', resource: plural, namespaced: false });
}

/** Writes the status of each policy that has news. A lost race is no matter: the change that won brings us back. */
async function tell(ports: InstallationPorts, checked: readonly CheckedPolicy[]): Promise<void> {
  const definition = { group: GROUP, version: VERSION, resource: RESOURCES.policies, namespaced: false };
  const policies = resource<ApprovalPolicy & KubeObject>(ports.client, definition);
  for (const one of checked) {
    const { status, changed } = policyStatus(one, ports.now());
    if (changed) await orUndefined(policies.replaceStatus({ ...one.policy, status }), isConflict);
  }
}
