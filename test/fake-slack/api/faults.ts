// Trouble to order. A fault of the Web API is met by the next calls that fit; `kept` says whether Slack did the work
// although the caller never learns of it. Faults of deliveries are met by the next interaction or event.
import { type SlackClock } from '../clock.ts';

/** What goes wrong with a call. */
export type Fault =
  /** The connection is reset, before or after the work. */
  | { readonly kind: 'reset'; readonly kept: boolean }
  /** An answer with this status, before or after the work. */
  | { readonly kind: 'status'; readonly status: number; readonly kept: boolean }
  /** No answer ever, before or after the work. */
  | { readonly kind: 'hang'; readonly kept: boolean }
  /** The work is done in time and the answer comes later, by the clock of the fake. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** 429 with this Retry-After; without one when it is undefined. */
  | { readonly kind: 'rate'; readonly retryAfter: number | undefined }
  /** `ok: false` with this name. */
  | { readonly kind: 'error'; readonly error: string }
  /** 200 with a page of HTML. */
  | { readonly kind: 'garbage' }
  /** The call waits until the next one that comes has been done: out of order. */
  | { readonly kind: 'overtaken' };

/** Which calls meet it. */
export interface Target {
  readonly method?: string;
  /** Calls of this method never meet it. */
  readonly except?: string;
  readonly channel?: string;
  /** How many calls; 1 unless told. */
  readonly times?: number;
  /** How many fitting calls go by first. */
  readonly skip?: number;
  /** Only until so many milliseconds from now: a storm. */
  readonly forMs?: number;
}

/** What goes wrong with the telling of an interaction or an event. */
export interface DeliveryFault {
  /** How often it is told altogether. */
  readonly copies?: number;
  /** How late it comes. The trigger ages meanwhile. */
  readonly delayMs?: number;
  /** It never comes. */
  readonly lost?: boolean;
}

interface Order {
  readonly fault: Fault;
  readonly target: Target;
  readonly end: number;
  skip: number;
  left: number;
}

/** The orders that are open. */
export class Faults {
  private orders: Order[] = [];
  private deliveries: DeliveryFault[] = [];
  private readonly clock: SlackClock;
  /** Slack is down: connections are closed at once, sockets too. */
  down = false;
  /** So many ephemeral messages are accepted and never shown: Slack does not guarantee them. */
  ephemeralsToLose = 0;

  constructor(clock: SlackClock) {
    this.clock = clock;
  }

  /** Orders a fault for calls to come. */
  order(fault: Fault, target: Target = {}): void {
    const { times = target.forMs === undefined ? 1 : Number.POSITIVE_INFINITY, skip = 0 } = target;
    const end = target.forMs === undefined ? Number.POSITIVE_INFINITY : this.clock.now() + target.forMs;
    this.orders.push({ fault, target, end, skip, left: times });
  }

  /** Orders a fault for the next things told to the app. */
  deliver(fault: DeliveryFault, times = 1): void {
    for (let count = 0; count < times; count += 1) this.deliveries.push(fault);
  }

  /** Takes all open orders back. */
  clear(): void {
    this.orders = [];
    this.deliveries = [];
    this.down = false;
    this.ephemeralsToLose = 0;
  }

  /** The fault that this call meets. */
  met(method: string, channel: string): Fault | undefined {
    const now = this.clock.now();
    this.orders = this.orders.filter(({ left, end }) => left > 0 && end > now);
    for (const order of this.orders) {
      const { target } = order;
      if (target.method !== undefined && target.method !== method) continue;
      if (target.except === method) continue;
      if (target.channel !== undefined && target.channel !== channel) continue;
      if (order.skip > 0) {
        order.skip -= 1;
        continue;
      }
      order.left -= 1;
      return order.fault;
    }
    return undefined;
  }

  /** The fault that this telling meets. */
  metByDelivery(): DeliveryFault {
    return this.deliveries.shift() ?? {};
  }
}
