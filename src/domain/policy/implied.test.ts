import { describe, expect, it } from 'vitest';
import { aHead, aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import { matchRules } from './implied.ts';
import type { Touched } from './touched.ts';

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
  ])('%s', (_name, spec, head, expected) => {
    expect(matchRules(spec, head)).toBe(expected);
  });
});

describe('an update that comes to something else', () => {
  const LABELS = { labels: true, lifetime: false };
  const LIFETIME = { labels: false, lifetime: true };
  const NOTHING = { labels: false, lifetime: false };
  const rule = (operations: ('CREATE' | 'UPDATE' | 'DELETE')[], over: Parameters<typeof aRule>[0] = {}) =>
    aPolicySpec({ rules: [aRule({ operations, ...over })] });
  const core = (resource: string) => ({ apiGroups: [''], resources: [resource] });
  const labelled = aPolicySpec({ namespaces: { selector: {} }, rules: [aRule({ operations: ['CREATE'] })] });
  const inNamespace = aPolicySpec({ namespaces: { names: ['prod'] } });

  it.each<[string, ReturnType<typeof aPolicySpec>, string, Touched, string | undefined]>([
    ['owners, where deletion is held', rule(['DELETE']), 'apps/deployments', LIFETIME, 'implied'],
    ['owners, through a subresource', rule(['DELETE']), 'apps/deployments/status', LIFETIME, 'implied'],
    ['owners, where both are held', rule(['UPDATE', 'DELETE']), 'apps/deployments', LIFETIME, 'implied'],
    ['neither', rule(['DELETE']), 'apps/deployments', NOTHING, undefined],
    ['neither, through a subresource', rule(['UPDATE']), 'apps/deployments/status', NOTHING, undefined],
    ['neither, where updates are held', rule(['UPDATE', 'DELETE']), 'apps/deployments', NOTHING, 'named'],
    ['labels of what is no namespace', rule(['DELETE']), 'apps/deployments', LABELS, undefined],
    ['owners, where updates are held', rule(['UPDATE']), 'apps/deployments/status', LIFETIME, 'named'],
    ['owners, where only creation is held', rule(['CREATE']), 'apps/deployments/status', LIFETIME, undefined],
    ['owners of something else', rule(['DELETE']), 'apps/statefulsets', LIFETIME, undefined],
    ['owners, by a wildcard', rule(['DELETE'], { resources: ['*'] }), 'apps/a/status', LIFETIME, 'implied'],
    [
      'owners of another name',
      rule(['DELETE'], { resourceNames: ['x'] }),
      'apps/deployments',
      LIFETIME,
      undefined,
    ],
    [
      'a subresource alone',
      rule(['DELETE'], { resources: ['*/scale'] }),
      'apps/deployments',
      LIFETIME,
      undefined,
    ],
    ['labels of a namespace', labelled, '/namespaces', LABELS, 'implied'],
    ['its labels, by status', labelled, '/namespaces/status', LABELS, 'implied'],
    ['its labels, by finalize', labelled, '/namespaces/finalize', LABELS, 'implied'],
    ['its labels, where it is held by name', inNamespace, '/namespaces', LABELS, undefined],
    ['its owners, where it is held by name', inNamespace, '/namespaces', LIFETIME, 'implied'],
    ['its owners, by finalize', inNamespace, '/namespaces/finalize', LIFETIME, 'implied'],
    ['its owners, where nothing covers DELETE', labelled, '/namespaces', LIFETIME, undefined],
    [
      'its owners, named itself',
      rule(['DELETE'], core('namespaces')),
      '/namespaces/status',
      LIFETIME,
      'implied',
    ],
  ])('%s', (_name, spec, resource, touched, expected) => {
    expect(matchRules(spec, aHead({ resource }), { touched })).toBe(expected);
  });

  it('counts as touching everything while only the head is known', () => {
    expect(matchRules(rule(['DELETE']), aHead())).toBe('implied');
    expect(matchRules(rule(['UPDATE']), aHead({ resource: 'apps/deployments/status' }))).toBe('named');
  });

  it('a Scale has owners of its own', () => {
    const kind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
    expect(matchRules(rule(['DELETE']), aHead({ resource: 'apps/deployments/scale', kind }))).toBeUndefined();
  });
});
