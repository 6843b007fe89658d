// A queue of keys with the semantics of client-go's workqueue: a key waits at most once, is worked on by at most one worker,
// and one that is added while it is worked on is worked on once more afterwards. So a worker that looks at the world only
// when it starts never misses a change.
// There is no global rate limit (client-go: 10 a second): a thousand keys that become due at once must not take 100 s.
import { backoffMs } from './backoff.ts';
import { systemClock, type KubeClock } from './clock.ts';
import { DelayHeap } from './delay-heap.ts';
import { ApiError } from './errors.ts';
import { silentLog, type KubeLog } from './log.ts';

/** What a worker says at the end: nothing more to do, or look again after a while (both count as success). */
export type WorkOutcome = { readonly kind: 'done' } | { readonly kind: 'again'; readonly afterMs: number };

/** Works on one key. A throw is a failure: the key comes back after its back-off. */
export type Worker = (key: string, signal: AbortSignal) => Promise<WorkOutcome>;

/** Settings; the defaults are client-go's. */
export interface WorkqueueOptions {
  /** For logs. */
  readonly name: string;
  /** First wait of a key that failed, milliseconds; default 5. It doubles with each failure in a row. */
  readonly baseMs?: number;
  /** Longest such wait, milliseconds; default 1,000,000. */
  readonly maxMs?: number;
  readonly log?: KubeLog;
  readonly clock?: KubeClock;
}

/** A queue of keys. */
export class Workqueue {
  readonly #name: string;
  readonly #bounds: { readonly baseMs: number; readonly maxMs: number; readonly jitter: number };
  readonly #log: KubeLog;
  readonly #delayed: DelayHeap;
  /** Waiting, oldest first. */
  readonly #waiting = new Set<string>();
  readonly #processing = new Set<string>();
  /** Added while being worked on. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  #pump: (() => void) | undefined;
  #pumping = false;
  #closed = false;

  constructor(options: WorkqueueOptions) {
    this.#name = options.name;
    this.#bounds = { baseMs: options.baseMs ?? 5, maxMs: options.maxMs ?? 1_000_000, jitter: 0 };
    this.#log = options.log ?? silentLog;
    this.#delayed = new DelayHeap(options.clock ?? systemClock, (key) => this.add(key));
  }

  /** Keys that wait for a worker now. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Keys that are being worked on. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Adds a key, unless it is waiting already. Never works on it within this call. */
  add(key: string): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#waiting.add(key);
    this.#wake();
  }

  /** Adds a key after `ms` milliseconds; of several times for a key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) this.add(key);
    else if (!this.#closed) this.#delayed.put(key, ms);
  }

  /** Adds a key after its back-off, which doubles with each call until {@link forget}. */
  addRateLimited(key: string): void {
    this.addAfter(key, this.#fail(key));
  }

  /** Ends the back-off of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often in a row a key has failed. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /**
   * Works on keys, `concurrency` at a time, until `signal` is aborted; resolves when the workers then under way are done.
   * Keys that still wait, and keys whose work failed because of the abort, stay in the queue. One run at a time.
   */
  async run(worker: Worker, concurrency: number, signal: AbortSignal): Promise<void> {
    if (this.#pump !== undefined) throw new Error(`the queue ${this.#name} is running already`);
    const idle = Promise.withResolvers<void>();
    const endIfIdle = (): void => {
      if (signal.aborted && this.#processing.size === 0) idle.resolve();
    };
    this.#pump = () => {
      while (!signal.aborted && this.#processing.size < concurrency) {
        const key = this.#take();
        if (key === undefined) break;
        void this.#work(worker, key, signal).then(endIfIdle);
      }
    };
    signal.addEventListener('abort', endIfIdle, { once: true });
    endIfIdle();
    this.#wake();
    await idle.promise;
    this.#pump = undefined;
  }

  /** Drops all keys and ignores those that come later; no timer is left. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    this.#again.clear();
    this.#failures.clear();
    this.#delayed.clear();
  }

  #take(): string | undefined {
    const { value: key } = this.#waiting.values().next();
    if (key === undefined) return undefined;
    this.#waiting.delete(key);
    this.#processing.add(key);
    return key;
  }

  async #work(worker: Worker, key: string, signal: AbortSignal): Promise<void> {
    try {
      const outcome = await worker(key, signal);
      this.forget(key);
      if (outcome.kind === 'again') this.addAfter(key, outcome.afterMs);
    } catch (error) {
      if (signal.aborted) this.#again.add(key);
      else this.#retry(key, error);
    }
    this.#processing.delete(key);
    if (this.#again.delete(key)) this.#waiting.add(key);
    this.#wake();
  }

  #retry(key: string, error: unknown): void {
    const wait = this.#fail(key);
    const asked = error instanceof ApiError && typeof error.retry === 'object' ? error.retry.afterMs : 0;
    this.addAfter(key, Math.max(wait, asked));
    const text = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    this.#log.warn(
      { queue: this.#name, key, failures: this.failures(key), error: text },
      'work failed, will retry',
    );
  }

  #fail(key: string): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    return backoffMs(failures, this.#bounds, 0);
  }

  /** Starts workers in a later turn of the event loop: not inside add(), and with timers and sockets in between. */
  #wake(): void {
    if (this.#pumping || this.#pump === undefined || this.#waiting.size === 0) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump?.();
    });
  }
}
