// What one place knows of one request: a message of its own, or a line in a list that several share. Nothing else is
// remembered of what was sent, so a restart loses nothing (the CR is the truth, DESIGN 7).

/** A request as a place was told about it. */
export interface Copy {
  /** `card`: a message of its own. `list`: one of several in a message; nothing can be decided from it. */
  readonly form: 'card' | 'list';
  /** How the channel names the message. */
  readonly handle: string;
  /** Digest of what the message shows; empty for a request of a list that did not open it. */
  readonly content: string;
  /** How many lines of the record its thread tells. */
  readonly lines: number;
  /** Whether the place was reminded of the end. */
  readonly isReminded: boolean;
}

/** A request as a place should be told about it. */
export interface PlaceRequest {
  readonly name: string;
  readonly uid: string;
  readonly isPending: boolean;
  /** When it was opened. Epoch ms. */
  readonly since: number;
  /** Digest of what a card of its own would show now. */
  readonly content: string;
  /** How many lines of the record a thread tells by now. */
  readonly lines: number;
  /** When to remind of the end; undefined for never. Epoch ms. */
  readonly remindAt?: number | undefined;
  /** Undefined when the place was not told yet. */
  readonly copy?: Copy | undefined;
}

/** Names one send, so that it can be found again in the channel: the same for each attempt of the same send. */
export type SendKey = `${string}:${'post' | 'remind' | 'outcome' | `line-${number}`}`;
