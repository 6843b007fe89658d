// The time of the fake: stepped by the test, or the clock of this machine. Everything that ends or begins by time in the
// fake (acknowledgements, triggers, rates, retries, slow answers) hangs on it.

/** Time, and what is to happen later. */
export interface SlackClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs something later; the answer calls it off. */
  after(ms: number, run: () => void): () => void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that moves only when it is told to. */
export class SteppedClock implements SlackClock {
  private time: number;
  private order = 0;
  private readonly timers = new Set<Timer>();

  constructor(start = Date.UTC(2026, 0, 5, 10, 0, 0)) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, order: (this.order += 1), run };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** Moves on, and runs what falls due, in the order of time. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.due(end); next; next = this.due(end)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
  }

  /** How many things wait. */
  get waiting(): number {
    return this.timers.size;
  }

  private due(end: number): Timer | undefined {
    return [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}

/** The clock of this machine, for demonstrations and benchmarks. */
export const machineClock: SlackClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
