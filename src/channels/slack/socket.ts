// Keeps Socket Mode alive: two lines, begun one after the other, each of which opens its next connection before it closes
// the one that Slack wants to end. Nothing that Slack answers ends the process; whatever is wrong is told as health, and
// tried again with growing waits.
import type { Failure } from './answers.ts';
import { Connection, type Opened } from './connection.ts';
import { Envelopes, type Handler, type Trouble } from './envelopes.ts';
import { machineSocketClock, pause, type SocketClock } from './socket-clock.ts';
import type { SlackPlace } from './web-options.ts';

/** How it stands with the connections. */
export interface SocketHealth {
  /** Connections by which clicks can come now. */
  readonly connected: number;
  /** Since when there is one, or none. Epoch milliseconds. */
  readonly since: number;
  /** Of which app they are, once Slack said so: clicks of another one are not ours. */
  readonly appId: string | undefined;
  /** The last opening that failed, and when; undefined once one works again. */
  readonly lastError: { readonly at: number; readonly failure: Failure } | undefined;
}

/** What the supervisor is made with. */
export interface SocketOptions extends SlackPlace {
  /** Read anew for each connection, so that a replaced token needs no restart. */
  readonly appToken: () => string;
  readonly handle: Handler;
  /** Called at each change. */
  readonly onHealth?: (health: SocketHealth) => void;
  readonly onTrouble?: (trouble: Trouble) => void;
  /** The clock of this machine unless told. */
  readonly clock?: SocketClock;
}

/** A running supervisor. */
export interface SlackSocket {
  health(): SocketHealth;
  /** Acknowledges what is under way, closes everything, within some seven seconds. Calls after the first join it. */
  stop(): Promise<void>;
}

const LINES = 2;
/** Between the beginnings of the lines, so that Slack does not end both at the same time. */
const STAGGER_MS = 5_000;
const BASE_MS = 1_000;
const MOST_MS = 60_000;
const JITTER = 0.5;
/** A connection that lasted this long was a good one. */
const STEADY_MS = 30_000;
const STOP_MS = 5_000;

/** Starts; the first connection may take a while or never come, as `onHealth` tells. */
export function startSocket(options: SocketOptions): SlackSocket {
  const lines = new Lines(options);
  for (let number = 0; number < LINES; number += 1) void lines.run(number * STAGGER_MS);
  let stopping: Promise<void> | undefined;
  return { health: () => lines.health, stop: () => (stopping ??= lines.stop()) };
}

class Lines {
  health: SocketHealth;
  private readonly options: SocketOptions;
  private readonly clock: SocketClock;
  private readonly envelopes: Envelopes;
  private readonly open = new Set<Connection>();
  private readonly live = new Set<Connection>();
  private readonly stopped = new AbortController();

  constructor(options: SocketOptions) {
    this.options = options;
    this.clock = options.clock ?? machineSocketClock;
    const { handle, onTrouble } = options;
    this.envelopes = new Envelopes({ clock: this.clock, handle, onTrouble });
    this.health = { connected: 0, since: this.clock.now(), appId: undefined, lastError: undefined };
  }

  /** One line, for as long as nobody stops it. Never rejects. */
  async run(delayMs: number): Promise<void> {
    const { signal } = this.stopped;
    await pause(this.clock, delayMs, signal);
    let [failures, previous] = [0, undefined as Connection | undefined];
    while (!signal.aborted) {
      const connection = this.connection();
      const opened = await connection.opened;
      this.told(connection, opened);
      if (opened.kind !== 'ok') {
        failures += 1;
        await pause(this.clock, this.wait(opened, failures), signal);
        continue;
      }
      void previous?.close();
      previous = connection;
      const from = this.clock.now();
      await connection.leaving;
      failures = this.clock.now() - from < STEADY_MS ? failures + 1 : 0;
      // The first fresh one is opened at once, while the old one still works.
      if (failures > 1) await pause(this.clock, this.wait(undefined, failures - 1), signal);
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const calm = this.clock.after(STOP_MS, resolve);
    await Promise.race([this.envelopes.idle(), late]);
    await Promise.all([...this.open].map((connection) => connection.close()));
    calm();
  }

  private connection(): Connection {
    const { apiUrl, timeoutMs, appToken } = this.options;
    const connection = new Connection({
      apiUrl,
      timeoutMs,
      appToken: readable(appToken),
      clock: this.clock,
      onEnvelope: (envelope) => this.envelopes.take(envelope),
    });
    this.open.add(connection);
    void this.whenEnded(connection);
    return connection;
  }

  private async whenEnded(connection: Connection): Promise<void> {
    await connection.ended;
    this.open.delete(connection);
    if (this.live.delete(connection)) this.tell({});
  }

  private told(connection: Connection, opened: Opened): void {
    if (opened.kind !== 'ok') this.tell({ lastError: { at: this.clock.now(), failure: opened } });
    else if (this.open.has(connection)) {
      this.live.add(connection);
      this.tell({ lastError: undefined, appId: opened.appId });
    }
  }

  private tell(change: Partial<SocketHealth>): void {
    const connected = this.live.size;
    const isOther = (connected === 0) !== (this.health.connected === 0);
    const since = isOther ? this.clock.now() : this.health.since;
    this.health = { ...this.health, ...change, connected, since };
    this.options.onHealth?.(this.health);
  }

  private wait(failure: Failure | undefined, failures: number): number {
    if (failure?.kind === 'limited') return failure.retryAfterMs;
    const isPermanent = failure?.kind === 'refused' && failure.isPermanent;
    const grown = isPermanent ? MOST_MS : Math.min(BASE_MS * 2 ** (failures - 1), MOST_MS);
    return grown * (1 - JITTER * this.clock.random());
  }
}

/** A token that cannot be read now is told like one that is not good, and read again later. */
function readable(token: () => string): string {
  try {
    return token();
  } catch {
    return '';
  }
}
