// A webhook beside the gate that allows everything and keeps what it is sent: proof that a review came, and the real
// reviews on which the properties of the fingerprint are checked offline.
import { parseLossless } from '../../src/domain/change/json.ts';
import { decodeReview, type Review } from '../../src/domain/change/review.ts';
import { startWebhook, type JsonServer } from '../builders/json-server.ts';

/** A running recorder. */
export interface Recorder extends JsonServer {
  /** How many reviews a user caused. */
  count(username: string): number;
  /** All reviews so far. */
  readonly total: () => number;
  /** Why reviews could not be read, one sentence each. */
  readonly unreadable: readonly string[];
  /** The first real review of each operation on each resource, by stub. */
  readonly kept: ReadonlyMap<string, Review>;
}

/** Starts a recorder on a port of its own. `labelOf` names what a user's reviews are kept under; undefined keeps none. */
export async function startRecorder(labelOf: (review: Review) => string | undefined): Promise<Recorder> {
  const counts = new Map<string, number>();
  const kept = new Map<string, Review>();
  const unreadable: string[] = [];
  const keep = (body: Buffer): string => {
    const parsed = parseLossless(body);
    const decoded = parsed.ok ? decodeReview(parsed.value) : { ok: false as const, why: parsed.why, uid: '' };
    if (!decoded.ok) {
      unreadable.push(decoded.why);
      return decoded.uid;
    }
    const { review } = decoded;
    const { username } = review.userInfo;
    counts.set(username, (counts.get(username) ?? 0) + 1);
    const label = review.dryRun ? undefined : labelOf(review);
    if (label !== undefined && !kept.has(label)) kept.set(label, review);
    return review.uid;
  };
  const server = await startWebhook(({ body }) => ({ uid: keep(body), allowed: true }));
  return {
    ...server,
    count: (username) => counts.get(username) ?? 0,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    unreadable,
    kept,
  };
}
