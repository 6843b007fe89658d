import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { ApiError } from './errors.ts';
import { Workqueue, type WorkOutcome } from './workqueue.ts';

const KEYS = ['a', 'b', 'c', 'd'];
const CONCURRENCY = 2;
const BASE_MS = 10;
const MAX_MS = 80;

type Ending = WorkOutcome | { readonly kind: 'throw' };

/** The queue under test with workers that end only when told to. */
class Bench {
  readonly clock = new ManualClock();
  readonly queue = new Workqueue({ name: 'bench', baseMs: BASE_MS, maxMs: MAX_MS, clock: this.clock });
  readonly started: string[] = [];
  readonly working = new Map<string, (ending: Ending) => void>();
  readonly stop = new AbortController();
  readonly run = this.queue.run((key) => this.#work(key), CONCURRENCY, this.stop.signal);

  async #work(key: string): Promise<WorkOutcome> {
    assert(!this.working.has(key), `${key} has two workers`);
    this.started.push(key);
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.working.set(key, resolve);
    const ending = await promise;
    this.working.delete(key);
    if (ending.kind === 'throw') throw new Error('failed');
    return ending;
  }

  async settle(): Promise<void> {
    // Each wake-up is one setImmediate; three in a row can depend on one another.
    for (let turn = 0; turn < 4; turn += 1) await this.clock.advance(0);
  }
}

/** What a queue of these semantics does, written the slow and obvious way. */
class Model {
  now = 0;
  waiting: string[] = [];
  started: string[] = [];
  readonly working = new Set<string>();
  readonly again = new Set<string>();
  readonly delayed = new Map<string, number>();
  readonly failures = new Map<string, number>();

  add(key: string): void {
    if (this.working.has(key)) this.again.add(key);
    else if (!this.waiting.includes(key)) this.waiting.push(key);
  }

  addAfter(key: string, ms: number): void {
    if (ms <= 0) this.add(key);
    else if (this.now + ms < (this.delayed.get(key) ?? Infinity)) {
      this.delayed.delete(key);
      this.delayed.set(key, this.now + ms);
    }
  }

  addRateLimited(key: string): void {
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    this.addAfter(key, Math.min(BASE_MS * 2 ** (failures - 1), MAX_MS));
  }

  advance(ms: number): void {
    const end = this.now + ms;
    const due = [...this.delayed].filter(([, at]) => at <= end).sort(([, one], [, two]) => one - two);
    for (const [key, at] of due) {
      this.now = at;
      this.delayed.delete(key);
      this.add(key);
      this.fill();
    }
    this.now = end;
  }

  end(key: string, ending: Ending): void {
    if (ending.kind === 'throw') this.addRateLimited(key);
    else this.failures.delete(key);
    if (ending.kind === 'again') this.addAfter(key, ending.afterMs);
    this.working.delete(key);
    if (this.again.delete(key)) this.waiting.push(key);
  }

  fill(): void {
    for (
      let key = this.waiting[0];
      this.working.size < CONCURRENCY && key !== undefined;
      key = this.waiting[0]
    ) {
      this.waiting.shift();
      this.working.add(key);
      this.started.push(key);
    }
  }
}

class Step implements fc.AsyncCommand<Model, Bench> {
  readonly #name: string;
  readonly #model: (model: Model) => void;
  readonly #real: (bench: Bench) => Promise<void> | void;
  readonly #possible: (model: Readonly<Model>) => boolean;

  constructor(
    name: string,
    model: (model: Model) => void,
    real: (bench: Bench) => Promise<void> | void,
    possible: (model: Readonly<Model>) => boolean = () => true,
  ) {
    this.#name = name;
    this.#model = model;
    this.#real = real;
    this.#possible = possible;
  }

  check(model: Readonly<Model>): boolean {
    return this.#possible(model);
  }

  async run(model: Model, bench: Bench): Promise<void> {
    this.#model(model);
    model.fill();
    await this.#real(bench);
    await bench.settle();
    assert.deepEqual(bench.started, model.started);
    assert.deepEqual([...bench.working.keys()].sort(), [...model.working].sort());
    assert.deepEqual([bench.queue.length, bench.queue.delayed], [model.waiting.length, model.delayed.size]);
    for (const key of KEYS) assert.equal(bench.queue.failures(key), model.failures.get(key) ?? 0);
  }

  toString(): string {
    return this.#name;
  }
}

const key = fc.constantFrom(...KEYS);
const delay = fc.constantFrom(0, 7, 23, 53, 101, 211);
const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.constant<Ending>({ kind: 'done' }),
  fc.constant<Ending>({ kind: 'throw' }),
  delay.map<Ending>((afterMs) => ({ kind: 'again', afterMs })),
);

const commands = [
  key.map(
    (k) =>
      new Step(
        `add ${k}`,
        (m) => m.add(k),
        (b) => b.queue.add(k),
      ),
  ),
  fc.tuple(key, delay).map(
    ([k, ms]) =>
      new Step(
        `add ${k} after ${ms}`,
        (m) => m.addAfter(k, ms),
        (b) => b.queue.addAfter(k, ms),
      ),
  ),
  key.map(
    (k) =>
      new Step(
        `back off ${k}`,
        (m) => m.addRateLimited(k),
        (b) => b.queue.addRateLimited(k),
      ),
  ),
  key.map(
    (k) =>
      new Step(
        `forget ${k}`,
        (m) => void m.failures.delete(k),
        (b) => b.queue.forget(k),
      ),
  ),
  fc.integer({ min: 1, max: 300 }).map(
    (ms) =>
      new Step(
        `wait ${ms}`,
        (m) => m.advance(ms),
        (b) => b.clock.advance(ms),
      ),
  ),
  fc.tuple(key, ending).map(
    ([k, how]) =>
      new Step(
        `end ${k} ${how.kind}`,
        (m) => m.end(k, how),
        (b) => b.working.get(k)?.(how),
        (m) => m.working.has(k),
      ),
  ),
];

describe('a work queue', () => {
  it('behaves as its model under any sequence of calls: never two workers for a key, no added key forgotten', async () => {
    const property = fc.asyncProperty(
      fc.commands(commands, { maxCommands: 60, size: '+2' }),
      async (steps) => {
        const bench = new Bench();
        await fc.asyncModelRun(() => ({ model: new Model(), real: bench }), steps);
      },
    );
    await expect(fc.assert(property, { numRuns: 150 })).resolves.toBeUndefined();
  });

  it('waits for the workers under way when it is stopped, and starts no more', async () => {
    const bench = new Bench();
    for (const name of KEYS) bench.queue.add(name);
    await bench.settle();
    bench.stop.abort();
    let over = false;
    const end = bench.run.finally(() => {
      over = true;
    });
    await bench.settle();
    expect([over, bench.started]).toEqual([false, ['a', 'b']]);
    bench.working.get('a')?.({ kind: 'done' });
    bench.working.get('b')?.({ kind: 'throw' });
    await end;
    expect(bench.started).toEqual(['a', 'b']);
    expect(bench.queue.length, 'c and d, and b whose work was broken off').toBe(3);
  });

  it('waits as long as the API server asks for when that is longer than the back-off', async () => {
    const clock = new ManualClock();
    const queue = new Workqueue({ name: 'slow', clock });
    const stop = new AbortController();
    const starts: number[] = [];
    const run = queue.run(
      async () => {
        starts.push(clock.monotonic());
        await Promise.resolve();
        if (starts.length === 1) throw new ApiError(429, { details: { retryAfterSeconds: 3 } });
        return { kind: 'done' };
      },
      1,
      stop.signal,
    );
    queue.add('a');
    await clock.advance(0);
    await clock.advance(2_999);
    expect(starts).toHaveLength(1);
    await clock.advance(1);
    await clock.advance(1);
    expect(starts).toEqual([0, 3_000]);
    stop.abort();
    await run;
  });

  it('drops everything when it is closed and leaves no timer', () => {
    const clock = new ManualClock();
    const queue = new Workqueue({ name: 'closed', clock });
    queue.add('a');
    queue.addAfter('b', 100);
    queue.close();
    queue.add('c');
    queue.addAfter('d', 100);
    expect([queue.length, queue.delayed, clock.pending]).toEqual([0, 0, 0]);
  });

  it('refuses a second run', async () => {
    const bench = new Bench();
    await expect(bench.queue.run(() => Promise.reject(new Error()), 1, bench.stop.signal)).rejects.toThrow(
      /running/,
    );
  });
});
