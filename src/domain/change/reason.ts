// What the agent says about why, by an annotation on the object it submits. Not verified, not part of the fingerprint.
import { REASON_ANNOTATION } from '../../api/group.ts';
import type { JsonObject } from './json.ts';
import { memberAt } from './json-tree.ts';
import { escapeUnprintable, shortened } from './printable.ts';
import type { Review } from './review.ts';

/** Longest reason that is kept, in characters: the bound of `spec.reason` of a request. */
const MAX_REASON = 1024;

/**
 * The reason stated with this very submission, made inert and cut to 1,024 characters; undefined when there is none.
 * An annotation that an earlier change left on the object says nothing about this one.
 */
export function statedReason(review: Review): string | undefined {
  const reason = reasonOn(review.object);
  if (reason === undefined || reason === reasonOn(review.oldObject)) return undefined;
  const lines = reason.split(/\r?\n/).map((line) => escapeUnprintable(line).trimEnd());
  const text = shortened(lines.join('\n').trim(), MAX_REASON);
  return text === '' ? undefined : text;
}

function reasonOn(object: JsonObject | null): string | undefined {
  const reason = memberAt(object ?? undefined, 'metadata', 'annotations', REASON_ANNOTATION);
  return typeof reason === 'string' ? reason : undefined;
}
