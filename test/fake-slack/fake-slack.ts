// The fake Slack: a workspace with people, channels and apps, behind the wire protocols of the real one. The real clients
// (@slack/web-api, @slack/socket-mode) run against it; tests look at it with the eyes of a human.
import { Faults } from './api/faults.ts';
import { Rates } from './api/rates.ts';
import { SteppedClock, type SlackClock } from './clock.ts';
import { readManifest } from './people/manifest.ts';
import { Person } from './people/person.ts';
import { ResponseUrls } from './people/response-urls.ts';
import { type Message } from './state/message.ts';
import { type App, type Channel, type Group, type Team, type User } from './state/people.ts';
import { Draws } from './state/random.ts';
import { World, type Push } from './state/world.ts';
import { channelScreen, liveParts, type Live } from './view/screen.ts';
import { type LiveKind } from './view/spans.ts';
import { Deliveries, type Delivery, type Telling } from './wire/deliveries.ts';
import { listen, type Listening } from './wire/server.ts';
import { Sockets, type DisconnectReason } from './wire/sockets.ts';

/** How a fake is made. */
export interface FakeSlackOptions {
  /** 1 unless told. The same seed gives the same identifiers and the same choice of sockets. */
  readonly seed?: number;
  /** A stepped clock unless told. */
  readonly clock?: SlackClock;
  /** Address that it listens on; loopback unless told. */
  readonly host?: string;
}

/** Scopes of the manifest, and those for linking accounts and for recovery from lost answers. */
export const USUAL_SCOPES = [
  'chat:write',
  'users:read',
  'channels:read',
  'groups:read',
  'channels:history',
  'groups:history',
  'im:history',
  'im:read',
  'im:write',
] as const;

/** A running fake. */
export class FakeSlack {
  readonly world: World;
  readonly faults: Faults;
  readonly rates: Rates;
  readonly sockets: Sockets;
  readonly deliveries: Deliveries;
  /** The workspace that is there from the start. */
  readonly team: Team;
  private readonly responseUrls: ResponseUrls;
  private readonly persons = new Map<string, Person>();
  private listening: Listening = { base: '', close: () => Promise.resolve() };

  private constructor(clock: SlackClock, seed: number) {
    this.world = new World(clock, new Draws(seed));
    this.faults = new Faults(clock);
    this.rates = new Rates(clock);
    this.sockets = new Sockets(this.world, new Draws(seed + 1));
    this.deliveries = new Deliveries(this.world, this.sockets, this.faults);
    this.responseUrls = new ResponseUrls(this.world);
    this.team = this.addTeam({ name: 'Acme', domain: 'acme' });
  }

  /** Starts a fake on a free port. */
  static async start(options: FakeSlackOptions = {}): Promise<FakeSlack> {
    const { seed = 1, clock = new SteppedClock(), host = '127.0.0.1' } = options;
    const slack = new FakeSlack(clock, seed);
    const { world, faults, rates, sockets, responseUrls } = slack;
    const socketUrl = (app: App): string => sockets.ticket(app, slack.base);
    slack.listening = await listen(
      { gateway: { world, faults, rates, socketUrl }, responseUrls, sockets },
      host,
    );
    return slack;
  }

  /** Ends everything. */
  close(): Promise<void> {
    return this.listening.close();
  }

  /** `http://host:port` */
  get base(): string {
    return this.listening.base;
  }

  /** For `slackApiUrl` of the real client. */
  get apiUrl(): string {
    return `${this.base}/api/`;
  }

  /** Adds a workspace. */
  addTeam(team: Partial<Team> = {}): Team {
    const id = team.id ?? this.world.id('T');
    const made = { name: `Team ${id}`, domain: id.toLowerCase(), ...team, id };
    this.world.teams.set(id, made);
    return made;
  }

  /** Adds somebody; a member of the first workspace unless told. */
  addUser(user: Partial<User> & { readonly name: string }): Person {
    const made: User = {
      id: this.world.id(user.enterpriseUser ? 'W' : 'U'),
      teamId: this.team.id,
      realName: user.name,
      email: `${user.name}@acme.example`,
      bot: false,
      deleted: false,
      restricted: false,
      ultraRestricted: false,
      ...user,
    };
    this.world.users.set(made.id, made);
    return this.person(made.id);
  }

  /** Adds a channel with these people and bots in it. */
  addChannel(
    channel: Partial<Omit<Channel, 'members'>> & {
      readonly name: string;
      readonly members?: readonly string[];
    },
  ): Channel {
    const made: Channel = {
      id: this.world.id('C'),
      teamId: this.team.id,
      kind: 'public',
      archived: false,
      external: false,
      pendingExternal: false,
      connectedTeams: new Set(),
      ...channel,
      members: new Set(channel.members),
    };
    this.world.channels.set(made.id, made);
    return made;
  }

  /** Adds a user group. */
  addGroup(handle: string, members: readonly string[]): Group {
    const made = { id: this.world.id('S'), handle, members };
    this.world.groups.set(made.id, made);
    return made;
  }

  /** Installs an app, in Socket Mode unless told. */
  addApp(app: Partial<App> & { readonly name: string }): App {
    const id = app.id ?? this.world.id('A');
    const bot = this.addUser({
      name: app.name.toLowerCase(),
      realName: app.name,
      bot: true,
      teamId: app.teamId ?? this.team.id,
    });
    const made: App = {
      teamId: this.team.id,
      botId: this.world.id('B'),
      botToken: `xoxb-${this.world.draws.word(24)}`,
      appToken: `xapp-1-${id}-${this.world.draws.word(24)}`,
      signingSecret: this.world.draws.digits(32),
      scopes: new Set(USUAL_SCOPES),
      appScopes: new Set(['connections:write']),
      botTokenState: 'good',
      appTokenState: 'good',
      mode: 'socket',
      interactivityUrl: '',
      eventsUrl: '',
      commandsUrl: '',
      events: new Set(['message.im']),
      commands: new Set(),
      interactive: true,
      messagesTab: 'on',
      keepsMetadata: true,
      ...app,
      id,
      botUserId: bot.user.id,
    };
    this.world.apps.set(`${id} ${made.teamId}`, made);
    return made;
  }

  /**
   * Installs the app of a manifest, parsed from its YAML. It has no app token: no manifest asks for one.
   * @throws Error when Slack would refuse it
   */
  installManifest(manifest: unknown): App {
    const reading = readManifest(manifest);
    if (!reading.ok) throw new Error(`invalid_manifest: ${reading.errors.join('; ')}`);
    return this.addApp({ ...reading.app, appToken: '', appScopes: new Set() });
  }

  /** Somebody makes an app-level token with these scopes: "Basic Information", "App-Level Tokens". */
  makeAppToken(app: App, scopes: readonly string[]): string {
    app.appToken = `xapp-1-${app.id}-${this.world.draws.word(24)}`;
    app.appScopes.clear();
    for (const scope of scopes) app.appScopes.add(scope);
    return app.appToken;
  }

  /** A person by user id. */
  person(id: string): Person {
    const user = this.world.users.get(id);
    if (!user) throw new Error(`there is no user ${id}`);
    const { world, deliveries, responseUrls, base } = this;
    const person = this.persons.get(id) ?? new Person({ world, deliveries, responseUrls, base }, user);
    this.persons.set(id, person);
    return person;
  }

  /** A channel as a member sees it who has no messages of his own. */
  screen(channel: string): string {
    return channelScreen(this.world, channel);
  }

  /** Everything live in the messages of a channel, ephemeral ones included; of these kinds only, when told. */
  live(channel: string, ...kinds: readonly LiveKind[]): Live[] {
    return this.world.messages
      .filter((message) => message.channel === channel && !message.deleted)
      .flatMap((message) => liveParts(this.world, message))
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
  }

  /** The messages of a channel, oldest first. */
  messages(channel: string): readonly Message[] {
    return this.world.inChannel(channel);
  }

  /** What only this user sees, oldest first. */
  ephemerals(user: string): readonly Message[] {
    return this.world.messages.filter(({ onlyFor }) => onlyFor === user);
  }

  /** The pushes on this user's telephone. */
  pushes(user: string): readonly Push[] {
    return this.world.pushes.filter((push) => push.user === user);
  }

  /** How often a method was called, by outcome: `{ ok: 3, ratelimited: 1 }`. */
  counts(method: string): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { outcome = 'running', method: name } of this.world.calls)
      if (name === method) counts[outcome] = (counts[outcome] ?? 0) + 1;
    return counts;
  }

  /** Resolves as soon as the condition holds; looked at on every change in the fake. */
  until(condition: () => boolean): Promise<void> {
    return this.world.until(condition);
  }

  /** A person deletes a message; with replies, a tombstone stays. */
  deleteMessage(channel: string, ts: string): void {
    const message = this.world.message(channel, ts);
    if (!message) throw new Error(`there is no message ${ts} in ${channel}`);
    if (this.world.replies(channel, ts).length > 0) message.deleted = true;
    else this.world.messages.splice(this.world.messages.indexOf(message), 1);
    this.world.changed(`deleted ${channel} ${ts}`);
  }

  /** Announces the end of connections: of all of an app, or of the one with this number. */
  disconnect(app: App, reason: DisconnectReason, number?: number): void {
    for (const socket of this.sockets.of(app))
      if (number === undefined || socket.number === number) this.sockets.disconnect(socket, reason);
  }

  /** Slack goes down: no call is answered and every socket is cut, until `up`. */
  down(): void {
    this.faults.down = true;
    this.sockets.destroyAll();
  }

  /** Slack is back. */
  up(): void {
    this.faults.down = false;
  }

  /** Tells an app a payload of the test's own making, properly signed or enveloped. */
  tell(app: App, telling: Telling): Promise<Delivery> {
    return this.deliveries.tell(app, telling);
  }
}
