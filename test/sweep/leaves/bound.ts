// Which leaves an approval is bound to, written down by path and without a look at the rules of normalisation: everything,
// but for what the API server fills in, and for the few requests of which only a part means anything (DESIGN 4).
import type { Review } from '../../../src/domain/change/review.ts';
import { textOf, type Step } from './schema.ts';

const SERVER_SET: ReadonlySet<unknown> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
]);
const STAMPED: ReadonlySet<unknown> = new Set(['username', 'uid', 'groups', 'extra']);

/** Groups whose kinds get their status from the API server when they are made. A Node brings its own. */
const KEEPS_STATUS =
  /(?:^|\.)(?:example\.com|events\.k8s\.io|internal\.apiserver\.k8s\.io|storagemigration\.k8s\.io|coordination\.k8s\.io)$/;

/** Paths of which nothing else is bound, by subresource, with DESIGN 4's words. */
const ONLY: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'eviction',
    ['propagationPolicy', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential'].map(
      (option) => `deleteOptions.${option}`,
    ),
  ],
  ['scale', ['spec.replicas']],
  ['token', ['spec']],
]);

/** Whether a leaf means nothing: another value there is the same change. */
export function isUnbound(review: Review, path: readonly Step[]): boolean {
  const { operation, subResource, kind } = review;
  const [first, second] = path;
  const text = textOf(path);
  if (operation === 'DELETE') return text === 'gracePeriodSeconds' || text === 'preconditions';
  const only = ONLY.get(subResource);
  if (only !== undefined) return !only.some((bound) => text === bound || text.startsWith(`${bound}.`));
  if (first === 'metadata' && SERVER_SET.has(second)) return true;
  if (operation === 'CREATE' && first === 'status' && subResource === '') {
    return !KEEPS_STATUS.test(kind.group) && kind.kind !== 'Node';
  }
  return isStampedByKind(review, path);
}

function isStampedByKind({ operation, subResource, kind }: Review, path: readonly Step[]): boolean {
  const text = textOf(path);
  if (kind.kind === 'PersistentVolume') return text === 'status.lastPhaseTransitionTime';
  if (kind.kind !== 'CertificateSigningRequest') return false;
  if (operation === 'CREATE') return path[0] === 'spec' && STAMPED.has(path[1]);
  return subResource !== '' && /^status\.conditions\.\[0\]\.last(?:Update|Transition)Time$/.test(text);
}
