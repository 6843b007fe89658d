// Real asynchronous code as a value: it has run until it waits for the API server, for one call or for several side by
// side, and can be resumed with any reply to any of them, any number of times. To resume it, it is run again from its start
// with the replies so far, in their order; that is right as long as it depends on nothing else, and each run is made once.
import { canonicalJson } from '../../src/domain/change/json.ts';
import { toJson } from '../../src/domain/request/sealed.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../../src/api/approval-request.ts';

/** What the code wants from the API server. */
export type Call =
  | { readonly kind: 'get'; readonly name: string }
  | { readonly kind: 'create'; readonly name: string; readonly spec: ApprovalRequestSpec }
  | { readonly kind: 'put'; readonly request: ApprovalRequest }
  | { readonly kind: 'decisions'; readonly request: string }
  /** The live object that the change is about. */
  | { readonly kind: 'look' };

/** What it gets. `key` tells replies apart: equal keys, equal values. */
export type Reply =
  | { readonly ok: true; readonly key: string; readonly value: unknown }
  | { readonly ok: false; readonly key: string };

/** Makes a call; rejects when it fails. */
export type CallApi = <T>(call: Call) => Promise<T>;
/** Code that does nothing but call the API server and answer. */
export type Code<A> = (call: CallApi) => Promise<A>;

/** A call that the code waits for. */
export interface Pending {
  /** Which call of this code it is, from 0, in the order in which it makes them. */
  readonly number: number;
  readonly call: Call;
}

/** A reply that the code has had, and the number of the call that it is to. */
interface Replied {
  readonly number: number;
  readonly reply: Reply;
}

/** Code at a stop: it waits for replies, or it has answered. */
export class Stopped<A> {
  /** The calls that it waits for, in the order in which it made them. Of code that has answered: that it did not wait for. */
  readonly calls: readonly Pending[];
  readonly answer: A | undefined;
  /** Names this stop among all stops of all code. */
  readonly number: number;
  /** Whether a call has failed on the way. */
  readonly hasFailed: boolean;
  private readonly code: Code<A>;
  private readonly replies: readonly Replied[];
  private readonly next = new Map<string, Promise<Stopped<A>>>();
  /** All stops of this code, by what it has had and waits for. */
  private readonly all: Map<string, Stopped<A>>;

  private static stops = 0;

  private constructor(code: Code<A>, replies: readonly Replied[], end: End<A>, all: Map<string, Stopped<A>>) {
    Stopped.stops += 1;
    this.number = Stopped.stops;
    this.code = code;
    this.replies = replies;
    this.calls = end.calls;
    this.answer = end.answer;
    this.all = all;
    this.hasFailed = replies.some(({ reply }) => !reply.ok);
  }

  /** Starts code. */
  static start<A>(code: Code<A>): Promise<Stopped<A>> {
    return Stopped.after(code, [], new Map());
  }

  /**
   * The stop after these replies. Two orders of the same replies that leave the code waiting for the same calls, or with the
   * same answer, are one stop: the code takes replies as values, joins what runs side by side by waiting for all of it, and
   * asks nowhere which came first. What lies between the two replies, and who writes there, is explored in either order.
   */
  private static async after<A>(
    code: Code<A>,
    replies: readonly Replied[],
    all: Map<string, Stopped<A>>,
  ): Promise<Stopped<A>> {
    const end = await runUntilStop(code, replies);
    const had = replies.map(({ number, reply }) => `${number} ${reply.key}`).sort();
    const key = canonicalJson(toJson([had, end]));
    const stop = all.get(key) ?? new Stopped(code, replies, end, all);
    all.set(key, stop);
    return stop;
  }

  /** Where the code stops next when this call is replied to like this. @throws Error when it does not wait for that call */
  resume(number: number, reply: Reply): Promise<Stopped<A>> {
    if (!this.calls.some((one) => one.number === number)) throw new Error(`call ${number} is not waited for`);
    const key = `${number} ${reply.key}`;
    let next = this.next.get(key);
    if (!next) {
      next = Stopped.after(this.code, [...this.replies, { number, reply }], this.all);
      this.next.set(key, next);
    }
    return next;
  }
}

interface End<A> {
  readonly calls: readonly Pending[];
  readonly answer?: A;
}

async function runUntilStop<A>(code: Code<A>, replies: readonly Replied[]): Promise<End<A>> {
  const started = new Started(code);
  await started.untilQuiet();
  for (const { number, reply } of replies) await started.settle(number, reply);
  return { calls: started.calls(), ...started.end() };
}

interface Waiting {
  readonly call: Call;
  resolve(value: unknown): void;
  reject(why: Error): void;
}

/** Code that has been started once: what it waits for, and what it has come to. */
export class Started<A> {
  private readonly waiting = new Map<number, Waiting>();
  private answer: A | undefined;
  private failure: { readonly why: unknown } | undefined;
  private made = 0;

  constructor(code: Code<A>) {
    const call: CallApi = <T>(wanted: Call) =>
      new Promise<T>((resolve, reject) => {
        this.waiting.set(this.made, { call: wanted, resolve: (value) => resolve(value as T), reject });
        this.made += 1;
      });
    this.follow(code(call)).catch((why: unknown) => {
      this.failure = { why };
    });
  }

  private async follow(end: Promise<A>): Promise<void> {
    this.answer = await end;
  }

  /** The calls that it waits for, in the order in which it has made them. */
  calls(): readonly Pending[] {
    return [...this.waiting].map(([number, { call }]) => ({ number, call }));
  }

  /** Until the code can do nothing more without a reply: it awaits promises only, and those all run before the next turn. */
  untilQuiet(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  /** Replies to a call, and lets the code go on. @throws Error when it does not wait for that call */
  async settle(number: number, reply: Pick<Reply, 'ok'> & { readonly value?: unknown }): Promise<void> {
    const one = this.waiting.get(number);
    if (!one) throw new Error(`call ${number} is not waited for`);
    this.waiting.delete(number);
    if (reply.ok) one.resolve(reply.value);
    else one.reject(new Error('the API server did not answer'));
    await this.untilQuiet();
  }

  /** The answer, if there is one by now. @throws what the code has thrown */
  end(): { readonly answer?: A } {
    if (this.failure) throw this.failure.why;
    return this.answer === undefined ? {} : { answer: this.answer };
  }
}
