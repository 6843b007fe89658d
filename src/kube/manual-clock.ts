// A clock that moves only when a test says so. It fires timers in the order of their due times and lets promises settle
// between two timers, as an event loop would.
import type { KubeClock } from './clock.ts';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A {@link KubeClock} for tests. `random()` gives the numbers of `dice` in turn, then 0.5. */
export class ManualClock implements KubeClock {
  #now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  #epoch: number;
  readonly dice: number[] = [];

  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  /** Sets the wall clock by `ms`, as somebody might. */
  setWall(ms: number): void {
    this.#epoch += ms;
  }

  random(): number {
    return this.dice.shift() ?? 0.5;
  }

  after(ms: number, fire: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(ms, 0), order: this.#order++, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, firing what becomes due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.fire();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      const earlier = first === undefined || timer.due < first.due;
      if (earlier || (timer.due === first?.due && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets all promises settle that need no timer: setImmediate runs after the microtasks. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
