// What a stolen token of our controller can do with RBAC: the objects of grants and nothing else, whatever RBAC lets it (INV-4).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRANT_LABEL, grantName } from '../../src/domain/grant/objects.ts';
import { MERGE, RBAC, ROLE, startGrantStage, type GrantStage } from './grants-stage.ts';

let stage: GrantStage;
beforeAll(async () => {
  stage = await startGrantStage();
}, 120_000);
afterAll(() => stage.assent.stop());

const admin = (method: string, path: string, body?: unknown) => stage.assent.admin(method, path, body);

describe('the token of the controller', () => {
  beforeAll(() => admin('POST', `${RBAC}/namespaces/shop/roles`, { metadata: { name: 'other' }, rules }));
  const role = (over: object, uid = '00000000-0000-4000-8000-000000000002') => ({
    metadata: {
      name: grantName(uid),
      labels: { [GRANT_LABEL]: uid },
      ownerReferences: [{ apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalRequest', name: 'x', uid }],
      ...over,
    },
  });
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  const user = (name: string) => ({ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' });
  const binding = (over: object) => ({
    ...role({}),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ROLE },
    subjects: [user('x')],
    ...over,
  });
  const dry = '?dryRun=All';
  const roles = `${RBAC}/namespaces/shop/roles${dry}`;
  const bindings = `${RBAC}/namespaces/shop/rolebindings${dry}`;
  const account = (namespace: string, name: string) => ({ kind: 'ServiceAccount', namespace, name });

  const deeds: readonly (readonly [what: string, path: string, body: object])[] = [
    ['a Role of another name', roles, { ...role({ name: 'mine' }), rules }],
    ['a Role without the label', roles, { ...role({ labels: {} }), rules }],
    ['a Role that nobody owns', roles, { ...role({ ownerReferences: [] }), rules }],
    [
      'a Role with a name made up by the API server',
      roles,
      { ...role({ name: undefined, generateName: 'assent-grant-' }), rules },
    ],
    ['a binding for a group', bindings, binding({ subjects: [{ ...user('x'), kind: 'Group' }] })],
    ['a binding for two', bindings, binding({ subjects: [user('x'), user('y')] })],
    ['a binding for nobody', bindings, binding({ subjects: [] })],
    ['a binding for a component', bindings, binding({ subjects: [user('system:kube-scheduler')] })],
    [
      'a binding for itself',
      bindings,
      binding({ subjects: [account('assent-system', 'assent-controller')] }),
    ],
    ['a binding for the gate', bindings, binding({ subjects: [account('assent-system', 'assent-gate')] })],
    [
      'a binding to the Role of another',
      bindings,
      binding({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'other' } }),
    ],
  ];

  it.each(deeds)('cannot make %s', async (_, path, body) => {
    const answer = await stage.assent.send(stage.controller, 'POST', path, body);
    expect(answer.status, answer.message).toBe(403);
    expect(answer.message).toContain('assent-grants');
  });

  it('can make and take away what a grant is, and nothing else', async () => {
    const sent = await stage.assent.send(stage.controller, 'POST', roles, { ...role({}), rules });
    expect(sent.status, sent.message).toBe(201);
    const bound = await stage.assent.send(
      stage.controller,
      'POST',
      bindings,
      binding({ subjects: [account('agents', 'x')] }),
    );
    // The ClusterRole is within the ceiling.
    expect(bound.status, bound.message).toBe(201);
    await admin('POST', `${RBAC}/namespaces/shop/roles`, { metadata: { name: 'of-others' }, rules });
    const path = `${RBAC}/namespaces/shop/roles/of-others`;
    expect((await stage.assent.send(stage.controller, 'DELETE', path)).status).toBe(403);
    expect((await stage.assent.send(stage.controller, 'PATCH', path, { rules: [] }, MERGE)).status).toBe(403);
    expect(
      (await stage.assent.send(stage.controller, 'POST', `${RBAC}/clusterrolebindings${dry}`, binding({})))
        .status,
    ).toBe(403);
    await admin('DELETE', path);
  });
});
