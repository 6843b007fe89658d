// How old a copy may be, and how long its server has been silent. Two questions: a list is as old as its start, but while it
// was being read the server was not silent.
import type { KubeClock } from './clock.ts';

/** A moment on both clocks. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Keeps the times of the last list and the last word. */
export class Freshness {
  readonly #clock: KubeClock;
  /** When the copy was last known to be complete. */
  #complete: Moment | undefined;
  #wordAt = 0;
  #listedAt = 0;

  constructor(clock: KubeClock) {
    this.#clock = clock;
  }

  /** The present moment. */
  now(): Moment {
    return { monotonic: this.#clock.monotonic(), wall: this.#clock.wall() };
  }

  /** A list that began at `began` has been read to its end. */
  listed(began: Moment): void {
    this.#complete = began;
    this.#listedAt = this.#clock.monotonic();
    this.#wordAt = this.#listedAt;
  }

  /** An event or a bookmark came: all changes before it have come too. */
  word(): void {
    this.#complete = this.now();
    this.#wordAt = this.#complete.monotonic;
  }

  /**
   * Milliseconds since the copy was last known to be complete; Infinity before the first list. The larger of two clocks:
   * the monotonic one stands still in a suspended machine, the wall clock may be set back.
   */
  ageMs(wall: number): number {
    if (this.#complete === undefined) return Infinity;
    return Math.max(this.#clock.monotonic() - this.#complete.monotonic, wall - this.#complete.wall);
  }

  /** Milliseconds since the server last said anything. */
  silentMs(): number {
    return this.#clock.monotonic() - this.#wordAt;
  }

  /** Milliseconds since the last list ended. */
  sinceListMs(): number {
    return this.#clock.monotonic() - this.#listedAt;
  }
}
