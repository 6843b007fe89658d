import { describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import { aDecision, aPolicy, aSpec, MINUTE, T0 } from '../../test/builders/request-facts.ts';
import { aSealer, GateWorld } from '../../test/builders/gate-world.ts';
import { policyDigest } from '../domain/policy/digest.ts';
import { deadline, instant } from '../domain/request/instant.ts';
import {
  approverSealBytes,
  decisionSealBytes,
  requestSealBytes,
  reservationSealBytes,
} from '../domain/request/sealed.ts';
import { readGrounds, type GroundsAhead } from './grounds.ts';
import { Reserver, type ReserveInput } from './reserve.ts';

const NOW = T0 + 10 * MINUTE;
const sealer = aSealer();
const policy = {
  metadata: { name: 'prod', uid: 'policy-uid', resourceVersion: '1' },
  spec: {
    agents: [],
    match: { rules: [] },
    access: [],
    risk: 'Low',
    mode: 'Enforce',
    action: 'Ask',
    binding: 'Change',
    ignore: [],
    approval: { required: 1 },
  },
} as unknown as ApprovalPolicy;
const digest = policyDigest(policy.spec);

/** A person of one identity, as the stamp seals it. */
function approver(name: string): Approver {
  const at = instant(T0);
  const spec = {
    identities: [{ kubernetes: { username: name } }],
    stamp: { generation: 1, uid: '', at, by: 'admin' },
  };
  const seal = sealer.sign(approverSealBytes(name, spec));
  return {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'Approver',
    metadata: { name, uid: `uid-of-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: at },
    spec: { ...spec, stamp: { ...spec.stamp, seal } },
  };
}

/** A world in which Alice approved the request, with real seals everywhere. */
function approved(
  over: { status?: Partial<ApprovalRequest['status']>; decidedAt?: number; required?: number } = {},
) {
  const world = new GateWorld();
  world.policies.set('prod', policy);
  const { seal: _, ...spec } = aSpec({ policies: [aPolicy({ digest, required: over.required ?? 1 })] });
  const request: ApprovalRequest = {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: {
      name: 'delete-deployments-api-7k2m9q4tpx',
      uid: 'request-uid',
      resourceVersion: '5',
      generation: 1,
    },
    spec: { ...spec, seal: sealer.sign(requestSealBytes(spec)) },
    status: { state: 'Approved', usableUntil: deadline(NOW + 20 * MINUTE), outbox: [], ...over.status },
  };
  world.requests.set(request.metadata.name, request);
  const draft = aDecision({
    at: over.decidedAt ?? T0 + MINUTE,
    stamp: { policies: [{ name: 'prod', digest }] },
  });
  const stamp = { ...draft.spec.stamp!, seal: sealer.sign(decisionSealBytes(draft.spec)) };
  world.decisions = [{ ...draft, spec: { ...draft.spec, stamp } }];
  const use: ReserveInput['use'] = {
    review: 'review-1',
    kind: 'delete',
    objectVersion: '7',
    objectUid: 'object-uid',
    terminating: false,
  };
  const asking = [{ name: 'prod', uid: 'policy-uid', digest }];
  const input: ReserveInput = { request, use, asking, now: NOW, signal: AbortSignal.timeout(5_000) };
  return { world, input, reserver: new Reserver(world, sealer) };
}

/** Read ahead while the request was in this version. */
async function aheadOf(world: GateWorld, request: ApprovalRequest, version: string): Promise<GroundsAhead> {
  const standing = { request: request.metadata.name, version, policies: ['prod'] };
  const grounds = await readGrounds(standing, { api: world, signal: AbortSignal.timeout(5_000) });
  world.calls.length = 0;
  return { ...standing, grounds };
}

describe('Reserver', () => {
  it('reserves an approval that holds, with a seal over the reservation', async () => {
    const { world, input, reserver } = approved();
    const outcome = await reserver.reserve(input);
    expect(outcome).toMatchObject({ kind: 'admitted', again: false });
    const stored = world.requests.get(input.request.metadata.name)!;
    expect(stored.status).toMatchObject({ state: 'Reserved', reservation: { review: 'review-1', times: 1 } });
    const { reservation } = stored.status!;
    expect(sealer.verify(reservationSealBytes('request-uid', reservation!), reservation!.seal)).toBe(true);
  });

  it('readmits another pass of the same delete without any further call', async () => {
    const { world, input, reserver } = approved();
    await reserver.reserve(input);
    world.calls.length = 0;
    const request = world.requests.get(input.request.metadata.name)!;
    const again = await reserver.reserve({
      ...input,
      request,
      use: { ...input.use, review: 'review-2', terminating: true },
    });
    expect(again).toMatchObject({ kind: 'admitted', again: true });
    expect(world.calls).toEqual([]);
  });

  it('uses what was read ahead of the same version, and reads nothing again', async () => {
    const { world, input, reserver } = approved();
    const ahead = await aheadOf(world, input.request, '5');
    expect((await reserver.reserve({ ...input, ahead })).kind).toBe('admitted');
    expect(world.calls).toEqual(['replaceStatus']);
  });

  it.each<[string, (world: GateWorld) => void]>([
    ['the decision', (world) => (world.decisions = [])],
    ['the policy', (world) => world.policies.clear()],
  ])(
    'INV-1: reads again when the request has moved on since, and sees that %s is revoked',
    async (_, revoke) => {
      const { world, input, reserver } = approved();
      const ahead = await aheadOf(world, input.request, '4');
      revoke(world);
      expect((await reserver.reserve({ ...input, ahead })).kind).toBe('not-usable');
      expect(world.calls.toSorted()).toEqual(['getPolicy', 'listApprovers', 'listDecisions']);
    },
  );

  it('INV-2: what was revoked since it was read ahead counts no more once anybody has written that down', async () => {
    const { world, input, reserver } = approved();
    const ahead = await aheadOf(world, input.request, '5');
    world.decisions = [];
    await world.replaceStatus({ ...input.request, status: { ...input.request.status!, state: 'Withdrawn' } });
    expect((await reserver.reserve({ ...input, ahead })).kind).toBe('moved');
  });

  it('INV-2: loses a race without admitting', async () => {
    const { world, input, reserver } = approved();
    world.conflicts = 1;
    expect(await reserver.reserve(input)).toEqual({ kind: 'moved' });
    expect(world.requests.get(input.request.metadata.name)?.status?.state).toBe('Approved');
  });

  it.each<[string, (made: ReturnType<typeof approved>) => void]>([
    ['a status that says Approved without any decision', ({ world }) => (world.decisions = [])],
    [
      'a decision with a broken seal',
      ({ world }) => (world.decisions = [aDecision({ stamp: { policies: [{ name: 'prod', digest }] } })]),
    ],
    [
      'a sealed decision about another request',
      ({ world }) => {
        const [decision] = world.decisions;
        const stamp = { ...decision!.spec.stamp!, requestUid: 'another' };
        const spec = { ...decision!.spec, stamp };
        world.decisions = [
          {
            ...decision!,
            spec: { ...spec, stamp: { ...stamp, seal: sealer.sign(decisionSealBytes(spec)) } },
          },
        ];
      },
    ],
    [
      'a policy that changed its meaning',
      ({ world }) => world.policies.set('prod', { ...policy, spec: { ...policy.spec, action: 'Deny' } }),
    ],
    ['a policy that is gone', ({ world }) => world.policies.clear()],
    [
      'a policy of the same name that is another object',
      ({ world }) =>
        world.policies.set('prod', { ...policy, metadata: { ...policy.metadata, uid: 'other' } }),
    ],
  ])('INV-1: does not admit on %s', async (_, spoil) => {
    const made = approved();
    spoil(made);
    expect((await made.reserver.reserve(made.input)).kind).toBe('not-usable');
    expect(made.world.calls).not.toContain('replaceStatus');
  });

  it('INV-3: counts a second person only by an Approver that the stamp has sealed', async () => {
    const made = approved({ required: 2 });
    const { world, input, reserver } = made;
    const [first] = world.decisions;
    const second = aDecision({ username: 'bob', stamp: { policies: [{ name: 'prod', digest }] } });
    const seal = sealer.sign(decisionSealBytes(second.spec));
    world.decisions = [
      first!,
      { ...second, spec: { ...second.spec, stamp: { ...second.spec.stamp!, seal } } },
    ];
    world.approvers = [
      approver('alice'),
      { ...approver('bob'), metadata: { ...approver('bob').metadata, name: 'carol' } },
    ];
    expect(await reserver.reserve(input)).toEqual({
      kind: 'not-usable',
      why: 'only 1/2 approvals are sealed',
    });
    world.approvers = [approver('alice'), approver('bob')];
    expect(await reserver.reserve(input)).toMatchObject({ kind: 'admitted' });
  });

  it('INV-1: recounts from lists that are no older than the request', async () => {
    const { world, input, reserver } = approved();
    const asked: unknown[] = [];
    type Call = { readonly notOlderThan?: string | undefined };
    world.listDecisions = (_: string, call?: Call) => {
      asked.push(call?.notOlderThan);
      return Promise.resolve(world.decisions);
    };
    world.listApprovers = (call?: Call) => {
      asked.push(call?.notOlderThan);
      return Promise.resolve([]);
    };
    expect(await reserver.reserve(input)).toMatchObject({ kind: 'admitted' });
    expect(asked).toEqual(['5', '5']);
  });

  it('INV-1: does not admit when one more policy asks than the request was made for', async () => {
    const { input, reserver } = approved();
    const asking = [...input.asking, { name: 'new', uid: 'new-uid', digest: 'sha256:new' }];
    expect(await reserver.reserve({ ...input, asking })).toEqual({
      kind: 'not-usable',
      why: 'policy new asks too',
    });
  });

  it('INV-4: judges the end by the sealed decision, not by a status that was written later', async () => {
    const forged = { usableUntil: deadline(NOW + 24 * 60 * MINUTE) };
    const { input, reserver } = approved({ status: forged, decidedAt: T0 + MINUTE });
    const late = { ...input, now: T0 + MINUTE + 31 * MINUTE };
    expect((await reserver.reserve(late)).kind).toBe('not-usable');
  });

  it('INV-7: cannot tell when the decision was made after its own time, since then its clock is wrong: no new request', async () => {
    const { input, reserver } = approved({ decidedAt: NOW + 60_001 });
    await expect(reserver.reserve(input)).rejects.toThrow('clock');
  });

  it('INV-2: a forged reservation re-admits nothing', async () => {
    const seal = { keyId: 'k', signature: 'forged' };
    const reservation = {
      review: 'review-1',
      at: instant(NOW - 1_000),
      objectVersion: '7',
      objectUid: 'object-uid',
      times: 1,
      seal,
    };
    const { input, reserver } = approved({ status: { state: 'Reserved', reservation } });
    expect((await reserver.reserve(input)).kind).toBe('not-usable');
  });

  it.each(['getPolicy', 'listDecisions', 'listApprovers', 'replaceStatus'] as const)(
    'INV-7: throws when %s fails, so that the gate denies',
    async (method) => {
      const { world, input, reserver } = approved();
      world.broken.add(method);
      await expect(reserver.reserve(input)).rejects.toThrow(`${method} is broken`);
    },
  );
});
