// The time by the API server's clock, as the Date of its answers tells it. Replicas that share one clock can tell how long
// ago another of them did something, whatever their own machines say.

/** What the Date of an answer leaves out. ms. */
const SECOND_MS = 1_000;

/** Follows the API server's clock, and leaves a clock alone that may be right. */
export class ServerClock {
  #offset = 0;

  /**
   * Takes in one answer.
   * @param date its Date header; anything but a date says nothing
   * @param now this machine's clock when it came, epoch ms
   * @param elapsed time from sending the request to that moment, by a clock that never jumps, ms
   */
  saw(date: unknown, now: number, elapsed: number): void {
    const second = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(second)) return;
    // It was written at some moment of that second, between sending and now.
    const [least, most] = [second - now, second + SECOND_MS - (now - elapsed)];
    this.#offset = Math.min(Math.max(this.#offset, least), most);
  }

  /** What the API server's clock shows when this machine's clock shows `now`; within a second or so. Epoch ms. */
  at(now: number): number {
    return now + this.#offset;
  }
}
