// Chance by a seed: the same seed gives the same draws, on every machine.

/** Draws of one seed. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** Whether something happens that happens with this chance. */
  chance(of: number): boolean;
  /** One of a list. @throws RangeError when it is empty */
  pick<T>(from: readonly T[]): T;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for plans of tests. */
export function randomOf(seed: number): Random {
  // Seeds in a row must not give draws in a row.
  let state = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    chance: (of) => next() < of,
    pick(from) {
      if (from.length === 0) throw new RangeError('there is nothing to pick from');
      return from[int(0, from.length - 1)] as (typeof from)[number];
    },
  };
}
