import { describe, expect, it } from 'vitest';
import { readWords } from './resource-word.ts';

const served = (group: string, resource: string, aliases: string[] = [], subresources: string[] = []) => ({
  group,
  version: 'v1',
  rank: 0,
  resource,
  kind: '',
  namespaced: true,
  verbs: [],
  subresources: subresources.map((name) => ({ name, verbs: [], kind: '' })),
  aliases,
});
const RESOURCES = [
  served('', 'pods', ['pod', 'po'], ['exec']),
  served('', 'events', ['event', 'ev']),
  served('events.k8s.io', 'events', ['event', 'ev']),
  served('metrics.k8s.io', 'pods'),
  served('apps', 'deployments', ['deployment', 'deploy'], ['scale']),
  { ...served('apps', 'deployments', ['deployment', 'deploy'], ['scale']), version: 'v1beta1', rank: 1 },
  served('a.example', 'things', ['th']),
  served('b.example', 'things', ['th'], ['scale']),
  served('c.example', 'th'),
];
const NAMES = { verbs: ['get'], resourceNames: ['api'] };
const read = (resources: string[], group = '') => {
  const words = readWords([{ apiGroups: [group], resources, ...NAMES }], { resources: RESOURCES });
  return words.ok
    ? words.rules.map((rule) => `${rule.apiGroups.join()}: ${rule.resources.join()}`)
    : words.why;
};

describe('the word for a resource', () => {
  it.each<[string[], string, string[]]>([
    [['deployments'], '', ['apps: deployments']],
    [['deploy'], '', ['apps: deployments']],
    [['deployment/scale'], '', ['apps: deployments/scale']],
    [['deploy'], 'apps', ['apps: deployments']],
    [['pods', 'deployments', 'pod', 'po/exec'], '', [': pods,pods/exec', 'apps: deployments']],
    // Of the core group where there is one: else nobody could say that one.
    [['pods'], '', [': pods']],
    [['ev'], '', [': events']],
    [['events'], 'events.k8s.io', ['events.k8s.io: events']],
    [['things'], 'b.example', ['b.example: things']],
    [['things/scale'], '', ['b.example: things/scale']],
    // A name comes before a short name.
    [['th'], '', ['c.example: th']],
    // What is not served is for the gate to say.
    [['widgets'], '', [': widgets']],
    [['deployments'], 'app', ['app: deployments']],
    [['pods/*'], '', [': pods/*']],
  ])('%j in "%s": %j', (words, group, rules) => expect(read(words, group)).toEqual(rules));

  it('is refused where it means several things, with each of them', () => {
    const why =
      'things/log means several things in this cluster; say which: --resource things.a.example/log or things.b.example/log';
    expect(read(['pods', 'things/log'])).toBe(why);
  });

  it('is no place for a name, nor for a subresource that there is not', () => {
    expect(read(['po/web-7'])).toBe(
      'pods has no subresource web-7; names go in --name: --resource pods --name web-7',
    );
    expect(read(['deploy/api'])).toBe(
      'deployments.apps has no subresource api; names go in --name: --resource deployments.apps --name api',
    );
  });

  it('leaves verbs and names as they are', () => {
    const { rules } = readWords([{ apiGroups: [''], resources: ['deploy'], ...NAMES }], {
      resources: RESOURCES,
    }) as { rules: object[] };
    expect(rules).toEqual([{ apiGroups: ['apps'], resources: ['deployments'], ...NAMES }]);
  });
});
