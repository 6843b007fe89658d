import { expect, it } from 'vitest';
import { readDiscovery } from './discovery.ts';

const list = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: 'example.dev' },
      versions: [
        {
          version: 'v2',
          freshness: 'Current',
          resources: [
            {
              resource: 'widgets',
              responseKind: { kind: 'Widget' },
              scope: 'Namespaced',
              singularResource: 'widget',
              shortNames: ['wi'],
              verbs: ['get'],
              subresources: [{ subresource: 'scale', responseKind: { kind: 'Scale' }, verbs: ['update'] }],
            },
          ],
        },
        { version: 'v1', freshness: 'Current', resources: [{ resource: 'widgets', scope: 'Cluster' }] },
      ],
    },
    { metadata: { name: 'away.dev' }, versions: [{ version: 'v1', freshness: 'Stale' }] },
  ],
};

it('lists every served version in the order of preference, with subresources', () => {
  expect(readDiscovery([list]).resources).toEqual([
    {
      group: 'example.dev',
      version: 'v2',
      rank: 0,
      resource: 'widgets',
      kind: 'Widget',
      namespaced: true,
      aliases: ['widget', 'wi'],
      verbs: ['get'],
      subresources: [{ name: 'scale', kind: 'Scale', verbs: ['update'] }],
    },
    {
      group: 'example.dev',
      version: 'v1',
      rank: 1,
      resource: 'widgets',
      kind: '',
      namespaced: false,
      verbs: [],
      subresources: [],
    },
  ]);
});

it('reports a group whose backend is away', () => {
  expect(readDiscovery([list]).stale).toEqual([{ group: 'away.dev', version: 'v1' }]);
});

it('refuses an answer of the older kind, which knows no resources', () => {
  expect(() => readDiscovery([{ kind: 'APIGroupList', groups: [] }])).toThrow(/aggregated/);
});
