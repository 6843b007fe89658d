// How old a copy may be: the time since the last moment at which it was known to be complete. A list is as old as its start.
import type { KubeClock } from './clock.ts';

/** A moment on both clocks. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Keeps the last moment at which a copy was complete. */
export class Freshness {
  readonly #clock: KubeClock;
  #complete: Moment | undefined;

  constructor(clock: KubeClock) {
    this.#clock = clock;
  }

  /** The present moment. */
  now(): Moment {
    return { monotonic: this.#clock.monotonic(), wall: this.#clock.wall() };
  }

  /** The copy is known to have been complete at `moment`. An earlier moment than the last changes nothing. */
  completeAt(moment: Moment): void {
    if (this.#complete === undefined || moment.monotonic > this.#complete.monotonic) this.#complete = moment;
  }

  /**
   * Milliseconds since then; Infinity if it never was. The larger of two clocks: the monotonic one stands still in a
   * suspended machine, the wall clock may be set back.
   */
  ageMs(wall: number): number {
    if (this.#complete === undefined) return Infinity;
    return Math.max(this.#clock.monotonic() - this.#complete.monotonic, wall - this.#complete.wall);
  }
}
