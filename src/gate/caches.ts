// The caches of one gate replica: policies, the roles they offer, namespace labels and a slim view of requests, kept by watch. They choose where
// to look and when to deny, and say when they may be out of date; they never admit.
import type { AgentFreeze } from '../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import { GROUP, ourResource, RESOURCES } from '../api/group.ts';
import { roleNow, type ClusterRole } from '../domain/grant/cluster-role.ts';
import type { RoleNow } from '../domain/grant/standing.ts';
import { freezeOf } from '../domain/policy/frozen.ts';
import { loadPolicy, type Compile } from '../domain/policy/load.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { indexPolicies, type PolicyIndex } from '../domain/policy/preselect.ts';
import { followDepartures } from '../kube/definition.ts';
import type { KubeLog } from '../kube/log.ts';
import type { KubeObject } from '../kube/object.ts';
import { Reflector } from '../kube/reflector.ts';
import type { observeCaches } from '../kube/reflector-metrics.ts';
import { resource } from '../kube/resource.ts';
import type { Lookup } from '../kube/store.ts';
import type { KubeClient } from '../kube/transport.ts';
import { slimRequest, type GateFacts, type SlimRequest } from './facts.ts';

/**
 * Watches are this short, since each end of one proves that the copy is whole: the proof is then never much older.
 * A copy older than MAX_AGE_MS is a broken watch, and the gate denies rather than judge by it (INV-7).
 */
const WATCH_MS = [10_000, 12_000] as const;
const MAX_AGE_MS = 60_000;

type Labels = Readonly<Record<string, string>>;

/** The running caches. */
export interface Caches extends GateFacts {
  /** All loaded policies, by name. */
  all(): readonly Policy[];
  /** Resolves when every cache has its first list. */
  readonly synced: Promise<unknown>;
  /** For metrics: what is watched. */
  readonly observed: Parameters<typeof observeCaches>[1];
  start(): void;
  stop(): Promise<void>;
}

/** Makes the caches; `start` begins. */
export function makeCaches(client: KubeClient, compile: Compile, log: KubeLog): Caches {
  const every = makeReflectors(client, compile, log);
  const { policies, requests, namespaces, roles, freezes } = every;
  const departed = departures(client, every);
  let index: PolicyIndex | undefined;
  policies.onChange(() => {
    index = undefined;
  });
  const role = (name: string) => roles.get(name);
  roles.onChange(({ key }) => {
    if (index?.offers?.roles.has(key)) index = undefined;
  });
  return {
    policies: () => (index ??= indexPolicies(policies.all(), role)),
    role,
    all: () => [...policies.all()],
    freshness(now) {
      const stale = Object.entries(every).find(([, one]) => !one.isFresh(MAX_AGE_MS, now));
      return stale ? { ok: false, why: `the copy of ${stale[0]} is out of date` } : { ok: true };
    },
    isInDoubt: () => departed.isInDoubt(),
    doubt: () => departed.doubt(),
    namespaceLabels: (name) => namespaces.get(name),
    ...requestIndexes((keys) => requests.indexBy(keys)),
    request: (name) => requests.get(name),
    freezeOf: (user) => freezeOf(freezes.all(), user),
    synced: Promise.all([
      ...[policies, requests, namespaces, roles, freezes].map((one) => one.synced),
      // What is not settled now is before the first answer.
      departed.doubt().catch(() => {}),
    ]),
    observed: [
      { name: 'approvalpolicies', cache: policies },
      { name: 'approvalrequests', cache: requests },
      { name: 'namespaces', cache: namespaces },
      { name: 'clusterroles', cache: roles },
      { name: 'agentfreezes', cache: freezes },
    ],
    start() {
      for (const one of Object.values(every)) one.start();
    },
    async stop() {
      await Promise.all(Object.values(every).map((one) => one.stop()));
    },
  };
}

/** Keeps account of the policies and freezes that leave the caches. */
function departures(
  client: KubeClient,
  { policies, freezes }: Pick<ReturnType<typeof makeReflectors>, 'policies' | 'freezes'>,
): Pick<GateFacts, 'isInDoubt' | 'doubt'> {
  const all = [
    ['ApprovalPolicies', followDepartures(client, `${RESOURCES.policies}.${GROUP}`, policies)],
    ['AgentFreezes', followDepartures(client, `${RESOURCES.freezes}.${GROUP}`, freezes)],
  ] as const;
  return {
    isInDoubt: () => all.some(([, { isOpen }]) => isOpen),
    async doubt() {
      for (const [kinds, one] of all) {
        await one.settle();
        if (one.isOpen) return `${kinds} went with the definition of their kind; apply it again, and them`;
      }
      return undefined;
    },
  };
}

/** Finds requests by what the gate looks for. */
export function requestIndexes(
  indexBy: (keysOf: (one: SlimRequest) => string[]) => Lookup<SlimRequest>,
): Pick<GateFacts, 'requestsByFingerprint' | 'requestsByObject' | 'pendingOf' | 'asksOf'> {
  const byFingerprint = indexBy((one) => [one.fingerprint]);
  const byObject = indexBy((one) => [`${one.username}\n${one.object}`]);
  // Only pending ones: an agent may have any number of finished requests.
  const pendingOf = indexBy((one) => (one.state === 'Pending' ? [one.username] : []));
  const asksOf = indexBy((one) => (one.access === undefined ? [] : [one.username]));
  return {
    asksOf: (username) => asksOf.get(username),
    requestsByFingerprint: (fingerprint) => byFingerprint.get(fingerprint),
    requestsByObject: (username, object) => byObject.get(`${username}\n${object}`),
    pendingOf: (username) => pendingOf.get(username),
  };
}

function makeReflectors(client: KubeClient, compile: Compile, log: KubeLog) {
  const core = (name: string) => ({ group: '', version: 'v1', resource: name, namespaced: false });
  const common = { watchMs: WATCH_MS, log };
  return {
    policies: new Reflector<ApprovalPolicy & KubeObject, Policy>({
      resource: resource(client, ourResource(RESOURCES.policies)),
      project: (policy) => loadPolicy(policy, compile),
      ...common,
    }),
    freezes: new Reflector<AgentFreeze & KubeObject, AgentFreeze>({
      resource: resource(client, ourResource(RESOURCES.freezes)),
      project: (freeze) => freeze,
      ...common,
    }),
    requests: new Reflector<ApprovalRequest & KubeObject, SlimRequest>({
      resource: resource(client, ourResource(RESOURCES.requests)),
      project: slimRequest,
      ...common,
    }),
    namespaces: new Reflector<KubeObject & { metadata: { labels?: Labels } }, Labels>({
      resource: resource(client, core('namespaces')),
      project: (namespace) => namespace.metadata.labels ?? {},
      ...common,
    }),
    roles: new Reflector<KubeObject & ClusterRole, RoleNow>({
      resource: resource(client, { ...core('clusterroles'), group: 'rbac.authorization.k8s.io' }),
      project: roleNow,
      ...common,
    }),
  };
}
