// The real code over the real API server, stopped before each of its calls: what test/model/stopped-code.ts is to the model.
import type { Call, CallApi, Code } from '../model/stopped-code.ts';

/** How a call goes: it replies, it fails before it has an effect, or it has its effect and the reply is lost. */
export type Fate = 'replies' | 'fails' | 'reply lost';

/** Code on its way. */
export class Run<A> {
  /** The call that it waits for; undefined once it has answered. */
  call: Call | undefined;
  answer: A | undefined;
  private settle: { resolve: (value: unknown) => void; reject: (why: unknown) => void } | undefined;
  private stopped = (): void => undefined;
  private readonly perform: (call: Call) => Promise<unknown>;

  private constructor(perform: (call: Call) => Promise<unknown>) {
    this.perform = perform;
  }

  /** Starts code, and stops before its first call. */
  static async start<A>(code: Code<A>, perform: (call: Call) => Promise<unknown>): Promise<Run<A>> {
    const run = new Run<A>(perform);
    const stop = run.nextStop();
    const call: CallApi = <T>(wanted: Call) =>
      new Promise<T>((resolve, reject) => {
        run.call = wanted;
        run.settle = { resolve: (value) => resolve(value as T), reject };
        run.stopped();
      });
    const finish = async () => {
      run.answer = await code(call);
      run.stopped();
    };
    await Promise.race([stop, finish()]);
    return run;
  }

  private nextStop(): Promise<void> {
    return new Promise((resolve) => {
      this.stopped = resolve;
    });
  }

  /** Makes the call, and goes on to the next one or to the answer. @throws Error when nothing is waiting */
  async goOn(fate: Fate): Promise<void> {
    const { call, settle } = this;
    if (!call || !settle) throw new Error('this code waits for nothing');
    [this.call, this.settle] = [undefined, undefined];
    const stop = this.nextStop();
    try {
      const value = fate === 'fails' ? undefined : await this.perform(call);
      if (fate !== 'replies') throw new Error('the API server did not answer');
      settle.resolve(value);
    } catch (error) {
      settle.reject(error);
    }
    await stop;
  }
}
