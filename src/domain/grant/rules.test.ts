import { describe, expect, it } from 'vitest';
import type { AccessRule } from '../../api/access.ts';
import { allows, isSameAccess, isWithin, type PolicyRule } from './rules.ts';

const rule = (over: Partial<AccessRule> = {}): AccessRule => ({
  verbs: ['delete'],
  apiGroups: [''],
  resources: ['pods'],
  ...over,
});

describe('rules', () => {
  it.each<[string, PolicyRule, boolean]>([
    ['the same', rule(), true],
    ['every verb', rule({ verbs: ['*'] }), true],
    ['another verb', rule({ verbs: ['get'] }), false],
    ['every group', rule({ apiGroups: ['*'] }), true],
    ['another group', rule({ apiGroups: ['apps'] }), false],
    ['no group at all (T48)', { verbs: ['delete'], resources: ['pods'] }, false],
    ['every resource', rule({ resources: ['*'] }), true],
    ['a subresource of it', rule({ resources: ['pods/exec'] }), false],
    ['one name of it', rule({ resourceNames: ['web-7'] }), false],
    ['a URL', { verbs: ['*'], nonResourceURLs: ['*'] }, false],
  ])('deletion of pods of any name is allowed by %s: %s', (_, allowed, is) => {
    expect(isWithin([rule()], [allowed])).toBe(is);
  });

  it('a name is allowed by itself and by every name, a subresource by its own wildcard', () => {
    const deed = { verb: 'delete', group: '', resource: 'pods', name: 'web-7' };
    expect(allows([rule({ resourceNames: ['web-7'] })], deed)).toBe(true);
    expect(allows([rule({ resourceNames: ['web-8'] })], deed)).toBe(false);
    expect(allows([rule()], deed)).toBe(true);
    const scale = { verb: 'patch', group: 'apps', resource: 'deployments/scale', name: '' };
    const wild = (resource: string) => rule({ verbs: ['patch'], apiGroups: ['apps'], resources: [resource] });
    expect(allows([wild('*/scale')], scale)).toBe(true);
    expect(allows([wild('*/status')], scale)).toBe(false);
    expect(allows([wild('deployments')], scale)).toBe(false);
  });

  it('two asks are the same however they are written, and never for another deed or place', () => {
    const one = { rules: [rule({ verbs: ['get', 'delete'] })], namespaces: ['a', 'b'] };
    const two = { rules: [rule(), rule({ verbs: ['get'] }), rule()], namespaces: ['b', 'a'] };
    expect(isSameAccess(one, two)).toBe(true);
    expect(isSameAccess(one, { ...two, namespaces: ['a'] })).toBe(false);
    expect(isSameAccess(one, { ...two, rules: [rule()] })).toBe(false);
    expect(
      isSameAccess({ ...one, rules: [rule({ resourceNames: ['x'] })] }, { ...one, rules: [rule()] }),
    ).toBe(false);
  });
});
