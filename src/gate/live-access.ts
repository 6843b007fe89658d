// What an ask for access is judged on, read live: the ClusterRoles behind the offers, the ceiling, what is served, which
// namespaces are there. All of it fails as one: what cannot be read is not judged (INV-7).
import { CEILING } from '../api/installation.ts';
import { roleNow, type ClusterRole } from '../domain/grant/cluster-role.ts';
import type { Roles } from '../domain/grant/offers.ts';
import type { PolicyRule } from '../domain/grant/rules.ts';
import type { Lookup } from '../domain/grant/ungrantable.ts';
import { discover, type Discovery } from '../kube/discovery.ts';
import { isNotFound } from '../kube/errors.ts';
import { orUndefined } from '../kube/expected.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';

/** What is read for one ask. */
export interface AccessGrounds {
  readonly roles: Roles;
  /** Rules of the ceiling; none when there is none. */
  readonly ceiling: readonly PolicyRule[];
  readonly lookup: Lookup;
  /** Whether one of the namespaces that were read is there, and not on its way out. */
  readonly hasNamespace: (name: string) => boolean;
}

/** Names of what is read. */
export interface AccessLook {
  readonly roles: readonly string[];
  readonly namespaces: readonly string[];
}

/** Reads the grounds of an ask. @throws when anything cannot be read; the caller denies */
export type ReadAccessGrounds = (look: AccessLook, signal: AbortSignal) => Promise<AccessGrounds>;

/** Reads them from a cluster. */
export function accessGrounds(client: KubeClient): ReadAccessGrounds {
  const definition = {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: 'clusterroles',
    namespaced: false,
  };
  const clusterRoles = resource<KubeObject & ClusterRole>(client, definition);
  const core = { group: '', version: 'v1', resource: 'namespaces', namespaced: false };
  const namespaces = resource<KubeObject>(client, core);
  return async (look, signal) => {
    const read = async (name: string) => {
      const role = await orUndefined(clusterRoles.get(name, { signal }), isNotFound);
      return [name, role === undefined ? ('gone' as const) : roleNow(role)] as const;
    };
    const isThere = async (name: string) => {
      const found = await orUndefined(namespaces.get(name, { signal }), isNotFound);
      return found !== undefined && found.metadata.deletionTimestamp === undefined ? [name] : [];
    };
    const [[, ceiling], served, found, there] = await Promise.all([
      read(CEILING),
      discover(client, { signal }),
      Promise.all([...new Set(look.roles)].map(read)),
      Promise.all([...new Set(look.namespaces)].map(isThere)),
    ]);
    const standing = new Set(there.flat());
    return {
      roles: new Map(found),
      ceiling: ceiling === 'gone' ? [] : ceiling.rules,
      lookup: lookupIn(served),
      hasNamespace: (name) => standing.has(name),
    };
  };
}

/** What discovery says of one resource. A name that any served version has outside of namespaces counts as that. */
export function lookupIn({ resources, stale }: Discovery): Lookup {
  // An ask may be for hundreds of things, and a cluster may serve thousands.
  const byName = Map.groupBy(resources, ({ group, resource: name }) => `${group} ${name}`);
  return (group, path) => {
    const [kind, subresource] = path.split('/');
    const served = (byName.get(`${group} ${kind}`) ?? []).filter(
      (one) => subresource === undefined || one.subresources.some(({ name }) => name === subresource),
    );
    if (served.length > 0) return { namespaced: served.every(({ namespaced }) => namespaced) };
    return stale.some((one) => one.group === group) ? 'unclear' : 'unknown';
  };
}
