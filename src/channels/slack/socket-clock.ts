// Time and chance of the connections to Slack, so that tests can step the one and know the other.

/** What the connections need of time and chance. */
export interface SocketClock {
  /** Epoch milliseconds. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Runs something later. The answer calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** The clock of this machine. What waits keeps no process alive. */
export const machineSocketClock: SocketClock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits, until the signal is given at the latest. */
export function pause(clock: SocketClock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const stop = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
