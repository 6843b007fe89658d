// The real code over the real API server, stopped before each of its calls: what test/model/stopped-code.ts is to the model.
import { Started, type Call, type Code, type Pending } from '../model/stopped-code.ts';

/** How a call goes: it replies, it fails before it has an effect, or it has its effect and the reply is lost. */
export type Fate = 'replies' | 'fails' | 'reply lost';

type Perform = (call: Call) => Promise<unknown>;

/** Code on its way. */
export class Run<A> {
  private readonly started: Started<A>;
  private readonly perform: Perform;

  private constructor(started: Started<A>, perform: Perform) {
    this.started = started;
    this.perform = perform;
  }

  /** Starts code, and stops before its first calls. */
  static async start<A>(code: Code<A>, perform: Perform): Promise<Run<A>> {
    const started = new Started(code);
    await started.untilQuiet();
    return new Run(started, perform);
  }

  /** The calls that it waits for, in the order in which it has made them. */
  get calls(): readonly Pending[] {
    return this.started.calls();
  }

  /** @throws what the code has thrown */
  get answer(): A | undefined {
    return this.started.end().answer;
  }

  /** Carries out a call, the first by default, and goes on until nothing more happens without a reply. @throws Error when it is not waited for */
  async goOn(fate: Fate, number = this.calls[0]?.number): Promise<void> {
    const call = this.calls.find((one) => one.number === number)?.call;
    if (!call || number === undefined) throw new Error('this code does not wait for that call');
    const value = fate === 'fails' ? undefined : await this.perform(call).catch(() => FAILED);
    await this.started.settle(
      number,
      fate === 'replies' && value !== FAILED ? { ok: true, value } : { ok: false },
    );
  }
}

const FAILED = Symbol('a call that the API server refused');
