// Leader election by a Lease, after client-go's tools/leaderelection. A candidate takes the lease over once it has watched
// the record stay unchanged for the lease's duration on its own monotonic clock; times written by others are never compared.
// This is NOT fencing: a leader that was frozen may act for a moment while the next one already leads. So every effect must
// also be safe twice (names that collide, resourceVersion, preconditions).
import { pause, systemClock, type KubeClock } from './clock.ts';
import { silentLog, type KubeLog } from './log.ts';

/** What stands in the lease. Times are RFC 3339 with microseconds. */
export interface LeaseRecord {
  /** Empty: released. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  /** How often the holder changed. */
  readonly transitions: number;
}

/** A record as stored. `token` lets the storage replace exactly this version. */
export interface StoredLease {
  readonly record: LeaseRecord;
  readonly token: unknown;
}

/** Where the record is kept. Every call rejects when it cannot be sure; `replace` also when the record has changed. */
export interface LeaseStorage {
  read(signal: AbortSignal): Promise<StoredLease | undefined>;
  create(record: LeaseRecord, signal: AbortSignal): Promise<StoredLease>;
  replace(stored: StoredLease, record: LeaseRecord, signal: AbortSignal): Promise<StoredLease>;
}

/** Settings. `leaseMs` > `renewMs` > 1.2 x `retryMs`, or the constructor throws. */
export interface ElectorOptions {
  readonly storage: LeaseStorage;
  /** Unique among the candidates, for example pod name and uid. */
  readonly identity: string;
  /** How long others wait after the last change before they take over; default 15,000. */
  readonly leaseMs?: number;
  /** How long the leader goes on without a successful renewal; default 10,000. */
  readonly renewMs?: number;
  /** Between attempts; default 2,000. */
  readonly retryMs?: number;
  /** The leader's work. `signal` is aborted when it must stop. A rejection ends the leadership. */
  readonly onStarted: (signal: AbortSignal) => Promise<void> | void;
  /** Leadership was lost (not given up): the process should end, as client-go's users do. */
  readonly onLost?: () => void;
  readonly log?: KubeLog;
  readonly clock?: KubeClock;
}

/** How a run ended. */
export type ElectionEnd = 'stopped' | 'lost';

const JITTER = 0.2;

/** One candidate. */
export class LeaderElector {
  readonly #options: ElectorOptions;
  readonly #clock: KubeClock;
  readonly #log: KubeLog;
  readonly #leaseMs: number;
  readonly #renewMs: number;
  readonly #retryMs: number;
  #stored: StoredLease | undefined;
  /** When the present record was first seen. */
  #observedAt = 0;
  /** Start of the last successful write by us; before it no other candidate can have begun to count. */
  #renewedAt = -Infinity;
  #leading = false;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#renewMs = options.renewMs ?? 10_000;
    this.#retryMs = options.retryMs ?? 2_000;
    const ordered = this.#leaseMs > this.#renewMs && this.#renewMs > (1 + JITTER) * this.#retryMs;
    if (!ordered) throw new RangeError('leader election needs lease > renew deadline > 1.2 x retry');
  }

  /** True while we lead and the last renewal is recent enough, also if the event loop was blocked meanwhile. */
  get leading(): boolean {
    return this.#leading && this.#left() > 0;
  }

  /** The holder last seen; empty if none. */
  get holder(): string {
    return this.#stored?.record.holder ?? '';
  }

  /**
   * Waits for leadership, leads, and resolves when leadership is over. After `signal` the leader's work is stopped, waited
   * for, and the lease released, so that the next candidate starts at once.
   *
   * @throws whatever `onStarted` rejects with, after the lease was released
   */
  async run(signal: AbortSignal): Promise<ElectionEnd> {
    while (!signal.aborted) {
      if (await this.#attempt(this.#renewMs)) return this.#lead(signal);
      await pause(this.#clock, this.#untilNext(), signal);
    }
    return 'stopped';
  }

  /** Milliseconds to the next attempt: at the end of the other one's lease, if that comes first. */
  #untilNext(): number {
    const retry = this.#retryMs * (1 + JITTER * this.#clock.random());
    const stored = this.#stored;
    if (stored === undefined || !this.#heldByAnother(stored)) return retry;
    return Math.min(retry, this.#endOf(stored) - this.#clock.monotonic());
  }

  async #lead(signal: AbortSignal): Promise<ElectionEnd> {
    const { identity, onStarted, onLost } = this.#options;
    const lost = new AbortController();
    const failed = new AbortController();
    const reign = AbortSignal.any([signal, failed.signal, lost.signal]);
    this.#leading = true;
    this.#log.info({ identity }, 'leading');
    const work = Promise.resolve()
      .then(() => onStarted(reign))
      .catch((error: unknown) => failed.abort(error));
    const end = await this.#renew(reign);
    this.#leading = false;
    lost.abort();
    if (end === 'lost') {
      this.#log.error({ identity, holder: this.holder }, 'leadership lost');
      onLost?.();
      return 'lost';
    }
    await this.#release(work);
    if (failed.signal.aborted) throw failed.signal.reason;
    return 'stopped';
  }

  /** Renews until `signal` (then `stopped`) or until renewing has failed for too long. */
  async #renew(signal: AbortSignal): Promise<ElectionEnd> {
    while (!signal.aborted) {
      await pause(this.#clock, Math.min(this.#retryMs, Math.max(this.#left(), 0)), signal);
      if (signal.aborted) break;
      const renewed = this.#left() > 0 && (await this.#attempt(this.#left()));
      if (!renewed && (this.#left() <= 0 || this.holder !== this.#options.identity)) return 'lost';
    }
    return 'stopped';
  }

  /** Milliseconds for which we may go on without another renewal. */
  #left(): number {
    return this.#renewedAt + this.#renewMs - this.#clock.monotonic();
  }

  /** Releases once the work has ended; if it does not end in time, the lease runs out by itself, after the work's time. */
  async #release(work: Promise<void>): Promise<void> {
    const waited = new AbortController();
    const done = work.then(() => true);
    const late = pause(this.#clock, Math.max(this.#left(), 0), waited.signal).then(() => false);
    const ended = await Promise.race([done, late]);
    waited.abort();
    const stored = this.#stored;
    if (!ended || stored === undefined || this.#left() <= 0) return;
    const record = { ...this.#record(stored.record.transitions), holder: '', durationSeconds: 1 };
    const released = await this.#within(this.#left(), (limit) =>
      this.#options.storage.replace(stored, record, limit),
    );
    if (released !== undefined) this.#observe(released);
  }

  /** One try to take or keep the lease, within `ms` milliseconds. False for any doubt. */
  async #attempt(ms: number): Promise<boolean> {
    const began = this.#clock.monotonic();
    const written = await this.#within(ms, (signal) => this.#write(signal));
    if (written === undefined) return false;
    this.#observe(written);
    this.#renewedAt = began;
    return true;
  }

  /** Writes the record if it is ours or free. Undefined: somebody else holds it. */
  async #write(signal: AbortSignal): Promise<StoredLease | undefined> {
    const { storage } = this.#options;
    const renewed = await this.#renewAsSeen(signal);
    if (renewed !== undefined || signal.aborted) return renewed;
    const stored = await storage.read(signal);
    // Out of time: a write now could take the lease for somebody who no longer wants it.
    if (signal.aborted) return undefined;
    if (stored === undefined) return storage.create(this.#record(0), signal);
    this.#observe(stored);
    if (this.#holds(stored)) return storage.replace(stored, this.#renewal(stored), signal);
    if (this.#heldByAnother(stored)) return undefined;
    return storage.replace(stored, this.#record(stored.record.transitions + 1), signal);
  }

  /** The leader's usual case, one call: nobody has written since. Undefined: look again. */
  async #renewAsSeen(signal: AbortSignal): Promise<StoredLease | undefined> {
    const stored = this.#stored;
    if (stored === undefined || !this.#holds(stored)) return undefined;
    return this.#options.storage.replace(stored, this.#renewal(stored), signal).catch(() => undefined);
  }

  #holds(stored: StoredLease): boolean {
    return this.#leading && stored.record.holder === this.#options.identity;
  }

  #heldByAnother(stored: StoredLease): boolean {
    const { holder } = stored.record;
    const another = holder !== '' && holder !== this.#options.identity;
    return another && this.#clock.monotonic() < this.#endOf(stored);
  }

  #endOf({ record }: StoredLease): number {
    return this.#observedAt + record.durationSeconds * 1000;
  }

  #observe(stored: StoredLease): void {
    const changed = JSON.stringify(stored.record) !== JSON.stringify(this.#stored?.record);
    this.#stored = stored;
    if (changed) this.#observedAt = this.#clock.monotonic();
  }

  #record(transitions: number): LeaseRecord {
    const now = microTime(this.#clock.wall());
    const durationSeconds = Math.ceil(this.#leaseMs / 1000);
    return { holder: this.#options.identity, durationSeconds, acquireTime: now, renewTime: now, transitions };
  }

  #renewal(stored: StoredLease): LeaseRecord {
    const { acquireTime, transitions } = stored.record;
    return { ...this.#record(transitions), acquireTime };
  }

  /** Runs a storage call for at most `ms`, also if the storage ignores the signal. Undefined for failure. */
  async #within(
    ms: number,
    call: (signal: AbortSignal) => Promise<StoredLease | undefined>,
  ): Promise<StoredLease | undefined> {
    const limit = new AbortController();
    const over = new AbortController();
    const late = pause(this.#clock, ms, over.signal).then(() => {
      limit.abort();
      return undefined;
    });
    const answer = call(limit.signal).catch((error: unknown) => {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
      this.#log.debug({ identity: this.#options.identity, error: text }, 'lease attempt failed');
      return undefined;
    });
    const result = await Promise.race([answer, late]);
    over.abort();
    return result;
  }
}

/** Go's MicroTime wants exactly six digits. */
function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z');
}
