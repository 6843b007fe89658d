import { describe, expect, it } from 'vitest';
import { aGate, DEPLOYMENT, request } from '../../test/builders/a-gate.ts';
import {
  ACCESS,
  APPROVED_NOW as NOW,
  FIXER,
  grantedGate as stage,
  NAME,
  OFFER,
  offers,
  RULE,
  sealer,
  stored,
  type Draft,
} from '../../test/builders/granted-gate.ts';
import { aHead, aLoadedPolicy, aPolicySpec, aRule, BOT } from '../../test/builders/policies.ts';
import { aSpec, MINUTE, T0 } from '../../test/builders/request-facts.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import { roleNow } from '../domain/grant/cluster-role.ts';
import { indexPolicies } from '../domain/policy/preselect.ts';
import { reservationSealBytes } from '../domain/request/sealed.ts';

const messageOf = async (answer: ReturnType<ReturnType<typeof stage>['send']>) =>
  (await answer).status?.message ?? '';
const edited = (uid: string, image: string, over: object = {}) =>
  request({
    uid,
    operation: 'UPDATE',
    options: {},
    object: { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, paused: image } },
    ...over,
  });

describe('INV-1: a write to what is offered', () => {
  it('is denied without a grant, with the command that asks for it', async () => {
    const { send, world, seen } = stage({ spec: { requester: aSpec().requester } });
    expect(await messageOf(send(request()))).toMatchInlineSnapshot(`
      "Access needed: delete deployments shop/api.
        policy:  shop
        then:    kubectl assent ask --verb delete --resource deployments.apps --name api -n shop --for 10m --reason "..."
        code:    ASSENT-D019"
    `);
    expect(world.calls).toEqual([]);
    expect(seen).toEqual([{ path: 'judged', decision: 'denied' }]);
  });

  it.each<[string[][], string]>([
    [[['patch', 'update'], ['patch']], '--verb patch '],
    [[['patch'], ['update']], '--verb patch '],
    [[['*']], '--verb update,patch '],
  ])('is told the verbs that are offered by all, or by one: %j', async (verbs, words) => {
    const policies = verbs.map((_, at) =>
      aLoadedPolicy(`p${at}`, aPolicySpec({ rules: [], access: [{ ...OFFER, role: `role-${at}` }] })),
    );
    const role = (name: string) =>
      roleNow({ rules: [{ ...RULE, verbs: verbs[Number(name.slice(5))] ?? [] }] });
    const { send } = aGate(policies, { policies: () => indexPolicies(policies, role), role });
    expect(await messageOf(send(edited('review-1', 'a')))).toContain(words);
  });

  it('goes through under one, once, and says by which', async () => {
    const { send, now, seen } = stage();
    const answer = await send(request());
    expect(answer).toMatchObject({ allowed: true });
    expect(answer.auditAnnotations).toMatchObject({ decision: 'granted', request: NAME, grant: NAME });
    const { reservation, state, grant } = now().status!;
    expect(state).toBe('Reserved');
    expect(grant?.usedAt).toBe('2026-11-22T10:10:00.000Z');
    expect(reservation?.fingerprint).toBe(answer.auditAnnotations?.['fingerprint']);
    expect(sealer.verify(reservationSealBytes('request-uid', reservation!), reservation!.seal)).toBe(true);
    expect(seen.map(({ decision }) => decision)).toEqual(['granted']);
    expect(now().status?.outbox?.at(-1)?.note).toBe(
      'access used: delete deployments shop/api; it is used up',
    );
  });

  it.each<[string, Draft, object, RegExp]>([
    ['of another agent', { spec: { requester: aSpec().requester } }, {}, /^Access needed/],
    [
      'of another account of that name',
      { spec: { requester: { ...aSpec().requester, username: BOT } } },
      { userInfo: { username: BOT, uid: 'new', groups: [] } },
      /^Access needed/,
    ],
    ['of another cluster', { spec: { cluster: 'other' } }, {}, /^Access needed/],
    ['in another namespace', { access: { ...ACCESS, namespaces: ['shop-2'] } }, {}, /^Access needed/],
    ['of another name', {}, { name: 'db' }, /--name db -n shop/],
    [
      'of another verb',
      {},
      { operation: 'UPDATE', object: { ...DEPLOYMENT, spec: {} } },
      /--verb update,patch/,
    ],
    [
      'that nobody approved, whatever its status says',
      { decisions: [] },
      {},
      /only 0\/1 approvals are sealed/,
    ],
    ['that is not decided', { decisions: [], status: { state: 'Pending' } }, {}, /wait: {4}kubectl wait/],
    ['that was revoked', { decisions: [{}, { verdict: 'Revoke', username: 'bob' }] }, {}, /it was revoked/],
    [
      'that ended',
      { status: { state: 'Ended', grant: { endedAt: 'x', endedWhy: 'Expired' } } },
      {},
      /^Access needed/,
    ],
    [
      'whose end was reported',
      { status: { grant: { endedAt: 'x', endedWhy: 'RoleChanged' } } },
      {},
      /ended: the ClusterRole/,
    ],
    [
      'whose ClusterRole is gathered now',
      { role: { ...FIXER, rules: [RULE] }, access: { ...ACCESS, whole: true } },
      {},
      /the ClusterRole behind it changed/,
    ],
  ])('is denied under a grant %s', async (_, draft, over, words) => {
    const { send, now } = stage(draft);
    const before = now();
    expect(await messageOf(send(request(over)))).toMatch(words);
    expect(now()).toEqual(before);
  });

  it('is denied under a request that somebody widened, or that is another one than the cache knows', async () => {
    const wide = { ...ACCESS, rules: [{ ...ACCESS.rules[0]!, resourceNames: [] }] };
    const widened = stage();
    const { spec, ...rest } = widened.now();
    widened.world.requests.set(NAME, { ...rest, spec: { ...spec, access: wide } });
    expect(await messageOf(widened.send(request({ name: 'db' })))).toMatch(/^Access needed/);
    const cached = (one: ApprovalRequest) => ({
      ...one,
      spec: { ...one.spec, access: wide, requester: { ...one.spec.requester, username: BOT } },
    });
    expect(await messageOf(stage({ cached }).send(request({ name: 'db' })))).toMatch(/^Access needed/);
    const others = stage({ cached, spec: { requester: { ...aSpec().requester, uid: '' } } });
    expect(await messageOf(others.send(request()))).toMatch(/^Access needed/);
  });

  it('is never answered from its head', () => {
    const { fromHead } = stage();
    const head = aHead({ namespace: 'shop', operation: 'DELETE' });
    expect(fromHead?.(head)).toBeUndefined();
    expect(fromHead?.({ ...head, namespace: 'elsewhere' })).toBeDefined();
  });

  it('is judged by decisions as of now: access is taken back at any time', async () => {
    const { send, world } = stage();
    await send(request());
    expect(world.decisionBounds).toEqual([undefined]);
  });

  it('is denied where a policy changed its meaning, or was made again', async () => {
    const changed = stage();
    const { spec } = aLoadedPolicy('shop', aPolicySpec({ rules: [], access: [OFFER], binding: 'Object' }));
    changed.world.policies.set('shop', { ...stored(offers), spec });
    expect(await messageOf(changed.send(request()))).toContain('a policy behind it changed');
    const again = stage();
    again.world.policies.set('shop', stored({ ...offers, uid: 'new' }));
    expect(await messageOf(again.send(request()))).toContain('a policy behind it changed');
  });

  it('INV-4: is denied from the very moment on in which the grant ends', async () => {
    const { send, clock } = stage({ access: { ...ACCESS, once: false } });
    clock.now = T0 + 11 * MINUTE - 1;
    expect(await send(request())).toMatchObject({ allowed: true });
    clock.now += 1;
    expect(await messageOf(send(request()))).toContain('ended: its time is over');
  });

  it('INV-4: is denied although the status claims a later end', async () => {
    const { send, clock } = stage({ status: { usableUntil: '2099-01-01T00:00:00Z' } });
    clock.now = T0 + 11 * MINUTE;
    expect(await messageOf(send(request()))).toContain('its time is over');
  });

  it('of nobody else is touched, nor another resource', async () => {
    const { send, world } = stage({ decisions: [] });
    expect(await send(request({ userInfo: { username: 'alice', groups: [] } }))).toMatchObject({
      allowed: true,
    });
    expect(await send(request({ namespace: 'elsewhere' }))).toMatchObject({ allowed: true });
    expect(world.calls).toEqual([]);
  });

  it('is denied for good where a policy denies it, whatever was granted', async () => {
    const denies = aLoadedPolicy('never', aPolicySpec({ action: 'Deny' }));
    const { send } = stage({ policies: [denies, offers], asked: [offers] });
    expect(await messageOf(send(request()))).toContain('no approval can help');
  });

  it.each([
    ['Warn', ['assent: admitted, but will need access once policy shop is enforced']],
    ['Audit', undefined],
  ] as const)('goes through in mode %s', async (mode, warnings) => {
    const watches = aLoadedPolicy('shop', aPolicySpec({ mode, rules: [], access: [OFFER] }));
    const answer = await stage({ policies: [watches], decisions: [] }).send(request());
    expect(answer.allowed).toBe(true);
    expect(answer.warnings).toEqual(warnings);
  });

  it('that changes nothing goes through', async () => {
    const { send } = stage({ decisions: [] });
    expect(await send(request({ operation: 'UPDATE', object: DEPLOYMENT }))).toMatchObject({ allowed: true });
  });

  it('that deletes a collection is refused with advice', async () => {
    expect(await messageOf(stage().send(request({ name: '' })))).toContain('delete the objects one by one');
  });
});

describe('INV-2: access for one use', () => {
  const ONE_EDIT = { ...ACCESS, rules: [{ ...ACCESS.rules[0]!, verbs: ['patch', 'delete'] }] };

  it('lets further passes of the same write through, for a window, whatever becomes of the grant', async () => {
    const { send, decide, clock, world, now } = stage();
    await send(request());
    decide({ verdict: 'Revoke', username: 'bob', at: NOW + 1 });
    world.requests.set(NAME, { ...now(), status: { ...now().status!, state: 'Ended' } });
    world.calls.length = 0;
    const pass = {
      uid: 'review-2',
      oldObject: {
        ...DEPLOYMENT,
        metadata: { ...DEPLOYMENT.metadata, deletionTimestamp: '2026-11-22T10:10:00Z' },
      },
    };
    clock.now += 30_000;
    expect(await send(request(pass))).toMatchObject({ allowed: true });
    expect(world.calls).toEqual(['getRequest']);
    clock.now += 8_000;
    expect(await messageOf(send(request(pass)))).toMatch(/^Access needed/);
  });

  it('lets no other write through, and says that it was used', async () => {
    const { send } = stage({ access: ONE_EDIT });
    expect(await send(edited('review-1', 'a'))).toMatchObject({ allowed: true });
    expect(await messageOf(send(edited('review-2', 'b')))).toContain(
      `before:  ${NAME}, used by another write at 2026-11-22T10:10:00Z`,
    );
    expect(await messageOf(send(request({ uid: 'review-3' })))).toContain('used by another write');
  });

  it('is used by exactly one of many at once', async () => {
    const { send, now } = stage({ access: ONE_EDIT });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => send(edited(`review-${i}`, `image-${i}`))),
    );
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1);
    expect(now().status?.outbox?.filter(({ type }) => type === 'used')).toHaveLength(1);
  });

  it('is not used by a reservation that somebody made up', async () => {
    const { send, now, world } = stage();
    const { auditAnnotations } = await send(request());
    const { reservation } = now().status!;
    const forged = { ...reservation!, at: '2026-11-22T10:10:01.000Z' };
    world.requests.set(NAME, { ...now(), status: { ...now().status!, reservation: forged } });
    expect(auditAnnotations?.['fingerprint']).toBe(forged.fingerprint);
    expect(await messageOf(send(request({ uid: 'review-2' })))).toMatch(/^Access needed/);
  });

  it('looks again where somebody else wrote the request meanwhile, and gives up in the end', async () => {
    const { send, world } = stage();
    world.conflicts = 2;
    expect(await send(request())).toMatchObject({ allowed: true });
    const lost = stage();
    lost.world.conflicts = 100;
    expect(await lost.send(request())).toMatchObject({ allowed: false, status: { code: 500 } });
  });
});

describe('access for several uses', () => {
  it('writes its first use, and none after it', async () => {
    const { send, now, world } = stage({ access: { ...ACCESS, once: false } });
    expect(await send(request())).toMatchObject({ allowed: true });
    expect(now().status).toMatchObject({ state: 'Approved', grant: { usedAt: '2026-11-22T10:10:00.000Z' } });
    expect(now().status?.reservation).toBeUndefined();
    world.calls.length = 0;
    expect(await send(request({ uid: 'review-2' }))).toMatchObject({ allowed: true });
    expect(world.calls).not.toContain('replaceStatus');
  });

  it('is refused at once when it is revoked', async () => {
    const { send, decide } = stage({ access: { ...ACCESS, once: false } });
    await send(request());
    decide({ verdict: 'Revoke', username: 'bob', at: NOW });
    expect(await messageOf(send(request({ uid: 'review-2' })))).toContain('it was revoked');
  });
});

describe('other policies that ask', () => {
  const asks = aLoadedPolicy('asks');
  const both = aLoadedPolicy('shop', aPolicySpec({ access: [OFFER] }));

  it('are satisfied by a grant that was asked of them too', async () => {
    const { send } = stage({ policies: [asks, offers] });
    expect(await send(request())).toMatchObject({ allowed: true });
  });

  it('ask for the change where the grant was not asked of them', async () => {
    const { send, world, now } = stage({ policies: [asks, offers], asked: [offers] });
    expect(await messageOf(send(request()))).toMatch(/^Approval required: delete deployments shop\/api/);
    expect(world.requests.size).toBe(2);
    expect(now().status?.state, 'the grant is kept for then').toBe('Approved');
  });

  it('INV-2: use both, the approval and then the grant, or nothing', async () => {
    const approved = async () => {
      const gate = stage({ policies: [asks, offers], asked: [offers] });
      await gate.send(request());
      const change = [...gate.world.requests.values()].find(({ spec }) => spec.change !== undefined);
      gate.decide({ name: 'yes', at: NOW }, change);
      const usableUntil = '2026-11-22T10:40:00Z';
      gate.world.requests.set(change!.metadata.name, {
        ...change!,
        status: { state: 'Approved', usableUntil },
      });
      return gate;
    };
    const used = await approved();
    const answer = await used.send(request());
    expect(answer).toMatchObject({ allowed: true, auditAnnotations: { decision: 'reserved', grant: NAME } });
    expect(used.now().status).toMatchObject({ state: 'Reserved' });
    const lost = await approved();
    const write = lost.world.replaceStatus.bind(lost.world);
    lost.world.replaceStatus = (one) =>
      one.metadata.name === NAME ? Promise.resolve(undefined) : write(one);
    expect(await lost.send(request())).toMatchObject({ allowed: false, status: { code: 500 } });
  });

  it('do not stand in for the one that offers', async () => {
    const { send } = stage({ policies: [asks, offers], asked: [asks] });
    expect(await messageOf(send(request()))).toContain('it was not asked of policy shop as it is now');
  });

  it('are not even asked while there is no grant', async () => {
    const { send, world } = stage({ policies: [asks, offers], decisions: [] });
    expect(await messageOf(send(request()))).toMatch(/^Access needed/);
    expect(world.requests.size).toBe(1);
  });

  it('ask as ever where match of the offering policy asks about it too', async () => {
    const { send } = stage({ policies: [both], decisions: [] });
    expect(await messageOf(send(request()))).toMatch(/^Approval required/);
    expect(await stage({ policies: [both] }).send(request())).toMatchObject({ allowed: true });
  });

  it('that allow do not make up for a grant', async () => {
    const allows = aLoadedPolicy('allows', aPolicySpec({ action: 'Allow', rules: [aRule()] }));
    const { send } = stage({ policies: [allows, offers], decisions: [], asked: [offers] });
    expect(await messageOf(send(request()))).toMatch(/^Access needed/);
  });
});

describe('INV-7: whatever fails', () => {
  it.each(['getRequest', 'getPolicy', 'listDecisions', 'listApprovers', 'replaceStatus'] as const)(
    '%s: the write is denied with a well-formed review',
    async (method) => {
      const { send, world, errors } = stage();
      world.broken.add(method);
      expect(await send(request())).toMatchObject({
        allowed: false,
        status: { code: 500, reason: 'InternalError' },
      });
      expect(errors).toHaveLength(1);
    },
  );

  it('the pod of a connection cannot be read', async () => {
    const role = roleNow({ rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }] });
    const resource = { group: '', version: 'v1', resource: 'pods' };
    const exec = {
      subResource: 'exec',
      operation: 'CONNECT',
      object: { kind: 'PodExecOptions' },
      oldObject: null,
    };
    const answer = await stage({ role }).send(request({ resource, requestResource: resource, ...exec }));
    expect(answer).toMatchObject({ allowed: false, status: { code: 500 } });
  });

  it('a decision was made after the time of this clock', async () => {
    const { send } = stage({ decisions: [{ at: NOW + 10 * MINUTE }] });
    expect(await send(request())).toMatchObject({ allowed: false, status: { code: 500 } });
  });
});
