import { describe, expect, it } from 'vitest';
import type { Json } from '../domain/change/json.ts';
import type { Review } from '../domain/change/review.ts';
import { deletedDefinition, guardVerdict, type GuardFacts } from './guard-rules.ts';

const own = {
  gate: 'system:serviceaccount:assent-system:assent-gate',
  controller: 'system:serviceaccount:assent-system:assent-controller',
};
const facts = (over: Partial<GuardFacts> = {}): GuardFacts => ({
  own,
  isAgent: false,
  sealedForThisWrite: () => true,
  policyErrors: () => [],
  isInUse: false,
  ...over,
});
const review = (
  username: string,
  operation: string,
  resource: string,
  over: Partial<Review> = {},
): Review => {
  const [name = '', subResource = ''] = resource.split('/');
  const group = name.includes('.') ? name.slice(name.indexOf('.') + 1) : 'assent.dev';
  const gvr = { group, version: 'v1', resource: name.split('.')[0] ?? '' };
  return {
    uid: 'u',
    kind: { group, version: 'v1', kind: 'K' },
    resource: gvr,
    subResource,
    requestResource: gvr,
    requestSubResource: subResource,
    name: 'x',
    namespace: '',
    operation: operation as Review['operation'],
    userInfo: { username, uid: '', groups: [], extra: {} },
    object: null,
    oldObject: null,
    options: null,
    dryRun: false,
    ...over,
  };
};
const ADMIN = 'kubernetes-admin';
const SA = 'system:serviceaccount:ops:gitops';
const CRD = 'customresourcedefinitions.apiextensions.k8s.io';
const GC = 'system:serviceaccount:kube-system:generic-garbage-collector';

describe('guardVerdict', () => {
  it.each([
    [ADMIN, 'CREATE', 'approvalpolicies', 'allow'],
    [ADMIN, 'UPDATE', 'approvalpolicies', 'allow'],
    [ADMIN, 'DELETE', 'approvalpolicies', 'allow'],
    [ADMIN, 'UPDATE', 'approvalpolicies/status', 'refuse'],
    [ADMIN, 'CREATE', 'approvalrequests', 'refuse'],
    [ADMIN, 'UPDATE', 'approvalrequests', 'refuse'],
    [ADMIN, 'UPDATE', 'approvalrequests/status', 'refuse'],
    [ADMIN, 'DELETE', 'approvalrequests', 'refuse'],
    [ADMIN, 'CREATE', 'approvaldecisions', 'allow'],
    [ADMIN, 'UPDATE', 'approvaldecisions', 'refuse'],
    [ADMIN, 'DELETE', 'approvaldecisions', 'refuse'],
    [ADMIN, 'CREATE', 'approvers', 'allow'],
    [ADMIN, 'UPDATE', 'approvers', 'allow'],
    [ADMIN, 'DELETE', 'approvers', 'allow'],
    [ADMIN, 'CREATE', 'identitylinks', 'allow'],
    [ADMIN, 'UPDATE', 'identitylinks', 'refuse'],
    [ADMIN, 'UPDATE', 'identitylinks/status', 'refuse'],
    [ADMIN, 'DELETE', 'identitylinks', 'allow'],
    [SA, 'CREATE', 'identitylinks', 'refuse'],
    [own.controller, 'CREATE', 'identitylinks', 'refuse'],
    [own.controller, 'UPDATE', 'identitylinks/status', 'allow'],
    [own.gate, 'UPDATE', 'identitylinks/status', 'refuse'],
    // Without an old object nobody can say that it has no account.
    [own.controller, 'DELETE', 'identitylinks', 'refuse'],
    [own.gate, 'DELETE', 'identitylinks', 'refuse'],
    [ADMIN, 'CREATE', 'somethingnew', 'refuse'],
    [ADMIN, 'UPDATE', CRD, 'allow'],
    [SA, 'CREATE', 'approvalpolicies', 'refuse'],
    [SA, 'CREATE', 'approvaldecisions', 'refuse'],
    [SA, 'DELETE', 'approvers', 'refuse'],
    [SA, 'UPDATE', CRD, 'refuse'],
    [GC, 'DELETE', CRD, 'allow'],
    [GC, 'DELETE', 'approvaldecisions', 'allow'],
    [GC, 'DELETE', 'approvalrequests', 'refuse'],
    [GC, 'UPDATE', 'approvalrequests', 'allow'],
    [GC, 'UPDATE', 'approvalrequests/status', 'refuse'],
    [GC, 'CREATE', 'approvaldecisions', 'refuse'],
    ['system:apiserver', 'UPDATE', 'apiservices.apiregistration.k8s.io', 'allow'],
    [own.gate, 'CREATE', 'approvalrequests', 'allow'],
    [own.gate, 'UPDATE', 'approvalrequests/status', 'allow'],
    [own.gate, 'DELETE', 'approvalrequests', 'refuse'],
    [own.gate, 'CREATE', 'approvaldecisions', 'refuse'],
    [own.gate, 'UPDATE', CRD, 'refuse'],
    [own.controller, 'CREATE', 'approvalrequests', 'refuse'],
    [own.controller, 'DELETE', 'approvalrequests', 'allow'],
    [own.controller, 'DELETE', 'approvaldecisions', 'allow'],
    [own.controller, 'CREATE', 'approvaldecisions', 'refuse'],
    [own.controller, 'UPDATE', 'approvalpolicies', 'refuse'],
    [own.controller, 'UPDATE', 'approvalpolicies/status', 'allow'],
  ])('%s %s %s: %s', (username, operation, resource, kind) => {
    expect(guardVerdict(review(username, operation, resource), facts()).kind).toBe(kind);
  });

  it('lets the controller tell of a decision from a chat, and make none of its own', () => {
    const told = (spec: Json) =>
      guardVerdict(review(own.controller, 'CREATE', 'approvaldecisions', { object: { spec } }), facts());
    expect(told({ via: { channel: 'slack' } }).kind).toBe('allow');
    expect(told({ verdict: 'Approve' }).kind).toBe('refuse');
  });

  it.each(['approvalpolicies', 'approvalrequests', 'approvaldecisions', 'approvers', 'identitylinks', CRD])(
    'refuses an agent every write of %s',
    (resource) => {
      for (const operation of ['CREATE', 'UPDATE', 'DELETE']) {
        expect(guardVerdict(review('bot', operation, resource), facts({ isAgent: true })).kind).toBe(
          'refuse',
        );
      }
    },
  );

  it.each([
    ['bot', true],
    [SA, false],
  ])('lets %s ask for access with a seal made for this write, and nothing else', (username, isAgent) => {
    const asked = (spec: Json, over: Partial<Review> = {}, more: Partial<GuardFacts> = {}) =>
      guardVerdict(
        review(username, 'CREATE', 'approvalrequests', { object: { spec }, ...over }),
        facts({ isAgent, ...more }),
      ).kind;
    const unsealed = { sealedForThisWrite: () => false };
    expect(asked({ access: {} })).toBe('allow');
    expect(asked({ access: {} }, {}, unsealed)).toBe('refuse');
    // On dry-run there is no seal, and nothing is stored.
    expect(asked({ access: {} }, { dryRun: true }, unsealed)).toBe('allow');
    expect(asked({ access: {}, change: {} })).toBe('refuse');
    expect(asked({ access: {}, change: {} }, { dryRun: true })).toBe('refuse');
    expect(asked({ change: {} })).toBe('refuse');
    expect(asked({ access: null })).toBe('refuse');
    expect(asked({ access: {} }, { operation: 'UPDATE' })).toBe('refuse');
    expect(asked({ access: {} }, { subResource: 'status' })).toBe('refuse');
    expect(asked({ access: {} }, { operation: 'DELETE' })).toBe('refuse');
  });

  it('refuses a person who is no agent an ask, sealed or not', () => {
    const ask = review(ADMIN, 'CREATE', 'approvalrequests', { object: { spec: { access: {} } } });
    expect(guardVerdict(ask, facts()).kind).toBe('refuse');
  });

  it.each([ADMIN, SA, GC])(
    'INV-1: refuses %s the deletion of a definition that is in use, and says what goes',
    (who) => {
      const deletion = (name: string, oldName?: string) =>
        review(who, 'DELETE', CRD, {
          name,
          ...(oldName === undefined ? {} : { oldObject: { metadata: { name: oldName } } }),
        });
      for (const one of [
        deletion('approvalpolicies.assent.dev'),
        deletion('', 'approvalpolicies.assent.dev'),
      ]) {
        expect(deletedDefinition(one)).toBe('approvalpolicies');
        expect(guardVerdict(one, facts({ isInUse: true }))).toMatchObject({
          kind: 'refuse',
          words: expect.stringContaining('nothing that agents do would need approval any more') as string,
        });
      }
      expect(deletedDefinition(deletion('widgets.assent.dev'))).toBeUndefined();
      expect(guardVerdict(deletion('approvalpolicies.assent.dev'), facts()).kind).toBe(
        who === SA ? 'refuse' : 'allow',
      );
    },
  );

  it('refuses the garbage collector a change of what decides', () => {
    const edited = { object: { spec: { a: 1 } }, oldObject: { spec: { a: 2 } } };
    expect(guardVerdict(review(GC, 'UPDATE', 'approvalrequests', edited), facts()).kind).toBe('refuse');
  });

  it('INV-3: refuses a decision and an Approver without a seal made for this write', () => {
    const unsealed = facts({ sealedForThisWrite: () => false });
    expect(guardVerdict(review(ADMIN, 'CREATE', 'approvaldecisions'), unsealed).kind).toBe('refuse');
    // What was stored without a stamp stays so, whatever is written over it with the same identities.
    const words = 'delete it and create it again';
    expect(guardVerdict(review(ADMIN, 'UPDATE', 'approvers'), unsealed)).toMatchObject({
      kind: 'refuse',
      words: expect.stringContaining(words) as string,
    });
  });

  it('lets a dry-run of a decision through without a seal, since nothing is stored', () => {
    const unsealed = facts({ sealedForThisWrite: () => false });
    const dryRun = review(ADMIN, 'CREATE', 'approvaldecisions', { dryRun: true });
    expect(guardVerdict(dryRun, unsealed).kind).toBe('allow');
  });

  it('refuses a policy that cannot be used, with the path', () => {
    const broken = facts({ policyErrors: () => ['spec.agents[0].user: names everybody'] });
    expect(guardVerdict(review(ADMIN, 'CREATE', 'approvalpolicies'), broken)).toEqual({
      kind: 'refuse',
      words: 'the policy cannot be used',
      fields: ['spec.agents[0].user: names everybody'],
    });
  });
});
