// One connection of Socket Mode, from its opening to its end: opened within a time, left when Slack asks for a fresh one,
// closed when what was told by it is acknowledged. Whatever goes wrong is an answer; no promise here rejects.
import { failureOf, refused, type Failure } from './answers.ts';
import { member, textAt, wellFormed, type Shape } from './shape.ts';
import { ListeningClient } from './socket-client.ts';
import type { SocketClock } from './socket-clock.ts';
import { silentLog, tokenIn, webOptions, type SlackPlace } from './web-options.ts';

/** What goes back with an acknowledgement: errors of a dialog, for one. */
export type AckBody = Shape | undefined;

/** Something that Slack tells, and the way to say that it was heard. The first of the two calls counts. */
export interface Envelope {
  readonly id: string;
  /** `interactive`, `events_api`, `slash_commands` or a newer one. */
  readonly type: string;
  readonly payload: unknown;
  acknowledge(body?: AckBody): void;
  /** Leaves it unacknowledged: an event comes again, and a person is told that the app does not answer. */
  decline(): void;
}

/** How an opening went. */
export type Opened = { readonly kind: 'ok'; readonly appId: string | undefined } | Failure;

/** What a connection is opened with. */
export interface ConnectionOptions extends SlackPlace {
  /** `xapp-...` */
  readonly appToken: string;
  readonly clock: SocketClock;
  readonly onEnvelope: (envelope: Envelope) => void;
}

/** Until Slack says hello. */
const HELLO_MS = 15_000;
/** How long the other side may take to hang up before the line is cut. */
const HANG_UP_MS = 2_000;
/** Slack waits no longer for an acknowledgement, so neither does a connection that is to be closed. */
const ACK_MS = 3_000;

/** One connection. */
export class Connection {
  /** How the opening went. Never rejects. */
  readonly opened: Promise<Opened>;
  /** Slack asks for a fresh connection, or this one is over. Never rejects. */
  readonly leaving: Promise<void>;
  /** Nothing comes or goes any more. Never rejects. */
  readonly ended: Promise<void>;
  private readonly client: ListeningClient | undefined;
  private readonly options: ConnectionOptions;
  private readonly left = Promise.withResolvers<void>();
  private readonly over = Promise.withResolvers<void>();
  private appId: string | undefined;
  private unanswered = 0;
  private isClosing = false;
  private hangUp: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.leaving = this.left.promise;
    this.ended = this.over.promise;
    void this.ended.then(() => this.left.resolve());
    // The real client throws at an empty token.
    const token = tokenIn(options.appToken);
    this.client = token === undefined ? undefined : this.made(token);
    this.opened = this.open();
  }

  /** Closes when what was told is acknowledged, after three seconds at the latest. */
  close(): Promise<void> {
    if (this.isClosing) return this.ended;
    this.isClosing = true;
    if (this.unanswered === 0) this.cut();
    else {
      const stop = this.options.clock.after(ACK_MS, () => this.cut());
      this.hangUp = () => {
        this.hangUp = () => undefined;
        stop();
        this.cut();
      };
    }
    return this.ended;
  }

  private made(appToken: string): ListeningClient {
    const client = new ListeningClient({
      appToken,
      autoReconnectEnabled: false,
      logger: silentLog(),
      clientOptions: webOptions(this.options),
    });
    client.onText = (message) => this.read(message);
    client.on('disconnected', () => this.over.resolve());
    // Said just before the line is opened: what is thrown here is the answer of `start`.
    client.on('connecting', () => {
      if (this.isClosing) throw new Error('closed before it was open');
    });
    return client;
  }

  private async open(): Promise<Opened> {
    const { client } = this;
    if (!client) {
      this.over.resolve();
      return refused('not_authed');
    }
    const { promise: late, resolve } = Promise.withResolvers<Opened>();
    const stop = this.options.clock.after(HELLO_MS, () => resolve({ kind: 'unknown', why: 'no greeting' }));
    const opened = await Promise.race([this.started(client), late]);
    stop();
    if (opened.kind !== 'ok') this.cut();
    return opened;
  }

  private async started(client: ListeningClient): Promise<Opened> {
    try {
      await client.start();
      return { kind: 'ok', appId: this.appId };
    } catch (error) {
      return error === undefined ? { kind: 'unknown', why: 'ended before its greeting' } : failureOf(error);
    }
  }

  private cut(): void {
    this.isClosing = true;
    const { client } = this;
    if (!client?.websocket) {
      this.over.resolve();
      return;
    }
    void client.disconnect();
    // Asked a second time, the client does not wait for the other side.
    const stop = this.options.clock.after(HANG_UP_MS, () => client.websocket?.disconnect());
    void this.ended.then(stop);
  }

  private read(message: unknown): void {
    const type = textAt(/^[a-z_]{1,40}$/, message, 'type') ?? '';
    if (type === 'hello') this.appId = textAt(/^A[A-Z0-9]{2,30}$/, message, 'connection_info', 'app_id');
    if (type === 'disconnect') this.left.resolve();
    const id = textAt(/^[\w-]{1,128}$/, message, 'envelope_id');
    if (id === undefined) return;
    const takesBody = member(message, 'accepts_response_payload') === true;
    const settle = this.counted();
    this.options.onEnvelope({
      id,
      type,
      payload: member(message, 'payload'),
      acknowledge: (body) =>
        settle(() => {
          const payload = body === undefined || !takesBody ? {} : { payload: wellFormed(body) };
          this.client?.write({ envelope_id: id, ...payload });
        }),
      decline: () => settle(() => undefined),
    });
  }

  /** Counts one envelope until it is settled, which it is once. */
  private counted(): (act: () => void) => void {
    this.unanswered += 1;
    let isSettled = false;
    return (act) => {
      if (isSettled) return;
      isSettled = true;
      this.unanswered -= 1;
      try {
        act();
      } finally {
        if (this.unanswered === 0) this.hangUp();
      }
    };
  }
}
