import { describe, expect, it } from 'vitest';
import { aGate, DEPLOYMENT, NOW, request } from '../../test/builders/a-gate.ts';
import { aLoadedPolicy, aPolicySpec, aRule, BOT } from '../../test/builders/policies.ts';
import type { AgentFreeze } from '../api/agent-freeze.ts';
import { indexPolicies } from '../domain/policy/preselect.ts';
import { slimRequest } from './facts.ts';

const asks = aLoadedPolicy('asks');

describe('the gate', () => {
  it('allows what no policy is about, without a call', async () => {
    const { send, world } = aGate([asks]);
    expect(await send(request({ userInfo: { username: 'alice', groups: [] } }))).toMatchObject({
      allowed: true,
    });
    expect(world.calls).toEqual([]);
  });

  it('INV-1: refuses the canary with a code of its own, whatever it knows, and opens nothing', async () => {
    const resource = { group: 'assent.dev', version: 'v1alpha1', resource: 'approvalpolicies' };
    const object = { metadata: { name: 'p', resourceVersion: '1' } };
    const canary = request({
      object,
      oldObject: object,
      resource,
      requestResource: resource,
      subResource: 'status',
      operation: 'UPDATE',
      dryRun: true,
    });
    for (const facts of [{}, { freshness: () => ({ ok: false, why: 'old' }) as const }]) {
      const { send, world } = aGate([], facts);
      const answer = await send(canary);
      expect(answer).toMatchObject({ allowed: false, status: { code: 403 } });
      expect(JSON.stringify(answer)).toContain('ASSENT-D022');
      expect(world.calls).toEqual([]);
    }
  });

  it('INV-7: decides nothing while policies are gone with their definition', async () => {
    const doubt = () => Promise.resolve<string | undefined>('ApprovalPolicies are gone');
    const { send } = aGate([], { isInDoubt: () => true, doubt });
    const answer = await send(request());
    expect(answer).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(answer.status?.message).toContain('ApprovalPolicies are gone');
    const settled = aGate([], { isInDoubt: () => true });
    expect(await settled.send(request())).toMatchObject({ allowed: true });
  });

  it('opens one request for a change and denies it again and again', async () => {
    const { send, world } = aGate([asks]);
    const first = await send(request());
    expect(first).toMatchObject({
      uid: 'review-1',
      allowed: false,
      status: { code: 403, reason: 'Forbidden' },
    });
    expect(first.status?.message).toMatch(
      /^Approval required: delete deployments shop\/api\.\n {2}request: /,
    );
    expect((await send(request({ uid: 'review-2' }))).status?.message).toBe(first.status?.message);
    expect(world.requests.size).toBe(1);
  });

  it('tells every attempt, not only the first, what became of the request before', async () => {
    const gate = aGate([asks], {
      requestsByFingerprint: () => [...gate.world.requests.values()].map(slimRequest),
    });
    const { send, world } = gate;
    await send(request());
    const [before] = [...world.requests.values()];
    if (!before) throw new Error('no request was opened');
    world.requests.set(before.metadata.name, { ...before, status: { state: 'Expired' } });
    const words = `  before:  ${before.metadata.name}, nobody answered in time`;
    for (const uid of ['review-2', 'review-3', 'review-4'])
      expect((await send(request({ uid }))).status?.message).toContain(words);
    expect(world.requests.size).toBe(2);
  });

  it('INV-1: takes a request for its own only where the same policies asked, and the same account', async () => {
    const gate = aGate([asks], {
      policies: () => indexPolicies(policies),
      requestsByFingerprint: () => [...gate.world.requests.values()].map(slimRequest),
    });
    let policies = [asks];
    const count = async (uid: string): Promise<number> => {
      await gate.send(request({ userInfo: { username: BOT, uid, groups: ['system:serviceaccounts'] } }));
      return gate.world.requests.size;
    };
    expect(await count('uid-1')).toBe(1);
    expect(await count('uid-1'), 'the same again').toBe(1);
    expect(await count(''), 'impersonated: without uid').toBe(1);
    expect(await count('uid-2'), 'made again under its name').toBe(2);
    policies = [asks, aLoadedPolicy('asks-too')];
    expect(await count('uid-2'), 'one more policy asks').toBe(3);
  });

  it('says how long to wait, and after a refusal what exactly was refused and what is asked now', async () => {
    const gate = aGate(
      [aLoadedPolicy('asks', aPolicySpec({ rules: [aRule({ resources: ['deployments/scale'] })] }))],
      {
        requestsByObject: () => [...gate.world.requests.values()].map(slimRequest),
      },
    );
    const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
    const scale = (uid: string, replicas: number) => {
      const object = (count: number) => ({
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: DEPLOYMENT.metadata,
        spec: { replicas: count },
      });
      const change = {
        operation: 'UPDATE',
        subResource: 'scale',
        requestSubResource: 'scale',
        options: {},
        kind: SCALE,
      };
      return request({ uid, ...change, object: object(replicas), oldObject: object(2) });
    };
    const first = (await gate.send(scale('review-1', 5))).status?.message;
    expect(first).toMatch(/^Approval required: scale deployments shop\/api from 2 to 5\.\n/);
    expect(first).toContain('--for=condition=Decided --timeout=4h\n');
    const [asked] = [...gate.world.requests.values()];
    if (!asked) throw new Error('no request was opened');
    const at = new Date(NOW - 60_000 + 123).toISOString();
    const no = {
      name: 'd',
      uid: 'd',
      verdict: 'Deny' as const,
      person: 'alice',
      policies: ['asks'],
      channel: 'kubectl',
      at,
    };
    gate.world.requests.set(asked.metadata.name, { ...asked, status: { state: 'Denied', decisions: [no] } });
    const next = (await gate.send(scale('review-2', 4))).status?.message;
    expect(next).toMatch(/^Denied before: scale deployments shop\/api from 2 to 4\.\n/);
    expect(next).toContain('  before:  scale deployments shop/api from 2 to 5\n');
    expect(next, 'not a moment too early').toContain('until: 2026-11-22T12:14:01Z\n');
  });

  it('finds by its name what no cache shows yet, whoever opened it', async () => {
    const { send, world } = aGate([asks]);
    await send(request());
    const [opened] = [...world.requests.values()];
    if (!opened) throw new Error('no request was opened');
    const answer = await send(request({ uid: 'review-2' }));
    expect(answer.status?.message).toContain(opened.metadata.name);
    expect(world.requests.size).toBe(1);
    expect(world.calls.filter((call) => call === 'createRequest')).toHaveLength(2);
  });

  it('opens one request, with one write, for the same change sent many times at once', async () => {
    const { send, world } = aGate([asks]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => send(request({ uid: `review-${i}` }))),
    );
    expect(new Set(answers.map((one) => one.status?.message)).size).toBe(1);
    expect(world.calls.filter((call) => call === 'createRequest')).toHaveLength(1);
  });

  it('denies for good what a Deny policy names, and says that no approval can help', async () => {
    const denies = aLoadedPolicy('denies', aPolicySpec({ action: 'Deny' }));
    const { send, world } = aGate([asks, denies]);
    expect((await send(request())).status?.message).toContain('no approval can help');
    expect(world.requests.size).toBe(0);
  });

  it.each([
    ['Warn', 1],
    ['Audit', 0],
  ] as const)('admits in mode %s with %i warnings', async (mode, warnings) => {
    const { send } = aGate([aLoadedPolicy('watches', aPolicySpec({ mode }))]);
    const answer = await send(request());
    expect(answer.allowed).toBe(true);
    expect(answer.warnings ?? []).toHaveLength(warnings);
  });

  it('admits a dry-run with a warning and leaves nothing behind', async () => {
    const { send, world } = aGate([asks]);
    const answer = await send(request({ dryRun: true }));
    expect(answer).toMatchObject({ allowed: true });
    expect(answer.warnings?.[0]).toContain('needs approval (policy asks)');
    expect(world.calls).toEqual([]);
  });

  it('admits an update that changes nothing', async () => {
    const { send, world } = aGate([asks]);
    const touched = {
      ...DEPLOYMENT,
      metadata: { ...DEPLOYMENT.metadata, resourceVersion: '8', generation: 2 },
    };
    expect(await send(request({ operation: 'UPDATE', object: touched }))).toMatchObject({ allowed: true });
    expect(world.calls).toEqual([]);
  });

  it('refuses a deletion of a whole collection with advice', async () => {
    const { send } = aGate([asks]);
    expect((await send(request({ name: '' }))).status?.message).toContain(
      'delete the objects one by one, by name',
    );
  });

  it('INV-7: counts a condition that cannot be evaluated as true', async () => {
    const fails = { name: 'c', evaluate: () => ({ ok: false as const, message: 'no such key' }) };
    const { send } = aGate([aLoadedPolicy('broken', aPolicySpec(), { conditions: [fails] })]);
    expect(await send(request())).toMatchObject({ allowed: false });
  });
});

describe('INV-7: whatever goes wrong, the gate denies with a well-formed review', () => {
  it.each<[string, unknown, number]>([
    ['no JSON', 'not json', 403],
    ['an empty body', '', 403],
    [
      'another version of AdmissionReview',
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"u"}}',
      403,
    ],
    ['no request', '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}', 403],
    [
      'a duplicate key',
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","uid":"v"}}',
      403,
    ],
    [
      'a lone surrogate',
      JSON.stringify({
        kind: 'AdmissionReview',
        apiVersion: 'admission.k8s.io/v1',
        request: request(),
      }).replace('api:1', String.raw`\ud800`),
      403,
    ],
    ['no user', request({ userInfo: {} }), 403],
    ['an unknown operation', request({ operation: 'PATCH' }), 403],
    ['an object that is none', request({ oldObject: 'x' }), 403],
  ])('%s', async (_, body, code) => {
    const { send, world } = aGate([asks]);
    expect(await send(body)).toMatchObject({ allowed: false, status: { code } });
    expect(world.requests.size).toBe(0);
  });

  it.each(['getRequest', 'createRequest', 'readLedger', 'writeLedger'] as const)(
    '%s fails',
    async (method) => {
      const gate = aGate([asks], {
        requestsByFingerprint: () => [...gate.world.requests.values()].map(slimRequest),
      });
      const { send, world, errors } = gate;
      // What the cache knows is read live; what it does not know is created at once.
      if (method === 'getRequest') await send(request());
      world.broken.add(method);
      expect(await send(request())).toMatchObject({
        allowed: false,
        status: { code: 500, reason: 'InternalError' },
      });
      expect(errors).toHaveLength(1);
    },
  );

  it('the pod of an eviction cannot be read', async () => {
    const evicts = aLoadedPolicy(
      'evicts',
      aPolicySpec({ rules: [{ apiGroups: [''], resources: ['pods/*'], operations: ['*'] }] }),
    );
    const { send } = aGate([evicts]);
    const resource = { group: '', version: 'v1', resource: 'pods' };
    const eviction = {
      subResource: 'eviction',
      operation: 'CREATE',
      object: { kind: 'Eviction' },
      oldObject: null,
    };
    const answer = await send(request({ resource, requestResource: resource, ...eviction }));
    expect(answer).toMatchObject({ allowed: false, status: { code: 500 } });
  });

  it('the copies are out of date', async () => {
    const { send } = aGate([], {
      freshness: () => ({ ok: false, why: 'the copy of policies is out of date' }),
    });
    const answer = await send(request());
    expect(answer).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(answer.status?.message).toContain('the copy of policies is out of date');
  });

  it('the labels of the namespace are not known', async () => {
    const selects = aPolicySpec({ namespaces: { selector: { matchLabels: { tier: 'prod' } } } });
    const { send } = aGate([aLoadedPolicy('selects', selects)], { namespaceLabels: () => undefined });
    expect(await send(request())).toMatchObject({ allowed: false });
  });
});

describe('a frozen agent', () => {
  const freeze = {
    metadata: { name: 'stop' },
    spec: {
      serviceAccount: 'agents/bot',
      reason: 'enough',
      stamp: { username: 'alice', at: '2026-11-22T10:00:00Z' },
    },
  } as unknown as AgentFreeze;
  const gate = (mode: 'Enforce' | 'Audit' = 'Enforce') =>
    aGate([aLoadedPolicy('asks', aPolicySpec({ mode }))], { freezeOf: () => freeze });

  it('is denied whatever it sends, told by whom, and opens nothing', async () => {
    for (const mode of ['Enforce', 'Audit'] as const) {
      const { send, world } = gate(mode);
      const answer = await send(request());
      expect(answer).toMatchObject({ allowed: false, status: { code: 403 } });
      expect(answer.status?.message).toMatch(
        /^Frozen: alice stopped agents\/bot, so not let through: delete deployments shop\/api\.[^]*agent: +agents\/bot\n[^]*by: +alice[^]*"enough"[^]*An administrator lets it go on: kubectl assent unfreeze agents\/bot\n/,
      );
      expect(world.calls).toEqual([]);
    }
  });

  it('finishes a deletion that is under way, and is warned on a dry-run', async () => {
    const going = {
      ...DEPLOYMENT,
      metadata: { ...DEPLOYMENT.metadata, deletionTimestamp: '2026-11-22T10:00:00Z' },
    };
    const answer = await gate().send(request({ oldObject: going }));
    expect(answer.status?.message).toMatch(/^Approval required/);
    const dry = await gate().send(request({ dryRun: true }));
    expect(dry).toMatchObject({ allowed: true, warnings: [expect.stringContaining('frozen')] });
  });
});
