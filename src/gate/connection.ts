// One connection of the API server. It carries one review at a time and keeps one timer for all of them: a timer made and
// cleared for each review, and a listener for its end, were a tenth of the CPU time of a small one.
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
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #budget = 0;

  constructor(socket: Duplex) {
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
    if (this.#timer !== undefined && this.#budget === budget) this.#timer.refresh();
    else this.#renew(budget);
    exchange.start(now + budget);
  }

  #renew(budget: number): void {
    clearTimeout(this.#timer);
    this.#budget = budget;
    // Also fires when the connection is idle; then there is nothing to refuse.
    this.#timer = setTimeout(() => this.pending?.refuse('deadline'), budget);
  }
}
