// Which of an UPDATE's changes reach beyond the object: those by which Kubernetes itself deletes objects, and those by
// which policies pick namespaces. Both can be written through subresources too (status, finalize).
import type { JsonObject } from '../change/json.ts';
import { isEmpty, memberAt, sameJson } from '../change/json-tree.ts';
import type { Review } from '../change/review.ts';

/** What an UPDATE changes. */
export interface Touched {
  readonly labels: boolean;
  /** Owners or finalizers, which decide whether the object lives on. */
  readonly lifetime: boolean;
}

/** What counts while the objects are not known, or cannot be read: everything (INV-7). */
export const ANYTHING: Touched = { labels: true, lifetime: true };

/**
 * What the UPDATE of a review changes. The garbage collector deletes an object whose owners are all gone, so an owner
 * that never existed is a deletion (CVE-2025-5187); the last finalizer of an object that is being deleted takes the
 * object with it. Neither has a DELETE review of whoever asked for it. A Namespace also has finalizers in its spec.
 */
export function touchedBy({ operation, object, oldObject, kind }: Review): Touched {
  if (operation !== 'UPDATE' || object === null || oldObject === null) return ANYTHING;
  const differs = (...path: readonly string[]) => isOther(object, oldObject, path);
  const lifetime = differs('metadata', 'ownerReferences') || differs('metadata', 'finalizers');
  const isNamespace = kind.group === '' && kind.kind === 'Namespace';
  return {
    labels: differs('metadata', 'labels'),
    lifetime: lifetime || (isNamespace && differs('spec', 'finalizers')),
  };
}

/** An empty value is the same as none: the API server writes neither. */
function isOther(object: JsonObject, oldObject: JsonObject, path: readonly string[]): boolean {
  const [fresh = null, old = null] = [memberAt(object, ...path), memberAt(oldObject, ...path)];
  return !sameJson(isEmpty(fresh) ? null : fresh, isEmpty(old) ? null : old);
}
