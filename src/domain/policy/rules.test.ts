import { describe, expect, it } from 'vitest';
import { aHead, aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import { matchRules } from './rules.ts';

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
    expect(matchRules(rules(resources), aHead({ resource: path }))).toBe(expected ? 'named' : undefined);
  });

  it.each<[string[], string, boolean]>([
    [[''], '/pods', true],
    [['apps'], '/pods', false],
    [['*'], '/pods', true],
    [['*'], 'example.com/pods', true],
    [['apps', ''], '/pods', true],
  ])('groups %j and %s: %s', (groups, path, expected) => {
    expect(matchRules(rules(['pods'], groups), aHead({ resource: path }))).toBe(
      expected ? 'named' : undefined,
    );
  });

  it.each([
    'assent.dev/approvalrequests',
    'assent.dev/approvalrequests/status',
    'admissionregistration.k8s.io/validatingwebhookconfigurations',
    'authorization.k8s.io/subjectaccessreviews',
    'authorization.k8s.io/selfsubjectaccessreviews',
    'authentication.k8s.io/tokenreviews',
  ])('%s is never matched, not even by */* of every group', (path) => {
    expect(matchRules(rules(['*/*'], ['*']), aHead({ resource: path }))).toBeUndefined();
  });

  it('serviceaccounts/token is an ordinary subresource', () => {
    const spec = rules(['serviceaccounts/token'], ['']);
    expect(matchRules(spec, aHead({ resource: '/serviceaccounts/token', operation: 'CREATE' }))).toBe(
      'named',
    );
  });

  it('a request that was converted matches as submitted too', () => {
    const head = aHead({
      resource: 'apps/deployments',
      requestResource: { group: 'extensions', version: 'v1beta1', resource: 'deployments' },
    });
    expect(matchRules(rules(['deployments'], ['extensions']), head)).toBe('named');
  });

  it.each([
    ['', 'events.k8s.io/events'],
    ['events.k8s.io', '/events'],
  ])('events of the group "%s" match as %s, whichever the API server chose', (group, path) => {
    expect(matchRules(rules(['events'], [group]), aHead({ resource: path }))).toBe('named');
  });

  it('the version never matters', () => {
    const spec = aPolicySpec({ rules: [aRule({ apiVersions: ['v2'] })] });
    expect(matchRules(spec, aHead())).toBe('named');
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
    expect(matchRules(spec, aHead()) !== undefined).toBe(expected);
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
    expect(matchRules(spec, aHead({ name, resource: path })) !== undefined).toBe(expected);
  });
});

describe('the deletion of a namespace', () => {
  const deletion = aHead({ resource: '/namespaces', operation: 'DELETE', name: 'prod', namespace: 'prod' });
  const named = { names: ['prod'] };

  it.each<[string, ReturnType<typeof aPolicySpec>, ReturnType<typeof aHead>, string | undefined]>([
    ['is implied', aPolicySpec({ namespaces: named }), deletion, 'implied'],
    ['is implied by a label too', aPolicySpec({ namespaces: { selector: {} } }), deletion, 'implied'],
    ['is not implied without namespaces', aPolicySpec(), deletion, undefined],
    [
      'is not implied where nothing covers DELETE',
      aPolicySpec({ namespaces: named, rules: [aRule({ operations: ['UPDATE'] })] }),
      deletion,
      undefined,
    ],
    [
      'is named where the rules name it',
      aPolicySpec({ namespaces: named, rules: [aRule({ apiGroups: [''], resources: ['namespaces'] })] }),
      deletion,
      'named',
    ],
    [
      'implies no update',
      aPolicySpec({ namespaces: named }),
      { ...deletion, operation: 'UPDATE' },
      undefined,
    ],
  ])('%s', (_name, spec, head, expected) => {
    expect(matchRules(spec, head)).toBe(expected);
  });
});
