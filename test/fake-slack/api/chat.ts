// chat.*: posting, editing, whispering, linking.
import { LENGTH } from '../facts.ts';
import { lengthOf, textOf, wordOf, type Shape } from '../shapes.ts';
import { messageObject, type Message } from '../state/message.ts';
import { type Channel } from '../state/people.ts';
import { addMessage } from '../state/posting.ts';
import { blocksOf, metadataOf, onlyKnown, postedText } from './content.ts';
import { channelOf, SlackError, type Invocation, type Method } from './invocation.ts';

const WRITE = { token: 'bot', needs: ['chat:write'] } as const;

/** Where a message goes: a conversation, or a user, who is written to directly. */
function destination(call: Invocation): Channel {
  const { world, app, args } = call;
  const user = world.users.get(wordOf(args['channel']));
  if (user && app.messagesTab === 'off') throw new SlackError('messages_tab_disabled');
  const channel = user ? world.direct(app, user) : channelOf(call, args['channel']);
  if (channel.archived) throw new SlackError('is_archived');
  if (!channel.members.has(app.botUserId) && !app.scopes.has('chat:write.public'))
    throw new SlackError('not_in_channel');
  return channel;
}

/** The message above, when this is to be a reply. */
function threadOf({ world, args }: Invocation, channel: Channel): string | undefined {
  const ts = args['thread_ts'];
  if (ts === undefined || ts === '') return undefined;
  const parent = world.inChannel(channel.id).find((message) => message.ts === ts);
  if (!parent) throw new SlackError('thread_not_found');
  return parent.threadTs ?? parent.ts;
}

function post(call: Invocation): Shape {
  const { world, app, args } = call;
  onlyKnown(args);
  const channel = destination(call);
  const { text, cut } = postedText(args['text']);
  const blocks = blocksOf(world, args['blocks']) ?? [];
  if (text === '' && blocks.length === 0) throw new SlackError('no_text');
  const metadata = metadataOf(args['metadata']);
  const message = addMessage(world, {
    channel: channel.id,
    author: { kind: 'app', app },
    threadTs: threadOf(call, channel),
    text,
    blocks,
    metadata: app.keepsMetadata ? metadata : undefined,
  });
  const warnings = [
    ...(cut ? ['message_truncated'] : []),
    ...(metadata && !app.keepsMetadata ? ['metadata_event_type_unknown'] : []),
  ];
  return {
    channel: channel.id,
    ts: message.ts,
    message: messageObject(message, { metadata: true, replies: [] }),
    ...(warnings.length > 0 ? { warning: warnings.join(','), response_metadata: { warnings } } : {}),
  };
}

/** The message that is to be edited. */
function editable(call: Invocation): Message {
  const { world, app, args } = call;
  const channel = channelOf(call, args['channel']);
  const message = world.message(channel.id, wordOf(args['ts']));
  if (!message) throw new SlackError('message_not_found');
  const own = message.author.kind === 'app' && message.author.app === app;
  if (!own || message.onlyFor !== undefined) throw new SlackError('cant_update_message');
  if (channel.archived) throw new SlackError('is_inactive');
  return message;
}

function update(call: Invocation): Shape {
  const { world, app, args } = call;
  onlyKnown(args);
  const message = editable(call);
  const hasText = args['text'] !== undefined;
  const text = hasText ? textOf(args['text']) : message.text;
  if (lengthOf(text) > LENGTH.updated) throw new SlackError('msg_too_long');
  const blocks = blocksOf(world, args['blocks']);
  // A text alone takes the blocks away; blocks alone keep the text.
  const next = blocks ?? (hasText ? [] : message.blocks);
  if ((!hasText && !blocks) || (text === '' && next.length === 0)) throw new SlackError('no_text');
  if (args['metadata'] !== undefined)
    message.metadata = app.keepsMetadata ? metadataOf(args['metadata']) : undefined;
  message.text = text;
  message.blocks = next;
  message.revisions.push({ text, blocks: next });
  // "(edited)" is shown of texts only.
  if (!blocks) message.edited = world.ts();
  world.changed(`updated ${message.channel} ${message.ts}`);
  return { channel: message.channel, ts: message.ts, text, message: messageObject(message) };
}

function whisper(call: Invocation): Shape {
  const { world, app, args, faults } = call;
  onlyKnown(args);
  const channel = destination(call);
  const user = wordOf(args['user']);
  if (!channel.members.has(user)) throw new SlackError('user_not_in_channel');
  const text = textOf(args['text']);
  if (lengthOf(text) > LENGTH.posted) throw new SlackError('msg_too_long');
  const blocks = blocksOf(world, args['blocks']) ?? [];
  if (text === '' && blocks.length === 0) throw new SlackError('no_text');
  const threadTs = threadOf(call, channel);
  if (faults.ephemeralsToLose > 0) {
    faults.ephemeralsToLose -= 1;
    return { message_ts: world.ts() };
  }
  const whispered = { channel: channel.id, author: { kind: 'app', app }, threadTs, onlyFor: user } as const;
  return { message_ts: addMessage(world, { ...whispered, text, blocks, metadata: undefined }).ts };
}

function permalink(call: Invocation): Shape {
  const { world, app, args } = call;
  const channel = channelOf(call, args['channel']);
  const message = world.message(channel.id, wordOf(args['message_ts']));
  if (!message || message.onlyFor !== undefined) throw new SlackError('message_not_found');
  const { ts, threadTs } = message;
  const domain = world.teams.get(app.teamId)?.domain ?? 'workspace';
  const thread = threadTs === undefined ? '' : `?thread_ts=${threadTs}&cid=${channel.id}`;
  const link = `https://${domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}${thread}`;
  return { channel: channel.id, permalink: link };
}

/** The methods of chat. */
export const CHAT: Readonly<Record<string, Method>> = {
  'chat.postMessage': { ...WRITE, run: post },
  'chat.update': { ...WRITE, run: update },
  'chat.postEphemeral': { ...WRITE, run: whisper },
  'chat.getPermalink': { token: 'bot', needs: [], run: permalink },
};
