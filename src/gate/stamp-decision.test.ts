import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import { aPolicy, aSpec, T0 } from '../../test/builders/request-facts.ts';
import { aSealer, GateWorld } from '../../test/builders/gate-world.ts';
import type { Review } from '../domain/change/review.ts';
import { policyDigest } from '../domain/policy/digest.ts';
import { instant } from '../domain/request/instant.ts';
import { approverSealBytes, requestSealBytes } from '../domain/request/sealed.ts';
import type { ListCall } from './ports.ts';
import { stampDecision } from './stamp-decision.ts';
import type { StampPorts } from './stamp-outcome.ts';

const REQUEST = 'delete-deployments-api-7k2m9q4tpx';
const sealer = aSealer();
const POLICY = {
  metadata: { name: 'prod', uid: 'policy-uid', resourceVersion: '1' },
  spec: { agents: [], match: { rules: [] }, access: [], risk: 'Low', approval: { required: 1 } },
} as unknown as ApprovalPolicy;
const moment = { now: T0, signal: AbortSignal.timeout(60_000) };

/** A world with one request, whose Approvers nobody hears of before `release`. */
class SlowApprovers extends GateWorld {
  readonly released = Promise.withResolvers<void>();

  constructor() {
    super();
    const metadata = { name: REQUEST, uid: 'request-uid', resourceVersion: '5', generation: 1 };
    const spec = aSpec({ policies: [aPolicy({})] });
    this.requests.set(REQUEST, { metadata, spec } as unknown as ApprovalRequest);
  }

  override async listApprovers() {
    await this.released.promise;
    return super.listApprovers();
  }
}

/** Mallory as a person, sealed. */
const MALLORY = (() => {
  const at = instant(T0);
  const spec = {
    identities: [{ kubernetes: { username: 'mallory' } }],
    stamp: { generation: 1, uid: '', at, by: 'admin' },
  };
  const seal = sealer.sign(approverSealBytes('mallory', spec));
  return {
    metadata: { name: 'mallory', uid: 'm', resourceVersion: '1', generation: 1, creationTimestamp: at },
    spec: { ...spec, stamp: { ...spec.stamp, seal } },
  } as unknown as Approver;
})();

/** A world that notes how old each list may be. The Approver of mallory, needed here, is in lists of those versions only. */
class Versions extends GateWorld {
  readonly asked: (string | undefined)[] = [];
  private readonly listed: readonly (string | undefined)[];

  constructor(listed: readonly (string | undefined)[], requester?: string) {
    super();
    this.listed = listed;
    const metadata = { name: REQUEST, uid: 'request-uid', resourceVersion: '5', generation: 1 };
    const owners = listed.length > 0 ? ['olga'] : [];
    const base = aSpec({ policies: [aPolicy({ owners, digest: policyDigest(POLICY.spec) })] });
    const unsealed = requester ? { ...base, requester: { ...base.requester, username: requester } } : base;
    const spec = { ...unsealed, seal: sealer.sign(requestSealBytes(unsealed)) };
    this.requests.set(REQUEST, { metadata, spec } as unknown as ApprovalRequest);
    this.policies.set('prod', POLICY);
  }

  override async listDecisions(request: string, call?: ListCall) {
    this.asked.push(call?.notOlderThan);
    return super.listDecisions(request);
  }

  override async listApprovers(call?: ListCall) {
    this.asked.push(call?.notOlderThan);
    return this.listed.includes(call?.notOlderThan) ? [MALLORY] : [];
  }

  override mayApprove(_person: unknown, _policy: string) {
    return Promise.resolve(true);
  }
}

const portsOf = (api: GateWorld): StampPorts => ({
  api,
  sealer,
  own: { gate: 'gate', controller: 'controller' },
  isAgent: () => false,
  areAgentsGroups: () => false,
});

/** Somebody's decision; `via` a chat, as nobody but the controller may say. */
const review = (via?: object): Review =>
  ({
    object: { spec: { request: REQUEST, verdict: 'Approve', ...(via && { via }) } },
    userInfo: { username: 'mallory', uid: '', groups: [], extra: {} },
    dryRun: false,
  }) as unknown as Review;

describe('the stamp on a decision', () => {
  it('reads what is decided beside who decides', async () => {
    const world = new SlowApprovers();
    const stamped = stampDecision(review(), portsOf(world), moment);
    await turn();
    expect(world.calls).toEqual(['getRequest', 'getPolicy', 'listDecisions']);
    world.released.resolve();
    expect(await stamped).toMatchObject({ kind: 'refuse' });
  });

  it.each([{}, { request: '' }, { request: 7 }, undefined])(
    'refuses a spec that names no request: %j',
    async (spec) => {
      const world = new GateWorld();
      const made = { ...review(), object: { spec } } as unknown as Review;
      expect(await stampDecision(made, portsOf(world), moment)).toEqual({
        kind: 'refuse',
        words: 'refused: spec.request has to name an ApprovalRequest',
      });
      expect(world.calls).toEqual([]);
    },
  );

  it('says yes on the lists at hand, and no only on lists as of now', async () => {
    const yes = new Versions([]);
    expect(await stampDecision(review(), portsOf(yes), moment)).toMatchObject({ kind: 'patch' });
    expect(yes.asked).toEqual(['0', '0']);
    // Somebody of the same name asked for the change: refused, and looked at again.
    const no = new Versions([], 'mallory');
    expect(await stampDecision(review(), portsOf(no), moment)).toMatchObject({ kind: 'refuse' });
    expect(no.asked).toEqual(['0', '0', undefined, undefined]);
  });

  it('INV-3: a list that is old refuses nobody who may decide by now', async () => {
    const world = new Versions([undefined]);
    expect(await stampDecision(review(), portsOf(world), moment)).toMatchObject({ kind: 'patch' });
    expect(world.asked).toEqual(['0', '0', undefined, undefined]);
  });

  it.each<[string, boolean, string]>([
    ['Approve', true, 'patch'],
    ['Approve', false, 'refuse'],
    ['Revoke', true, 'patch'],
    ['Revoke', false, 'refuse'],
  ])('INV-3: %s is for whoever may approve: %s, %s', async (verdict, mayApprove, kind) => {
    const world = new Versions([]);
    const stored = world.requests.get(REQUEST)!;
    const state = verdict === 'Revoke' ? ('Approved' as const) : ('Pending' as const);
    world.requests.set(REQUEST, { ...stored, status: { state } });
    world.mayApprove = (_, policy) => Promise.resolve(mayApprove && policy === 'prod');
    const { object, ...given } = review();
    const spec = { ...(object?.['spec'] as object), verdict };
    const outcome = await stampDecision({ ...given, object: { spec } }, portsOf(world), moment);
    expect(outcome.kind).toBe(kind);
    expect(JSON.stringify(outcome).includes('(no-right)')).toBe(!mayApprove);
  });

  it.each(['getRequest', 'getPolicy', 'listDecisions', 'listApprovers'] as const)(
    'INV-7: is not made while %s fails, whoever decides',
    async (call) => {
      for (const via of [undefined, { channel: 'slack', team: 'T1', user: 'U1' }]) {
        const world = new SlowApprovers();
        world.broken.add(call);
        world.released.resolve();
        await expect(stampDecision(review(via), portsOf(world), moment)).rejects.toThrow(`${call} is broken`);
      }
    },
  );
});
