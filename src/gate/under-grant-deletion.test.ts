import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, request } from '../../test/builders/a-gate.ts';
import { ACCESS, grantedGate as stage, OFFER } from '../../test/builders/granted-gate.ts';
import { aLoadedPolicy, aPolicySpec, aRule } from '../../test/builders/policies.ts';

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
});
