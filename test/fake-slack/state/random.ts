// Chance by a seed, for identifiers and for the choice of a socket.

/** A stream of draws (mulberry32). */
export class Draws {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) >>> 0;
  }

  /** An integer from 0 to `n` - 1. */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * n);
  }

  /** Lower-case letters and digits. */
  word(length: number): string {
    return Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[this.below(36)]).join('');
  }

  /** So many hexadecimal digits. */
  digits(length: number): string {
    return Array.from({ length }, () => '0123456789abcdef'[this.below(16)]).join('');
  }

  /** The same items in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return Array.from({ length: left.length }, () => left.splice(this.below(left.length), 1)[0] as T);
  }
}
