// Socket Mode: addresses that are good once, at most ten connections of an app, hello, pings, disconnects, and any one of
// the connections for each envelope.
import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';
import { ITEMS, TIME } from '../facts.ts';
import { parsed, shapeOf, textOf } from '../shapes.ts';
import { type App } from '../state/people.ts';
import { type Draws } from '../state/random.ts';
import { type World } from '../state/world.ts';
import { WebSocketConnection } from './websocket.ts';

/** Why Slack ends a connection. */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

/** One connection of an app. */
export interface AppSocket {
  /** 1 for the first connection that the fake ever took. */
  readonly number: number;
  readonly app: App;
  readonly connection: WebSocketConnection;
  /** A disconnect is announced: nothing new comes this way. */
  draining: boolean;
}

const PING_EVERY = 5000;
const CLOSE_AFTER: Readonly<Record<DisconnectReason, number>> = {
  warning: TIME.warning,
  refresh_requested: 1000,
  link_disabled: 0,
  too_many_websockets: 0,
};

/** All connections. */
export class Sockets {
  /** TCP stays open after a close handshake, as the real Slack leaves it (node-slack-sdk 2752). */
  lingers = false;
  /** After so many milliseconds a connection is asked to refresh; never when undefined. */
  lifetimeMs: number | undefined;
  /** Called with the acknowledgements. */
  onAck: (envelopeId: string, socket: AppSocket, payload: unknown) => void = () => undefined;
  private readonly open = new Set<AppSocket>();
  private readonly lines = new Set<Duplex>();
  private readonly tickets = new Map<string, { app: App; end: number }>();
  private readonly world: World;
  /** Its own draws: identifiers that are made meanwhile change nothing in the choice. */
  private readonly chance: Draws;
  private count = 0;

  constructor(world: World, chance: Draws) {
    this.world = world;
    this.chance = chance;
  }

  /** An address for one connection. */
  ticket(app: App, base: string): string {
    const ticket = this.world.draws.word(24);
    this.tickets.set(ticket, { app, end: this.world.clock.now() + TIME.ticket });
    return `${base.replace('http:', 'ws:')}/link/?ticket=${ticket}&app_id=${app.id}`;
  }

  /** The connections of an app, oldest first. */
  of(app: App): AppSocket[] {
    return [...this.open].filter((socket) => socket.app === app);
  }

  /** Any one of the connections that can be used. */
  pick(app: App): AppSocket | undefined {
    const all = this.of(app);
    const fresh = all.filter(({ draining }) => !draining);
    const from = fresh.length > 0 ? fresh : all;
    return from[this.chance.below(from.length)];
  }

  /** Takes a connection, when its ticket is good. */
  upgrade(request: IncomingMessage, raw: Duplex): void {
    const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? '';
    const grant = this.tickets.get(ticket);
    this.tickets.delete(ticket);
    if (!grant || grant.end < this.world.clock.now()) {
      raw.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.lines.add(raw);
    raw.on('close', () => this.lines.delete(raw));
    const connection = new WebSocketConnection(request, raw, this.lingers);
    const socket = { number: (this.count += 1), app: grant.app, connection, draining: false };
    if (this.of(grant.app).length >= ITEMS.sockets) {
      this.disconnect(socket, 'too_many_websockets');
      return;
    }
    this.accept(socket);
  }

  /** Announces the end of a connection, and ends it when its time has come. */
  disconnect(socket: AppSocket, reason: DisconnectReason): void {
    socket.draining = true;
    const debug_info = { host: 'wss-fake' };
    socket.connection.send(JSON.stringify({ type: 'disconnect', reason, debug_info }));
    this.world.changed(`disconnect ${reason} ${socket.number}`);
    if (reason === 'link_disabled') socket.app.mode = 'http';
    const end = CLOSE_AFTER[reason];
    if (end === 0) socket.connection.close();
    else this.world.clock.after(end, () => socket.connection.close());
  }

  /** Cuts all lines, those too that linger. */
  destroyAll(): void {
    for (const line of this.lines) line.destroy();
    for (const { connection } of this.open) connection.destroy();
  }

  private accept(socket: AppSocket): void {
    const { connection, app, number } = socket;
    const { clock } = this.world;
    this.open.add(socket);
    const stops = [this.pinging(connection)];
    if (this.lifetimeMs !== undefined)
      stops.push(clock.after(this.lifetimeMs, () => this.disconnect(socket, 'refresh_requested')));
    connection.onEnd = () => {
      for (const stop of stops) stop();
      this.open.delete(socket);
      this.world.changed(`closed ${number}`);
    };
    connection.onText = (text) => {
      const result = parsed(text);
      const message = shapeOf(result.ok ? result.value : undefined);
      this.onAck(textOf(message['envelope_id']), socket, message['payload']);
    };
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.of(app).length,
        debug_info: { host: 'wss-fake', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: app.id },
      }),
    );
    this.world.changed(`hello ${number}`);
  }

  private pinging(connection: WebSocketConnection): () => void {
    let stop = (): void => undefined;
    const again = (): void => {
      connection.ping();
      stop = this.world.clock.after(PING_EVERY, again);
    };
    again();
    return () => stop();
  }
}
