import { describe, expect, it } from 'vitest';
import { GateWorld } from '../../test/builders/gate-world.ts';
import { aSpec } from '../../test/builders/request-facts.ts';
import { slimRequest, type SlimRequest } from './facts.ts';
import { allKnown, groundsAhead, isAheadOf } from './grounds.ts';
import type { GateApi, ListCall } from './ports.ts';

const slim = (name: string, state: SlimRequest['state'], resourceVersion: string): SlimRequest =>
  slimRequest({
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name, uid: `uid-of-${name}`, resourceVersion },
    spec: aSpec(),
    status: { state },
  });
const signal = AbortSignal.timeout(5_000);

describe('groundsAhead', () => {
  it.each<[string, SlimRequest[]]>([
    ['nothing is cached', []],
    ['it is pending', [slim('a', 'Pending', '7')]],
    ['it is spent', [slim('a', 'Admitted', '7')]],
    ['it is used, so that what it stands on must be read after it', [slim('a', 'Reserved', '7')]],
  ])('reads nothing where %s', async (_, cached) => {
    const world = new GateWorld();
    expect(await groundsAhead(cached, ['prod'], { api: world, signal })).toBeUndefined();
    expect(world.calls).toEqual([]);
  });

  it('reads for the newest that is approved', async () => {
    const world = new GateWorld();
    const cached = [slim('a', 'Admitted', '5'), slim('b', 'Approved', '7')];
    const ahead = await groundsAhead(cached, ['prod', 'dev'], { api: world, signal });
    expect(ahead).toMatchObject({ request: 'b', version: '7', policies: ['prod', 'dev'] });
    expect([...(ahead?.grounds.policies.keys() ?? [])]).toEqual(['prod', 'dev']);
    expect(world.calls.toSorted()).toEqual(['getPolicy', 'getPolicy', 'listApprovers', 'listDecisions']);
  });

  it('INV-1: no list is older than the version that the cache knows', async () => {
    const bounds: unknown[] = [];
    const list = ({ notOlderThan }: ListCall): Promise<[]> => {
      bounds.push(notOlderThan);
      return Promise.resolve([]);
    };
    const api: Pick<GateApi, 'getPolicy' | 'listDecisions' | 'listApprovers'> = {
      getPolicy: () => Promise.resolve(undefined),
      listDecisions: (_, call) => list(call),
      listApprovers: list,
    };
    await groundsAhead([slim('a', 'Approved', '7')], [], { api, signal });
    expect(bounds).toEqual(['7', '7']);
  });

  it.each(['getPolicy', 'listDecisions', 'listApprovers'] as const)(
    'INV-7: fails when %s does',
    async (method) => {
      const world = new GateWorld();
      world.broken.add(method);
      const ahead = groundsAhead([slim('a', 'Approved', '7')], ['prod'], { api: world, signal });
      await expect(ahead).rejects.toThrow(`${method} is broken`);
    },
  );
});

describe('isAheadOf', () => {
  const ahead = { request: 'a', version: '7', policies: ['prod', 'dev'] };

  it.each([
    [{ request: 'a', version: '7', policies: ['prod'] }, true],
    [{ request: 'a', version: '8', policies: ['prod'] }, false],
    [{ request: 'b', version: '7', policies: ['prod'] }, false],
    [{ request: 'a', version: '7', policies: ['prod', 'other'] }, false],
  ])('INV-1: only the same request in the same version, and all of its policies: %j %s', (standing, same) => {
    expect(isAheadOf(ahead, standing)).toBe(same);
  });
});

describe('allKnown', () => {
  it('gives all values', async () => {
    expect(await allKnown([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
  });

  it('INV-7: waits for what is still under way when something has failed', async () => {
    const slow = Promise.withResolvers<string>();
    let isKnown = false;
    const all = allKnown([Promise.reject(new Error('first')), slow.promise]).finally(() => {
      isKnown = true;
    });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(isKnown).toBe(false);
    slow.reject(new Error('second'));
    await expect(all).rejects.toThrow('first');
  });
});
