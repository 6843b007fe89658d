// Which normalisation rules hold for a kind. Everything in which two submissions of the same change differ is listed
// here (reference: admission.md 2.5, experiments.md 3); unknown kinds and custom resources go by the general rules.
import type { JsonObject } from '../json.ts';
import type { Review } from '../review.ts';
import { lastApplied, statedReasonAnnotation } from './bookkeeping.ts';
import { conditionTimes, stampedRequester } from './certificate.ts';
import { emptyLists } from './empty-list.ts';
import { controllerUid, jobName } from './job.ts';
import { generatedName, serverSetMetadata } from './metadata.ts';
import { nameLabel } from './namespace.ts';
import { phaseTransitionTime } from './persistent-volume.ts';
import { apiAccessVolume, debugContainer } from './pod.ts';
import { restartedAt } from './restart.ts';
import type { Context, Pair, Rule } from './rule.ts';
import { allocatedAddresses } from './service.ts';
import { statusOnCreate, withoutStatus } from './status.ts';
import { taintTime } from './taint.ts';

/** Rules for every kind, after those of the kind itself: these need metadata as it came. */
export const GENERAL_RULES: readonly Rule[] = [
  restartedAt,
  lastApplied,
  statedReasonAnnotation,
  statusOnCreate,
  generatedName,
  serverSetMetadata,
];

/** Rules for one kind, by `group/Kind`; the core group is empty. */
export const KIND_RULES: ReadonlyMap<string, readonly Rule[]> = new Map([
  ['/LimitRange', [emptyLists]],
  ['/Namespace', [nameLabel]],
  ['/PersistentVolume', [phaseTransitionTime]],
  ['/Pod', [apiAccessVolume, debugContainer]],
  ['/Service', [allocatedAddresses]],
  ['batch/Job', [controllerUid, jobName]],
  ['certificates.k8s.io/CertificateSigningRequest', [stampedRequester, conditionTimes]],
  ['discovery.k8s.io/EndpointSlice', [emptyLists]],
  ['rbac.authorization.k8s.io/ClusterRole', [emptyLists]],
  ['rbac.authorization.k8s.io/Role', [emptyLists]],
  ['resource.k8s.io/DeviceTaintRule', [taintTime]],
  ['resource.k8s.io/ResourceSlice', [taintTime]],
  ['storage.k8s.io/CSINode', [emptyLists]],
]);

/**
 * Both objects of a CREATE or UPDATE without what differs between two submissions of the same change.
 * @param now the clock of whoever judges, epoch ms
 */
export function normalise(review: Review, submitted: JsonObject, now?: number): Pair {
  const { operation, subResource, kind } = review;
  const raw: Pair = { submitted, stored: review.oldObject };
  const context: Context = { operation, subResource, group: kind.group, kind: kind.kind, raw, now };
  let pair = raw;
  for (const rule of KIND_RULES.get(`${kind.group}/${kind.kind}`) ?? []) pair = rule.apply(pair, context);
  for (const rule of GENERAL_RULES) pair = rule.apply(pair, context);
  return pair;
}

/** The old object for `binding: Object`: as stored, without the bookkeeping of the API server and, unless it is what is written, status. */
export function normalisedBase(review: Review): JsonObject | null {
  if (review.oldObject === null) return null;
  const { submitted } = normalise(review, review.oldObject);
  return review.subResource === 'status' ? submitted : withoutStatus(submitted);
}
