import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, request } from '../../test/builders/a-gate.ts';
import { ACCESS, grantedGate as stage, OFFER, RULE } from '../../test/builders/granted-gate.ts';
import { aLoadedPolicy, aPolicySpec, aRule } from '../../test/builders/policies.ts';
import { roleNow } from '../domain/grant/cluster-role.ts';

const messageOf = async (answer: ReturnType<ReturnType<typeof stage>['send']>) =>
  (await answer).status?.message ?? '';
const paused = request({
  operation: 'UPDATE',
  options: {},
  object: { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, paused: true } },
});

describe('a change that comes to a deletion', () => {
  const owned = {
    ...DEPLOYMENT,
    metadata: {
      ...DEPLOYMENT.metadata,
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: 'dead' }],
    },
  };
  const orphaning = request({ operation: 'UPDATE', object: owned, options: {} });
  const may = (...verbs: string[]) => ({ ...ACCESS, rules: [{ ...ACCESS.rules[0]!, verbs }] });

  it('INV-1: needs leave to delete, beside leave to change', async () => {
    expect(await stage({ access: may('patch') }).send(paused)).toMatchObject({ allowed: true });
    expect(await messageOf(stage({ access: may('patch') }).send(orphaning))).toMatch(/^Access needed/);
    const asksToo = aPolicySpec({ rules: [aRule({ operations: ['DELETE'] })], access: [OFFER] });
    const policies = [aLoadedPolicy('shop', asksToo)];
    expect(await stage({ access: may('patch'), policies }).send(orphaning)).toMatchObject({ allowed: false });
    expect(await stage({ access: may('patch', 'delete') }).send(orphaning)).toMatchObject({ allowed: true });
  });

  it('is told to ask for both', async () => {
    const { send } = stage({ access: may('patch') });
    expect(await messageOf(send(orphaning))).toContain('--verb update,patch,delete ');
  });

  describe('where deletions alone are offered', () => {
    const role = roleNow({ rules: [{ ...RULE, verbs: ['delete'] }] });
    const going = { ...DEPLOYMENT, metadata: { ...DEPLOYMENT.metadata, finalizers: ['example.com/held'] } };
    const freed = request({ operation: 'UPDATE', object: DEPLOYMENT, oldObject: going, options: {} });
    const through = { subResource: 'status', requestSubResource: 'status' };

    it.each<[string, object]>([
      ['an owner that is not there', orphaning],
      ['a finalizer taken away', freed],
      ['an owner by a subresource', { ...orphaning, ...through }],
    ])('INV-1: %s needs a grant of the deletion, and no more', async (_, review) => {
      const { send } = stage({ role, decisions: [] });
      expect(await messageOf(send(review))).toMatch(/^Access needed: update deployments/);
      expect(await messageOf(send(review))).toContain('--verb delete --resource deployments.apps --name api');
      expect(await stage({ role, access: may('delete') }).send(review)).toMatchObject({ allowed: true });
      expect(await stage({ role, access: may('delete') }).send({ ...review, name: 'db' })).toMatchObject({
        allowed: false,
      });
    });

    it('INV-6: any other change is untouched', async () => {
      const { send, world } = stage({ role, decisions: [] });
      expect(await send(paused)).toMatchObject({ allowed: true });
      expect(world.calls).toEqual([]);
    });
  });

  it('goes by a subresource as little as by the object', async () => {
    const role = roleNow({ rules: [{ ...RULE, verbs: ['patch'] }] });
    const status = { ...orphaning, subResource: 'status', requestSubResource: 'status' };
    expect(await messageOf(stage({ role, access: may('patch') }).send(status))).toMatch(/^Access needed/);
  });
});
