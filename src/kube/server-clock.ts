// The time by the API server's clock, as the Date of its answers tells it, carried on by a clock that never jumps. Replicas
// that share one clock can tell how long ago another of them did something, whatever their own machines say.

import type { Moment } from './freshness.ts';

/** What the Date of an answer leaves out. ms. */
const SECOND_MS = 1_000;
/** By so much the two clocks of a machine may part between answers: one was set, or the machine slept. ms. */
const PARTED_MS = 1_000;

/** Follows the API server's clock, and takes the wall clock for right as long as it may be. */
export class ServerClock {
  /** The API server's time when the monotonic clock shows 0. */
  #zero: number;
  #parting: number;

  constructor(start: Moment) {
    this.#zero = this.#parting = start.wall - start.monotonic;
  }

  /**
   * Takes in one answer.
   * @param date its Date header; anything but a date says nothing
   * @param now when it came
   * @param elapsed time from sending the request to that moment, ms
   */
  saw(date: unknown, now: Moment, elapsed: number): void {
    const second = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(second)) return;
    // It was written at some moment of that second, between sending and now.
    const [least, most] = [second - now.monotonic, second + SECOND_MS - (now.monotonic - elapsed)];
    this.#zero = Math.min(Math.max(this.#zero, least), most);
    this.#parting = now.wall - now.monotonic;
  }

  /** Whether a clock was set or the machine slept since the last answer, so that only the next one tells the time. */
  isLost(now: Moment): boolean {
    return Math.abs(now.wall - now.monotonic - this.#parting) > PARTED_MS;
  }

  /** What the API server's clock shows now, within a second or so. Epoch ms. */
  at({ monotonic }: Moment): number {
    return this.#zero + monotonic;
  }
}
