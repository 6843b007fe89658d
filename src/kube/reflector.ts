// A local copy of one kind, by list and watch, after client-go's tools/cache/reflector.go. It recovers from everything by
// itself; what it cannot promise is that it is up to date, so it says how old its knowledge may be.
//
// What `isFresh(maxAge)` guarantees: at some moment within the last `maxAge` milliseconds the API server said that we have
// all changes it knew of (a list that began then; an event or a bookmark on this very stream). It does not bound the API
// server's own delay behind etcd (usually milliseconds); whoever needs certainty makes a live read.
// On a quiet kind that word may be long in coming: a bookmark comes about once a minute, and only if the API server has
// learnt of a later revision since the watch began (measured on kube-apiserver 1.36: many watches of 5 to 15 s ended without
// one). So whoever needs a bound sets `relistMs`: the copy is then at most that old, plus the time of a list.
// A dead connection is noticed by TCP keepalive after 15 s, unless a proxy answers for the server; in any case by silence
// (`silenceMs`), upon which the watch is opened anew.
import { backoffMs } from './backoff.ts';
import { pause, systemClock, type KubeClock } from './clock.ts';
import { ApiError, isGone, UnreachableError } from './errors.ts';
import { Freshness } from './freshness.ts';
import { silentLog, type KubeLog } from './log.ts';
import { keyOf, type KubeObject } from './object.ts';
import type { Resource } from './resource.ts';
import { ObjectStore, type ChangeHandler, type Lookup } from './store.ts';
import { startWatchCut, type WatchCut } from './watch-cut.ts';
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
  /** Open the watch anew after so long without a word, milliseconds; default 90,000. After ten times that: list again. */
  readonly silenceMs?: number;
  /** List again this often, milliseconds, although the watch works: bounds the age of a small, quiet kind. Default: never. */
  readonly relistMs?: number;
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
  /** Watches that were opened anew because the server said nothing. */
  silences: number;
  handlerFailures: number;
  projectionFailures: number;
}

const BACKOFF = { baseMs: 100, maxMs: 10_000, jitter: 0.5 };
// A watch that ends sooner than this, without a word, is a fault and not a time limit.
const SHORTEST_WATCH_MS = 1_000;
// Ten silent watches in a row.
const MUTE_FACTOR = 10;
// A watch that lived this long shows that the trouble is over.
const STEADY_WATCH_MS = 5_000;

/** A local copy of one kind. */
export class Reflector<T extends KubeObject, S> {
  readonly #options: ReflectorOptions<T, S>;
  readonly #clock: KubeClock;
  readonly #log: KubeLog;
  readonly #store: ObjectStore<S>;
  readonly #freshness: Freshness;
  readonly #watchMs: readonly [number, number];
  readonly #silenceMs: number;
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  /** Where the next watch starts; undefined: list first. */
  #version: string | undefined;
  #failures = 0;

  /** Counters, live. */
  readonly stats: ReflectorStats = {
    lists: 0,
    watches: 0,
    events: 0,
    failures: 0,
    silences: 0,
    handlerFailures: 0,
    projectionFailures: 0,
  };

  constructor(options: ReflectorOptions<T, S>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#freshness = new Freshness(this.#clock);
    this.#watchMs = options.watchMs ?? [300_000, 600_000];
    this.#silenceMs = options.silenceMs ?? 90_000;
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
    return this.#freshness.ageMs(now);
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
        await pause(this.#clock, this.#waitAfter(error), signal);
      }
    }
  }

  #waitAfter(error: unknown): number {
    // "Gone" after an outage is the answer of a healthy server. Gone soon after a list is trouble, though.
    const healthy = isGone(error) && this.#freshness.sinceListMs() >= STEADY_WATCH_MS;
    return healthy ? 0 : backoffMs(this.#failures, BACKOFF, this.#clock.random());
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
    const began = this.#freshness.now();
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
    this.#freshness.listed(began);
    this.stats.lists += 1;
    this.#synced.resolve();
    this.#log.debug({ kind: this.#kind, objects: this.#store.size }, 'listed');
  }

  async #watch(): Promise<void> {
    const began = this.#clock.monotonic();
    const lived = (): number => this.#clock.monotonic() - began;
    const silent = (): number => this.#silenceMs - Math.min(this.#freshness.silentMs(), lived());
    const cut = startWatchCut(this.#clock, this.#stop.signal, () => Math.min(silent(), this.#relistDue()));
    const events = this.stats.events;
    this.stats.watches += 1;
    await this.#follow(cut);
    const wordless = this.stats.events === events;
    if (wordless && lived() < SHORTEST_WATCH_MS && !cut.due()) {
      throw new UnreachableError('connection', 'the watch was closed at once');
    }
    if (lived() >= STEADY_WATCH_MS) this.#failures = 0;
    if (cut.due() && silent() <= 0) this.#fellSilent();
    // Never a word, however often we ask: so answers an API server whose etcd was set back to an older state.
    const mute = this.#freshness.silentMs() >= MUTE_FACTOR * this.#silenceMs;
    if (mute || this.#relistDue() <= 0) this.#version = undefined;
  }

  async #follow(cut: WatchCut): Promise<void> {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const which = { namespace, labelSelector, fieldSelector, resourceVersion: this.#version ?? '' };
    const limits = { timeoutSeconds: this.#timeoutSeconds(), signal: cut.signal };
    try {
      for await (const event of resource.watch({ ...which, ...limits })) this.#apply(event);
    } catch (error) {
      if (!cut.due()) throw error;
    } finally {
      cut.release();
    }
  }

  #timeoutSeconds(): number {
    const [shortest, longest] = this.#watchMs;
    return Math.ceil((shortest + this.#clock.random() * (longest - shortest)) / 1000);
  }

  /** Milliseconds until a list is due although all is well; Infinity if never. */
  #relistDue(): number {
    return (this.#options.relistMs ?? Infinity) - this.#freshness.sinceListMs();
  }

  #fellSilent(): void {
    this.stats.silences += 1;
    this.#log.info(
      { kind: this.#kind, ageMs: Math.round(this.ageMs()) },
      'the watch fell silent, opening it anew',
    );
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
    this.#freshness.word();
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
}

/** A failure after which the last version is of no use, or an event may have been lost. */
function needsList(error: unknown): boolean {
  if (error instanceof ApiError) return error.retry === 'terminal';
  return error instanceof UnreachableError && (error.code === 'unreadable' || error.code === 'too-large');
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}
