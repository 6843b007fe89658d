// Adding a message, whoever writes it, and telling the telephones of those who are in the channel.
import { pushText, liveParts } from '../view/screen.ts';
import { shown } from '../view/spans.ts';
import { type Message } from './message.ts';
import { type World } from './world.ts';

/** A message to add. */
export type NewMessage = Pick<Message, 'channel' | 'author' | 'threadTs' | 'text' | 'blocks' | 'metadata'> & {
  readonly onlyFor?: string;
};

/** Adds a message and sends the pushes. */
export function addMessage(world: World, draft: NewMessage): Message {
  const { text, blocks } = draft;
  const message: Message = {
    ...draft,
    onlyFor: draft.onlyFor,
    ts: world.ts(),
    edited: undefined,
    deleted: false,
    revisions: [{ text, blocks }],
  };
  world.messages.push(message);
  if (message.onlyFor === undefined) push(world, message);
  world.changed(`posted ${message.channel} ${message.ts}`);
  return message;
}

/** Everybody in the channel but the author; called are those whom a live mention names, and the other one of two. */
function push(world: World, message: Message): void {
  const channel = world.channels.get(message.channel);
  const author = message.author.kind === 'app' ? message.author.app.botUserId : message.author.user.id;
  const live = liveParts(world, message);
  const everyone = channel?.kind === 'im' || live.some(({ kind }) => kind === 'everyone');
  const called = new Set(
    live.flatMap(({ kind, target }) => {
      if (kind === 'user') return [target];
      return kind === 'group' ? (world.groups.get(target)?.members ?? []) : [];
    }),
  );
  const text = shown(pushText(message.text, world.names));
  for (const user of channel?.members ?? []) {
    if (user === author || world.users.get(user)?.bot === true) continue;
    const ping = everyone || called.has(user);
    world.pushes.push({ user, channel: message.channel, ts: message.ts, text, ping });
  }
}
