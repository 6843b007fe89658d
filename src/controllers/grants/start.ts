// The queues of grants: what makes anybody look at which request.
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Approver } from '../../api/approver.ts';
import { GRANT_LABEL } from '../../domain/grant/objects.ts';
import type { RoleNow } from '../../domain/grant/standing.ts';
import { freezeOf } from '../../domain/policy/frozen.ts';
import type { Verify } from '../../domain/request/verify.ts';
import { systemClock } from '../../kube/clock.ts';
import type { KubeLog } from '../../kube/log.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Lookup } from '../../kube/store.ts';
import type { KubeClient } from '../../kube/transport.ts';
import { Workqueue } from '../../kube/workqueue.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { RequestPorts } from '../requests/ports.ts';
import type { RequestView } from '../requests/view.ts';
import { grantResource, liveGrantPorts } from './live-ports.ts';
import {
  grantObject,
  isNamedAsGrant,
  type GrantKind,
  type GrantObject,
  type StoredObject,
} from './objects.ts';
import type { GrantPorts } from './ports.ts';
import { keepSweeping } from './sweep.ts';
import { PARALLEL, workersOf } from './workers.ts';

type Cache<S> = Pick<Reflector<never, S>, 'get' | 'all' | 'indexBy' | 'onChange'>;

/** Caches of the objects of all grants. */
export function grantCaches(client: KubeClient, log: KubeLog) {
  const labelled = (kind: GrantKind) =>
    new Reflector<StoredObject, GrantObject>({
      resource: grantResource(client, kind),
      labelSelector: GRANT_LABEL,
      project: (object) => grantObject(kind, object),
      log,
    });
  return {
    grantRoles: labelled('Role'),
    grantBindings: labelled('RoleBinding'),
  };
}

/** What the queues need. */
export interface GrantsInput {
  readonly client: KubeClient;
  readonly verify: Verify;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Name of this process, for Events. */
  readonly instance: string;
  readonly requests: RequestPorts;
  /** Requests by metadata.uid. */
  readonly byUid: Lookup<RequestView>;
  readonly caches: {
    readonly requests: Cache<RequestView>;
    readonly decisions: Cache<ApprovalDecision>;
    readonly approvers: Cache<Approver>;
    readonly policies: Cache<ApprovalPolicy>;
    readonly freezes: Cache<AgentFreeze>;
    readonly grantRoles: Cache<GrantObject>;
    readonly grantBindings: Cache<GrantObject>;
    /** ClusterRoles by name. */
    readonly roles: Cache<RoleNow>;
  };
}

/** The running queues. */
export interface Grants {
  run(signal: AbortSignal): Promise<unknown>;
  close(): void;
}

/** Makes the queues. Keys are uids of requests. */
export function startGrants(input: GrantsInput): Grants {
  const { log, metrics } = input;
  const looks = new Workqueue({ name: 'grants', baseMs: 20, maxMs: 5_000, log });
  const endings = new Workqueue({ name: 'grants-ending', baseMs: 50, maxMs: 5_000, log });
  const ports = grantPorts(input);
  enqueueOnChange(input.caches, (uid) => looks.add(uid));
  const { look, end, doubt } = workersOf(ports, { looks, endings }, metrics);
  return {
    run: (signal) =>
      Promise.all([
        looks.run(look, PARALLEL.looks, signal),
        endings.run(end, PARALLEL.endings, signal),
        keepSweeping(
          { ports, look: (uid) => looks.add(uid), settle: doubt, clock: systemClock, log },
          signal,
        ),
      ]),
    close() {
      looks.close();
      endings.close();
    },
  };
}

function grantPorts(input: GrantsInput): GrantPorts {
  const { client, verify, requests, byUid, caches } = input;
  const roles = caches.grantRoles.indexBy(({ grant }) => [grant]);
  const bindings = caches.grantBindings.indexBy(({ grant }) => [grant]);
  return {
    ...liveGrantPorts(client, (policy) => requests.policyDigest(policy), input),
    remembered: (name) => requests.remembered(name),
    getRequest: (name) => requests.getRequest(name),
    replaceStatus: (request) => requests.replaceStatus(request),
    now: () => client.serverTime(),
    monotonic: () => systemClock.monotonic(),
    verify,
    viewOf: (uid) => byUid.get(uid)[0],
    objectsOf: (uid) => [...bindings.get(uid), ...roles.get(uid)].filter(isNamedAsGrant),
    knownGrounds: ({ metadata, spec }) => ({
      decisions: requests.decisionsOf(metadata.name),
      approvers: requests.approvers(),
      policies: new Map(spec.policies.map((one) => [one.name, requests.knownDigest(one)])),
      role: caches.roles.get(spec.access.role) ?? 'gone',
      isFrozen: freezeOf(caches.freezes.all(), spec.requester) !== undefined,
      // A namespace that was made anew holds no object of the grant, so that its objects are looked at live.
      newestNamespace: 0,
    }),
    saidYes: new Map(),
  };
}

/** Whether approval of access may stand: what it stands on is worth a look. */
const isOpen = ({ access, state }: RequestView): boolean =>
  access !== undefined && (state === 'Approved' || state === 'Reserved');

function enqueueOnChange(caches: GrantsInput['caches'], look: (uid: string) => void): void {
  const open = caches.requests.indexBy((one) => (isOpen(one) ? ['open'] : []));
  const lookAtThose = (isMeant: (one: RequestView) => boolean): void => {
    for (const one of open.get('open')) if (isMeant(one)) look(one.uid);
  };
  const byGrant = [caches.grantBindings, caches.grantRoles].map((cache) =>
    cache.indexBy(({ grant }) => [grant]),
  );
  const hasObjects = (uid: string): boolean => byGrant.some((index) => index.get(uid).length > 0);
  caches.requests.onChange((change) => {
    const view = change.kind === 'deleted' ? change.before : change.value;
    if (view.access === undefined) return;
    if ((change.kind !== 'deleted' && isOpen(view)) || hasObjects(view.uid)) look(view.uid);
  });
  caches.decisions.onChange((change) => {
    const { request } = change.kind === 'deleted' ? change.before.spec : change.value.spec;
    const view = caches.requests.get(request);
    if (view && isOpen(view)) look(view.uid);
  });
  caches.approvers.onChange(() => lookAtThose(() => true));
  caches.policies.onChange(({ key }) => lookAtThose(({ policies }) => policies.includes(key)));
  caches.freezes.onChange(() => lookAtThose(() => true));
  caches.roles.onChange(({ key }) => lookAtThose(({ access }) => access?.role === key));
  for (const cache of [caches.grantBindings, caches.grantRoles]) {
    cache.onChange((change) => {
      const object = change.kind === 'deleted' ? change.before : change.value;
      if (isNamedAsGrant(object)) look(object.grant);
    });
  }
}
