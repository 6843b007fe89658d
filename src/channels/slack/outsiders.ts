// Whether people of other organisations read a channel: such a channel gets no requests, since what they show is not theirs
// (channels.md 1.5). Where Slack does not say, they may; an answer is believed for some minutes.
import type { Answer } from './answers.ts';
import type { SlackApi } from './client.ts';
import type { ChannelFacts } from './lookups.ts';

/** What an answer of Slack means for a message; undefined when it may be sent. */
export type Objection =
  | { readonly kind: 'shared'; readonly why: string }
  | { readonly kind: 'failed'; readonly failure: Exclude<Answer<object>, { kind: 'ok' }> };

/** What is said of a channel with others in it; undefined for one without. */
export const OUTSIDERS: Readonly<Record<ChannelFacts['sharing'], string | undefined>> = {
  inside: undefined,
  external: 'people of other organisations are in it, and would read every request',
  pending: 'people of other organisations are invited to it',
  untold: 'Slack does not say whether people of other organisations are in it',
};

/** What to do about it. */
export const TAKE_ANOTHER = 'Take a channel that is not shared by Slack Connect.';

/** How long it is believed that a channel is ours alone. ms. */
const BELIEVED_MS = 600_000;

/** Makes the question; each channel is asked about once in some minutes. */
export function outsidersIn(
  api: Pick<SlackApi, 'channel'>,
  now: () => number,
): (place: string) => Promise<Objection | undefined> {
  const seen = new Map<string, number>();
  return async (place) => {
    const age = now() - (seen.get(place) ?? -Infinity);
    // A clock that was set back makes nothing younger.
    if (age >= 0 && age < BELIEVED_MS) return undefined;
    const answer = await api.channel(place);
    if (answer.kind !== 'ok') return { kind: 'failed', failure: answer };
    const why = OUTSIDERS[answer.channel.sharing];
    if (why !== undefined) return { kind: 'shared', why: `${why}. ${TAKE_ANOTHER}` };
    seen.set(place, now());
    return undefined;
  };
}
