// One connection of the API server. It carries one review at a time and keeps one timer for all of them: a timer made and
// cleared for each review, and a listener for its end, were a tenth of the CPU time of a small one.
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';

/** A connection and the latest review on it. */
export class Connection {
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

  /** Starts a review that is refused after `budget` milliseconds. There must be no pending one. */
  begin(exchange: Exchange, budget: number): void {
    this.#exchange = exchange;
    if (this.#timer !== undefined && this.#budget === budget) this.#timer.refresh();
    else this.#renew(budget);
    exchange.start(budget);
  }

  #renew(budget: number): void {
    clearTimeout(this.#timer);
    this.#budget = budget;
    // Also fires when the connection is idle; then there is nothing to refuse.
    this.#timer = setTimeout(() => this.pending?.refuse('deadline'), budget);
  }
}
