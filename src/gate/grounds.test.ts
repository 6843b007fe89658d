import { describe, expect, it } from 'vitest';
import { GateWorld } from '../../test/builders/gate-world.ts';
import type { SlimRequest } from './facts.ts';
import { groundsAhead, isAheadOf, readGrounds } from './grounds.ts';

const slim = (name: string, state: SlimRequest['state'], version: string): SlimRequest => ({
  name,
  uid: `uid-of-${name}`,
  created: '2026-11-22T12:00:00Z',
  username: 'bot',
  object: '',
  fingerprint: 'fp',
  state,
  version,
  rememberedUntil: 0,
  usedAt: 0,
});
const signal = AbortSignal.timeout(5_000);

describe('groundsAhead', () => {
  it.each<[string, SlimRequest[]]>([
    ['nothing is cached', []],
    ['it is pending', [slim('a', 'Pending', '')]],
    ['it is spent', [slim('a', 'Admitted', '')]],
  ])('reads nothing where %s', (_, cached) => {
    const world = new GateWorld();
    expect(groundsAhead(cached, ['prod'], { api: world, signal })).toBeUndefined();
    expect(world.calls).toEqual([]);
  });

  it('reads for the newest that is approved, with its version as the bound of the lists', async () => {
    const world = new GateWorld();
    const cached = [slim('a', 'Admitted', ''), slim('b', 'Approved', '7')];
    const ahead = groundsAhead(cached, ['prod', 'dev'], { api: world, signal });
    expect(ahead).toMatchObject({ request: 'b', version: '7', policies: ['prod', 'dev'] });
    expect([...((await ahead?.grounds)?.policies.keys() ?? [])]).toEqual(['prod', 'dev']);
    expect(world.calls.toSorted()).toEqual(['getPolicy', 'getPolicy', 'listApprovers', 'listDecisions']);
  });

  it('INV-7: a failure is seen by whoever uses it, and by nobody else', async () => {
    const world = new GateWorld();
    world.broken.add('listDecisions');
    const ahead = groundsAhead([slim('a', 'Approved', '7')], [], { api: world, signal });
    await expect(ahead?.grounds).rejects.toThrow('listDecisions is broken');
  });
});

describe('isAheadOf', () => {
  const ahead = {
    request: 'a',
    version: '7',
    policies: ['prod', 'dev'],
    grounds: readGrounds({ request: 'a', version: '7', policies: [] }, new GateWorld(), signal),
  };

  it.each([
    [{ request: 'a', version: '7', policies: ['prod'] }, true],
    [{ request: 'a', version: '8', policies: ['prod'] }, false],
    [{ request: 'b', version: '7', policies: ['prod'] }, false],
    [{ request: 'a', version: '7', policies: ['prod', 'other'] }, false],
  ])('INV-1: only the same request in the same version, and all of its policies: %j %s', (standing, same) => {
    expect(isAheadOf(ahead, standing)).toBe(same);
  });
});
