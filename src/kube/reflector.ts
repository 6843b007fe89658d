// A local copy of one kind, by list and watch, after client-go's tools/cache/reflector.go. It recovers from everything by
// itself; what it cannot promise is that it is up to date, so it says how old its knowledge may be.
import { backoffMs } from './backoff.ts';
import { pause, systemClock, type KubeClock } from './clock.ts';
import { ApiError, isGone, UnreachableError } from './errors.ts';
import { Freshness } from './freshness.ts';
import { silentLog, type KubeLog } from './log.ts';
import type { KubeObject } from './object.ts';
import { describe, ProjectedStore, type CallbackFailures } from './projected-store.ts';
import type { Resource } from './resource.ts';
import type { ChangeHandler, Lookup } from './store.ts';
import { isOlderVersion } from './version.ts';
import type { WatchEvent } from './watch.ts';

/** What to copy, and what to keep of it. */
export interface ReflectorOptions<T extends KubeObject, S> {
  readonly resource: Pick<Resource<T>, 'definition' | 'list' | 'watch'>;
  /** The small form to keep; `undefined` leaves the object out. It is pure; a throw leaves the object out, counted and logged. */
  readonly project: (object: T) => S | undefined;
  /** Told about every object whole, in the order in which they came, before handlers are told of the change. */
  readonly onObject?: (object: T) => void;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Time limit of one watch: chance picks between the two, milliseconds. Default 1 to 2 minutes. At least 2 s. */
  readonly watchMs?: readonly [number, number];
  readonly log?: KubeLog;
  readonly clock?: KubeClock;
}

/** Counters since the start, for metrics. */
export interface ReflectorStats extends CallbackFailures {
  lists: number;
  watches: number;
  events: number;
  /** Lists and watches that failed. */
  failures: number;
}

const BACKOFF = { baseMs: 100, maxMs: 10_000, jitter: 0.5 };
// A watch that ends sooner than this, without a word, is a fault and not a time limit.
const SHORTEST_WATCH_MS = 1_000;
// A watch that is not over this long after its time limit is dead.
const GRACE_MS = 5_000;
// A watch that lived this long shows that the trouble is over.
const STEADY_WATCH_MS = 5_000;

/**
 * A local copy of one kind.
 *
 * What `isFresh(maxAge)` guarantees: at some moment within the last `maxAge` milliseconds we had all changes that the API
 * server knew of. Three things tell: a list (as of its start); an event or bookmark on the watch (as of its coming); a watch
 * that the server ended at its time limit (as of its start: what the server knew then it has sent meanwhile). So the copy of
 * a quiet kind is at most twice the longest watch old (`watchMs`), and an age beyond that means trouble.
 * Bookmarks alone bound nothing: one comes about once a minute, and only if the API server has learnt of a later revision of
 * this kind since the watch began (measured on kube-apiserver 1.36: most watches of 5 to 15 s on a quiet kind had none).
 * The API server's own delay behind etcd (usually milliseconds) is not bounded; whoever needs certainty makes a live read.
 *
 * A dead connection is noticed by TCP keepalive after 15 s, unless a proxy answers for the server; in any case 5 s after the
 * watch's time limit. That limit is 1 to 2 minutes here; client-go's 5 to 10 rely on pings of HTTP/2.
 * When etcd was set back to an older state, a watch from our later version is silent for ever (measured); so before a watch
 * follows a silent one, a list of one object tells the server's present version.
 */
export class Reflector<T extends KubeObject, S> {
  readonly #options: ReflectorOptions<T, S>;
  readonly #clock: KubeClock;
  readonly #log: KubeLog;
  readonly #kind: string;
  readonly #store: ProjectedStore<T, S>;
  readonly #freshness: Freshness;
  readonly #watchMs: readonly [number, number];
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  /** Where the next watch starts; undefined: list first. */
  #version: string | undefined;
  #failures = 0;
  #listedAt = 0;

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
    this.#freshness = new Freshness(this.#clock);
    this.#watchMs = options.watchMs ?? [60_000, 120_000];
    const { group, resource } = options.resource.definition;
    this.#kind = group === '' ? resource : `${resource}.${group}`;
    const { project, onObject } = options;
    this.#store = new ProjectedStore({
      kind: this.#kind,
      project,
      ...(onObject ? { onObject } : {}),
      log: this.#log,
      failures: this.stats,
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

  /** True if the copy was known to be complete within the last `maxAgeMs` (see the class). */
  isFresh(maxAgeMs: number, now?: number): boolean {
    return this.ageMs(now) <= maxAgeMs;
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
    const healthy = isGone(error) && this.#clock.monotonic() - this.#listedAt >= STEADY_WATCH_MS;
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
    const began = this.#freshness.now();
    const seen = new Set<string>();
    let version = '';
    const pages = this.#options.resource.list({ ...this.#selection(), signal: this.#stop.signal });
    for await (const page of pages) {
      for (const object of page.items) seen.add(this.#store.keep(object));
      version = page.resourceVersion;
    }
    this.#store.retain(seen);
    this.#version = version;
    this.#freshness.completeAt(began);
    this.#listedAt = this.#clock.monotonic();
    this.stats.lists += 1;
    this.#synced.resolve();
    this.#log.debug({ kind: this.#kind, objects: this.#store.size }, 'listed');
  }

  async #watch(): Promise<void> {
    const began = this.#freshness.now();
    const events = this.stats.events;
    const [shortest, longest] = this.#watchMs;
    const timeoutSeconds = Math.ceil((shortest + this.#clock.random() * (longest - shortest)) / 1000);
    this.stats.watches += 1;
    await this.#follow(timeoutSeconds);
    const lived = this.#clock.monotonic() - began.monotonic;
    const silent = this.stats.events === events;
    if (silent && lived < SHORTEST_WATCH_MS) {
      throw new UnreachableError('connection', 'the watch was closed at once');
    }
    if (lived >= STEADY_WATCH_MS) this.#failures = 0;
    if (silent) await this.#checkVersion();
    // A second less, since the API server cuts its own clock a little short.
    if (lived >= timeoutSeconds * 1000 - 1000 && this.#version !== undefined)
      this.#freshness.completeAt(began);
  }

  /** Applies the events of one watch until the server ends it. */
  async #follow(timeoutSeconds: number): Promise<void> {
    const { resource } = this.#options;
    const over = new AbortController();
    const dead = new UnreachableError('timeout', 'the watch outlived its time limit');
    const cancel = this.#clock.after(timeoutSeconds * 1000 + GRACE_MS, () => over.abort(dead));
    const signal = AbortSignal.any([this.#stop.signal, over.signal]);
    const resourceVersion = this.#version ?? '';
    try {
      const watch = resource.watch({ ...this.#selection(), resourceVersion, timeoutSeconds, signal });
      for await (const event of watch) this.#apply(event);
    } finally {
      cancel();
    }
  }

  /** Forgets our version if the server's present one is older. */
  async #checkVersion(): Promise<void> {
    const pages = this.#options.resource.list({ ...this.#selection(), limit: 1, signal: this.#stop.signal });
    const { value: page } = await pages.next();
    await pages.return();
    if (page === undefined || !isOlderVersion(page.resourceVersion, this.#version ?? '')) return;
    this.#log.warn({ kind: this.#kind }, 'the server went back to an older state, listing again');
    this.#version = undefined;
  }

  #selection(): Pick<ReflectorOptions<T, S>, 'namespace' | 'labelSelector' | 'fieldSelector'> {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  #apply(event: WatchEvent<T>): void {
    if (event.kind === 'bookmark') {
      this.#version = event.resourceVersion;
    } else {
      if (event.kind === 'deleted') this.#store.drop(event.object);
      else this.#store.keep(event.object);
      this.#version = event.object.metadata.resourceVersion;
    }
    this.stats.events += 1;
    this.#failures = 0;
    this.#freshness.completeAt(this.#freshness.now());
  }
}

/** A failure after which the last version is of no use, or an event may have been lost. */
function needsList(error: unknown): boolean {
  if (error instanceof ApiError) return error.retry === 'terminal';
  return error instanceof UnreachableError && (error.code === 'unreadable' || error.code === 'too-large');
}
