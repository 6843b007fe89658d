import { describe, expect, it } from 'vitest';
import { aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import { emptyOffers, namesServed, unknownOwners, unknownTargets } from './unknown.ts';

const SERVED = [
  { group: '', resource: 'pods', subresources: [{ name: 'exec' }, { name: 'eviction' }] },
  { group: '', resource: 'services', subresources: [] },
  { group: 'apps', resource: 'deployments', subresources: [{ name: 'scale' }] },
  { group: 'networking.k8s.io', resource: 'ingresses', subresources: [] },
];
const LATER = 'the rule holds as soon as there is one.';
const told = (apiGroups: string[], resources: string[]) =>
  unknownTargets(aPolicySpec({ rules: [aRule({ apiGroups, resources })] }), SERVED);

describe('unknownTargets', () => {
  it.each<[string[], string[]]>([
    [['apps'], ['deployments', 'deployments/scale', 'deployments/*', '*', '*/*', '*/scale']],
    [
      ['', 'apps'],
      ['pods', 'deployments', 'pods/exec', '*/scale'],
    ],
    [['*'], ['pods/eviction', 'deployments']],
  ])('says nothing about %j %j', (groups, resources) => {
    expect(told(groups, resources)).toEqual([]);
  });

  it.each<[string, string[], string[], string]>([
    ['a singular', ['apps'], ['deployment'], 'the cluster serves no resource "deployment" (deployments?)'],
    [
      'another singular',
      ['networking.k8s.io'],
      ['ingress'],
      'the cluster serves no resource "ingress" (ingresses?)',
    ],
    ['a group that is missing', ['app'], ['deployments'], 'the cluster serves no API group "app"'],
    ['one group of two', ['apps', 'app'], ['deployments'], 'the cluster serves no API group "app"'],
    ['the wrong group', [''], ['deployments'], 'the cluster serves no resource "deployments"'],
    [
      'a subresource',
      ['apps'],
      ['deployments/scales'],
      'the cluster serves no resource "deployments/scales"',
    ],
    ['a subresource that nothing has', [''], ['*/scale'], 'the cluster serves no resource "*/scale"'],
    ['in any group', ['*'], ['widgets'], 'the cluster serves no resource "widgets"'],
  ])('tells %s', (_name, groups, resources, words) => {
    expect(told(groups, resources)).toEqual([`spec.match.rules[0]: ${words}; ${LATER}`]);
  });

  it('names the rule', () => {
    const rules = [aRule(), aRule({ resources: ['deploymnts'] })];
    expect(unknownTargets(aPolicySpec({ rules }), SERVED)).toEqual([
      `spec.match.rules[1]: the cluster serves no resource "deploymnts"; ${LATER}`,
    ]);
  });
});

describe('namesServed', () => {
  const OURS = { group: 'assent.dev', resource: 'approvers', subresources: [] };
  const pods = [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }];
  const served = (apiGroups: string[], resources: string[], roles: string[] = []) =>
    namesServed(
      aPolicySpec({
        rules: [aRule({ apiGroups, resources })],
        access: roles.map((role) => ({ role, namespaces: ['*'] })),
      }),
      [...SERVED, OURS],
      (name) => (name === 'fixer' ? { rules: pods, isAggregated: false } : undefined),
    );

  it.each<[string, string[], string[]]>([
    ['a resource', ['apps'], ['deployments']],
    ['one of two', ['apps', 'example.com'], ['widgets', 'deployments']],
    ['a wildcard', ['*'], ['*']],
    ['a subresource', [''], ['pods/exec']],
  ])('%s', (_, groups, resources) => expect(served(groups, resources)).toBe(true));

  it.each<[string, string[], string[]]>([
    ['a group that is missing', ['example.com'], ['widgets']],
    ['a wildcard in a group that is missing', ['example.com'], ['*']],
    ['a resource that is missing', ['', 'apps'], ['widgets']],
    ['what no policy is about', ['*'], ['approvers']],
  ])('not %s', (_, groups, resources) => expect(served(groups, resources)).toBe(false));

  it('by what it offers', () => {
    expect(served(['example.com'], ['widgets'], ['fixer'])).toBe(true);
    expect(served(['example.com'], ['widgets'], ['gone'])).toBe(false);
  });
});

describe('unknownOwners', () => {
  it('tells owners that name no Approver', () => {
    const agents = [{ group: 'g' }, { serviceAccount: 'agents/bot', owners: ['amy', 'bob'] }];
    expect(unknownOwners(aPolicySpec({ agents }), ['amy'])).toEqual([
      'spec.agents[1]: there is no Approver "bob", so nobody is held to be the owner.',
    ]);
    expect(unknownOwners(aPolicySpec({ agents }), ['amy', 'bob'])).toEqual([]);
  });
});

describe('emptyOffers', () => {
  it('tells ClusterRoles that are not there, and those that gather their rules', () => {
    const access = ['fixer', 'gone', 'gathers'].map((role) => ({ role, namespaces: ['shop'] }));
    const roles = (name: string) =>
      name === 'gone' ? undefined : { rules: [], isAggregated: name === 'gathers' };
    expect(emptyOffers(aPolicySpec({ access }), roles)).toEqual([
      'spec.access[1]: there is no ClusterRole "gone", so it offers nothing until there is one.',
      'spec.access[2]: ClusterRole "gathers" gathers its rules from others, so it offers nothing.',
    ]);
  });

  const rule = (verbs: string[], resources: string[], more: object = {}) => ({
    apiGroups: [''],
    resources,
    verbs,
    ...more,
  });
  const FIXER = [rule(['get', 'list', 'delete'], ['pods']), rule(['create'], ['pods/exec'])];
  const BIND = rule(['bind'], ['clusterroles'], {
    apiGroups: ['rbac.authorization.k8s.io'],
    resourceNames: ['fixer'],
  });
  const lacks = 'spec.access[0]: the ceiling (ClusterRole assent-grant-ceiling) lacks';
  const wild = (deed: string) =>
    `spec.access[0]: a wildcard is never granted (${deed}): asks for all of it are refused, those that name what they need are not.`;

  it.each<[string, object[], object[] | undefined, string[]]>([
    [
      'there is no ceiling',
      FIXER,
      undefined,
      [`${lacks} get, list, delete pods and create pods/exec: asks for it are refused.`],
    ],
    [
      'it is empty',
      FIXER,
      [],
      [`${lacks} get, list, delete pods and create pods/exec: asks for it are refused.`],
    ],
    [
      'it holds a part',
      FIXER,
      [rule(['get', 'list'], ['pods'])],
      [`${lacks} delete pods and create pods/exec: asks for it are refused.`],
    ],
    ['it holds all', FIXER, FIXER, []],
    ['it may bind it as it is', FIXER, [BIND], []],
    [
      'much is missing',
      [rule(['get'], ['pods', 'services', 'endpoints', 'events', 'configmaps'])],
      [],
      [`${lacks} get pods and get services and get endpoints and 2 more: asks for it are refused.`],
    ],
    [
      'what is missing is never granted anyway',
      [rule(['get'], ['nodes', 'secrets']), rule(['escalate'], ['pods'])],
      [],
      [],
    ],
    ['the role has a wildcard', [rule(['*'], ['pods'])], FIXER, [wild('* pods')]],
    [
      'it has both',
      [rule(['*'], ['pods']), rule(['get'], ['events'])],
      [],
      [`${lacks} get events: asks for it are refused.`, wild('* pods')],
    ],
  ])('tells what the ceiling lacks, and what is never granted: %s', (_, rules, ceiling, words) => {
    const roles = (name: string) => {
      const found = name === 'fixer' ? rules : ceiling;
      return found && { rules: found as ReturnType<typeof rule>[], isAggregated: false };
    };
    const access = [{ role: 'fixer', namespaces: ['shop'] }];
    expect(emptyOffers(aPolicySpec({ access }), roles)).toEqual(words);
  });
});
