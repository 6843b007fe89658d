// Where the CLI writes and asks, as a port: tests read what a person would see.

/** Exit codes; scripts rely on them, so a number never gets another meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  expired: 4,
  pending: 5,
  /** Assent does not answer: nothing was sent. */
  unanswered: 6,
  /** The decision is stored, but no controller counts it. */
  uncounted: 7,
} as const;

/** A terminal, or what stands for one. */
export interface Screen {
  out(text: string): void;
  error(text: string): void;
  /** Asks on the terminal; undefined when there is none, '' when the person leaves without an answer. */
  ask(question: string): Promise<string | undefined>;
  /** Epoch ms. */
  now(): number;
}
