// One row of the catalogue of ways round Assent: what was tried, how each try ends, what the reader should do about it.
import type { Holder } from './endings.ts';

/** One try. Exactly one of `by`, `passes` and `untried` is there. */
export type Try = Held | Passes | Untried;

/** Something stops it. */
export interface Held {
  /** What is tried; part of the name of its test. */
  readonly what: string;
  readonly by: Holder;
}

/** It goes through, and its test shows that it does. */
export interface Passes {
  readonly what: string;
  /** Why, in a sentence. */
  readonly passes: string;
}

/** Not tried here: it needs what a control plane alone has not. */
export interface Untried {
  readonly what: string;
  /** What is missing, and what is known, in a sentence. */
  readonly untried: string;
}

/** One way round. */
export interface Row {
  /** Number in the catalogue of bypasses; leaves of the attack tree are L1 to L10. */
  readonly id: string;
  readonly title: string;
  readonly tries: readonly Try[];
  /** What the reader should do, in a sentence or two. */
  readonly advice: string;
}

/** Rows that share a control plane, a test file of this name, and a part of the page. */
export interface Chapter {
  /** Name of the test file, without `.test.ts`. */
  readonly file: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Name of the test of a try. */
export const testName = (row: Pick<Row, 'id'>, { what }: Pick<Try, 'what'>): string =>
  `bypass ${row.id}: ${what}`;
