// The objects that replayed changes are about, and how each change is sent: by patches, as agents send them, so that a
// lost race makes the API server ask again.
import type { ChangeKind } from '../../src/domain/change/change.ts';
import type { Look } from '../../src/gate/ports.ts';
import type { ApiRequest } from '../../src/kube/transport.ts';

/** The kinds of change that are replayed: one that is released by proof, with and without subresource, and two that are burnt. */
export const REPLAYED = ['update', 'scale', 'create', 'token'] as const satisfies readonly ChangeKind[];
export type Replayed = (typeof REPLAYED)[number];

/** A change and its object. */
export interface Subject {
  /** Path of the collection. */
  readonly path: string;
  readonly name: string;
  /** The object as somebody makes it, before the change. */
  readonly old: object;
  /** What the agent sends. */
  readonly change: Pick<ApiRequest, 'method' | 'path' | 'body' | 'contentType'>;
  /** Where the change shows, and what it makes of it. */
  readonly field: readonly string[];
  readonly values: { readonly old: unknown; readonly new: unknown };
  /** What the gate looks at. */
  readonly look: Look;
}

const MERGE = 'application/merge-patch+json';
const core = (resource: string): string => `/api/v1/namespaces/default/${resource}`;
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const look = (resource: string, name: string): Look => ({
  group: '',
  version: 'v1',
  resource,
  namespace: 'default',
  name,
});

const settings = { path: core('configmaps'), name: 'settings', look: look('configmaps', 'settings') };

export const SUBJECTS: Readonly<Record<Replayed, Subject>> = {
  update: {
    ...settings,
    old: { metadata: { name: 'settings' }, data: { x: 'old' } },
    change: {
      method: 'PATCH',
      path: `${settings.path}/settings`,
      body: { data: { x: 'new' } },
      contentType: MERGE,
    },
    field: ['data', 'x'],
    values: { old: 'old', new: 'new' },
  },
  create: {
    ...settings,
    old: {},
    change: {
      method: 'POST',
      path: settings.path,
      body: { metadata: { name: 'settings' }, data: { x: 'new' } },
    },
    field: ['data', 'x'],
    values: { old: undefined, new: 'new' },
  },
  scale: {
    path: DEPLOYMENTS,
    name: 'web',
    look: look('deployments', 'web'),
    old: {
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'web:1' }] },
        },
      },
    },
    change: {
      method: 'PATCH',
      path: `${DEPLOYMENTS}/web/scale`,
      body: { spec: { replicas: 3 } },
      contentType: MERGE,
    },
    field: ['spec', 'replicas'],
    values: { old: 1, new: 3 },
  },
  token: {
    path: core('serviceaccounts'),
    name: 'web',
    look: look('serviceaccounts', 'web'),
    old: { metadata: { name: 'web' } },
    change: {
      method: 'POST',
      path: `${core('serviceaccounts')}/web/token`,
      body: { spec: { audiences: ['a'] } },
    },
    field: ['nothing'],
    values: { old: undefined, new: undefined },
  },
};
