import { expect, it } from 'vitest';
import { resourcePath } from './resource-path.ts';

const pods = { group: '', version: 'v1', resource: 'pods', namespaced: true };
const roles = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
  namespaced: false,
};

it.each([
  [pods, {}, '/api/v1/pods'],
  [pods, { namespace: 'a' }, '/api/v1/namespaces/a/pods'],
  [pods, { namespace: 'a', name: 'b', subresource: 'eviction' }, '/api/v1/namespaces/a/pods/b/eviction'],
  [roles, { name: 'system:node' }, '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode'],
  [roles, { namespace: 'ignored' }, '/apis/rbac.authorization.k8s.io/v1/clusterroles'],
])('%o %o is %s', (definition, target, path) => {
  expect(resourcePath(definition, target)).toBe(path);
});

it.each(['..', '.', '', 'a/b', '%2e%2e'])('refuses the name "%s", which could climb the path', (name) => {
  expect(() => resourcePath(roles, { name })).toThrow(TypeError);
  expect(() => resourcePath(pods, { namespace: name, name: 'x' })).toThrow(TypeError);
});

it('refuses an object of a namespaced kind without namespace', () => {
  expect(() => resourcePath(pods, { name: 'x' })).toThrow(TypeError);
});
