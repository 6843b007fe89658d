// Scaling binds the number of replicas before and after, nothing else: the API server takes nothing else from a Scale.
import type { DescribedChange, RawEntry } from '../change.ts';
import type { Json, JsonObject } from '../json.ts';
import { memberAt } from '../json-tree.ts';
import type { Review } from '../review.ts';
import { described, entriesOf, refusal } from './outcome.ts';

/** Describes an UPDATE of a scale subresource. */
export function describeScale(review: Review, submitted: JsonObject, stored: JsonObject): DescribedChange {
  const [from, to] = [replicas(stored), replicas(submitted)];
  if (from === undefined || to === undefined)
    return refusal('unsupported', 'The scale has no readable number of replicas.');
  const entries = (): readonly RawEntry[] =>
    from === to ? [] : entriesOf([{ segments: ['spec', 'replicas'], op: 'Changed', from, to }]);
  return described(review, { kind: 'scale', action: 'scale', payload: { from, to }, entries });
}

/** Go leaves the number out when it is 0. */
function replicas(scale: JsonObject): number | undefined {
  const number: Json = memberAt(scale, 'spec', 'replicas') ?? 0;
  return typeof number === 'number' ? number : undefined;
}
