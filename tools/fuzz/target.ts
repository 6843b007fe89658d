// What a fuzz target is: some code under test, and the properties that hold for every input whatever.

/** One property that did not hold, or an exception that nobody expected. */
export class Finding extends Error {}

/** Something to be fuzzed. */
export interface Target {
  readonly name: string;
  /** What must hold, in a line for people. */
  readonly holds: string;
  /** Files whose coverage guides the search, as the ends of their paths. */
  readonly code: readonly string[];
  /** Whether inputs are JSON, so that mutations may follow its structure. */
  readonly isJson: boolean;
  /** Words that the code compares with. */
  readonly words: readonly string[];
  /** Inputs to start from, besides the kept corpus. */
  seeds(): readonly Uint8Array[];
  /**
   * Runs one input. Everything it chooses follows from the input; when it is `thorough` it chooses nothing and tries all.
   * @returns a word for the outcome; an outcome never seen before makes an input worth keeping
   * @throws Finding when a property does not hold
   */
  run(input: Uint8Array, thorough?: boolean): string;
}

/** Says that something must hold. */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Finding(what);
}

/** Text as bytes. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Words between white space. */
export const wordsOf = (text: string): string[] => text.trim().split(/\s+/);
