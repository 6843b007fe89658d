// Real asynchronous code as a value: it has run until it waits for the API server, and can be resumed with any reply, any
// number of times. To resume it, it is run again from its start with the replies so far; that is right as long as it
// depends on nothing else, and each run is made once.
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

/** Code at a stop: it waits for a reply, or it has answered. */
export class Stopped<A> {
  /** The call that it waits for; undefined once it has answered. */
  readonly call: Call | undefined;
  readonly answer: A | undefined;
  /** Names this stop among all stops of all code. */
  readonly number: number;
  /** Whether a call has failed on the way. */
  readonly hasFailed: boolean;
  private readonly code: Code<A>;
  private readonly replies: readonly Reply[];
  private readonly next = new Map<string, Promise<Stopped<A>>>();

  private static stops = 0;

  private constructor(code: Code<A>, replies: readonly Reply[], end: End<A>) {
    Stopped.stops += 1;
    this.number = Stopped.stops;
    this.code = code;
    this.replies = replies;
    this.call = end.call;
    this.answer = end.answer;
    this.hasFailed = replies.some(({ ok }) => !ok);
  }

  /** Starts code, with the replies that it has had so far. */
  static async start<A>(code: Code<A>, replies: readonly Reply[] = []): Promise<Stopped<A>> {
    return new Stopped(code, replies, await runUntilStop(code, replies));
  }

  /** Where the code stops next when its call is replied to like this. */
  resume(reply: Reply): Promise<Stopped<A>> {
    let next = this.next.get(reply.key);
    if (!next) {
      next = Stopped.start(this.code, [...this.replies, reply]);
      this.next.set(reply.key, next);
    }
    return next;
  }
}

interface End<A> {
  readonly call?: Call;
  readonly answer?: A;
}

function runUntilStop<A>(code: Code<A>, replies: readonly Reply[]): Promise<End<A>> {
  return new Promise((resolve, reject) => {
    let at = 0;
    const call: CallApi = <T>(wanted: Call): Promise<T> => {
      const reply = replies[at];
      at += 1;
      if (reply?.ok === true) return Promise.resolve(reply.value as T);
      if (reply) return Promise.reject(new Error('the API server did not answer'));
      resolve({ call: wanted });
      // It is never answered: resuming starts afresh.
      return new Promise<T>(() => undefined);
    };
    code(call).then((answer) => resolve({ answer }), reject);
  });
}
