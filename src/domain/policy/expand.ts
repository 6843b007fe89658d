// Turns the rules of all policies into explicit resources of one version each, with the help of discovery: one change
// then has one shape and one fingerprint, and our own kinds cannot slip in through a wildcard.
import type { PolicyRule } from '../../api/approval-policy.ts';
import type { Operation } from '../change/review.ts';
import type { Policy } from './policy.ts';
import { impliesNamespaceDeletion, impliesRelabelling, reachesLifetime } from './implied.ts';
import { coversOperation, NEVER_GATED_GROUPS, twinOf } from './rules.ts';

/** One resource in one served version; the versions of a resource come in the server's order, the preferred one first. */
export interface DiscoveredResource {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly subresources: readonly {
    readonly name: string;
    /** Kind of its body: the kind of the resource where it writes the object itself, as `status` does. */
    readonly kind: string;
    readonly verbs: readonly string[];
  }[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** A resource or subresource to be intercepted, and for which operations. */
export interface Intercept {
  readonly group: string;
  /** A served version, or `*` for what discovery does not know. */
  readonly version: string;
  /** As a webhook rule spells it: `pods`, `pods/exec`; a wildcard only where discovery does not know the group. */
  readonly resource: string;
  readonly operations: ReadonlySet<Operation>;
  /** No rule names its updates; only those are held that change labels, owners or finalizers (touched.ts). */
  readonly isOnlyTouched: boolean;
}

const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];
const WRITE_VERBS: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

const UPDATE_VERBS: ReadonlySet<string> = new Set(['update', 'patch']);

const ofNamespaces = (operations: PolicyRule['operations']): PolicyRule => ({
  apiGroups: [''],
  resources: ['namespaces'],
  operations,
});

/** What is held of one resource or subresource. */
interface Held {
  /** Operations that rules name. */
  readonly named: Set<Operation>;
  readonly versions: Set<string>;
  isTouched: boolean;
}

/**
 * Everything that the policies name or imply, each resource once, sorted by group and resource.
 *
 * @param offered the writes to what they offer as access (offers.ts): of them only those in namespaces
 * @param guarded the writes by which an agent would step out of an offer (guarded.ts)
 */
export function interceptsOf(
  policies: readonly Pick<Policy, 'spec'>[],
  discovery: readonly DiscoveredResource[],
  offered: readonly PolicyRule[] = [],
  guarded: readonly PolicyRule[] = [],
): Intercept[] {
  const served = servedByGroup(discovery);
  // By group and resource, with a blank between them.
  const all = new Map<string, Held>();
  const holdAll = (rule: PolicyRule, keys: readonly string[]) => {
    for (const key of keys) {
      hold(rule, key, all);
      const writers = reachesLifetime(rule) ? writersOf(key, served) : [];
      for (const writer of writers) heldBy(rule, writer, all).isTouched = true;
    }
  };
  for (const rule of [...policies.flatMap(rulesOf), ...guarded]) holdAll(rule, keysOf(rule, served));
  for (const rule of offered)
    holdAll(
      rule,
      keysOf(rule, served).filter((key) => isNamespaced(key, served)),
    );
  const isByLabel = policies.some(({ spec }) => impliesRelabelling(spec));
  for (const writer of isByLabel ? writersOf(' namespaces', served) : [])
    heldBy(ofNamespaces(['UPDATE']), writer, all).isTouched = true;
  return [...all].sort(byKey).map(([key, { named, versions, isTouched }]) => {
    const [group = '', resource = ''] = key.split(' ');
    const version = versionFor(served.get(group), resource, versions);
    const isOnlyTouched = isTouched && !named.has('UPDATE');
    return {
      group,
      version,
      resource,
      operations: isTouched ? new Set(named).add('UPDATE') : named,
      isOnlyTouched,
    };
  });
}

const keysOf = (rule: PolicyRule, served: ReadonlyMap<string, Served>): string[] =>
  rule.apiGroups.flatMap((group) => namedBy(rule, group, served));

function hold(rule: PolicyRule, key: string, all: Map<string, Held>): void {
  const { named } = heldBy(rule, key, all);
  for (const operation of OPERATIONS) if (coversOperation(rule, operation)) named.add(operation);
}

/** Nothing is granted outside a namespace. What is not served yet may come to be in one. */
function isNamespaced(key: string, served: ReadonlyMap<string, Served>): boolean {
  const [group = '', path = ''] = key.split(' ');
  const versions = served.get(group)?.get(path.split('/')[0] ?? '');
  return versions === undefined || versions.some(({ namespaced }) => namespaced);
}

function heldBy(rule: PolicyRule, key: string, all: Map<string, Held>): Held {
  const held = all.get(key) ?? { named: new Set(), versions: new Set(), isTouched: false };
  all.set(key, held);
  // A rule that leaves the version out wants the preferred one.
  for (const version of rule.apiVersions ?? ['*']) held.versions.add(version);
  return held;
}

function rulesOf({ spec }: Pick<Policy, 'spec'>): readonly PolicyRule[] {
  return impliesNamespaceDeletion(spec) ? [...spec.match.rules, ofNamespaces(['DELETE'])] : spec.match.rules;
}

/** A resource and its subresources through which the object itself is written; nothing for a key of a subresource. */
function writersOf(key: string, served: ReadonlyMap<string, Served>): string[] {
  const [group = '', resource = ''] = key.split(' ');
  if (resource.includes('/')) return [];
  const subresources = (served.get(group)?.get(resource) ?? []).flatMap((version) =>
    version.subresources.filter(
      ({ kind, verbs }) => kind === version.kind && verbs.some((verb) => UPDATE_VERBS.has(verb)),
    ),
  );
  return [key, ...new Set(subresources.map(({ name }) => `${key}/${name}`))];
}

/** What one group serves, by resource. */
type Served = ReadonlyMap<string, readonly DiscoveredResource[]>;

function servedByGroup(discovery: readonly DiscoveredResource[]): ReadonlyMap<string, Served> {
  const groups = Map.groupBy(discovery, ({ group }) => group);
  return new Map([...groups].map(([group, all]) => [group, Map.groupBy(all, ({ resource }) => resource)]));
}

/** Keys of the resources of one group that a rule names. `*` as a group means every group that is served. */
function namedBy(rule: PolicyRule, group: string, served: ReadonlyMap<string, Served>): string[] {
  const groups = group === '*' ? [...served.keys()] : [group];
  return groups
    .filter((one) => !NEVER_GATED_GROUPS.has(one))
    .flatMap((one) => {
      const resources = served.get(one);
      const names = rule.resources.flatMap((named) =>
        resources === undefined ? [named] : expand(named, resources, group === '*'),
      );
      return names.flatMap((name) => withTwin(`${one} ${name}`, served));
    });
}

/** The other path to the same thing comes along, where it is served; to another group the API server converts itself. */
function withTwin(key: string, served: ReadonlyMap<string, Served>): string[] {
  const twin = twinOf(key);
  const [group = '', path = ''] = twin?.split(' ') ?? [];
  if (twin === undefined || group !== key.split(' ')[0]) return [key];
  const [resource = '', subResource] = path.split('/');
  const versions = served.get(group)?.get(resource) ?? [];
  const isServed = versions.some(
    ({ subresources }) => subResource === undefined || subresources.some(({ name }) => name === subResource),
  );
  return isServed ? [key, twin] : [key];
}

/**
 * The explicit resources that one spelling of a rule stands for. What is named but not served is kept as it stands, so
 * that it is held from the moment it exists, except under the group `*`, where it could mean a kind of our own.
 */
function expand(named: string, resources: Served, isAnyGroup: boolean): string[] {
  const [resource = '', subResource] = named.split('/');
  const candidates = resource === '*' ? [...resources.keys()] : [resource];
  const names = candidates.flatMap((one) => {
    const versions = resources.get(one);
    return versions === undefined ? [] : spell(one, versions, { subResource, isWild: resource === '*' });
  });
  const isMissing = resource !== '*' && names.length === 0 && !isAnyGroup;
  return isMissing ? [named] : names;
}

function spell(
  resource: string,
  versions: readonly DiscoveredResource[],
  { subResource, isWild }: { subResource: string | undefined; isWild: boolean },
): string[] {
  const subresources = [...new Set(versions.flatMap((one) => one.subresources.map(({ name }) => name)))];
  const isWritable = versions.some(({ verbs }) => verbs.some((verb) => WRITE_VERBS.has(verb)));
  // `pods/*` names pods too. A wildcard leaves out what nobody can write.
  const self = isWild && !isWritable ? [] : [resource];
  if (subResource === undefined) return self;
  if (subResource === '*') return [...self, ...subresources.map((name) => `${resource}/${name}`)];
  return subresources.includes(subResource) ? [`${resource}/${subResource}`] : [];
}

/**
 * One version for all policies: the preferred one if any policy leaves it open or none of the wanted ones is served,
 * otherwise the first wanted one in the server's order. A version that is not served would never be matched.
 */
function versionFor(served: Served | undefined, name: string, wanted: ReadonlySet<string>): string {
  const [resource = '', subResource] = name.split('/');
  const versions = (served?.get(resource) ?? []).filter(
    (one) => subResource === undefined || one.subresources.some((sub) => sub.name === subResource),
  );
  const chosen = wanted.has('*') ? undefined : versions.find(({ version }) => wanted.has(version));
  return (chosen ?? versions[0])?.version ?? '*';
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
