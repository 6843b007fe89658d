// The shell of grants in a world with the API server's compare-and-swap: it may be killed at any write, comes to the same end, and
// creates nothing by what it read too long ago.
import { describe, expect, it } from 'vitest';
import { aSealer } from '../../../test/builders/gate-world.ts';
import { aDecision, anAccess, asksFor, aSpec, MINUTE, T0 } from '../../../test/builders/request-facts.ts';
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { grantName } from '../../domain/grant/objects.ts';
import { instant } from '../../domain/request/instant.ts';
import { decisionSealBytes, requestSealBytes } from '../../domain/request/sealed.ts';
import type { WorkOutcome } from '../../kube/workqueue.ts';
import { requestView } from '../requests/view.ts';
import { lookAtGrant } from './look.ts';
import { grantObject, placeOf, type GrantObject, type StoredObject } from './objects.ts';
import type { GrantPorts } from './ports.ts';
import { settleGrant } from './settle.ts';
import { sweepGrants } from './sweep.ts';

const sealer = aSealer();
const UID = 'request-uid';
const UNTIL = '2026-11-22T10:16:00Z';
const END = Date.parse(UNTIL);

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

const signed = (draft: Parameters<typeof aDecision>[0] = {}): ApprovalDecision => {
  const decision = aDecision(draft);
  const stamp = { ...decision.spec.stamp!, seal: sealer.sign(decisionSealBytes(decision.spec)) };
  return { ...decision, spec: { ...decision.spec, stamp } };
};

/** A cluster with one request. `dieAt` is the write, from 1, before (or with `isLate` after) which the process dies. */
function aWorld() {
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
    isFrozen: false,
    told: [] as string[],
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
        const key = placeOf({ kind: object.kind, namespace, name });
        if (world.objects.has(key)) return { kind: 'exists' as const };
        const metadata = { ...object.metadata, uid: `uid-of-${key}`, creationTimestamp: instant(world.now) };
        world.objects.set(key, grantObject(object.kind, { ...object, metadata } as unknown as StoredObject));
        return { kind: 'created' as const };
      }),
    removeObject: (object) =>
      write(`remove ${object.kind}`, () => void world.objects.delete(placeOf(object))),
    mayDo: () => write('ask', () => (world.yes -= 1) >= 0),
    tellHindered: (_, object, { kind }) => write('tell', () => void world.told.push(`${kind} ${object}`)),
    saidYes: new Map(),
  };
  const settle = () => settleGrant(UID, ports);
  return { world, ports, settle };
}

/** Runs until it rests, as the queue would. */
async function rest(run: () => Promise<WorkOutcome>, world?: { clock: number }): Promise<void> {
  for (let times = 0; times < 20; times += 1) {
    const outcome = await run().catch(() => undefined);
    if (world && outcome?.kind === 'again') world.clock += outcome.afterMs;
    if (outcome && (outcome.kind === 'done' || outcome.afterMs > 2_000)) return;
  }
  throw new Error('it does not come to rest');
}
const types = (request: ApprovalRequest | undefined) =>
  request?.status?.outbox?.map(({ type }) => type).filter((type) => type !== 'requested');

describe('settleGrant', () => {
  it('makes everything, tells it, and takes everything away in the end', async () => {
    const { world, settle } = aWorld();
    expect(await settle()).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([
      'create Role',
      'create RoleBinding',
      'create Role',
      'create RoleBinding',
      'status granted',
    ]);
    world.writes.length = 0;
    expect(await settle()).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([]);
    world.now = END;
    expect(await settle()).toEqual({ kind: 'done' });
    expect(world.writes).toEqual(
      'remove RoleBinding,remove RoleBinding,remove Role,remove Role,status ended,ask,ask,status gone'.split(
        ',',
      ),
    );
    expect(world.request?.status).toMatchObject({ state: 'Ended', grant: { elsewhere: false } });
  });

  it.each([false, true])(
    'INV-4: comes to the same end when it is killed at any write (after it: %s)',
    async (isLate) => {
      for (let dieAt = 1; dieAt <= 13; dieAt += 1) {
        const { world, settle } = aWorld();
        Object.assign(world, { dieAt, isLate });
        await rest(settle);
        expect(world.objects.size, `write ${dieAt}`).toBe(4);
        world.now = END;
        await rest(settle);
        expect(world.objects.size, `write ${dieAt}`).toBe(0);
        expect(world.writes.length, 'every write was reached').toBeGreaterThanOrEqual(dieAt);
        expect(types(world.request), `write ${dieAt}`).toEqual(['granted', 'ended', 'gone']);
      }
    },
  );

  it('INV-4: creates nothing by what was read too long ago', async () => {
    const { world, ports } = aWorld();
    world.slowMs = 60_000;
    let reads = 0;
    const counting: GrantPorts = {
      ...ports,
      getRequest(name) {
        reads += world.writes.length === 0 ? 1 : 0;
        return ports.getRequest(name);
      },
    };
    await settleGrant(UID, counting);
    expect(world.writes[0]).toBe('create Role');
    expect(reads, 'it read anew before the first write').toBe(2);
  });

  it('INV-4: grants nothing that was taken back while it was paused', async () => {
    const { world, ports } = aWorld();
    const paused: GrantPorts = {
      ...ports,
      async liveGrounds(request) {
        const old = await ports.liveGrounds(request);
        if (world.clock === 0) {
          world.clock = 60_000;
          world.decisions = [signed(), signed({ verdict: 'Revoke' })];
        }
        return old;
      },
    };
    await settleGrant(UID, paused);
    expect(world.writes.filter((what) => what.startsWith('create'))).toEqual([]);
    expect(world.request?.status?.grant).toMatchObject({ endedWhy: 'Revoked' });
  });

  it('asks again before it believes that the access is still there', async () => {
    const { world, settle } = aWorld();
    world.now = END;
    world.yes = 3;
    expect(await settle()).toEqual({ kind: 'again', afterMs: 50 });
    expect(await settle(), 'an event came meanwhile').toEqual({ kind: 'again', afterMs: 50 });
    expect(world.yes).toBe(2);
    await rest(settle, world);
    expect(world.request?.status).toMatchObject({ state: 'Ended', grant: { elsewhere: false } });
    const other = aWorld();
    other.world.now = END;
    other.world.yes = 1_000;
    await rest(other.settle, other.world);
    expect(other.world.request?.status).toMatchObject({ state: 'Ended', grant: { elsewhere: true } });
  });

  it('tells people once a run what the API server refuses, and looks again later', async () => {
    const { world, settle } = aWorld();
    world.refuses = true;
    expect(await settle()).toEqual({ kind: 'again', afterMs: 5_000 });
    expect(world.told).toEqual([
      `refused Role shop/${grantName(UID)}`,
      `refused Role cart/${grantName(UID)}`,
    ]);
    expect(world.request?.status?.grant).toBeUndefined();
  });
});

describe('lookAtGrant', () => {
  it('finds what stands in order without a call, and takes bindings away at the end before anything is told', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.writes.length = 0;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([]);
    world.now = END;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'ending' });
    expect(world.writes).toEqual(['remove RoleBinding', 'remove RoleBinding']);
    await settle();
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'done' });
  });

  it('INV-4: takes bindings away first where a freeze ends many at once, but not by a cache alone', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.writes.length = 0;
    const behind = {
      ...ports,
      knownGrounds: () => ({ ...ports.knownGrounds(world.request as never), isFrozen: true }),
    };
    expect(await lookAtGrant(UID, behind)).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes, 'the freeze is over, and the cache is late').toEqual([]);
    world.isFrozen = true;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'ending' });
    expect(world.writes).toEqual(['remove RoleBinding', 'remove RoleBinding']);
  });

  it('INV-4: looks at people live before it ends anything because there are too few of them', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.writes.length = 0;
    const behind = {
      ...ports,
      knownGrounds: () => ({ ...ports.knownGrounds(world.request as never), decisions: [] }),
    };
    expect(await lookAtGrant(UID, behind)).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([]);
  });

  it('INV-4: takes away what a deleted request left', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.request = undefined;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'done' });
    expect(world.objects.size).toBe(0);
  });

  it('leaves what a request backs that the cache does not know yet', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    expect(await lookAtGrant(UID, { ...ports, viewOf: () => undefined })).toEqual({
      kind: 'again',
      afterMs: 1_000,
    });
    expect(world.objects.size).toBe(4);
  });
});

describe('sweepGrants', () => {
  it('INV-4: takes away what no live request backs, and has the rest looked at', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    const [one] = world.objects.values();
    const left = { ...one!, grant: 'other', name: grantName('other'), request: '' };
    world.objects.set(placeOf(left), left);
    const looked: string[] = [];
    await sweepGrants({ ports, look: (uid) => looked.push(uid) });
    expect(looked).toEqual([UID]);
    expect(world.objects.size).toBe(4);
    world.request = { ...world.request!, status: { state: 'Ended' } };
    await sweepGrants({ ports, look: (uid) => looked.push(uid) });
    expect(world.objects.size).toBe(0);
  });
});
