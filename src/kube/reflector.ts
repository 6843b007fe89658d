// A local copy of one kind, by list and watch, after client-go's tools/cache/reflector.go. It recovers from everything by
// itself; what it cannot promise is that it is up to date, so it says how old its knowledge may be.
//
// What `isFresh(maxAge)` guarantees: at some moment within the last `maxAge` milliseconds the API server said, on this very
// stream, that we have all changes it knew of (a list that began then, an event, or a bookmark). It does not bound the
// API server's own delay behind etcd (usually milliseconds); whoever needs certainty makes a live read.
// How soon that word comes on a quiet kind (measured on kube-apiserver 1.36): a bookmark every 61 s, and one 2 s before the
// watch's time limit. So a time limit of 10 s (`watchMs`) makes the copy provably at most about 12 s old at the cost of one
// GET each 10 s. A dead connection is noticed by TCP keepalive after 15 s unless a proxy answers for it; by silence
// (`silenceMs`) in any case, and then the whole kind is listed again.
import { backoffMs } from './backoff.ts';
import { pause, systemClock, type KubeClock } from './clock.ts';
import { ApiError, isGone, UnreachableError } from './errors.ts';
import { silentLog, type KubeLog } from './log.ts';
import { keyOf, type KubeObject } from './object.ts';
import type { Resource } from './resource.ts';
import { ObjectStore, type ChangeHandler, type Lookup } from './store.ts';
import type { WatchEvent } from './watch.ts';

/** What to copy, and what to keep of it. */
export interface ReflectorOptions<T extends KubeObject, S> {
  readonly resource: Pick<Resource<T>, 'definition' | 'list' | 'watch'>;
  /** The small form to keep; `undefined` leaves the object out. It is pure; a throw leaves the object out, counted and logged. */
  readonly project: (object: T) => S | undefined;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Time limit of one watch: chance picks between the two, milliseconds. Default 5 to 10 minutes. */
  readonly watchMs?: readonly [number, number];
  /** List again after so long without a word. Default 90 s, or twice the longest watch if that is shorter. */
  readonly silenceMs?: number;
  readonly log?: KubeLog;
  readonly clock?: KubeClock;
}

/** Counters since the start, for metrics. */
export interface ReflectorStats {
  lists: number;
  watches: number;
  events: number;
  /** Lists and watches that failed. */
  failures: number;
  handlerFailures: number;
  projectionFailures: number;
}

const BACKOFF = { baseMs: 100, maxMs: 10_000, jitter: 0.5 };
// A watch that ends sooner than this, without a word, is a fault and not a time limit.
const SHORTEST_WATCH_MS = 1_000;
// A watch that lived this long shows that the trouble is over.
const STEADY_WATCH_MS = 5_000;

/** A local copy of one kind. */
export class Reflector<T extends KubeObject, S> {
  readonly #options: ReflectorOptions<T, S>;
  readonly #clock: KubeClock;
  readonly #log: KubeLog;
  readonly #store: ObjectStore<S>;
  readonly #watchMs: readonly [number, number];
  readonly #silenceMs: number;
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  /** Where the next watch starts; undefined: list first. */
  #version: string | undefined;
  #failures = 0;
  /** When the copy was last known to be complete. */
  #heard: { readonly monotonic: number; readonly wall: number } | undefined;
  /** When the server last said anything at all; the end of a list, where `#heard` is its start. */
  #lastWord = 0;

  /** Counters, live. */
  readonly stats: ReflectorStats = {
    lists: 0,
    watches: 0,
    events: 0,
    failures: 0,
    handlerFailures: 0,
    projectionFailures: 0,
  };

  constructor(options: ReflectorOptions<T, S>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#watchMs = options.watchMs ?? [300_000, 600_000];
    this.#silenceMs = options.silenceMs ?? Math.min(90_000, 2 * this.#watchMs[1]);
    this.#store = new ObjectStore<S>((error) => {
      this.stats.handlerFailures += 1;
      this.#log.error({ kind: this.#kind, error: describe(error) }, 'a change handler threw');
    });
    // Nobody need wait for it: a stop before the first list is then no unhandled rejection.
    this.#synced.promise.catch(() => {});
  }

  /** Resolves when the first list is complete; rejects if the reflector is stopped before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** How many objects are kept. */
  get size(): number {
    return this.#store.size;
  }

  /** Begins. A second call does nothing. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends the watch and resolves when nothing is under way any more. The copy stays readable, and grows old. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#synced.reject(new Error(`the reflector of ${this.#kind} was stopped`));
    await this.#loop;
  }

  /** The value kept for `namespace/name` or `name`. */
  get(key: string): S | undefined {
    return this.#store.get(key);
  }

  /** All values. */
  all(): Iterable<S> {
    return this.#store.all();
  }

  /** Adds an index. `keysOf` is pure and total. */
  indexBy(keysOf: (value: S) => readonly string[]): Lookup<S> {
    return this.#store.indexBy(keysOf);
  }

  /** Adds a handler: told at once what is there, then every change. The result removes it. */
  onChange(handler: ChangeHandler<S>): () => void {
    return this.#store.onChange(handler);
  }

  /** Milliseconds since the copy was last known to be complete; Infinity before the first list. */
  ageMs(now: number = this.#clock.wall()): number {
    if (this.#heard === undefined) return Infinity;
    // The larger of two clocks: the monotonic one stands still in a suspended machine, the wall clock may be set back.
    return Math.max(this.#clock.monotonic() - this.#heard.monotonic, now - this.#heard.wall);
  }

  /** True if the copy was known to be complete within the last `maxAgeMs` (see the head of this file). */
  isFresh(maxAgeMs: number, now?: number): boolean {
    return this.ageMs(now) <= maxAgeMs;
  }

  get #kind(): string {
    const { group, resource } = this.#options.resource.definition;
    return group === '' ? resource : `${resource}.${group}`;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error);
        await pause(this.#clock, backoffMs(this.#failures, BACKOFF, this.#clock.random()), signal);
      }
    }
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    this.stats.failures += 1;
    const fields = { kind: this.#kind, error: describe(error), failures: this.#failures };
    if (needsList(error)) this.#version = undefined;
    if (isGone(error)) this.#log.info(fields, 'the watch fell too far behind, listing again');
    else this.#log.warn(fields, 'list or watch failed');
  }

  async #list(): Promise<void> {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const began = { monotonic: this.#clock.monotonic(), wall: this.#clock.wall() };
    const seen = new Set<string>();
    let version = '';
    const pages = resource.list({ namespace, labelSelector, fieldSelector, signal: this.#stop.signal });
    for await (const page of pages) {
      for (const object of page.items) {
        seen.add(keyOf(object.metadata));
        this.#keep(object);
      }
      version = page.resourceVersion;
    }
    for (const key of this.#store.keys()) if (!seen.has(key)) this.#store.remove(key);
    this.#version = version;
    this.#heard = began;
    this.#lastWord = this.#clock.monotonic();
    this.stats.lists += 1;
    this.#synced.resolve();
    this.#log.debug({ kind: this.#kind, objects: this.#store.size }, 'listed');
  }

  async #watch(): Promise<void> {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const [shortest, longest] = this.#watchMs;
    const timeoutSeconds = Math.ceil((shortest + this.#clock.random() * (longest - shortest)) / 1000);
    const resourceVersion = this.#version ?? '';
    const cut = new AbortController();
    const stop = (): void => cut.abort(this.#stop.signal.reason);
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    const cancelWatchdog = this.#watchSilence(() => cut.abort());
    const began = this.#clock.monotonic();
    const events = this.stats.events;
    this.stats.watches += 1;
    try {
      const which = { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds };
      for await (const event of resource.watch({ ...which, signal: cut.signal })) this.#apply(event);
    } catch (error) {
      if (!this.#silent()) throw error;
      this.#version = undefined;
      throw new UnreachableError('timeout', 'the watch fell silent', { cause: error });
    } finally {
      cancelWatchdog();
      this.#stop.signal.removeEventListener('abort', stop);
    }
    const lived = this.#clock.monotonic() - began;
    if (this.stats.events === events && lived < SHORTEST_WATCH_MS) {
      throw new UnreachableError('connection', 'the watch was closed at once');
    }
    if (lived >= STEADY_WATCH_MS) this.#failures = 0;
    // Closed cleanly, but never a word: so answers an API server whose etcd was set back to an older state.
    if (this.#silent()) this.#version = undefined;
  }

  #apply(event: WatchEvent<T>): void {
    if (event.kind === 'bookmark') {
      this.#version = event.resourceVersion;
    } else {
      if (event.kind === 'deleted') this.#store.remove(keyOf(event.object.metadata));
      else this.#keep(event.object);
      this.#version = event.object.metadata.resourceVersion;
    }
    this.stats.events += 1;
    this.#failures = 0;
    this.#lastWord = this.#clock.monotonic();
    this.#heard = { monotonic: this.#lastWord, wall: this.#clock.wall() };
  }

  #keep(object: T): void {
    const key = keyOf(object.metadata);
    const value = this.#project(object, key);
    const { uid, resourceVersion: version } = object.metadata;
    if (value === undefined) this.#store.remove(key);
    else this.#store.put(key, { uid, version }, value);
  }

  #project(object: T, key: string): S | undefined {
    try {
      return this.#options.project(object);
    } catch (error) {
      this.stats.projectionFailures += 1;
      this.#log.error({ kind: this.#kind, key, error: describe(error) }, 'an object could not be read');
      return undefined;
    }
  }

  #silent(): boolean {
    return this.#clock.monotonic() - this.#lastWord >= this.#silenceMs;
  }

  /** Calls `cut` once nothing was heard for `silenceMs`; looks again whenever something was. */
  #watchSilence(cut: () => void): () => void {
    let cancel = (): void => {};
    const arm = (): void => {
      const left = this.#lastWord + this.#silenceMs - this.#clock.monotonic();
      if (left <= 0) cut();
      else cancel = this.#clock.after(left, arm);
    };
    arm();
    return () => cancel();
  }
}

/** A failure after which the last version is of no use, or an event may have been lost. */
function needsList(error: unknown): boolean {
  if (error instanceof ApiError) return error.retry === 'terminal';
  return error instanceof UnreachableError && (error.code === 'unreadable' || error.code === 'too-large');
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}
