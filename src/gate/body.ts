// Collects the body of one review: decides from its head as soon as that has arrived, keeps the rest only if the head
// does not decide, and refuses what is too large, cut off, or more than the process has room for (INV-7).
import type { ReviewHead } from '../domain/change/review.ts';
import { HEAD_LIMIT, scanHead, scanUid } from './head.ts';

/** Body limit in bytes: a 2.9 MB object became a 17.4 MB review, and an UPDATE carries the old one too. */
export const BODY_LIMIT = 32 * 1024 * 1024;

/** Room for bodies that are being kept, shared by all reviews of a process. */
export interface BodyRoom {
  /** Bytes held now. */
  held: number;
  /** Bytes that may be held. */
  readonly limit: number;
}

/** Why a body is not judged. */
export type BodyFault = 'too-large' | 'truncated' | 'malformed' | 'overloaded' | 'failed';

/** What became of a body when it ended. */
export type BodyOutcome =
  | { readonly kind: 'answered'; readonly answer: Buffer }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'faulty'; readonly why: BodyFault };

/** How a body is to be read. */
export interface BodyRules {
  /** Content-Length, or undefined for a chunked body. */
  readonly declared: number | undefined;
  /** Largest body in bytes. */
  readonly limit: number;
  readonly room: BodyRoom;
  /** A fault that is known before the first byte; the body is then read for its uid only. */
  readonly fault?: BodyFault | undefined;
  /** Answers from the head alone, or returns undefined when the whole body is needed. */
  readonly fromHead?: ((head: ReviewHead) => Buffer | undefined) | undefined;
}

/** The body of one review while it arrives. Call {@link ReviewBody.release} once when the review is over. */
export class ReviewBody {
  readonly #rules: BodyRules;
  #phase: 'head' | 'keep' | 'drop' = 'head';
  #chunks: Buffer[] = [];
  #held = 0;
  #received = 0;
  #nextScan = 1;
  #uid = '';
  #answer: Buffer | undefined;
  #fault: BodyFault | undefined;

  constructor(rules: BodyRules) {
    this.#rules = rules;
    this.#fault = rules.fault;
    if (rules.declared !== undefined && rules.declared > rules.limit) this.#fault ??= 'too-large';
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#rules.limit) this.refuse('too-large');
    if (this.#phase === 'drop') {
      free(chunk);
      return;
    }
    this.#hold(chunk);
    if (this.#phase === 'head' && this.#received >= this.#nextScan)
      this.#readHead(this.#received < HEAD_LIMIT);
    if (this.#rules.room.held > this.#rules.room.limit) this.refuse('overloaded');
  }

  /** Says what became of the body; call it when no more bytes come. */
  end(): BodyOutcome {
    const { declared } = this.#rules;
    if (declared !== undefined && this.#received !== declared) this.refuse('truncated');
    if (this.#phase === 'head') this.#readHead(false);
    if (this.#fault !== undefined) return { kind: 'faulty', why: this.#fault };
    if (this.#answer !== undefined) return { kind: 'answered', answer: this.#answer };
    // From here on somebody else holds the bytes.
    this.#phase = 'drop';
    return { kind: 'whole', bytes: this.#whole() };
  }

  /** Gives the body up for `why`; what still comes is dropped. The first reason stays. */
  refuse(why: BodyFault): void {
    this.#fault ??= why;
    if (this.#phase === 'keep') this.#drop();
  }

  /** uid of the review as far as it can be told now; empty when it cannot. */
  get uid(): string {
    return this.#phase === 'head' ? scanUid(this.#whole()) : this.#uid;
  }

  /** Gives back the room that the body took. */
  release(): void {
    this.#phase = 'drop';
    this.#chunks = [];
    this.#rules.room.held -= this.#held;
    this.#held = 0;
  }

  /** Gives up what was kept; nobody has seen these bytes, so that their memory can go at once. */
  #drop(): void {
    this.#chunks.forEach(free);
    this.release();
  }

  #readHead(mayWait: boolean): void {
    const bytes = this.#whole();
    const scan = scanHead(bytes);
    if (!scan.ok && scan.cut && mayWait) {
      // Rescan at twice the size only, or a body that drips in byte by byte would cost the square of its length.
      this.#nextScan = this.#received * 2;
      return;
    }
    this.#phase = 'keep';
    this.#uid = scan.ok ? scan.head.uid : scanUid(bytes);
    if (scan.ok && this.#fault === undefined) this.#decide(scan.head);
    if (this.#fault !== undefined || this.#answer !== undefined) this.#drop();
  }

  #decide(head: ReviewHead): void {
    try {
      this.#answer = this.#rules.fromHead?.(head);
    } catch {
      this.#fault = 'failed';
    }
  }

  #hold(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    this.#rules.room.held += chunk.length;
  }

  /** The bytes held, as one buffer. */
  #whole(): Buffer {
    const [only] = this.#chunks;
    if (only !== undefined && this.#chunks.length === 1) return only;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }
}

/** Smaller chunks are not worth the call. */
const WORTH_FREEING = 1_024;

/**
 * Frees a chunk that owns its memory. Left to the collector, the chunks of a few hundred large bodies look like a shortage
 * of memory to V8, and it collects the whole heap again and again: two fifths of the CPU time at 200 kB.
 */
function free(chunk: Buffer): void {
  const { buffer, length } = chunk;
  if (length >= WORTH_FREEING && length === buffer.byteLength && buffer instanceof ArrayBuffer) {
    buffer.transfer(0);
  }
}
