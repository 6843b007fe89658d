// What every channel offers to whoever delivers: a card or a list for requests, replies in its thread, and a way to find what
// may have arrived. A channel decides nothing and remembers nothing; none of these calls rejects.
import type { ApprovalRequest, OutboxEntry } from '../api/approval-request.ts';

/** Where a message goes, and how the send is found again: the same key for each attempt of the same send. */
export interface Address {
  /** How the channel names the place: Slack's id of a channel. */
  readonly place: string;
  readonly key: string;
}

/** A message that stands in the channel. */
export interface Posted {
  /** How the channel names the message. */
  readonly handle: string;
  /** Digest of exactly what was sent. */
  readonly content: string;
}

/** Sends that were found by their keys. */
export interface Found {
  readonly handles: ReadonlyMap<string, { readonly handle: string; readonly form: MessageForm }>;
  /** Whether everything was looked through, so that what is not among them did not arrive. */
  readonly isComplete: boolean;
}

/** `card`: one request, which can be decided from it. `list`: many. */
export type MessageForm = 'card' | 'list';

/** Why nothing was done. */
export type NotDone =
  /** The message, or the one that it answers, is not there any more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number }
  /** Nobody knows whether it arrived. */
  | { readonly kind: 'unsure'; readonly why: string }
  /** It certainly did not leave, or was not taken for now. */
  | { readonly kind: 'unsent'; readonly why: string }
  /** Nobody but a person can mend it; `isOfPlace`: not only this message. */
  | { readonly kind: 'refused'; readonly why: string; readonly isOfPlace: boolean };

/** What became of a call. */
export type Told<T extends object = object> = ({ readonly kind: 'done' } & Readonly<T>) | NotDone;

/** One channel. */
export interface Channel {
  readonly name: string;
  /** Digest of what the card of a request shows in a place now. */
  cardContent(request: ApprovalRequest): string;
  /** Digest of what a list of these requests shows now. */
  listContent(requests: readonly ApprovalRequest[]): string;
  postCard(address: Address, request: ApprovalRequest): Promise<Told<Posted>>;
  postList(address: Address, requests: readonly ApprovalRequest[]): Promise<Told<Posted>>;
  editCard(place: string, handle: string, request: ApprovalRequest): Promise<Told<Pick<Posted, 'content'>>>;
  editList(
    place: string,
    handle: string,
    requests: readonly ApprovalRequest[],
  ): Promise<Told<Pick<Posted, 'content'>>>;
  /** Tells one person how a request ended. The place is the person, as the channel names people. */
  notice(address: Address, request: ApprovalRequest): Promise<Told<Pick<Posted, 'handle'>>>;
  /** Tells a line of the record in the thread of a card. */
  reply(address: Address, thread: string, request: ApprovalRequest, line: OutboxEntry): Promise<Told>;
  /** Reminds of the end in the thread of a card. */
  remind(address: Address, thread: string, request: ApprovalRequest): Promise<Told>;
  /** Tells people of something that is about no request: our own words, and names in them that others chose. */
  alarm(address: Address, text: string): Promise<Told>;
  /** What arrived in a place, or in a thread of it, since a time (epoch ms). */
  find(place: string, sinceMs: number, thread?: string): Promise<Told<Found>>;
}
