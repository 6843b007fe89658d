// Everything that the fake remembers. Every change is told, so that tests wait for facts and never for time.
import { Changes } from '../changes.ts';
import { type SlackClock } from '../clock.ts';
import { type Names } from '../view/spans.ts';
import { type Message } from './message.ts';
import { type Modal } from './modal.ts';
import { type App, type Channel, type Group, type Team, type User } from './people.ts';
import { type Draws } from './random.ts';

/** A push on somebody's telephone. */
export interface Push {
  readonly user: string;
  readonly channel: string;
  readonly ts: string;
  /** What the lock screen shows: the `text` of the message. */
  readonly text: string;
  /** Somebody was called (a mention or a direct message); false: only who asked for every message is told. */
  readonly ping: boolean;
}

/** A call of the Web API as it arrived. */
export interface Call {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly at: number;
  /** `ok`, the name of the error, `ratelimited`, or what a fault did; undefined while it runs. */
  outcome: string | undefined;
}

/** The right to open one dialog, for three seconds. */
export interface Trigger {
  readonly app: App;
  readonly user: string;
  readonly at: number;
  used: boolean;
}

/** The memory of the fake. */
export class World {
  readonly teams = new Map<string, Team>();
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, Channel>();
  readonly apps = new Map<string, App>();
  readonly groups = new Map<string, Group>();
  readonly messages: Message[] = [];
  readonly modals: Modal[] = [];
  readonly pushes: Push[] = [];
  readonly calls: Call[] = [];
  readonly triggers = new Map<string, Trigger>();
  /** What happened, in order: calls, sockets, deliveries. For tests about order. */
  readonly story: string[] = [];
  readonly draws: Draws;
  readonly clock: SlackClock;
  private readonly changes = new Changes();
  private lastTs = 0;
  private ids = 0;

  constructor(clock: SlackClock, draws: Draws) {
    this.clock = clock;
    this.draws = draws;
  }

  /** A fresh identifier like Slack's. */
  id(prefix: string): string {
    this.ids += 1;
    return `${prefix}${this.ids.toString(36).toUpperCase().padStart(8, '0')}`;
  }

  /** A fresh ts: never the same, never going back. */
  ts(): string {
    this.lastTs = Math.max(this.clock.now() * 1000, this.lastTs + 1);
    return `${Math.floor(this.lastTs / 1e6)}.${String(this.lastTs % 1e6).padStart(6, '0')}`;
  }

  /** Tells those who wait that something is another way now. */
  changed(event?: string): void {
    if (event !== undefined) this.story.push(event);
    this.changes.tell();
  }

  /** Resolves as soon as the condition holds. */
  until(condition: () => boolean): Promise<void> {
    return this.changes.until(condition);
  }

  /** The messages of a channel that are there, oldest first; ephemeral ones are none of them. */
  inChannel(channel: string): Message[] {
    return this.messages.filter((message) => message.channel === channel && message.onlyFor === undefined);
  }

  /** A message by its place; a tombstone is none. */
  message(channel: string, ts: string): Message | undefined {
    return this.messages.find(
      (message) => message.channel === channel && message.ts === ts && !message.deleted,
    );
  }

  /** The replies below a message. */
  replies(channel: string, ts: string): Message[] {
    return this.inChannel(channel).filter(({ threadTs }) => threadTs === ts);
  }

  /** The direct conversation of a user with a bot, made when there is none. */
  direct(app: App, user: User): Channel {
    const found = [...this.channels.values()].find(
      ({ kind, members }) => kind === 'im' && members.has(app.botUserId) && members.has(user.id),
    );
    if (found) return found;
    const channel: Channel = {
      id: this.id('D'),
      teamId: app.teamId,
      kind: 'im',
      name: user.name,
      members: new Set([app.botUserId, user.id]),
      archived: false,
      external: false,
      pendingExternal: false,
      connectedTeams: new Set(),
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** Names for the screen. */
  get names(): Names {
    return {
      user: (id) => this.users.get(id)?.realName,
      channel: (id) => this.channels.get(id)?.name,
      group: (id) => this.groups.get(id)?.handle,
      channelNamed: (name) => [...this.channels.values()].find((channel) => channel.name === name)?.id,
    };
  }
}
