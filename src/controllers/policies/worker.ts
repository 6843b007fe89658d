// Compiles all policies into the webhook configuration, keeps our registrations as they should be, and tells each policy
// what became of it. One worker, one key: every run looks at everything (level-based).
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { ourResource, RESOURCES } from '../../api/group.ts';
import { WEBHOOK_CONFIGURATIONS, type OwnUsers } from '../../api/installation.ts';
import { frozenPolicy } from '../../api/frozen-policy.ts';
import { ownKindsPolicies } from '../../api/own-kinds-policy.ts';
import type { RoleLookup } from '../../domain/grant/cluster-role.ts';
import { compileWebhook } from '../../domain/policy/compile.ts';
import { agentTest } from '../../domain/policy/expression.ts';
import { frozenTest } from '../../domain/policy/frozen.ts';
import { fitPolicies } from '../../domain/policy/fit.ts';
import type { Compile } from '../../domain/policy/load.ts';
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
import { policyStatus, type CheckedPolicy, type Place } from './status.ts';
import { checkPolicy } from './check.ts';
import { emptyOffers, unknownOwners, unknownTargets } from './unknown.ts';

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
  readonly freezes: () => readonly AgentFreeze[];
  /** Names of all Approvers. */
  readonly approvers: () => readonly string[];
  /** ClusterRoles, which policies offer as access. */
  readonly roles: RoleLookup;
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
  const stored: Written = new Map();
  return async (): Promise<{ kind: 'again'; afterMs: number }> => {
    const facts = await ports.webhookFacts();
    if (!facts) return { kind: 'again', afterMs: 250 };
    const { resources, stale } = await discover(ports.client);
    const checked = ports.policies().map((policy) => checkedPolicy(policy, ports, { resources, stale }));
    // A policy that names Assent or Kubernetes itself would lock the cluster: it is left out whole, and says so.
    const { kept, leftOut } = fitPolicies(
      checked.filter((one) => !one.isDangerous).map(({ policy }) => policy),
    );
    const written = await register({ ...ports, stored }, facts, {
      policies: kept,
      resources,
      freezes: ports.freezes(),
    });
    const place = (policy: ApprovalPolicy): Place =>
      leftOut.includes(policy) ? { kind: 'too-many-agents' } : written.place;
    const ready = await tell(ports, checked, place);
    ports.metrics.set('policies', { ready: 'true' }, ready);
    ports.metrics.set('policies', { ready: 'false' }, checked.length - ready);
    // Told first: the queue tries again, and meanwhile everybody can read what is wrong.
    if (written.failed) throw written.failed.error;
    return { kind: 'again', afterMs: written.again ? 100 : LOOK_AGAIN_MS };
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
  const offers = emptyOffers(policy.spec, ports.roles);
  // First, since a status holds only so many: a typo matters more than a gap.
  return { policy, ...check, warnings: [...targets, ...offers, ...owners, ...check.warnings] };
}

/** What came of writing the registrations. */
interface Registered {
  /** One of them has to be looked at again at once. */
  readonly again: boolean;
  /** Where the policies stand that were to be compiled. */
  readonly place: Place;
  /** The first that could not be written. */
  readonly failed?: { readonly error: unknown };
}

/** What registrations are made from. */
interface Compiled {
  readonly policies: readonly ApprovalPolicy[];
  readonly resources: Discovery['resources'];
  readonly freezes: readonly AgentFreeze[];
}

/** Writes our registrations, each whatever becomes of the others. */
async function register(
  ports: InstallationPorts & { readonly stored: Written },
  facts: WebhookFacts,
  compiled: Compiled,
): Promise<Registered> {
  let registered: Registered = { again: false, place: { kind: 'registered' } };
  for (const object of wantedOf(ports, facts, compiled)) {
    const { name } = object.metadata;
    try {
      const done = await ensure(calls(ports.client, object.kind), object, ports.stored);
      if (done !== 'right') ports.log.info({ object: name, done }, 'registration written');
      registered = { ...registered, again: registered.again || done === 'again' };
    } catch (error) {
      ports.log.error({ object: name, err: error }, 'registration could not be written');
      const why = error instanceof Error ? error.message : String(error);
      const place: Place = name === GATE ? { kind: 'not-registered', why } : registered.place;
      registered = { ...registered, place, failed: registered.failed ?? { error } };
    }
  }
  return registered;
}

/** Everything that is registered, in the order in which it is written. */
function wantedOf(
  { own, roles }: Pick<InstallationPorts, 'own' | 'roles'>,
  facts: WebhookFacts,
  { policies, resources, freezes }: Compiled,
): readonly Wanted[] {
  const gate = compileWebhook(policies, resources, roles);
  const agents = agentTest(policies);
  const ownKinds = ownKindsPolicies({
    ownUsers: own,
    ...(agents === undefined ? {} : { agentExpression: agents.expression }),
  });
  const objects: readonly object[] = [
    gateConfiguration(facts, gate.kind === 'nothing' ? undefined : gate),
    // The stamp before the guard: the guard refuses what carries no stamp.
    stampConfiguration(facts),
    guardConfiguration(facts),
    ...ownKinds,
    ...frozenPolicy(frozenTest(freezes, policies)),
  ];
  return objects as readonly Wanted[];
}

const [GATE] = WEBHOOK_CONFIGURATIONS.validating;
const PLURALS: Readonly<Record<string, string>> = {
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

/** @throws for a kind that is not registered here */
function calls(client: KubeClient, kind: string): Resource<KubeObject> {
  const plural = PLURALS[kind];
  if (plural === undefined) throw new Error(`${kind} is no registration`);
  const group = 'admissionregistration.k8s.io';
  return resource<KubeObject>(client, { group, version: 'v1', resource: plural, namespaced: false });
}

/**
 * Writes the status of each policy that has news. A lost race is no matter: the change that won brings us back.
 *
 * @returns how many are Ready
 */
async function tell(
  ports: InstallationPorts,
  checked: readonly CheckedPolicy[],
  place: (policy: ApprovalPolicy) => Place,
): Promise<number> {
  const definition = ourResource(RESOURCES.policies);
  const policies = resource<ApprovalPolicy & KubeObject>(ports.client, definition);
  let ready = 0;
  for (const one of checked) {
    const { status, changed, isReady } = policyStatus(one, place(one.policy), ports.now());
    if (isReady) ready += 1;
    if (changed) await orUndefined(policies.replaceStatus({ ...one.policy, status }), isConflict);
  }
  return ready;
}
