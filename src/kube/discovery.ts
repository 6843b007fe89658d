// What the API server serves, by aggregated discovery: two calls, whatever the number of groups. A group whose backend is
// away is reported apart: its resources may exist all the same, and silence about them would be a wrong "no".
import { UnreachableError } from './errors.ts';
import type { KubeClient } from './transport.ts';

/** A subresource, for example `scale`. */
export interface ServedSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Kind of its body, for example `Scale`; empty where the server names none. */
  readonly kind: string;
}

/** A resource in one served version. */
export interface ServedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** 0 for the version the server prefers, then 1, 2, ... in its order. */
  readonly rank: number;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly ServedSubresource[];
  /** Other words for it, as kubectl takes them: the singular and short names. */
  readonly aliases?: readonly string[];
}

/** Everything that is served, in the server's order. */
export interface Discovery {
  readonly resources: readonly ServedResource[];
  /** Groups and versions whose list is out of date or missing, since their backend did not answer. */
  readonly stale: readonly { readonly group: string; readonly version: string }[];
}

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface RawSubresource {
  readonly subresource: string;
  readonly responseKind?: { readonly kind?: string } | null;
  readonly verbs?: readonly string[];
}

interface RawResource {
  readonly resource: string;
  readonly responseKind?: { readonly kind?: string } | null;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly verbs?: readonly string[];
  readonly subresources?: readonly RawSubresource[];
  readonly singularResource?: string;
  readonly shortNames?: readonly string[];
}

interface RawList {
  readonly kind?: string;
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly freshness?: 'Current' | 'Stale';
      readonly resources?: readonly RawResource[];
    }[];
  }[];
}

/**
 * Reads what is served.
 *
 * @throws ApiError, UnreachableError; `unreadable` when the server (before Kubernetes 1.30) knows no aggregated discovery
 */
export async function discover(
  client: KubeClient,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Discovery> {
  const paths = ['/api', '/apis'];
  const lists = await Promise.all(
    paths.map((path) => client.request({ ...options, method: 'GET', path, accept: ACCEPT })),
  );
  return readDiscovery(lists);
}

/**
 * Reads decoded `APIGroupDiscoveryList`s. Pure.
 *
 * @throws UnreachableError `unreadable` for any other kind
 */
export function readDiscovery(lists: readonly unknown[]): Discovery {
  const resources: ServedResource[] = [];
  const stale: { group: string; version: string }[] = [];
  for (const list of lists as readonly RawList[]) {
    if (list.kind !== 'APIGroupDiscoveryList')
      throw new UnreachableError('unreadable', 'no aggregated discovery');
    for (const item of list.items ?? []) {
      const group = item.metadata?.name ?? '';
      for (const [rank, entry] of (item.versions ?? []).entries()) {
        if (entry.freshness === 'Stale') stale.push({ group, version: entry.version });
        const place = { group, version: entry.version, rank };
        for (const raw of entry.resources ?? []) resources.push({ ...place, ...readResource(raw) });
      }
    }
  }
  return { resources, stale };
}

function readResource(raw: RawResource): Omit<ServedResource, 'group' | 'version' | 'rank'> {
  const { singularResource: singular = '', shortNames = [] } = raw;
  const aliases = [...(singular === '' ? [] : [singular]), ...shortNames];
  return {
    ...(aliases.length === 0 ? {} : { aliases }),
    resource: raw.resource,
    kind: raw.responseKind?.kind ?? '',
    namespaced: raw.scope === 'Namespaced',
    verbs: raw.verbs ?? [],
    subresources: (raw.subresources ?? []).map((sub) => ({
      name: sub.subresource,
      verbs: sub.verbs ?? [],
      kind: sub.responseKind?.kind ?? '',
    })),
  };
}
