// When an UPDATE changes nothing that anybody asked for. GitOps clients write managedFields and last-applied all day
// long (gitops.md); nothing else is let through as a no-op: no normalisation, no ignored path (INV-1, DESIGN 2.3).
import { isHarmless } from './claims.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, member, sameJson, withoutMembers } from './json-tree.ts';
import { LAST_APPLIED } from './last-applied.ts';
import type { Review } from './review.ts';

const METADATA: ReadonlySet<string> = new Set(['metadata']);
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'resourceVersion',
  'generation',
  'managedFields',
  'annotations',
]);
const ANNOTATION: ReadonlySet<string> = new Set([LAST_APPLIED]);

/**
 * Whether this is an UPDATE whose object and oldObject are equal apart from resourceVersion, generation, managedFields
 * and a last-applied-configuration that is removed, or agrees with the object and claims nothing of others. Order and duplicates in lists count.
 */
export function isNoOp(review: Review): boolean {
  const { operation, object, oldObject } = review;
  if (operation !== 'UPDATE' || object === null || oldObject === null) return false;
  const [fresh, old] = [member(object, 'metadata'), member(oldObject, 'metadata')];
  if (!isObject(fresh) || !isObject(old)) return sameJson(object, oldObject);
  return (
    sameJson(withoutMembers(fresh, BOOKKEEPING), withoutMembers(old, BOOKKEEPING)) &&
    sameJson(annotations(fresh), annotations(old)) &&
    sameJson(withoutMembers(object, METADATA), withoutMembers(oldObject, METADATA)) &&
    isHarmless(object, oldObject)
  );
}

/** Annotations without last-applied. A map that is missing is the same as an empty one: Go writes none. */
function annotations(metadata: JsonObject): Json {
  const map = member(metadata, 'annotations') ?? {};
  return isObject(map) ? withoutMembers(map, ANNOTATION) : map;
}
