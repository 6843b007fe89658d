// The controllers of one process: caches, queues and loops, run by whoever leads. Leadership is no fence: every write is
// guarded by resourceVersion or safe to make twice, so that two leaders for a moment do no harm.
import type { AgentFreeze } from '../api/agent-freeze.ts';
import type { ApprovalDecision } from '../api/approval-decision.ts';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import { requestState, type ApprovalRequest } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import type { Channel } from '../channels/channel.ts';
import { ourResource, RESOURCES } from '../api/group.ts';
import { CEILING, type OwnUsers } from '../api/installation.ts';
import { roleNow, type ClusterRole } from '../domain/grant/cluster-role.ts';
import type { RoleNow } from '../domain/grant/standing.ts';
import { isAgent } from '../domain/policy/agents.ts';
import { policyDigest } from '../domain/policy/digest.ts';
import type { Compile } from '../domain/policy/load.ts';
import type { Verify } from '../domain/request/verify.ts';
import type { KubeObject } from '../kube/object.ts';
import { systemClock } from '../kube/clock.ts';
import { isOvertaken } from '../kube/errors.ts';
import { orUndefined } from '../kube/expected.ts';
import { Reflector } from '../kube/reflector.ts';
import { observeCaches } from '../kube/reflector-metrics.ts';
import { resource } from '../kube/resource.ts';
import type { Lookup } from '../kube/store.ts';
import type { KubeClient } from '../kube/transport.ts';
import { Workqueue, type Worker } from '../kube/workqueue.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { counted } from './counted.ts';
import { startDoctor } from './doctor/start.ts';
import { clusterRoles } from './grants/live-ports.ts';
import { grantCaches, startGrants } from './grants/start.ts';
import { alarmOf } from './guard/alarm.ts';
import { decidingIn } from './guard/deciding.ts';
import { definitionNow, serviceNow } from './guard/serving.ts';
import { teller } from './guard/tell.ts';
import { INSTALLATION_KEY, installationWorker, type InstallationPorts } from './policies/worker.ts';
import { clearLink, type LinkPorts } from './links/clear.ts';
import { Notifier } from './notify/notifier.ts';
import { ownersIn } from './notify/owners.ts';
import { LinesOut } from './requests/lines-out.ts';
import { liveRequestPorts, requestCalls, type RecordSink } from './requests/live-ports.ts';
import { recordRest } from './requests/record-rest.ts';
import { reconcileRequest } from './requests/reconcile.ts';
import type { RequestPorts } from './requests/ports.ts';
import { RecentRequests } from './requests/recent.ts';
import { rememberingPorts, type Memory } from './requests/remembering-ports.ts';
import { requestView, type RequestView } from './requests/view.ts';

/** What the controllers need. */
export interface ControllerInput {
  readonly client: KubeClient;
  readonly own: OwnUsers;
  readonly verify: Verify;
  readonly compile: Compile;
  readonly sink: RecordSink;
  readonly installation: Pick<InstallationPorts, 'webhookFacts' | 'self'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** A channel that shows requests, and where; undefined where there is none. */
  readonly showing?: Showing | undefined;
}

/** A channel and the places in which a waiting request belongs. */
export interface Showing {
  readonly channel: Channel;
  readonly routed: (request: ApprovalRequest) => readonly string[];
  /** Where people are told of tampering. */
  readonly alarmed: () => readonly string[];
  /** Our own workspace or organisation there; none while nobody said which. */
  readonly teams: () => readonly string[];
}

/** What the caches hold, for whoever serves people. */
export interface Known {
  /** By metadata.uid: known where it waits, read where it is over. Undefined where it cannot be read. */
  requestOf(uid: string): Promise<ApprovalRequest | undefined>;
  links(): Iterable<IdentityLink>;
  approvers(): Iterable<Approver>;
}

/** Running controllers. */
export interface Controllers {
  /** Resolves when every cache has its first list. */
  readonly synced: Promise<unknown>;
  /** Does the leader's work until the signal is aborted; to be called when every cache is read. */
  lead(signal: AbortSignal): Promise<void>;
  readonly known: Known;
  stop(): Promise<void>;
}

/** Requests looked at in parallel. */
const PARALLEL = 8;

/** Starts the caches; the work begins with `lead`. */
export function startControllers(input: ControllerInput): Controllers {
  const memory: Memory = { recent: new RecentRequests(), lines: new LinesOut() };
  const notifier = notifierOf(input, memory, () => caches);
  const caches: Caches = makeCaches(input, (request) => {
    memory.recent.delivered(request);
    notifier?.seen(request);
  });
  const requests = new Workqueue({ name: 'requests', baseMs: 20, maxMs: 10_000, log: input.log });
  const links = new Workqueue({ name: 'links', baseMs: 1_000, maxMs: 60_000, log: input.log });
  const installation = new Workqueue({ name: 'policies', baseMs: 50, maxMs: 5_000, log: input.log });
  enqueueOnChange(caches, { requests, links, installation }, input.now);
  forgetDeleted(caches, memory, notifier);
  const ports = requestPorts(input, caches, memory);
  const byUid = caches.requests.indexBy((one) => [one.uid]);
  const grants = startGrants({ ...input, ...input.sink, requests: ports, caches, byUid });
  const install = installing(input, caches);
  const doctor = startDoctor({ ...input, ...input.installation, policies: caches.policies });
  for (const one of Object.values(caches)) one.start();
  observe(input, caches);
  return {
    synced: Promise.all(Object.values(caches).map((one) => one.synced)),
    async lead(signal) {
      installation.add(INSTALLATION_KEY);
      await Promise.all([
        installation.run(counted('policies', input.metrics, install), 1, signal),
        requests.run(
          counted('requests', input.metrics, (name) => reconcileRequest(name, ports)),
          PARALLEL,
          signal,
        ),
        links.run(clearing(input, caches), 1, signal),
        grants.run(signal),
        doctor.run(signal),
        notifier?.run(signal),
      ]);
      // The Lease is given back behind this.
      await recordRest(memory.lines.names(), ports);
    },
    known: knownOf(caches, byUid, ports, notifier),
    async stop() {
      for (const one of [requests, links, grants, installation, doctor]) one.close();
      await Promise.all(Object.values(caches).map((one) => one.stop()));
    },
  };
}

/** What compiles the policies and keeps our registrations. */
function installing(input: ControllerInput, caches: Caches) {
  return installationWorker({
    ...input,
    ...input.installation,
    policies: () => [...caches.policies.all()],
    deciding: decidingIn(input.client, caches),
    serving: () => ({
      definition: (name) => caches.definitions.get(name),
      services: () => caches.services.all(),
    }),
    teller: teller({ ...input, alarm: alarmOf(input) }),
    approvers: () => [...caches.approvers.all()].map((one) => one.metadata.name),
    roles: (name) => caches.roles.get(name),
  });
}

function knownOf(
  caches: Caches,
  byUid: Lookup<RequestView>,
  ports: RequestPorts,
  notifier: Notifier | undefined,
): Known {
  return {
    async requestOf(uid) {
      const [view] = byUid.get(uid);
      return notifier?.requestOf(uid) ?? (view && (await ports.getRequest(view.name)));
    },
    links: () => caches.links.all(),
    approvers: () => caches.approvers.all(),
  };
}

function forgetDeleted(caches: Caches, memory: Memory, notifier: Notifier | undefined): void {
  caches.requests.onChange((change) => {
    if (change.kind !== 'deleted') return;
    memory.recent.drop(change.key);
    memory.lines.drop(change.key);
    notifier?.gone(change.key);
  });
}

type Caches = ReturnType<typeof makeCaches>;

function makeCaches({ client, log }: ControllerInput, onRequest: (request: ApprovalRequest) => void) {
  const whole = <T extends KubeObject>(definition: {
    group: string;
    version: string;
    resource: string;
    namespaced: boolean;
  }) => new Reflector<T, T>({ resource: resource<T>(client, definition), project: (object) => object, log });
  const small = <S>(group: string, name: string, project: (object: KubeObject) => S) =>
    new Reflector<KubeObject, S>({
      resource: resource(client, { group, version: 'v1', resource: name, namespaced: false }),
      project,
      log,
    });
  const registered = (name: string) =>
    small('admissionregistration.k8s.io', name, (object) => object.metadata.name);
  return {
    requests: new Reflector<ApprovalRequest & KubeObject, RequestView>({
      resource: resource(client, ourResource(RESOURCES.requests)),
      project: requestView,
      onObject: onRequest,
      log,
    }),
    decisions: whole<ApprovalDecision & KubeObject>(ourResource(RESOURCES.decisions)),
    approvers: whole<Approver & KubeObject>(ourResource(RESOURCES.approvers)),
    links: whole<IdentityLink & KubeObject>(ourResource(RESOURCES.links)),
    policies: whole<ApprovalPolicy & KubeObject>(ourResource(RESOURCES.policies)),
    // What policies offer as access.
    roles: new Reflector<KubeObject & ClusterRole, RoleNow>({
      resource: clusterRoles(client),
      project: roleNow,
      log,
    }),
    freezes: whole<AgentFreeze & KubeObject>(ourResource(RESOURCES.freezes)),
    // What is served decides what wildcards mean.
    definitions: small('apiextensions.k8s.io', 'customresourcedefinitions', definitionNow),
    services: small('apiregistration.k8s.io', 'apiservices', serviceNow),
    // Somebody edited or deleted what we registered.
    validating: registered('validatingwebhookconfigurations'),
    mutating: registered('mutatingwebhookconfigurations'),
    admission: registered('validatingadmissionpolicies'),
    bindings: registered('validatingadmissionpolicybindings'),
    ...grantCaches(client, log),
  };
}

/** Brings what the caches know into the metrics before each scrape. */
function observe({ metrics, now }: ControllerInput, caches: Caches): void {
  const { requests, decisions, approvers, links, policies, roles, ...others } = caches;
  const observed = [
    { name: 'approvalrequests' as const, cache: requests },
    { name: 'approvaldecisions' as const, cache: decisions },
    { name: 'approvers' as const, cache: approvers },
    { name: 'identitylinks' as const, cache: links },
    { name: 'approvalpolicies' as const, cache: policies },
    { name: 'clusterroles' as const, cache: roles },
    ...Object.values(others).map((cache) => ({ name: 'other' as const, cache })),
  ];
  observeCaches(metrics, observed, now);
  metrics.onScrape(() => {
    const counts = Map.groupBy(requests.all(), (request) => request.state);
    for (const state of requestState.options)
      metrics.set('requests', { state }, counts.get(state)?.length ?? 0);
  });
}

function enqueueOnChange(
  caches: Caches,
  queues: { readonly requests: Workqueue; readonly links: Workqueue; readonly installation: Workqueue },
  now: () => number,
): void {
  caches.links.onChange((change) => queues.links.add(change.key));
  const byQuestion = caches.requests.indexBy((one) => [one.question]);
  caches.requests.onChange((change) => {
    if (change.kind === 'deleted') return;
    const { name, isActive, retainedUntil } = change.value;
    // Nothing else makes anybody look at a request that finished before this process began.
    if (!isActive) return queues.requests.addAfter(name, retainedUntil - now());
    queues.requests.add(name);
    if (change.kind !== 'added') return;
    // The pending requests whose place a new one may take: nothing else would make anybody look at them.
    for (const other of byQuestion.get(change.value.question)) {
      if (other.state === 'Pending') queues.requests.add(other.name);
    }
  });
  caches.decisions.onChange((change) => {
    if (change.kind === 'added') queues.requests.add(change.value.spec.request);
  });
  caches.policies.onChange((change) => {
    queues.installation.add(INSTALLATION_KEY);
    for (const request of caches.requests.all()) {
      if (request.isActive && request.policies.includes(change.key)) queues.requests.add(request.name);
    }
  });
  caches.roles.onChange((change) => {
    // Others change too, and are nothing to us.
    const isOffered = [...caches.policies.all()].some(({ spec }) =>
      spec.access.some(({ role }) => role === change.key || change.key === CEILING),
    );
    if (isOffered) queues.installation.add(INSTALLATION_KEY);
  });
  const { approvers, freezes, definitions, services, validating, mutating, admission, bindings } = caches;
  for (const one of [approvers, freezes, definitions, services, validating, mutating, admission, bindings]) {
    one.onChange(() => queues.installation.add(INSTALLATION_KEY));
  }
}

/** What keeps a channel up to date, where there is one. */
function notifierOf(input: ControllerInput, memory: Memory, caches: () => Caches): Notifier | undefined {
  const { client, showing, verify, log, metrics, now } = input;
  if (showing === undefined) return undefined;
  const requests = resource<ApprovalRequest & KubeObject>(client, ourResource(RESOURCES.requests));
  const live = requestCalls(requests);
  const ports = rememberingPorts({ ...live, publish: noLines }, memory, now);
  return new Notifier({
    ...showing,
    owners: ownersIn({
      approvers: () => caches().approvers.all(),
      links: () => caches().links.all(),
      verify,
      teams: showing.teams,
    }),
    requests: ports,
    clock: systemClock,
    troubled: (what, why) => log.warn({ channel: showing.channel.name, why }, what),
    counted: (step, outcome) => metrics.count('channelCalls', { channel: 'slack', step, outcome }),
  });
}

function clearing({ client, now, metrics }: ControllerInput, caches: Caches): Worker {
  const links = resource<IdentityLink & KubeObject>(client, ourResource(RESOURCES.links));
  const ports: LinkPorts = {
    known: (name) => caches.links.get(name),
    async clear({ metadata: { name, uid, resourceVersion } }) {
      await orUndefined(links.delete(name, { preconditions: { uid, resourceVersion } }), isOvertaken);
    },
    now,
  };
  return counted('links', metrics, (name) => clearLink(name, ports));
}

const noLines = (): Promise<void> => Promise.reject(new Error('a notifier publishes no lines'));

function requestPorts(input: ControllerInput, caches: Caches, memory: Memory): RequestPorts {
  const { client, log, metrics } = input;
  const live = liveRequestPorts(
    client,
    {
      requests: resource(client, ourResource(RESOURCES.requests)),
      policies: resource(client, ourResource(RESOURCES.policies)),
    },
    input.sink,
  );
  const counting: typeof live = {
    ...live,
    async publish(request, entry, index) {
      await live.publish(request, entry, index).catch((error: unknown) => {
        metrics.count('recordFailures', {});
        throw error;
      });
      metrics.count('recordLines', { type: entry.type });
    },
  };
  const byRequest = caches.decisions.indexBy((one) => [one.spec.request]);
  const byQuestion = caches.requests.indexBy((one) => [one.question]);
  return {
    ...live,
    ...rememberingPorts(counting, memory, input.now),
    now: input.now,
    verify: input.verify,
    knownDigest({ name, uid }) {
      const policy = caches.policies.get(name);
      return policy?.metadata.uid === uid ? digestOf(policy) : undefined;
    },
    decisionsOf: (request) => byRequest.get(request),
    approvers: () => [...caches.approvers.all()],
    requestsWithQuestion: (question) => byQuestion.get(question),
    isAgent: (user) => [...caches.policies.all()].some((policy) => isAgent(policy.spec, user) !== undefined),
    refused: (decision, words) =>
      log.warn({ decision: decision.metadata.name, words }, 'a decision does not count any more'),
  };
}

const digests = new WeakMap<ApprovalPolicy, string>();

/** Of an object in the cache, computed once. */
function digestOf(policy: ApprovalPolicy): string {
  const digest = digests.get(policy) ?? policyDigest(policy.spec);
  digests.set(policy, digest);
  return digest;
}
