// How fast a channel may be spoken to: one new message a second in each place, and so many edits and looks in a minute for
// all places together. A limit that the channel names stops what it is about, nothing else.
import type { Step } from './steps.ts';

/** A step, or a word to a person. */
type Call = Step['kind'] | 'notice';
/** What is counted together; `join` sends nothing. */
type Bucket = `posts in ${string}` | 'edits' | 'looks';

/** Least time between two calls, ms: Slack's limits are 1 a second for each channel, and 50 a minute (Tier 3). */
const EVERY_MS = { posts: 1_000, edits: 1_200, looks: 1_200 } as const;

function bucketOf(kind: Call, place: string): Bucket | undefined {
  switch (kind) {
    case 'post':
    case 'line':
    case 'remind':
    case 'notice':
      return `posts in ${place}`;
    case 'edit':
    case 'edit-list':
      return 'edits';
    case 'look':
      return 'looks';
    case 'join':
      return undefined;
  }
}

/** Keeps the pace of one channel, over all its places. Times are ms of a clock that never jumps. */
export class Pace {
  readonly #next = new Map<Bucket, number>();

  /** When a step may be taken; 0 when nothing is in its way. */
  readyAt(call: Call, place: string): number {
    const bucket = bucketOf(call, place);
    return bucket === undefined ? 0 : (this.#next.get(bucket) ?? 0);
  }

  /** Notes that a step is taken now, whatever comes of it. */
  taken(call: Call, place: string, now: number): void {
    const bucket = bucketOf(call, place);
    if (bucket === undefined) return;
    this.#hold(bucket, now + (bucket === 'edits' || bucket === 'looks' ? EVERY_MS[bucket] : EVERY_MS.posts));
  }

  /** Notes that the channel asked to wait. @param retryAfterMs from now on */
  limited(call: Call, place: string, now: number, retryAfterMs: number): void {
    const bucket = bucketOf(call, place);
    if (bucket !== undefined) this.#hold(bucket, now + retryAfterMs);
  }

  #hold(bucket: Bucket, until: number): void {
    this.#next.set(bucket, Math.max(this.#next.get(bucket) ?? 0, until));
  }
}
