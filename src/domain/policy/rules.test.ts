import { describe, expect, it } from 'vitest';
import { aHead, aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';
import type { ReviewHead } from '../change/review.ts';
import { matchRules } from './implied.ts';

/** As seen when the objects are known, and nothing about them implies anything. */
const matches = (spec: ApprovalPolicySpec, head: ReviewHead) =>
  matchRules(spec, head, { touched: { labels: false, lifetime: false } });

const rules = (resources: string[], groups = ['apps']) =>
  aPolicySpec({ rules: [aRule({ resources, apiGroups: groups })] });

describe('resources, as the API server reads them', () => {
  it.each<[string[], string, boolean]>([
    [['deployments'], 'apps/deployments', true],
    [['deployments'], 'apps/deployments/scale', false],
    [['deployments/scale'], 'apps/deployments/scale', true],
    [['deployments/scale'], 'apps/deployments', false],
    [['*'], 'apps/deployments', true],
    [['*'], 'apps/deployments/scale', false],
    [['*/*'], 'apps/deployments', true],
    [['*/*'], 'apps/deployments/scale', true],
    [['deployments/*'], 'apps/deployments', true],
    [['deployments/*'], 'apps/deployments/status', true],
    [['deployments/*'], 'apps/statefulsets/status', false],
    [['*/scale'], 'apps/statefulsets/scale', true],
    [['*/scale'], 'apps/statefulsets', false],
    [['*/scale'], 'apps/statefulsets/status', false],
    [['statefulsets', 'deployments'], 'apps/deployments', true],
  ])('%j and %s: %s', (resources, path, expected) => {
    expect(matches(rules(resources), aHead({ resource: path }))).toBe(expected ? 'named' : undefined);
  });

  it.each<[string[], string, boolean]>([
    [[''], '/pods', true],
    [['apps'], '/pods', false],
    [['*'], '/pods', true],
    [['*'], 'example.com/pods', true],
    [['apps', ''], '/pods', true],
  ])('groups %j and %s: %s', (groups, path, expected) => {
    expect(matches(rules(['pods'], groups), aHead({ resource: path }))).toBe(expected ? 'named' : undefined);
  });

  it.each([
    'assent.dev/approvalrequests',
    'assent.dev/approvalrequests/status',
    'admissionregistration.k8s.io/validatingwebhookconfigurations',
    'authorization.k8s.io/subjectaccessreviews',
    'authorization.k8s.io/selfsubjectaccessreviews',
    'authentication.k8s.io/tokenreviews',
  ])('%s is never matched, not even by */* of every group', (path) => {
    expect(matches(rules(['*/*'], ['*']), aHead({ resource: path }))).toBeUndefined();
  });

  it('serviceaccounts/token is an ordinary subresource', () => {
    const spec = rules(['serviceaccounts/token'], ['']);
    expect(matches(spec, aHead({ resource: '/serviceaccounts/token', operation: 'CREATE' }))).toBe('named');
  });

  it('a request that was converted matches as submitted too', () => {
    const head = aHead({
      resource: 'apps/deployments',
      requestResource: { group: 'extensions', version: 'v1beta1', resource: 'deployments' },
    });
    expect(matches(rules(['deployments'], ['extensions']), head)).toBe('named');
  });

  it.each([
    ['', 'events.k8s.io/events'],
    ['events.k8s.io', '/events'],
  ])('events of the group "%s" match as %s, whichever the API server chose', (group, path) => {
    expect(matches(rules(['events'], [group]), aHead({ resource: path }))).toBe('named');
  });

  it.each([
    ['pods/binding', '/bindings'],
    ['bindings', '/pods/binding'],
    ['pods/*', '/bindings'],
  ])('%s names %s too: both bind a pod to a node', (named, path) => {
    expect(matches(rules([named], ['']), aHead({ resource: path }))).toBe('named');
    expect(matches(rules([named], ['apps']), aHead({ resource: path }))).toBeUndefined();
  });

  it('the version never matters', () => {
    const spec = aPolicySpec({ rules: [aRule({ apiVersions: ['v2'] })] });
    expect(matches(spec, aHead())).toBe('named');
  });
});

describe('operations and names', () => {
  it.each<[('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | '*')[], boolean]>([
    [['UPDATE'], true],
    [['CREATE', 'UPDATE'], true],
    [['*'], true],
    [['DELETE'], false],
  ])('an UPDATE and %j: %s', (operations, expected) => {
    const spec = aPolicySpec({ rules: [aRule({ operations })] });
    expect(matches(spec, aHead()) !== undefined).toBe(expected);
  });

  it.each<[string[], string, string, boolean]>([
    [['web'], 'web', 'apps/deployments', true],
    [['web'], 'api', 'apps/deployments', false],
    [['w*', 'x'], 'web', 'apps/deployments', true],
    [['web'], '', 'apps/deployments', true],
    [['argo'], 'argo:80', '/services/proxy', true],
    [['argo'], 'https:argo:443', '/services/proxy', true],
    [['argo'], 'https:argo:', '/services/proxy', true],
    [['argo'], 'other:80', '/services/proxy', false],
    [['argo'], 'https:argo:443', '/services/portforward', false],
  ])('names %j and "%s" of %s: %s', (resourceNames, name, path, expected) => {
    const spec = aPolicySpec({ rules: [aRule({ apiGroups: ['*'], resources: ['*/*'], resourceNames })] });
    expect(matches(spec, aHead({ name, resource: path })) !== undefined).toBe(expected);
  });
});
