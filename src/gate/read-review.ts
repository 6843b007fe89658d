// Reads a body as a review. What cannot be read without losing anything is still answered under the uid of the review, so
// that the API server takes the refusal for an answer and hands its words on (INV-7).
import { parseLossless } from '../domain/change/json.ts';
import { decodeReview, type Review } from '../domain/change/review.ts';
import { scanUid } from './head.ts';

/** A review, or why the body is none. `uid` is empty when even that cannot be read. */
export type ReadReview =
  | { readonly ok: true; readonly review: Review }
  | { readonly ok: false; readonly why: string; readonly uid: string };

/** Reads a whole body. */
export function readReview(body: Buffer): ReadReview {
  const parsed = parseLossless(body);
  if (!parsed.ok) return { ok: false, why: parsed.why, uid: scanUid(body) };
  return decodeReview(parsed.value);
}
