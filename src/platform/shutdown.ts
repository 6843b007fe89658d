// Ends the process in order: what was started last is stopped first, within a deadline. A crash is not tidied up after:
// the state is unknown then, and everything Assent does is safe to cut off at any point (INV-7).
import type { Logger } from './log.ts';

/** The part of `process` that is needed, so that tests can stand in for it. */
export interface ProcessPort {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  exit(code: number): unknown;
}

interface Step {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

/** The stopping order of one process. */
export class Shutdown {
  /** Aborted as soon as stopping begins; readiness turns false by it. */
  readonly signal: AbortSignal;
  private readonly starting = new AbortController();
  private readonly steps: Step[] = [];
  private readonly log: Logger;
  private readonly deadlineMs: number;
  private running: Promise<number> | undefined;

  /** @param options.deadlineMs after which the process ends whatever still runs. Milliseconds. */
  constructor(options: { readonly log: Logger; readonly deadlineMs: number }) {
    this.log = options.log;
    this.deadlineMs = options.deadlineMs;
    this.signal = this.starting.signal;
  }

  /** Registers how to stop a part that was just started. Steps run one after the other, newest first. */
  add(name: string, stop: () => Promise<void> | void): void {
    this.steps.push({ name, stop });
  }

  /**
   * Stops everything once; later calls join the first.
   * @returns the exit code: 0 when all steps ended in time and without error, else 1
   */
  run(reason: string): Promise<number> {
    this.running ??= this.stopAll(reason);
    return this.running;
  }

  /** Stops on SIGTERM and SIGINT (at once on a second one), and crashes on errors that nobody caught. */
  install(target: ProcessPort): void {
    let asked = false;
    const stop = (name: string) => () => {
      if (asked) {
        target.exit(1);
        return;
      }
      asked = true;
      void this.run(name).then((code) => target.exit(code));
    };
    target.on('SIGTERM', stop('SIGTERM'));
    target.on('SIGINT', stop('SIGINT'));
    // Node's own crash report prints the error with everything in it, which may be a body; ours is scrubbed (INV-10).
    const crash = (what: string) => (error: unknown) => {
      this.log.fatal({ err: error }, what);
      target.exit(1);
    };
    target.on('uncaughtException', crash('an exception that nobody caught'));
    target.on('unhandledRejection', crash('a rejected promise that nobody handled'));
  }

  private async stopAll(reason: string): Promise<number> {
    this.log.info({ reason, deadlineMs: this.deadlineMs }, 'stopping');
    this.starting.abort();
    const late = Symbol('late');
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<typeof late>((resolve) => {
      timer = setTimeout(() => resolve(late), this.deadlineMs);
    });
    const outcome = await Promise.race([this.stopSteps(), deadline]);
    clearTimeout(timer);
    if (outcome === late) this.log.error({ deadlineMs: this.deadlineMs }, 'stopping took too long');
    return outcome === 0 ? 0 : 1;
  }

  private async stopSteps(): Promise<number> {
    let failed = 0;
    for (const { name, stop } of this.steps.toReversed()) {
      try {
        await stop();
        this.log.debug({ step: name }, 'stopped');
      } catch (error) {
        failed += 1;
        this.log.error({ step: name, err: error }, 'a part did not stop cleanly');
      }
    }
    return failed;
  }
}
