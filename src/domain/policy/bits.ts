// A set of small integers as bits: intersecting a thousand policies takes 32 steps.

/** A set of the integers from 0 to a bound. */
export class Bits {
  readonly #words: Uint32Array;

  constructor(bound: number) {
    this.#words = new Uint32Array(Math.ceil(bound / 32));
  }

  add(index: number): void {
    const word = index >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (index & 31));
  }

  /** Adds every member of `other`, which has the same bound. */
  addAll(other: Bits): void {
    other.#words.forEach((word, at) => {
      this.#words[at] = (this.#words[at] ?? 0) | word;
    });
  }

  /** Keeps the members that `other`, which has the same bound, has too. */
  retainAll(other: Bits): void {
    other.#words.forEach((word, at) => {
      this.#words[at] = (this.#words[at] ?? 0) & word;
    });
  }

  /** Whether there is no member. */
  get isEmpty(): boolean {
    return this.#words.every((word) => word === 0);
  }

  /** The members in ascending order. */
  members(): number[] {
    const members: number[] = [];
    this.#words.forEach((word, at) => {
      // The lowest bit that is set, until none is left.
      for (let rest = word; rest !== 0; rest &= rest - 1)
        members.push(at * 32 + (31 - Math.clz32(rest & -rest)));
    });
    return members;
  }
}
