// What answers showed of objects, by their path: an eviction's answer names no object, so its pod is the one that stood
// there when the eviction came.
import type { Deed, Outcome } from './deed.ts';

/** Answers that showed an object, by path, in the order of completion. */
export type Objects = ReadonlyMap<string, readonly Deed[]>;

const pathOf = ({ target: { group, resource, namespace, name } }: Deed): string =>
  [group, resource, namespace, name].join('/');

/** @param sorted deeds in the order of completion */
export const objectsOf = (sorted: readonly Deed[]): Objects =>
  Map.groupBy(
    sorted.filter((deed) => deed.outcome !== undefined && deed.code < 300 && !deed.dryRun),
    pathOf,
  );

/** The object that a request is about as it was last seen before the request came; undefined when it never was. */
export const objectBefore = (deed: Deed, objects: Objects): Outcome | undefined =>
  (objects.get(pathOf(deed)) ?? []).findLast(
    (one) => one.completed <= deed.received && (one.outcome?.version ?? 0n) > 0n,
  )?.outcome;

/** Whether a request evicts a pod. */
export const isEviction = ({ operation, target }: Deed): boolean =>
  operation === 'CREATE' &&
  target.group === '' &&
  target.resource === 'pods' &&
  target.subresource === 'eviction';

/** uid of the object that a deed changed, removed or evicted; undefined when the log does not tell, or when it made one. */
export function uidOf(deed: Deed, objects: Objects): string | undefined {
  if (isEviction(deed)) return objectBefore(deed, objects)?.uid;
  return deed.operation === 'UPDATE' || deed.operation === 'DELETE' ? deed.outcome?.uid : undefined;
}
