// Everything in the cluster, by name: what is there after an uninstall and was not there before the install is left over.
import type { Cluster } from './cluster.ts';

/** Kinds that the cluster writes about itself, all the time. */
const OF_THE_CLUSTER = new Set(['events', 'events.events.k8s.io', 'componentstatuses']);

/** Names of all objects, such as `secrets assent-system/assent-tls`. */
export type Listing = ReadonlySet<string>;

/** Lists every object of every kind that can be listed. */
export async function listing(cluster: Cluster): Promise<Listing> {
  const kinds = (await cluster.must(['api-resources', '--verbs=list', '-o', 'name']))
    .split('\n')
    .filter((kind) => kind !== '' && !OF_THE_CLUSTER.has(kind));
  const found = new Set<string>();
  const columns = 'jsonpath={range .items[*]}{.metadata.namespace}{"/"}{.metadata.name}{"\\n"}{end}';
  for (const kind of kinds) {
    const names = (await cluster.must(['get', kind, '--all-namespaces', '-o', columns])).split('\n');
    for (const name of names) if (name !== '') found.add(`${kind} ${name.replace(/^\//, '')}`);
  }
  return found;
}

/** terminationGracePeriodSeconds of our pods, and what the node needs to tell. ms. */
const GRACE_MS = 40_000;

/** What `after` has and `before` had not. */
const leftOver = (before: Listing, after: Listing): readonly string[] =>
  [...after].filter((one) => !before.has(one)).sort();

/**
 * What is left over once pods had the time to end that they are given.
 * @param isKept what may stay
 */
export async function leftAfter(
  cluster: Cluster,
  before: Listing,
  isKept: (one: string) => boolean,
): Promise<readonly string[]> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const left = leftOver(before, await listing(cluster)).filter((one) => !isKept(one));
    if (left.length === 0 || performance.now() > deadline) return left;
  }
}
