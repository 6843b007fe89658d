import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../api/approval-request.ts';
import { aPolicy, aSpec, T0 } from '../../test/builders/request-facts.ts';
import { aSealer, GateWorld } from '../../test/builders/gate-world.ts';
import type { Review } from '../domain/change/review.ts';
import { stampDecision } from './stamp-decision.ts';
import type { StampPorts } from './stamp-outcome.ts';

const REQUEST = 'delete-deployments-api-7k2m9q4tpx';
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

const portsOf = (api: GateWorld): StampPorts => ({
  api,
  sealer: aSealer(),
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
