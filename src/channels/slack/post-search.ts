// Whether a send whose answer was lost has arrived: looked for by the metadata that it carries, among the messages of our
// own bot alone, since everybody who reads a channel can copy metadata.
import type { Answer } from './answers.ts';
import { member, textAt } from './shape.ts';
import type { SlackCall } from './web-call.ts';

/** What is looked for. */
export interface PostQuery {
  readonly channel: string;
  /** The attempt that was given to the send. */
  readonly attempt: string;
  /** Our own bot: `identity().botId`. */
  readonly botId: string;
  /** When the send began. Epoch milliseconds, by our clock. */
  readonly sinceMs: number;
  /** For a reply: the message that it answers. */
  readonly threadTs?: string | undefined;
}

/**
 * What was found. `unclear`: there is more than is looked through, so that it may have arrived. `absent` is said of this
 * moment: a send that Slack is still at may arrive later, so it is asked only some time after the send was given up.
 */
export type PostSearch =
  | { readonly found: 'yes'; readonly ts: string }
  | { readonly found: 'absent' }
  | { readonly found: 'unclear' };

/** How far the clocks of Slack and of this machine may be apart. */
const SKEW_MS = 300_000;
const PAGE = 200;
const MOST_PAGES = 5;

/** Looks through the newest messages, or the replies of a thread. */
export async function findPost(call: SlackCall, type: string, query: PostQuery): Promise<Answer<PostSearch>> {
  const { channel, threadTs, sinceMs } = query;
  const [method, place] =
    threadTs === undefined
      ? ['conversations.history', { channel }]
      : ['conversations.replies', { channel, ts: threadTs }];
  const oldest = (Math.max(0, sinceMs - SKEW_MS) / 1_000).toFixed(6);
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await call(method, {
      ...place,
      oldest,
      include_all_metadata: true,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (answer.kind !== 'ok') return answer;
    const messages = member(answer.result, 'messages');
    if (!Array.isArray(messages)) return { kind: 'ok', found: 'unclear' };
    const ts = messages
      .filter((one) => isOurs(one, type, query))
      .map(tsOf)
      .find(Boolean);
    if (ts !== undefined) return { kind: 'ok', found: 'yes', ts };
    cursor = nextPage(answer.result);
    if (cursor === undefined) return { kind: 'ok', found: isMore(answer.result) ? 'unclear' : 'absent' };
  }
  return { kind: 'ok', found: 'unclear' };
}

function isOurs(message: unknown, type: string, { attempt, botId }: PostQuery): boolean {
  return (
    member(message, 'bot_id') === botId &&
    member(message, 'metadata', 'event_type') === type &&
    member(message, 'metadata', 'event_payload', 'attempt') === attempt
  );
}

const tsOf = (message: unknown): string | undefined => textAt(/^\d{1,12}\.\d{1,9}$/, message, 'ts');
const isMore = (result: unknown): boolean => member(result, 'has_more') === true;

function nextPage(result: unknown): string | undefined {
  return textAt(/^[^]{1,500}$/, result, 'response_metadata', 'next_cursor');
}
