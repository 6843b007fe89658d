// Where time comes from. Decisions take `now` as an argument; only the shell of the program holds a clock.

/** A source of the present time. */
export interface Clock {
  /** The present time. Epoch milliseconds. */
  now(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() };
