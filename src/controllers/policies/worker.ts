// Compiles all policies into the webhook configuration, keeps our registrations as they should be, and tells each policy
// what became of it. One worker, one key: every run looks at everything (level-based).
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { ourResource, RESOURCES } from '../../api/group.ts';
import type { OwnUsers } from '../../api/installation.ts';
import type { RoleLookup } from '../../domain/grant/cluster-role.ts';
import { fitPolicies } from '../../domain/policy/fit.ts';
import type { Compile } from '../../domain/policy/load.ts';
import { discover, type Discovery } from '../../kube/discovery.ts';
import { orUndefined } from '../../kube/expected.ts';
import { isOvertaken } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Written } from '../ensure.ts';
import { CanaryMemory, sendCanary, type Enforcement } from '../guard/canary.ts';
import { NewTroubles, type ServingNow } from '../guard/serving.ts';
import type { Tell } from '../guard/tell.ts';
import type { WebhookFacts } from '../webhooks/configurations.ts';
import { register, type Registered } from './registrations.ts';
import { policyStatus, type CheckedPolicy, type Place } from './status.ts';
import { checkPolicy } from './check.ts';
import { emptyOffers, unknownOwners, unknownTargets } from './unknown.ts';

/** The one key of this worker's queue. */
export const INSTALLATION_KEY = 'all';
/** Looked at again this often even without any change: tampering that no watch told is found in 10 s. ms. */
const LOOK_AGAIN_MS = 8_000;
/** While the API server was not seen yet to go by a new version. ms. */
const PENDING_MS = 250;
const NOT_ENFORCED_MS = 1_000;

/** All objects of a kind that decide, as far as that can be told. */
export interface Deciding<T> {
  readonly objects: readonly T[];
  /** False: some may have gone with the definition of their kind before this process began. */
  readonly isWhole: boolean;
}

/** What the worker needs. */
export interface InstallationPorts {
  readonly client: KubeClient;
  readonly own: OwnUsers;
  readonly compile: Compile;
  /** Those that are stored. */
  readonly policies: () => readonly ApprovalPolicy[];
  /** Those, and what went with the definition of its kind: nobody took that back. @throws when that cannot be told */
  readonly deciding: () => Promise<{
    readonly policies: Deciding<ApprovalPolicy>;
    readonly freezes: Deciding<AgentFreeze>;
  }>;
  /** Names of all Approvers. */
  readonly approvers: () => readonly string[];
  /** ClusterRoles, which policies offer as access. */
  readonly roles: RoleLookup;
  /** Where the API server reaches us, and whom it trusts; undefined while the keys are not there yet. */
  readonly webhookFacts: () => Promise<WebhookFacts | undefined>;
  /** The namespace of Assent itself: policies may not name what runs there. */
  readonly self: { readonly namespace: string };
  /** How our kinds are served now. */
  readonly serving: () => ServingNow;
  readonly tell: Tell;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** What is remembered from one run to the next. */
interface Memory {
  readonly stored: Written;
  readonly canary: CanaryMemory;
  readonly troubles: NewTroubles;
}

/** Makes the worker. */
export function installationWorker(ports: InstallationPorts) {
  const memory: Memory = { stored: new Map(), canary: new CanaryMemory(), troubles: new NewTroubles() };
  return async (): Promise<{ kind: 'again'; afterMs: number }> => {
    const facts = await ports.webhookFacts();
    if (!facts) return { kind: 'again', afterMs: 250 };
    const discovery = await discover(ports.client);
    const { policies, freezes } = await ports.deciding();
    const checked = policies.objects.map((policy) => checkedPolicy(policy, ports, discovery));
    // A policy that names Assent or Kubernetes itself would lock the cluster: it is left out whole, and says so.
    const { kept, leftOut } = fitPolicies(
      checked.filter((one) => !one.isDangerous).map(({ policy }) => policy),
    );
    const written = await register({ ...ports, ...memory }, facts, {
      policies: kept,
      resources: discovery.resources,
      freezes: freezes.objects,
      isWhole: policies.isWhole && freezes.isWhole,
    });
    await tellTampering(ports, written, memory);
    const enforcement = await look(ports, written, kept, memory);
    const place = (policy: ApprovalPolicy): Place =>
      leftOut.includes(policy) ? { kind: 'too-many-agents' } : written.place;
    await tell(ports, checked, place, enforcement);
    // Told first: the queue tries again, and meanwhile everybody can read what is wrong.
    if (written.failed) throw written.failed.error;
    return { kind: 'again', afterMs: written.again ? 100 : AFTER_MS[enforcement.kind] };
  };
}

const AFTER_MS: Readonly<Record<Enforcement['kind'], number>> = {
  seen: LOOK_AGAIN_MS,
  nothing: LOOK_AGAIN_MS,
  pending: PENDING_MS,
  through: NOT_ENFORCED_MS,
  unanswered: NOT_ENFORCED_MS,
  unknown: NOT_ENFORCED_MS,
};

/** What somebody did to what we registered, and to what serves our kinds. */
async function tellTampering(
  ports: InstallationPorts,
  { findings }: Registered,
  { troubles }: Memory,
): Promise<void> {
  for (const { tampering, stands } of findings) await ports.tell(tampering, stands);
  for (const tampering of troubles.among(ports.serving())) await ports.tell(tampering, undefined);
}

/** Sends the canary, if anything is compiled. */
async function look(
  { client, metrics, now }: InstallationPorts,
  { canary, place }: Registered,
  policies: readonly ApprovalPolicy[],
  memory: Memory,
): Promise<Enforcement> {
  const [one] = policies;
  if (canary === undefined || one === undefined || place.kind !== 'registered') return { kind: 'nothing' };
  const definition = ourResource(RESOURCES.policies);
  const calls = resource<ApprovalPolicy & KubeObject>(client, definition);
  const outcome = await sendCanary(calls, one.metadata.name, canary);
  metrics.count('canaries', { outcome: outcome.kind });
  return memory.canary.judge(outcome, canary, now());
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

/**
 * Writes the status of each policy that has news. A lost race is no matter: the change that won brings us back; and what
 * is gone needs none.
 */
async function tell(
  { client, metrics, now, policies: stored }: InstallationPorts,
  checked: readonly CheckedPolicy[],
  place: (policy: ApprovalPolicy) => Place,
  enforcement: Enforcement,
): Promise<void> {
  const definition = ourResource(RESOURCES.policies);
  const policies = resource<ApprovalPolicy & KubeObject>(client, definition);
  const there = new Set(stored());
  const counts = { ready: 0, True: 0, False: 0, Unknown: 0 };
  for (const one of checked) {
    const { status, changed, isReady, isEnforced } = policyStatus(one, place(one.policy), enforcement, now());
    if (isReady) counts.ready += 1;
    counts[isEnforced] += 1;
    if (changed && there.has(one.policy))
      await orUndefined(policies.replaceStatus({ ...one.policy, status }), isOvertaken);
  }
  metrics.set('policies', { ready: 'true' }, counts.ready);
  metrics.set('policies', { ready: 'false' }, checked.length - counts.ready);
  metrics.set('policiesEnforced', { enforced: 'true' }, counts.True);
  metrics.set('policiesEnforced', { enforced: 'false' }, counts.False);
  metrics.set('policiesEnforced', { enforced: 'unknown' }, counts.Unknown);
}
