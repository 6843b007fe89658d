import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LeaderElector,
  type ElectorOptions,
  type LeaseRecord,
  type LeaseStorage,
  type StoredLease,
} from './lease.ts';
import { ManualClock } from './manual-clock.ts';

/** One write or read: how long until it is done, how long until its answer comes, and what becomes of it. */
interface Fate {
  readonly ms: number;
  readonly answerMs: number;
  /** `landed`: it is done, but the caller sees a failure. */
  readonly outcome: 'ok' | 'failed' | 'landed';
}

/** A lease in memory with compare-and-swap. Answers come late or never, as `fates` says. It ignores abort signals. */
class Shelf {
  #record: LeaseRecord | undefined;
  #version = 0;
  readonly #clock: ManualClock;
  readonly fates: Fate[];

  constructor(clock: ManualClock, fates: Fate[] = []) {
    this.#clock = clock;
    this.fates = fates;
  }

  get holder(): string {
    return this.#record?.holder ?? '';
  }

  /** A way to it, with its own luck if `fates` is given. */
  storage(fates: Fate[] = this.fates): LeaseStorage {
    return {
      read: () => this.#do(fates, () => this.#current()),
      create: (record) =>
        this.#do(fates, () => {
          if (this.#record !== undefined) throw new Error('exists');
          return this.#write(record);
        }),
      replace: (stored, record) =>
        this.#do(fates, () => {
          if (stored.token !== this.#version) throw new Error('conflict');
          return this.#write(record);
        }),
    };
  }

  /** Somebody else writes the record. */
  force(record: Partial<LeaseRecord>): void {
    if (this.#record !== undefined) this.#write({ ...this.#record, ...record });
  }

  #current(): StoredLease | undefined {
    return this.#record === undefined ? undefined : { record: this.#record, token: this.#version };
  }

  #write(record: LeaseRecord): StoredLease {
    this.#record = record;
    this.#version += 1;
    return { record, token: this.#version };
  }

  async #do<R>(fates: Fate[], work: () => R): Promise<R> {
    const { ms, answerMs, outcome } = fates.shift() ?? { ms: 1, answerMs: 1, outcome: 'ok' };
    await this.#wait(ms);
    const failed = outcome === 'failed' ? new Error('failed') : undefined;
    const result = failed === undefined ? work() : undefined;
    await this.#wait(answerMs);
    if (outcome !== 'ok') throw failed ?? new Error('no answer');
    return result as R;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }
}

interface Candidate {
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  readonly end: Promise<unknown>;
  readonly seen: string[];
}

function candidate(
  clock: ManualClock,
  shelf: Shelf,
  identity: string,
  more: Partial<ElectorOptions> = {},
): Candidate {
  const seen: string[] = [];
  const stop = new AbortController();
  const elector = new LeaderElector({
    storage: shelf.storage(),
    identity,
    clock,
    onStarted: (signal) => {
      seen.push('started');
      signal.addEventListener('abort', () => seen.push('told to stop'));
    },
    onLost: () => void seen.push('lost'),
    ...more,
  });
  return { elector, stop, seen, end: elector.run(stop.signal).catch((error: unknown) => error) };
}

/** A lease of 15 s that belongs to somebody who is gone. */
async function haunted(record: Partial<LeaseRecord> = {}): Promise<{ clock: ManualClock; shelf: Shelf }> {
  const clock = new ManualClock();
  const shelf = new Shelf(clock);
  const one = candidate(clock, shelf, 'one');
  await clock.advance(100);
  one.stop.abort();
  await advancing(clock, one.end);
  shelf.force({ holder: 'ghost', durationSeconds: 15, ...record });
  return { clock, shelf };
}

describe('leader election', () => {
  it('has one leader; the other takes over when the lease has run out', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const one = candidate(clock, shelf, 'one');
    await clock.advance(100);
    const two = candidate(clock, shelf, 'two');
    await clock.advance(60_000);
    expect([one.elector.leading, two.elector.leading, two.elector.holder]).toEqual([true, false, 'one']);
    // Nobody gets through for a while: long enough for `one` to give up.
    shelf.fates.push(...Array.from({ length: 40 }, (): Fate => ({ ms: 1, answerMs: 1, outcome: 'failed' })));
    await clock.advance(20_000);
    expect([one.elector.leading, one.seen]).toEqual([false, ['started', 'told to stop', 'lost']]);
    shelf.fates.length = 0;
    await clock.advance(20_000);
    expect([two.elector.leading, two.seen]).toEqual([true, ['started']]);
    await expect(one.end).resolves.toBe('lost');
  });

  it('hands over at once when the leader is stopped and its work has ended', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const one = candidate(clock, shelf, 'one');
    await clock.advance(100);
    const two = candidate(clock, shelf, 'two');
    await clock.advance(5_000);
    one.stop.abort();
    await expect(advancing(clock, one.end)).resolves.toBe('stopped');
    expect(one.seen).toEqual(['started', 'told to stop']);
    await clock.advance(2_500);
    expect(two.elector.leading).toBe(true);
  });

  it('does not release while the work goes on', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const work = Promise.withResolvers<void>();
    const one = candidate(clock, shelf, 'one', { onStarted: () => work.promise });
    await clock.advance(100);
    one.stop.abort();
    await clock.advance(5_000);
    expect(shelf.holder).toBe('one');
    work.resolve();
    await clock.advance(10);
    expect(shelf.holder).toBe('');
    await expect(one.end).resolves.toBe('stopped');
  });

  it('never releases a lease that has run out under work that did not end in time', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const one = candidate(clock, shelf, 'one', { onStarted: () => new Promise(() => {}) });
    await clock.advance(100);
    one.stop.abort();
    await clock.advance(10_000);
    await expect(one.end).resolves.toBe('stopped');
    expect(shelf.holder).toBe('one');
  });

  it('ends and releases when the work fails', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const one = candidate(clock, shelf, 'one', { onStarted: () => Promise.reject(new Error('broken work')) });
    await expect(advancing(clock, one.end)).resolves.toMatchObject({ message: 'broken work' });
    expect(shelf.holder).toBe('');
  });

  it('is lost at once when somebody else stands in the lease', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const one = candidate(clock, shelf, 'one');
    await clock.advance(100);
    shelf.force({ holder: 'usurper' });
    await clock.advance(2_100);
    expect(one.seen).toEqual(['started', 'told to stop', 'lost']);
  });

  it('stops leading at the renew deadline although a renewal hangs for ever', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const one = candidate(clock, shelf, 'one');
    await clock.advance(10);
    shelf.fates.push({ ms: 1, answerMs: 1_000_000, outcome: 'ok' });
    await clock.advance(9_980);
    expect(one.elector.leading).toBe(true);
    await clock.advance(20);
    expect([one.elector.leading, one.seen]).toEqual([false, ['started', 'told to stop', 'lost']]);
  });

  it('counts its time from before a renewal was sent, since others count from when it landed', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock);
    const fates: Fate[] = [];
    const one = candidate(clock, shelf, 'one', { storage: shelf.storage(fates) });
    await clock.advance(10);
    const two = candidate(clock, shelf, 'two');
    fates.push({ ms: 1, answerMs: 7_900, outcome: 'ok' });
    fates.push(...Array.from({ length: 20 }, (): Fate => ({ ms: 1, answerMs: 1, outcome: 'failed' })));
    for (let step = 0; step < 100; step += 1) {
      await clock.advance(250);
      expect(one.elector.leading && two.elector.leading).toBe(false);
    }
    expect(two.elector.leading).toBe(true);
  });

  it('does not take the lease with an answer that comes after it has given up', async () => {
    const clock = new ManualClock();
    const shelf = new Shelf(clock, [{ ms: 12_000, answerMs: 1, outcome: 'ok' }]);
    const one = candidate(clock, shelf, 'one');
    await clock.advance(10_500);
    one.stop.abort();
    await expect(advancing(clock, one.end)).resolves.toBe('stopped');
    await clock.advance(5_000);
    expect(shelf.holder).toBe('');
  });

  it('compares no clocks: a record with absurd times is judged by whether it changes', async () => {
    const { clock, shelf } = await haunted({ renewTime: '2999-01-01T00:00:00.000000Z' });
    const two = candidate(clock, shelf, 'two');
    await clock.advance(14_900);
    expect(two.elector.leading).toBe(false);
    await clock.advance(3_000);
    expect(two.elector.leading).toBe(true);
  });

  it('takes over when the lease ends, not at the attempt after that', async () => {
    const { clock, shelf } = await haunted();
    const two = candidate(clock, shelf, 'two', { retryMs: 4_000 });
    await clock.advance(15_100);
    expect(two.elector.leading).toBe(true);
  });

  it.each([
    [15_000, 15_000, 2_000],
    [15_000, 2_400, 2_000],
  ])('refuses lease %i, renew deadline %i, retry %i', (leaseMs, renewMs, retryMs) => {
    const clock = new ManualClock();
    const options = { storage: new Shelf(clock).storage(), identity: 'x', onStarted: () => {} };
    expect(() => new LeaderElector({ ...options, leaseMs, renewMs, retryMs })).toThrow(RangeError);
  });

  it('never has two leaders, and has one again soon after faults end, whatever the storage does', async () => {
    const time = fc.oneof(fc.nat(50), fc.nat(3_000), fc.nat(30_000));
    const fate: fc.Arbitrary<Fate> = fc.record({
      ms: time,
      answerMs: time,
      outcome: fc.constantFrom('ok', 'ok', 'failed', 'landed'),
    });
    const property = fc.asyncProperty(fc.array(fate, { maxLength: 60, size: 'max' }), async (fates) => {
      const clock = new ManualClock();
      const shelf = new Shelf(clock, [...fates]);
      const candidates = ['one', 'two', 'three'].map((identity) => supervised(clock, shelf, identity));
      for (let step = 0; step < 300; step += 1) {
        await clock.advance(500);
        expect(candidates.filter((one) => one().leading).length).toBeLessThanOrEqual(1);
      }
      shelf.fates.length = 0;
      await clock.advance(60_000);
      expect(candidates.filter((one) => one().leading)).toHaveLength(1);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

/** A candidate that, as a Deployment would, starts again with a new identity when it has lost. */
function supervised(clock: ManualClock, shelf: Shelf, name: string): () => LeaderElector {
  let life = 0;
  let elector: LeaderElector;
  const start = (): void => {
    life += 1;
    const made = candidate(clock, shelf, `${name}-${life}`, { onLost: start });
    ({ elector } = made);
  };
  start();
  return () => elector;
}

/** Lets time pass until the promise settles. */
async function advancing<R>(clock: ManualClock, promise: Promise<R>): Promise<R> {
  const state = { settled: false };
  const end = promise.finally(() => {
    state.settled = true;
  });
  while (!state.settled) await clock.advance(10);
  return end;
}
