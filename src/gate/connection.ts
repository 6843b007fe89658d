// One connection of the API server. It carries one review at a time and keeps one timer for all of them, which ends late
// reviews and idle connections: timers made and cleared for each review, ours and Node's own for keep-alive, and a listener
// for its end, were a tenth of the CPU time of a small one.
import type { Duplex } from 'node:stream';
import type { Exchange, ReviewRoute } from './exchange.ts';

/** What a URL means. */
export interface Call {
  readonly url: string;
  /** When it was read. Epoch milliseconds. */
  readonly since: number;
  /** Name of the route. */
  readonly name: string;
  readonly route: ReviewRoute;
  /** Milliseconds that one review may take. */
  readonly budget: number;
}

/** A connection and the latest review on it. */
export class Connection {
  /** The latest URL, if it was one of ours. */
  call: Call | undefined;
  readonly socket: Duplex;
  readonly #idleMs: number;
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout;
  /** Budget that the timer is set to; 0 while it waits for the end of idleness. */
  #budget = 0;

  /** @param idleMs how long the connection may be idle, in milliseconds */
  constructor(socket: Duplex, idleMs: number) {
    this.socket = socket;
    this.#idleMs = idleMs;
    this.#timer = this.#untilIdle();
    socket.once('close', () => {
      clearTimeout(this.#timer);
      this.#exchange?.gone();
    });
  }

  /** The latest review, if it has no answer yet. */
  get pending(): Exchange | undefined {
    return this.#exchange?.over === false ? this.#exchange : undefined;
  }

  /** Starts a review that is refused `budget` milliseconds from now. There must be no pending one. */
  begin(exchange: Exchange, now: number, budget: number): void {
    this.#exchange = exchange;
    if (this.#budget === budget) this.#timer.refresh();
    else this.#untilDeadline(budget);
    exchange.start(now + budget);
  }

  #untilDeadline(budget: number): void {
    clearTimeout(this.#timer);
    this.#budget = budget;
    this.#timer = setTimeout(() => {
      this.pending?.refuse('deadline');
      this.#budget = 0;
      this.#timer = this.#untilIdle();
    }, budget);
  }

  #untilIdle(): NodeJS.Timeout {
    return setTimeout(() => this.socket.destroy(), this.#idleMs);
  }
}
