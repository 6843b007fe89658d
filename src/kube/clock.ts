// Time and chance as one argument, so that queues, leases and back-off can be tested without waiting.

/** Two clocks, a timer and a die. */
export interface KubeClock {
  /** Milliseconds on a clock that never jumps. It may stand still while a machine is suspended. */
  monotonic(): number;
  /** Epoch milliseconds. It may jump. */
  wall(): number;
  /** Calls `fire` once after `ms` milliseconds (at most 2^31-1, setTimeout's limit); the result cancels it. */
  after(ms: number, fire: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
}

/** setTimeout takes 32 bits; a longer delay would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clocks of this machine. */
export const systemClock: KubeClock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after `ms`, or at once when `signal` is aborted. Never rejects: the caller looks at the signal. */
export function pause(clock: KubeClock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
