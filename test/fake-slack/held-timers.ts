// Timers of the clients under test, kept back until the test lets them go: the waits that the real clients insist on
// (backoff, Retry-After, reconnection) pass without time passing.

/** One timer that was set. */
export interface HeldTimer {
  /** The wait that was asked for. Milliseconds. */
  readonly ms: number;
  /** Lets it fall due now. */
  readonly fire: () => void;
}

/** Takes hold of the timers of this process whose wait fits, until `restore`. */
export class HeldTimers {
  private readonly held: HeldTimer[] = [];
  private waiting: (() => void)[] = [];
  private readonly real = globalThis.setTimeout;

  constructor(fits: (ms: number) => boolean) {
    const { real } = this;
    const keep = (run: () => void, ms = 0): NodeJS.Timeout => {
      // The stand-in is what clearTimeout and unref are called on.
      const standIn = real(() => undefined, 2 ** 30);
      standIn.unref();
      this.held.push({
        ms,
        fire() {
          clearTimeout(standIn);
          run();
        },
      });
      for (const wake of this.waiting.splice(0)) wake();
      return standIn;
    };
    const held = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): NodeJS.Timeout =>
      ms !== undefined && fits(ms) ? keep(() => run(...args), ms) : real(run, ms, ...args);
    globalThis.setTimeout = Object.assign(held, real);
  }

  /** The next timer that is set, or was set and not yet taken. */
  async next(): Promise<HeldTimer> {
    for (;;) {
      const timer = this.held.shift();
      if (timer) return timer;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Timers go as ever again. */
  restore(): void {
    globalThis.setTimeout = this.real;
  }
}
