// One review from its first byte to its answer. Whatever happens - a fault of the body, a handler that throws or is
// late, a caller that closes half-way - the caller gets one well-formed answer, and it is a denial (INV-7).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReviewHead } from '../domain/change/review.ts';
import { deny } from './answer.ts';
import type { BodyFault, ReviewBody } from './body.ts';

const SHORT_ANSWER = 8_192;

/** Why the server refuses a review without, or in spite of, its handler. */
export type Refusal = BodyFault | 'deadline';

/** What a handler is told beside the body. */
export interface ReviewContext {
  /** Epoch milliseconds after which the answer is a refusal. */
  readonly deadline: number;
  /** Aborted at the deadline and when the caller goes away. */
  readonly signal: AbortSignal;
}

/** How reviews of one route are answered; both steps return the response body. */
export interface ReviewRoute {
  /**
   * First step, on the head alone and before the rest has arrived: an answer, whereupon the rest is dropped as it comes
   * in, or undefined when the whole body is needed. Not asked when the head is in an unusual form. The answer is sent
   * when the body has ended, and only if its size was as announced and within the limit.
   */
  readonly fromHead?: (head: ReviewHead) => Buffer | undefined;
  /** Second step, on the whole body. */
  readonly full: (body: Buffer, context: ReviewContext) => Promise<Buffer> | Buffer;
}

/** What an exchange needs of the server that it belongs to. */
export interface ExchangeHost {
  now(): number;
  refuse(uid: string, why: Refusal): Buffer;
  /** Whether the connection is to be closed after this answer. */
  closing(): boolean;
  refused(why: Refusal): void;
  failed(error: unknown, uid: string): void;
  /** The exchange is over: its answer is on its way, or its caller has gone. */
  over(answered: boolean): void;
}

/** One review and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #route: ReviewRoute;
  readonly #body: ReviewBody;
  readonly #host: ExchangeHost;
  #deadline = 0;
  #abort: AbortController | undefined;
  #over = false;

  constructor(
    wire: { readonly request: IncomingMessage; readonly response: ServerResponse },
    route: ReviewRoute,
    body: ReviewBody,
    host: ExchangeHost,
  ) {
    this.request = wire.request;
    this.#response = wire.response;
    this.#route = route;
    this.#body = body;
    this.#host = host;
  }

  /** Whether the answer is on its way, or nobody waits for it any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Starts reading. Whoever calls this refuses the review at the deadline, in epoch milliseconds. */
  start(deadline: number): void {
    this.#deadline = deadline;
    this.request.on('data', (chunk: Buffer) => {
      if (!this.#over) this.#body.push(chunk);
    });
    this.request.on('end', () => {
      this.#ended();
    });
  }

  /** The caller has gone: nobody reads an answer any more. */
  gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.#abort?.abort();
    this.#body.release();
    this.#host.over(false);
  }

  /** Answers with a refusal, unless there is an answer already. */
  refuse(why: Refusal): void {
    if (this.#over) return;
    this.#host.refused(why);
    const { uid } = this.#body;
    let bytes: Buffer;
    try {
      bytes = this.#host.refuse(uid, why);
    } catch (error) {
      this.#host.failed(error, uid);
      bytes = deny(uid, { message: 'Assent cannot decide about this request.', code: 500 });
    }
    this.#send(bytes);
    this.#abort?.abort();
  }

  #ended(): void {
    if (this.#over) return;
    const outcome = this.#body.end();
    switch (outcome.kind) {
      case 'answered':
        this.#send(outcome.answer);
        break;
      case 'faulty':
        this.refuse(outcome.why);
        break;
      case 'whole':
        this.#judge(outcome.bytes);
        break;
    }
  }

  #judge(bytes: Buffer): void {
    this.#abort = new AbortController();
    try {
      const answer = this.#route.full(bytes, { deadline: this.#deadline, signal: this.#abort.signal });
      if (Buffer.isBuffer(answer)) this.#judged(answer);
      else answer.then(this.#judged.bind(this), this.#threw.bind(this)).catch(this.#threw.bind(this));
    } catch (error) {
      this.#threw(error);
    }
  }

  #judged(answer: Buffer): void {
    // A handler that blocked the process comes here before the timer does.
    if (this.#host.now() >= this.#deadline) this.refuse('deadline');
    else this.#send(answer);
  }

  #threw(error: unknown): void {
    // A handler that was told to stop and stops is no failure.
    if (this.#over) return;
    this.#host.failed(error, this.#body.uid);
    this.refuse('failed');
  }

  #send(bytes: Buffer): void {
    if (this.#over) return;
    this.#over = true;
    this.#body.release();
    const last = this.#host.closing();
    // Bytes that are still to come would be taken for the next request.
    if (last || !this.request.complete) this.#response.shouldKeepAlive = false;
    // Whoever stops the server waits until the answer is out.
    if (last) this.#response.once('close', () => this.#host.over(true));
    this.#response.writeHead(200, [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(bytes.length),
    ]);
    // Node sends a short text together with the headers in one write; latin1 stands for the very bytes.
    if (bytes.length > SHORT_ANSWER) this.#response.end(bytes);
    else this.#response.end(bytes.toString('latin1'), 'latin1');
    if (!last) this.#host.over(true);
  }
}
