// A call of the Web API once it is known who calls; and how a method says no.
import { wordOf } from '../shapes.ts';
import { type App, type Channel } from '../state/people.ts';
import { type World } from '../state/world.ts';
import { type Faults } from './faults.ts';

/** `ok: false` with this name. */
export class SlackError extends Error {
  readonly details: Readonly<Record<string, unknown>>;

  constructor(name: string, details: Readonly<Record<string, unknown>> = {}) {
    super(name);
    this.details = details;
  }
}

/** What a method gets. */
export interface Invocation {
  readonly world: World;
  readonly app: App;
  readonly args: Readonly<Record<string, unknown>>;
  readonly faults: Faults;
  /** A WebSocket address that is good for one connection. */
  readonly socketUrl: () => string;
}

/** A method of the Web API. */
export interface Method {
  readonly token: 'bot' | 'app';
  /** The scopes it needs; by the channel where they depend on it. */
  readonly needs: readonly string[] | ((channel: Channel | undefined) => readonly string[]);
  readonly run: (call: Invocation) => Readonly<Record<string, unknown>>;
}

/** A scope for each kind of conversation: `channels:read`, `groups:read`, `im:read`. */
export const byKind =
  (right: 'read' | 'history') =>
  (channel: Channel | undefined): readonly string[] => {
    const family = { public: 'channels', private: 'groups', im: 'im' }[channel?.kind ?? 'public'];
    return [`${family}:${right}`];
  };

/** Slack's answer to arguments that break rules: the messages, and the same without their level. */
export const refused = (name: string, messages: readonly string[]): SlackError =>
  new SlackError(name, {
    errors: messages,
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });

/** A channel that the app can see. A private one without the app is not found, as if it did not exist. */
export function channelOf({ world, app }: Pick<Invocation, 'world' | 'app'>, id: unknown): Channel {
  const channel = world.channels.get(wordOf(id));
  const visible = channel && (channel.teamId === app.teamId || channel.connectedTeams.has(app.teamId));
  if (!visible || (channel.kind !== 'public' && !channel.members.has(app.botUserId)))
    throw new SlackError('channel_not_found');
  return channel;
}
