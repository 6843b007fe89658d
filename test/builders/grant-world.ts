// A cluster with one request for access, as the controller of grants sees it, with the API server's compare-and-swap.
import {
  grantObject,
  placeOf,
  type GrantObject,
  type StoredObject,
} from '../../src/controllers/grants/objects.ts';
import type { GrantPorts } from '../../src/controllers/grants/ports.ts';
import { settleGrant } from '../../src/controllers/grants/settle.ts';
import { requestView } from '../../src/controllers/requests/view.ts';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { PolicyRule } from '../../src/domain/grant/rules.ts';
import { instant } from '../../src/domain/request/instant.ts';
import { decisionSealBytes, requestSealBytes } from '../../src/domain/request/sealed.ts';
import type { WorkOutcome } from '../../src/kube/workqueue.ts';
import { aSealer } from './gate-world.ts';
import { aDecision, anAccess, asksFor, aSpec, MINUTE, T0 } from './request-facts.ts';

const sealer = aSealer();
/** uid of the request. */
export const UID = 'request-uid';
const UNTIL = '2026-11-22T10:16:00Z';
/** When its access ends. */
export const END = Date.parse(UNTIL);

function aRequest(): ApprovalRequest {
  const { seal: _, ...spec } = aSpec(asksFor(anAccess({ once: false, namespaces: ['shop', 'cart'] })));
  const clean = JSON.parse(JSON.stringify(spec)) as typeof spec;
  return {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: {
      name: 'delete-deployments-api-7k2m9q4tpx',
      uid: UID,
      resourceVersion: '1',
      creationTimestamp: instant(T0),
    },
    spec: { ...clean, seal: sealer.sign(requestSealBytes(clean)) },
    status: { state: 'Approved', usableUntil: UNTIL },
  };
}

/** A sealed decision. */
export const signed = (draft: Parameters<typeof aDecision>[0] = {}): ApprovalDecision => {
  const decision = aDecision(draft);
  const stamp = { ...decision.spec.stamp!, seal: sealer.sign(decisionSealBytes(decision.spec)) };
  return { ...decision, spec: { ...decision.spec, stamp } };
};

/** A cluster with one request. `dieAt` is the write, from 1, before (or with `isLate` after) which the process dies. */
export function aWorld() {
  const world = {
    request: aRequest() as ApprovalRequest | undefined,
    decisions: [signed()],
    objects: new Map<string, GrantObject>(),
    now: T0 + 2 * MINUTE,
    slowMs: 0,
    clock: 0,
    writes: [] as string[],
    dieAt: 0,
    isLate: false,
    yes: 0,
    refuses: false,
    /** What the ceiling holds; that it refuses is said by `refuses`. */
    ceiling: [] as PolicyRule[],
    /** Namespaces that are gone. */
    lost: new Set<string>(),
    isFrozen: false,
    told: [] as string[],
    /** uid of the ServiceAccount that has the name of the one that asked; an Error where it cannot be read. */
    account: 'agent-uid' as string | undefined | Error,
    accountReads: 0,
    /** What cannot be removed, by place: the API server's words, or what the call fails with. */
    stuck: new Map<string, string | Error>(),
    /** What somebody's finalizer keeps, and for how many tries to take it off. */
    holds: new Map<string, number>(),
  };
  const write = <T>(what: string, act: () => T): Promise<T> => {
    world.writes.push(what);
    const dies = world.writes.length === world.dieAt;
    if (dies && !world.isLate) return Promise.reject(new Error('killed'));
    const made = act();
    return dies ? Promise.reject(new Error('killed')) : Promise.resolve(made);
  };
  const objectsOf = (uid: string) => [...world.objects.values()].filter(({ grant }) => grant === uid);
  const grounds = () => ({
    decisions: world.decisions,
    approvers: [],
    policies: new Map([['prod', 'sha256:one']]),
    role: {
      rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }],
      isAggregated: false,
    },
    isFrozen: world.isFrozen,
    newestNamespace: 0,
  });
  const ports: GrantPorts = {
    now: () => world.now,
    monotonic: () => world.clock,
    verify: sealer.verify,
    remembered: () => world.request,
    getRequest: () => Promise.resolve(world.request),
    replaceStatus: (next) =>
      write(`status ${next.status?.outbox?.at(-1)?.type}`, () => {
        if (next.metadata.resourceVersion !== world.request?.metadata.resourceVersion) return undefined;
        const resourceVersion = `${Number(next.metadata.resourceVersion) + 1}`;
        world.request = { ...next, metadata: { ...next.metadata, resourceVersion } };
        return world.request;
      }),
    viewOf: (uid) => (world.request?.metadata.uid === uid ? requestView(world.request) : undefined),
    objectsOf,
    knownGrounds: grounds,
    sharedGrounds: () => Promise.resolve(grounds()),
    liveGrounds() {
      world.clock += world.slowMs;
      world.slowMs = 0;
      return Promise.resolve(grounds());
    },
    getObject: (kind, namespace, name) =>
      Promise.resolve(world.objects.get(placeOf({ kind, namespace, name }))),
    listObjects: () => Promise.resolve([...world.objects.values()]),
    makeObject: (object) =>
      write(`create ${object.kind}`, () => {
        if (world.refuses) return { kind: 'refused' as const, why: 'more than the ceiling' };
        const { name, namespace } = object.metadata;
        if (world.lost.has(namespace)) return { kind: 'no-namespace' as const };
        const key = placeOf({ kind: object.kind, namespace, name });
        if (world.objects.has(key)) return { kind: 'exists' as const };
        const metadata = { ...object.metadata, uid: `uid-of-${key}`, creationTimestamp: instant(world.now) };
        world.objects.set(key, grantObject(object.kind, { ...object, metadata } as unknown as StoredObject));
        return { kind: 'created' as const };
      }),
    accountUid() {
      world.accountReads += 1;
      return world.account instanceof Error ? Promise.reject(world.account) : Promise.resolve(world.account);
    },
    async removeObject(object) {
      const failure = world.stuck.get(placeOf(object));
      if (failure instanceof Error) throw failure;
      return write(`remove ${object.kind}`, () => {
        const place = placeOf(object);
        const answer = world.stuck.get(place);
        if (typeof answer === 'string') return { kind: 'refused' as const, why: answer };
        const tries = world.holds.get(place) ?? 0;
        world.holds.set(place, tries - 1);
        if (tries > 0) world.objects.set(place, { ...object, isGoing: true });
        else world.objects.delete(place);
        return { kind: 'removed' as const };
      });
    },
    mayDo: () => write('ask', () => (world.yes -= 1) >= 0),
    ceiling: () => Promise.resolve(world.ceiling),
    tellHindered: (_, object, { kind }) => write('tell', () => void world.told.push(`${kind} ${object}`)),
    saidYes: new Map(),
  };
  const settle = () => settleGrant(UID, ports);
  return { world, ports, settle };
}

/** Runs until it rests, as the queue would. */
export async function rest(run: () => Promise<WorkOutcome>, world?: { clock: number }): Promise<void> {
  for (let times = 0; times < 20; times += 1) {
    const outcome = await run().catch(() => undefined);
    if (world && outcome?.kind === 'again') world.clock += outcome.afterMs;
    if (outcome && (outcome.kind === 'done' || outcome.afterMs > 2_000)) return;
  }
  throw new Error('it does not come to rest');
}
/** Types of the lines that tell what became of a request. */
export const types = (request: ApprovalRequest | undefined) =>
  request?.status?.outbox?.map(({ type }) => type).filter((type) => type !== 'requested');
