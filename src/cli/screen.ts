// Where the CLI writes and asks, as a port: tests read what a person would see.

/** Exit codes; scripts rely on them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, denied: 3, expired: 4, pending: 5 } as const;

/** A terminal, or what stands for one. */
export interface Screen {
  out(text: string): void;
  error(text: string): void;
  /** Asks on the terminal; undefined when there is none. */
  ask(question: string): Promise<string | undefined>;
  /** Epoch ms. */
  now(): number;
}
