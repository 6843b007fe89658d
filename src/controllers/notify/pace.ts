// How fast a channel may be spoken to: one new message a second in each place, and so many edits and looks in a minute for
// all places together. A limit that the channel names stops what it is about, nothing else.
import type { Step } from './steps.ts';

/** What is counted together; `join` sends nothing. */
type Bucket = `posts in ${string}` | 'edits' | 'looks';

/** Least time between two calls, ms: Slack's limits are 1 a second for each channel, and 50 a minute (Tier 3). */
const EVERY_MS = { posts: 1_000, edits: 1_200, looks: 1_200 } as const;

function bucketOf(step: Step, place: string): Bucket | undefined {
  switch (step.kind) {
    case 'post':
    case 'line':
    case 'remind':
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

/** Keeps the pace of one channel, over all its places. Times are epoch ms. */
export class Pace {
  readonly #next = new Map<Bucket, number>();

  /** When a step may be taken; 0 when nothing is in its way. */
  readyAt(step: Step, place: string): number {
    const bucket = bucketOf(step, place);
    return bucket === undefined ? 0 : (this.#next.get(bucket) ?? 0);
  }

  /** Notes that a step is taken now, whatever comes of it. */
  taken(step: Step, place: string, now: number): void {
    const bucket = bucketOf(step, place);
    if (bucket === undefined) return;
    this.#hold(bucket, now + (bucket === 'edits' || bucket === 'looks' ? EVERY_MS[bucket] : EVERY_MS.posts));
  }

  /** Notes that the channel asked to wait. @param retryAfterMs from now on */
  limited(step: Step, place: string, now: number, retryAfterMs: number): void {
    const bucket = bucketOf(step, place);
    if (bucket !== undefined) this.#hold(bucket, now + retryAfterMs);
  }

  #hold(bucket: Bucket, until: number): void {
    this.#next.set(bucket, Math.max(this.#next.get(bucket) ?? 0, until));
  }
}
