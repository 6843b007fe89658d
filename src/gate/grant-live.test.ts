// What lets a write through under a grant is read live: a cache that is behind must not.
import { describe, expect, it } from 'vitest';
import { request } from '../../test/builders/a-gate.ts';
import { ACCESS, APPROVED_NOW, FIXER, grantedGate as stage } from '../../test/builders/granted-gate.ts';
import { T0 } from '../../test/builders/request-facts.ts';
import type { AgentFreeze } from '../api/agent-freeze.ts';
import { roleNow } from '../domain/grant/cluster-role.ts';

const messageOf = async (answer: ReturnType<ReturnType<typeof stage>['send']>) =>
  (await answer).status?.message ?? '';
const freezeOf = (spec: Partial<AgentFreeze['spec']>): AgentFreeze => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'AgentFreeze',
  metadata: { name: 'freeze', uid: 'uid-freeze', resourceVersion: '9' },
  spec: { reason: 'stop', ...spec },
});

describe('INV-1: a write under a grant, while the cache is behind,', () => {
  it.each<[string, AgentFreeze, boolean]>([
    ['frozen', freezeOf({ serviceAccount: 'agents/bot' }), false],
    ['frozen by a group that it is in now', freezeOf({ group: 'system:serviceaccounts' }), false],
    ['not frozen: another agent is', freezeOf({ serviceAccount: 'agents/other' }), true],
  ])('is judged by the freezes there are: the agent is %s', async (_, freeze, allowed) => {
    const { send, world, now } = stage();
    const before = now();
    world.freezes = [freeze];
    expect(await send(request())).toMatchObject({ allowed });
    if (allowed) return;
    expect(await messageOf(send(request()))).toContain('the agent is frozen');
    expect(now()).toEqual(before);
  });

  it('is judged by the ClusterRole as it is', async () => {
    const narrowed = stage();
    narrowed.world.roles.set('fixer', roleNow({ rules: [] }));
    expect(await messageOf(narrowed.send(request()))).toContain('the ClusterRole behind it changed');
    const gone = stage();
    gone.world.roles.delete('fixer');
    expect(await messageOf(gone.send(request()))).toContain('the ClusterRole behind it changed');
    const same = stage({ access: { ...ACCESS, role: 'fixer' } });
    same.world.roles.set('fixer', FIXER);
    expect(await same.send(request())).toMatchObject({ allowed: true });
  });

  it('is refused in a namespace that was made after the approval, under the same name', async () => {
    const { send, world } = stage();
    world.namespaces.set('shop', T0);
    expect(await send(request())).toMatchObject({ allowed: true });
    const anew = stage();
    anew.world.namespaces.set('shop', APPROVED_NOW);
    expect(await messageOf(anew.send(request()))).toContain('a namespace of it was made after the approval');
    const elsewhere = stage({ access: { ...ACCESS, namespaces: ['cart', 'shop'] } });
    elsewhere.world.namespaces.set('cart', APPROVED_NOW);
    expect(await messageOf(elsewhere.send(request()))).toContain('was made after the approval');
  });

  it.each(['getRole', 'listFreezes', 'namespaceMadeAt'] as const)(
    'INV-7: is denied where %s fails',
    async (method) => {
      const { send, world } = stage();
      world.broken.add(method);
      expect(await send(request())).toMatchObject({ allowed: false, status: { code: 500 } });
    },
  );

  it('waits for nothing longer: all of it is read at the same time', async () => {
    const { send, world } = stage();
    await send(request());
    expect(world.calls.toSorted()).toEqual([
      'getPolicy',
      'getRequest',
      'getRole',
      'listApprovers',
      'listDecisions',
      'listFreezes',
      'namespaceMadeAt',
      'replaceStatus',
    ]);
  });
});
