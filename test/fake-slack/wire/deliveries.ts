// Telling the app: by any one of its sockets, or by a signed request. Whoever does not acknowledge within three seconds has
// not answered. Interactions are told once; events three times more when nobody acknowledges.
import { createHmac } from 'node:crypto';
import { type Faults } from '../api/faults.ts';
import { TIME } from '../facts.ts';
import { parsed, type Shape } from '../shapes.ts';
import { type App } from '../state/people.ts';
import { type World } from '../state/world.ts';
import { type AppSocket, type Sockets } from './sockets.ts';

/** What is told. */
export interface Telling {
  readonly type: 'interactive' | 'events_api' | 'slash_commands';
  readonly payload: Shape;
}

/** One try to tell it. */
export interface Attempt {
  /** `socket 3`, or the address. */
  readonly via: string;
  readonly outcome: 'acknowledged' | 'timeout' | 'refused' | 'unreachable';
  /** What came with the acknowledgement. */
  readonly response: unknown;
  /** The HTTP status; 0 for sockets and where there was no answer. */
  readonly status: number;
}

/** How the telling went. */
export interface Delivery {
  /** Some attempt was acknowledged in time. */
  readonly acknowledged: boolean;
  readonly attempts: readonly Attempt[];
}

/** Slack's signature of a request, version 0. */
export const signature = (secret: string, timestamp: string, body: string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;

/** The headers and the body of a signed request. `at`: epoch milliseconds. */
export function signedRequest(
  secret: string,
  at: number,
  { type, payload }: Telling,
): { readonly headers: Record<string, string>; readonly body: string } {
  const timestamp = String(Math.floor(at / 1000));
  const form = (fields: Shape): string =>
    new URLSearchParams(Object.entries(fields).map(([key, value]) => [key, String(value)])).toString();
  const bodies = {
    interactive: () => form({ payload: JSON.stringify(payload) }),
    slash_commands: () => form(payload),
    events_api: () => JSON.stringify(payload),
  };
  const body = bodies[type]();
  return {
    headers: {
      'content-type': type === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature(secret, timestamp, body),
    },
    body,
  };
}

const URLS = {
  interactive: 'interactivityUrl',
  events_api: 'eventsUrl',
  slash_commands: 'commandsUrl',
} as const;

/** Everything that is on its way to apps. */
export class Deliveries {
  private readonly waiting = new Map<string, { socket: AppSocket; done: (payload: unknown) => void }>();
  private held: (() => void)[] | undefined;
  private readonly world: World;
  private readonly sockets: Sockets;
  private readonly faults: Faults;

  constructor(world: World, sockets: Sockets, faults: Faults) {
    this.world = world;
    this.sockets = sockets;
    this.faults = faults;
    sockets.onAck = (id, socket, payload) => {
      const waiting = this.waiting.get(id);
      world.changed(`${waiting?.socket === socket ? 'ack' : 'stray ack'} ${socket.number}`);
      if (waiting?.socket === socket) waiting.done(payload);
    };
  }

  /** Keeps everything back until `release`. */
  hold(): void {
    this.held ??= [];
  }

  /** Lets everything go that was kept back: in order, the last one first, or by chance of the seed. */
  release(order: 'in order' | 'reversed' | 'shuffled' = 'in order'): void {
    const held = this.held ?? [];
    this.held = undefined;
    const sorted = {
      'in order': held,
      reversed: held.toReversed(),
      shuffled: this.world.draws.shuffled(held),
    };
    for (const go of sorted[order]) go();
  }

  /** Tells an interaction or a command, with the fault that was ordered for it. */
  async tell(app: App, telling: Telling): Promise<Delivery> {
    const { copies = 1, delayMs = 0, lost = false } = this.faults.metByDelivery();
    if (lost) return { acknowledged: false, attempts: [] };
    if (this.held) await new Promise<void>((resolve) => this.held?.push(resolve));
    if (delayMs > 0) await new Promise<void>((resolve) => this.world.clock.after(delayMs, resolve));
    const id = this.world.draws.word(32);
    const tries = Array.from({ length: copies }, () => this.attempt(app, telling, id));
    const attempts = await Promise.all(tries);
    return { acknowledged: attempts.some(({ outcome }) => outcome === 'acknowledged'), attempts };
  }

  /** Tells an event until somebody acknowledges it, four times at most. */
  async tellEvent(app: App, payload: Shape): Promise<Delivery> {
    const telling = { type: 'events_api', payload } as const;
    const first = await this.tell(app, telling);
    const attempts = [...first.attempts];
    let { acknowledged } = first;
    for (const [index, wait] of TIME.eventRetries.entries()) {
      if (acknowledged || first.attempts.length === 0) break;
      if (wait > 0) await this.pause(wait);
      const attempt = await this.attempt(app, telling, this.world.draws.word(32), index + 1);
      attempts.push(attempt);
      acknowledged = attempt.outcome === 'acknowledged';
    }
    return { acknowledged, attempts };
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.clock.after(ms, resolve);
      this.world.changed('event waits');
    });
  }

  private attempt(app: App, telling: Telling, id: string, retry = 0): Promise<Attempt> {
    return app.mode === 'socket'
      ? this.bySocket(app, telling, id, retry)
      : this.byRequest(app, telling, retry);
  }

  private bySocket(app: App, { type, payload }: Telling, id: string, retry: number): Promise<Attempt> {
    const socket = this.sockets.pick(app);
    if (!socket) {
      return Promise.resolve({ via: 'no socket', outcome: 'unreachable', response: undefined, status: 0 });
    }
    // A duplicate is another envelope with the same payload.
    const key = this.waiting.has(id) ? this.world.draws.word(32) : id;
    const envelope = {
      envelope_id: key,
      type,
      accepts_response_payload: type !== 'events_api',
      payload,
      ...(type === 'events_api' ? { retry_attempt: retry, retry_reason: retry === 0 ? '' : 'timeout' } : {}),
    };
    const via = `socket ${socket.number}`;
    return new Promise((resolve) => {
      const end = (outcome: Attempt['outcome'], response: unknown): void => {
        stop();
        this.waiting.delete(key);
        resolve({ via, outcome, response, status: 0 });
      };
      const stop = this.world.clock.after(TIME.acknowledge, () => end('timeout', undefined));
      this.waiting.set(key, { socket, done: (response) => end('acknowledged', response) });
      socket.connection.send(JSON.stringify(envelope));
      this.world.changed(`told ${type} ${via}`);
    });
  }

  private async byRequest(app: App, telling: Telling, retry: number): Promise<Attempt> {
    const via = app[URLS[telling.type]];
    const { headers, body } = signedRequest(app.signingSecret, this.world.clock.now(), telling);
    const abort = new AbortController();
    const stop = this.world.clock.after(TIME.acknowledge, () => abort.abort());
    const retried = { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' };
    this.world.changed(`told ${telling.type} http`);
    try {
      const answer = await fetch(via, {
        method: 'POST',
        headers: retry === 0 ? headers : { ...headers, ...retried },
        body,
        signal: abort.signal,
      });
      const result = parsed(await answer.text());
      const outcome = answer.status === 200 ? 'acknowledged' : 'refused';
      return { via, outcome, response: result.ok ? result.value : undefined, status: answer.status };
    } catch {
      return {
        via,
        outcome: abort.signal.aborted ? 'timeout' : 'unreachable',
        response: undefined,
        status: 0,
      };
    } finally {
      stop();
      this.world.changed('told over');
    }
  }
}
