// What the fingerprint of a change covers, read from its review: one reading for the gate and for whatever checks it.
import type { Change } from './change.ts';
import type { FingerprintSubject } from './fingerprint.ts';
import type { Review } from './review.ts';
import { objectName, objectNamespace } from './source.ts';

/**
 * The subject of the fingerprint of a change.
 *
 * @param options.cluster uid of the kube-system namespace
 * @param options.bindsObject whether the whole old object counts (`binding: Object`)
 */
export function changeSubject(
  review: Review,
  change: Pick<Change, 'base' | 'objectUid' | 'payload'>,
  { cluster, bindsObject }: { readonly cluster: string; readonly bindsObject: boolean },
): FingerprintSubject {
  const { name, generateName } = objectName(review);
  return {
    cluster,
    operation: review.operation,
    resource: review.resource,
    subResource: review.subResource,
    namespace: objectNamespace(review),
    name: generateName === undefined ? name : `${generateName}*`,
    username: review.userInfo.username,
    objectUid: change.objectUid,
    payload: change.payload,
    ...(bindsObject ? { base: change.base } : {}),
  };
}
