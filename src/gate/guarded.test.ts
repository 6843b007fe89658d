// An agent does not step out of what is offered: the ClusterRole behind it, the ceiling, and the namespaces are held.
import { describe, expect, it } from 'vitest';
import { aGate, request as deletion } from '../../test/builders/a-gate.ts';
import { OFFER } from '../../test/builders/granted-gate.ts';
import { aHead, aLoadedPolicy, aPolicySpec, aRule, yields } from '../../test/builders/policies.ts';
import { CEILING } from '../api/installation.ts';
import { roleNow } from '../domain/grant/cluster-role.ts';
import type { RoleNow } from '../domain/grant/standing.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { indexPolicies } from '../domain/policy/preselect.ts';

const DELETES = roleNow({ rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }] });
const offering = (over: Parameters<typeof aPolicySpec>[0] = {}) =>
  aLoadedPolicy('shop', aPolicySpec({ rules: [], access: [OFFER], ...over }));
const stage = (policies: readonly Policy[] = [offering()], role: RoleNow | undefined = DELETES) => {
  const lookup = (name: string) => (name === 'fixer' ? role : undefined);
  return aGate(policies, { policies: () => indexPolicies(policies, lookup), role: lookup });
};

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const KIND = { group: RBAC.group, version: 'v1', kind: 'ClusterRole' };
const clusterRole = (name: string, over: object = {}) => ({
  apiVersion: `${RBAC.group}/v1`,
  kind: 'ClusterRole',
  metadata: { name, uid: 'role-uid', resourceVersion: '3' },
  rules: DELETES.rules,
  ...over,
});
const ofRole = (name: string, over: object = {}) =>
  deletion({
    kind: KIND,
    requestKind: KIND,
    resource: RBAC,
    requestResource: RBAC,
    name,
    namespace: '',
    oldObject: clusterRole(name),
    ...over,
  });
const update = (name: string, over: object) =>
  ofRole(name, { operation: 'UPDATE', options: {}, object: clusterRole(name, over) });
const creation = (name: string) =>
  ofRole(name, { operation: 'CREATE', options: {}, oldObject: null, object: clusterRole(name) });

describe('INV-1: the ClusterRole that is offered', () => {
  it.each<[string, object]>([
    ['is emptied', update('fixer', { rules: [] })],
    ['is deleted', ofRole('fixer')],
    ['is made to gather its rules', update('fixer', { aggregationRule: { clusterRoleSelectors: [] } })],
    ['is made', creation('fixer')],
    ['is the ceiling', update(CEILING, { rules: [] })],
    ['is the ceiling, deleted', ofRole(CEILING)],
  ])('%s by its agent only when a person says so', async (_, review) => {
    const { send, world } = stage();
    const { allowed, status } = await send(review);
    expect(allowed).toBe(false);
    expect(status?.message).toMatch(/^Approval required: .* clusterroles /);
    expect([...world.requests.values()].map(({ spec }) => spec.policies.map(({ name }) => name))).toEqual([
      ['shop'],
    ]);
  });

  it('is held where it is missing, and whatever the conditions of match say', async () => {
    const selective = aLoadedPolicy(
      'shop',
      offering({ rules: [aRule()], namespaces: { names: ['x'] } }).spec,
      {
        conditions: [yields(false)],
      },
    );
    for (const policies of [[offering()], [selective]])
      expect(await stage(policies, undefined).send(creation('fixer'))).toMatchObject({ allowed: false });
  });

  it('is held with all others at once', async () => {
    const { status } = await stage().send(ofRole('', { oldObject: clusterRole('fixer') }));
    expect(status?.message).toContain('delete the objects one by one');
  });

  it('INV-6: is no matter of other roles, of other people, of changes of nothing', async () => {
    const { send, world } = stage();
    const others = [
      ofRole('other'),
      ofRole('fixer', { userInfo: { username: 'alice', groups: [] } }),
      update('fixer', {}),
    ];
    for (const review of others) expect(await send(review)).toMatchObject({ allowed: true });
    expect(world.calls).toEqual([]);
  });

  it('holds the ceiling against agents of other policies too, once anything is offered', async () => {
    const mine = aLoadedPolicy('asks');
    const theirs = offering({ agents: [{ user: 'somebody' }] });
    expect(await stage([mine, theirs]).send(ofRole(CEILING))).toMatchObject({ allowed: false });
    expect(await stage([mine, theirs]).send(ofRole('fixer'))).toMatchObject({ allowed: true });
    expect(await stage([mine]).send(ofRole(CEILING))).toMatchObject({ allowed: true });
    const allows = aLoadedPolicy('allows', aPolicySpec({ action: 'Allow' }));
    expect(await stage([allows, theirs]).send(ofRole(CEILING))).toMatchObject({ allowed: true });
  });

  it.each(['Warn', 'Audit'] as const)('is let go in mode %s', async (mode) => {
    expect(await stage([offering({ mode })]).send(ofRole('fixer'))).toMatchObject({ allowed: true });
  });

  it('is never answered from its head', () => {
    const { fromHead } = stage();
    const head = aHead({ resource: `${RBAC.group}/clusterroles`, namespace: '', name: 'fixer' });
    expect(fromHead?.(head)).toBeUndefined();
    expect(fromHead?.({ ...head, name: 'other' })).toBeDefined();
  });
});

describe('INV-1: a namespace in which deletions are offered', () => {
  const resource = { group: '', version: 'v1', resource: 'namespaces' };
  const kind = { group: '', version: 'v1', kind: 'Namespace' };
  const namespace = (metadata: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', uid: 'ns-uid', resourceVersion: '3', ...metadata },
    spec: { finalizers: ['kubernetes'] },
  });
  const ofNamespace = (over: object = {}) =>
    deletion({
      kind,
      requestKind: kind,
      resource,
      requestResource: resource,
      name: 'shop',
      namespace: 'shop',
      oldObject: namespace(),
      ...over,
    });
  const changed = (metadata: object) =>
    ofNamespace({ operation: 'UPDATE', options: {}, object: namespace(metadata) });
  const owners = [{ apiVersion: 'v1', kind: 'Node', name: 'never', uid: 'dead' }];

  it('is deleted by its agent only when a person says so', async () => {
    const { status } = await stage().send(ofNamespace());
    expect(status?.message).toMatch(/^Approval required: delete namespaces shop/);
    expect(await stage().send(changed({ ownerReferences: owners }))).toMatchObject({ allowed: false });
    expect(await stage().send(changed({ annotations: { a: 'b' } }))).toMatchObject({ allowed: true });
  });

  it('is no matter of other namespaces, nor of offers of no deletion', async () => {
    expect(await stage().send(ofNamespace({ name: 'cart', namespace: 'cart' }))).toMatchObject({
      allowed: true,
    });
    const patches = roleNow({ rules: [{ verbs: ['patch', 'get'], apiGroups: [''], resources: ['pods'] }] });
    expect(await stage(undefined, patches).send(ofNamespace())).toMatchObject({ allowed: true });
    expect(await stage([offering({ agents: [{ user: 'x' }] })]).send(ofNamespace())).toMatchObject({
      allowed: true,
    });
    const collections = roleNow({
      rules: [{ verbs: ['deletecollection'], apiGroups: [''], resources: ['pods'] }],
    });
    expect(await stage(undefined, collections).send(ofNamespace())).toMatchObject({ allowed: false });
  });
});
