// Signed callbacks that were seen before. A signature is kept for as long as it would be accepted; past a bound nothing new
// is taken (INV-7): only who holds the secret can fill it, and a click that is refused can be made again.

/** Whether a signature is new. `full`: nobody knows, so it counts as seen. */
export type Replay = 'fresh' | 'replayed' | 'full';

/** A clock that is set back by no more than this makes no old signature valid again after it was forgotten. */
const MARGIN_MS = 60_000;

/** The signatures of one process. */
export class Replays {
  /** When each may be forgotten; that is done only when there is no room, and for all of them at once. */
  private readonly ends = new Map<string, number>();
  private readonly most: number;

  /** @param most signatures kept; Slack's own clicks within ten minutes fit many times */
  constructor({ most = 10_000 }: { readonly most?: number } = {}) {
    this.most = most;
  }

  /**
   * Remembers a signature.
   * @param signature of a callback that callbacks.ts accepted
   * @param validUntil when callbacks.ts stops accepting it. Epoch milliseconds.
   * @param now epoch milliseconds
   */
  see(signature: string, validUntil: number, now: number): Replay {
    if (this.ends.has(signature)) return 'replayed';
    if (this.ends.size >= this.most) this.forget(now);
    if (this.ends.size >= this.most) return 'full';
    this.ends.set(signature, validUntil + MARGIN_MS);
    return 'fresh';
  }

  /** How many are kept. */
  get size(): number {
    return this.ends.size;
  }

  private forget(now: number): void {
    for (const [signature, end] of this.ends) if (end < now) this.ends.delete(signature);
  }
}
