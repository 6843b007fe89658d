// Values that say the same as others, so that neither another nor the same fingerprint would be right for them. Written
// down by path, without a look at the rules of normalisation.
import { isEmpty, isList } from '../../../src/domain/change/json-tree.ts';
import type { Json } from '../../../src/domain/change/json.ts';
import type { Review } from '../../../src/domain/change/review.ts';
import { textOf, type Step } from './schema.ts';

/** What is tried at a leaf. */
interface Trial {
  readonly review: Review;
  readonly path: readonly Step[];
  /** undefined removes the leaf. */
  readonly value: Json | undefined;
  /** What stands there. */
  readonly current: Json | undefined;
}

/** Lists of which protobuf cannot say whether they are empty or missing, by kind. */
const EMPTY_OR_MISSING: ReadonlyMap<string, readonly string[]> = new Map([
  ['/LimitRange', ['spec.limits']],
  ['discovery.k8s.io/EndpointSlice', ['endpoints', 'ports']],
  ['rbac.authorization.k8s.io/ClusterRole', ['rules']],
  ['rbac.authorization.k8s.io/Role', ['rules']],
  ['storage.k8s.io/CSINode', ['spec.drivers']],
]);

const saysNothing = (value: Json | undefined): boolean =>
  value === undefined || value === null || (isList(value) && value.length === 0);

/** Whether the value at the leaf says the same as another one that is tried. */
export function isOtherSpelling(trial: Trial): boolean {
  const { review, path, value } = trial;
  if (path.at(-1) === 'orphanDependents') return true;
  const text = textOf(path);
  // An empty map of labels, the object's or a template's, is none.
  if (/(?:^|\.)metadata\.(?:labels|annotations)$/.test(text) && (value === undefined || isEmpty(value))) {
    return review.operation === 'UPDATE';
  }
  return isSameInSubresource(trial, text) || isSameInKind(trial, text) || isSameList(trial, text);
}

function isSameInSubresource({ review, value, current }: Trial, text: string): boolean {
  switch (review.subResource) {
    case 'scale':
      // No number of replicas is 0.
      return text === 'spec' || (text === 'spec.replicas' && value === undefined);
    case 'token':
      return value === undefined && (text === 'spec' || current === null);
    case 'eviction':
      return value === false;
    default:
      return false;
  }
}

function isSameInKind({ review, value }: Trial, text: string): boolean {
  switch (`${review.kind.group}/${review.kind.kind}`) {
    case '/Service':
      // Addresses that the API server allocated; managedFields tell whether it did.
      return (
        text.startsWith('metadata.managedFields') ||
        (value === undefined &&
          /^spec\.(?:clusterIPs?|healthCheckNodePort|ports\.\[0\]\.nodePort)/.test(text))
      );
    case '/PersistentVolume':
      // Beside the phase stands only the time of its last change.
      return text === 'status' && value !== undefined && isEmpty(value);
    case 'batch/Job':
      // The uid stands in the selector too: one that stands alone was never sent.
      return review.operation === 'CREATE' && text === 'metadata.uid';
    default:
      return false;
  }
}

function isSameList({ review, value, current }: Trial, text: string): boolean {
  const lists = EMPTY_OR_MISSING.get(`${review.kind.group}/${review.kind.kind}`) ?? [];
  return lists.some((list) => {
    // Of the empty ones [] is tried, where the list is not empty already.
    if (text === list) return saysNothing(value) && (value === undefined || saysNothing(current));
    if (text === `${list}.[0]`) return value === undefined;
    return list.startsWith(`${text}.`) && value !== undefined && isEmpty(value);
  });
}
