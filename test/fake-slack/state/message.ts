// A message, what it was before each edit, and the object that the Web API and the payloads show of it.
import { type Shape } from '../shapes.ts';
import { type App, type User } from './people.ts';

/** The content of a message at one time. */
export interface Revision {
  readonly text: string;
  readonly blocks: readonly Shape[];
}

/** Who wrote it. */
export type Author =
  { readonly kind: 'app'; readonly app: App } | { readonly kind: 'user'; readonly user: User };

/** A message. */
export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly author: Author;
  readonly threadTs: string | undefined;
  /** Set: only this user sees it, and no method finds it. */
  readonly onlyFor: string | undefined;
  text: string;
  blocks: readonly Shape[];
  metadata: Shape | undefined;
  /** The ts of the last edit of the text. */
  edited: string | undefined;
  /** A deleted message with replies stays as a tombstone. */
  deleted: boolean;
  /** All contents so far, the present one last. */
  readonly revisions: Revision[];
}

/** Options of showing. */
export interface Showing {
  readonly metadata: boolean;
  readonly replies: readonly Message[];
}

const authorFields = ({ author }: Message): Shape =>
  author.kind === 'user'
    ? { user: author.user.id, team: author.user.teamId }
    : {
        user: author.app.botUserId,
        bot_id: author.app.botId,
        app_id: author.app.id,
        team: author.app.teamId,
        bot_profile: { id: author.app.botId, app_id: author.app.id, name: author.app.name },
      };

/** The message as Slack shows it to programs. */
export function messageObject(message: Message, showing: Showing = { metadata: false, replies: [] }): Shape {
  const { ts, threadTs, edited, metadata } = message;
  if (message.deleted)
    return {
      type: 'message',
      subtype: 'tombstone',
      user: 'USLACKBOT',
      text: 'This message was deleted.',
      ts,
      thread_ts: ts,
    };
  const author = authorFields(message);
  const replied = showing.replies.length > 0;
  return {
    type: 'message',
    ...author,
    ts,
    text: message.text,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(edited === undefined ? {} : { edited: { user: author['user'], ts: edited } }),
    ...(threadTs !== undefined || replied ? { thread_ts: threadTs ?? ts } : {}),
    ...(replied ? { reply_count: showing.replies.length, latest_reply: showing.replies.at(-1)?.ts } : {}),
    ...(showing.metadata && metadata ? { metadata } : {}),
  };
}
