import { describe, expect, it } from 'vitest';
import { foundIds, there, type Planted } from '../../../test/builders/doctor-facts.ts';

const ALL = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] };
const OURS = { ...ALL, apiGroups: ['assent.dev'] };

describe('a mutating webhook of somebody else', () => {
  const webhook = (rule: object, name = 'others'): Planted => ({
    mutating: [
      ...there('mutating'),
      { metadata: { name }, webhooks: [{ name: 'x', clientConfig: {}, rules: [rule] }] },
    ] as never,
  });
  it.each<[object, string[]]>([
    [{ apiGroups: ['*'] }, ['W217', 'W219']],
    [OURS, ['W217']],
    [{ ...OURS, resources: ['approvaldecisions'], operations: ['CREATE'] }, ['W217']],
    [{ ...OURS, resources: ['approvalrequests/status'], operations: ['UPDATE'] }, ['W217']],
    [{ ...OURS, resources: ['*/status'], scope: 'Cluster' }, ['W217']],
    [{ ...ALL, apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'] }, ['W219']],
  ])('that sees what Assent goes by is found: %j', (rule, ids) => {
    expect(foundIds(webhook(rule))).toEqual(ids);
  });
  it.each<[string, string, string[]]>([
    ['approvaldecisions', 'aaa', ['W218']],
    ['approvaldecisions', 'assent-stam', ['W218']],
    ['approvaldecisions', 'assent-stamp-2', ['W217']],
    ['approvers', 'aaa', ['W217']],
    ['pods', 'aaa', []],
  ])('that sees %s comes before the seal or after it: %s', (resource, name, ids) => {
    expect(foundIds(webhook({ ...OURS, resources: [resource] }, name))).toEqual(ids);
  });
  it.each<[object]>([
    [{ ...ALL, apiGroups: ['', 'apps'] }],
    [{ ...ALL, resources: ['pods'] }],
    [{ ...ALL, operations: ['DELETE', 'CONNECT'] }],
    [{ ...ALL, scope: 'Namespaced' }],
    [{ ...ALL, apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'] }],
  ])('that sees none of it is not: %j', (rule) => {
    expect(foundIds(webhook(rule))).toEqual([]);
  });
});

describe('a MutatingAdmissionPolicy', () => {
  const policy = (match: object, binding?: object): Planted => ({
    mutatingPolicies: [{ metadata: { name: 'm' }, spec: { matchConstraints: match } }],
    mutatingBindings: binding === undefined ? [] : [{ metadata: { name: 'b' }, spec: binding }],
  });
  const BOUND = { policyName: 'm' };
  const WITHOUT = { resourceRules: [ALL], excludeResourceRules: [OURS] };
  it.each<[object, object]>([
    [{ resourceRules: [OURS] }, BOUND],
    [{ resourceRules: [ALL] }, BOUND],
    [{ resourceRules: [ALL] }, { ...BOUND, matchResources: { resourceRules: [OURS] } }],
    [{ resourceRules: [ALL] }, { ...BOUND, matchResources: {} }],
    [{ resourceRules: [ALL], excludeResourceRules: [{ ...OURS, resources: ['approvers'] }] }, BOUND],
    [{ resourceRules: [ALL], excludeResourceRules: [{ ...OURS, operations: ['DELETE'] }] }, BOUND],
    [{ resourceRules: [ALL], excludeResourceRules: [{ ...OURS, apiVersions: ['v1'] }] }, BOUND],
    [{ resourceRules: [ALL], excludeResourceRules: [{ ...OURS, resourceNames: ['x'] }] }, BOUND],
  ])('that sees decisions is found: %j, bound by %j', (match, binding) => {
    expect(foundIds(policy(match, binding))).toEqual(['W218']);
  });
  it('that sees others of our kinds is found as such', () => {
    const approvers = { resourceRules: [{ ...OURS, resources: ['approvers'] }] };
    expect(foundIds(policy(approvers, BOUND))).toEqual(['W217']);
    const narrowed = { ...BOUND, matchResources: approvers };
    expect(foundIds(policy({ resourceRules: [ALL] }, narrowed))).toEqual(['W217']);
  });
  it.each<[object, object?]>([
    [{ resourceRules: [OURS] }],
    [{ resourceRules: [OURS] }, { policyName: 'another' }],
    [{ resourceRules: [{ ...ALL, apiGroups: ['apps'] }] }, BOUND],
    [WITHOUT, BOUND],
    [{ resourceRules: [ALL] }, { ...BOUND, matchResources: { excludeResourceRules: [OURS] } }],
    [
      { resourceRules: [ALL] },
      { ...BOUND, matchResources: { resourceRules: [{ ...ALL, apiGroups: ['apps'] }] } },
    ],
  ])('that does not is none: %j, bound by %j', (match, binding) => {
    expect(foundIds(policy(match, binding))).toEqual([]);
  });
  it('INV-7: is found where nobody can tell whether it is bound', () => {
    const unseen = { mutatingBindings: { kind: 'unseen', why: 'x' } as const };
    expect(foundIds(policy({ resourceRules: [OURS] }), unseen)).toEqual(['W218']);
  });
});
