// Which sends have arrived whose answers nobody saw: looked for by the metadata that they carry, among the messages of our
// own bot alone, since everybody who reads a channel can copy metadata.
import type { Answer } from './answers.ts';
import { isShape, member, textAt, type Shape } from './shape.ts';
import type { SlackCall } from './web-call.ts';

/** Where and from when on is looked. */
export interface PostQuery {
  readonly channel: string;
  /** Our own bot: `identity().botId`. */
  readonly botId: string;
  /** When the first of the sends began. Epoch milliseconds, by our clock. */
  readonly sinceMs: number;
  /** For replies: the message that they answer. */
  readonly threadTs?: string | undefined;
}

/** A send of ours that arrived. */
export interface ArrivedPost {
  /** What was given to the send. */
  readonly attempt: string;
  readonly form: 'card' | 'list';
  readonly ts: string;
}

/**
 * What was found, oldest first. What is missing is told of this moment: a send that Slack is still at may arrive later, so it
 * is asked only some time after the send was given up.
 */
export interface PostSearch {
  readonly posts: readonly ArrivedPost[];
  /** Whether all was looked through; if not, what is not found may have arrived. */
  readonly isComplete: boolean;
}

/** How far the clocks of Slack and of this machine may be apart. */
const SKEW_MS = 300_000;
const PAGE = 200;
const MOST_PAGES = 5;

/** Looks through the newest messages, or the replies of a thread. */
export async function findPosts(
  call: SlackCall,
  type: string,
  query: PostQuery,
): Promise<Answer<PostSearch>> {
  const posts: ArrivedPost[] = [];
  const answered = (isComplete: boolean): Answer<PostSearch> => ({
    kind: 'ok',
    posts: posts.toSorted((a, b) => Number(a.ts) - Number(b.ts)),
    isComplete,
  });
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await call(...question(query, cursor));
    if (answer.kind !== 'ok') return answer;
    const messages = member(answer.result, 'messages');
    if (!Array.isArray(messages)) return answered(false);
    posts.push(...messages.flatMap((one: unknown) => ours(one, type, query) ?? []));
    cursor = textAt(/^[^]{1,500}$/, answer.result, 'response_metadata', 'next_cursor');
    if (cursor === undefined) return answered(member(answer.result, 'has_more') !== true);
  }
  return answered(false);
}

function question({ channel, threadTs, sinceMs }: PostQuery, cursor: string | undefined): [string, Shape] {
  const oldest = (Math.max(0, sinceMs - SKEW_MS) / 1_000).toFixed(6);
  const page = {
    channel,
    oldest,
    include_all_metadata: true,
    limit: PAGE,
    ...(cursor === undefined ? {} : { cursor }),
  };
  return threadTs === undefined
    ? ['conversations.history', page]
    : ['conversations.replies', { ...page, ts: threadTs }];
}

function ours(message: unknown, type: string, { botId }: PostQuery): ArrivedPost | undefined {
  if (!isShape(message) || member(message, 'bot_id') !== botId) return undefined;
  if (member(message, 'metadata', 'event_type') !== type) return undefined;
  const attempt = textAt(/^[^]{1,200}$/, message, 'metadata', 'event_payload', 'attempt');
  const ts = textAt(/^\d{1,12}\.\d{1,9}$/, message, 'ts');
  const isList = member(message, 'metadata', 'event_payload', 'form') === 'list';
  return attempt === undefined || ts === undefined
    ? undefined
    : { attempt, ts, form: isList ? 'list' : 'card' };
}
