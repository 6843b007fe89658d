// conversations.*: facts about channels, their history, threads, and direct conversations.
import { isTrue, wordOf, type Shape } from '../shapes.ts';
import { messageObject, type Message } from '../state/message.ts';
import { type Channel } from '../state/people.ts';
import { byKind, channelOf, SlackError, type Invocation, type Method } from './invocation.ts';

const TS = /^\d+(?:\.\d+)?$/;

function channelObject(channel: Channel, bot: string): Shape {
  if (channel.kind === 'im') {
    const user = [...channel.members].find((id) => id !== bot);
    return { id: channel.id, is_im: true, is_archived: channel.archived, user, is_org_shared: false };
  }
  const isPrivate = channel.kind === 'private';
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !isPrivate,
    is_group: isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: isPrivate,
    is_archived: channel.archived,
    is_member: channel.members.has(bot),
    is_shared: channel.external,
    is_ext_shared: channel.external,
    is_pending_ext_shared: channel.pendingExternal,
    is_org_shared: false,
    context_team_id: channel.teamId,
    shared_team_ids: [channel.teamId, ...channel.connectedTeams],
    num_members: channel.members.size,
  };
}

/** A channel whose messages the app may read. */
function readable(call: Invocation): Channel {
  const channel = channelOf(call, call.args['channel']);
  if (!channel.members.has(call.app.botUserId)) throw new SlackError('not_in_channel');
  return channel;
}

/** Whether a message lies within the times that are asked for. @throws SlackError when these are none */
function within({ args }: Invocation): (message: Message) => boolean {
  const { oldest, latest } = args;
  if (oldest !== undefined && !TS.test(wordOf(oldest))) throw new SlackError('invalid_ts_oldest');
  if (latest !== undefined && !TS.test(wordOf(latest))) throw new SlackError('invalid_ts_latest');
  const inclusive = isTrue(args['inclusive']);
  return (message) => {
    const ts = Number(message.ts);
    const after = oldest === undefined || ts > Number(oldest) || (inclusive && ts === Number(oldest));
    const before = latest === undefined || ts < Number(latest) || (inclusive && ts === Number(latest));
    return after && before;
  };
}

/** One page of messages. The cursor is where the next one begins. */
function page(call: Invocation, messages: readonly Message[], standard: number): Shape {
  const { world, args } = call;
  const from = args['cursor'] === undefined || args['cursor'] === '' ? 0 : Number(args['cursor']);
  if (!Number.isInteger(from)) throw new SlackError('invalid_cursor');
  const limit = Math.min(1000, Math.max(1, Number(args['limit'] ?? standard)));
  const metadata = isTrue(args['include_all_metadata']);
  const shown = messages.slice(from, from + limit);
  const more = messages.length > from + limit;
  return {
    messages: shown.map((message) =>
      messageObject(message, { metadata, replies: world.replies(message.channel, message.ts) }),
    ),
    has_more: more,
    ...(more ? { response_metadata: { next_cursor: String(from + limit) } } : {}),
  };
}

function history(call: Invocation): Shape {
  const channel = readable(call);
  const tops = call.world
    .inChannel(channel.id)
    .filter(({ threadTs }) => threadTs === undefined)
    .filter(within(call));
  return page(call, tops.toReversed(), 100);
}

function replies(call: Invocation): Shape {
  const channel = readable(call);
  const messages = call.world.inChannel(channel.id);
  const asked = messages.find(({ ts }) => ts === wordOf(call.args['ts']));
  const top = asked?.threadTs === undefined ? asked : messages.find(({ ts }) => ts === asked.threadTs);
  if (!top) throw new SlackError('thread_not_found');
  const below = call.world.replies(channel.id, top.ts).filter(within(call));
  return page(call, [top, ...below], 1000);
}

function open(call: Invocation): Shape {
  const { world, app, args } = call;
  if (args['channel'] !== undefined) return { channel: { id: channelOf(call, args['channel']).id } };
  const ids = wordOf(args['users']).split(',').filter(Boolean);
  if (ids.length === 0) throw new SlackError('users_list_not_supplied');
  if (ids.length > 1) throw new SlackError('method_not_supported_for_channel_type');
  const user = world.users.get(ids[0] ?? '');
  if (!user) throw new SlackError('user_not_found');
  if (user.deleted) throw new SlackError('user_disabled');
  if (user.bot) throw new SlackError('cannot_dm_bot');
  const channel = world.direct(app, user);
  return {
    channel: isTrue(args['return_im']) ? channelObject(channel, app.botUserId) : { id: channel.id },
  };
}

/** The methods of conversations. */
export const CONVERSATIONS: Readonly<Record<string, Method>> = {
  'conversations.info': {
    token: 'bot',
    needs: byKind('read'),
    run: (call) => ({
      channel: channelObject(channelOf(call, call.args['channel']), call.app.botUserId),
    }),
  },
  'conversations.history': { token: 'bot', needs: byKind('history'), run: history },
  'conversations.replies': { token: 'bot', needs: byKind('history'), run: replies },
  'conversations.open': { token: 'bot', needs: ['im:write'], run: open },
};
