import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LONGEST_TIMER_MS } from './clock.ts';
import { DelayHeap } from './delay-heap.ts';
import { ManualClock } from './manual-clock.ts';

it('fires every key once at the earliest of its times, in order', async () => {
  const put = fc.tuple(fc.nat(30).map(String), fc.integer({ min: 1, max: 500 }));
  await fc.assert(
    fc.asyncProperty(fc.array(put, { maxLength: 100 }), async (puts) => {
      const clock = new ManualClock();
      const fired: [string, number][] = [];
      const heap = new DelayHeap(clock, (key) => void fired.push([key, clock.monotonic()]));
      const earliest = new Map<string, number>();
      for (const [key, ms] of puts) {
        heap.put(key, ms);
        earliest.set(key, Math.min(earliest.get(key) ?? Infinity, ms));
      }
      expect(heap.size).toBe(earliest.size);
      await clock.advance(500);
      expect(new Map(fired)).toEqual(earliest);
      expect(fired).toHaveLength(earliest.size);
      expect(fired.map(([, at]) => at)).toEqual(fired.map(([, at]) => at).sort((one, two) => one - two));
      expect([heap.size, clock.pending]).toEqual([0, 0]);
    }),
    { numRuns: 50 },
  );
});

it('waits longer than the longest timer', async () => {
  const clock = new ManualClock();
  const fired: number[] = [];
  const heap = new DelayHeap(clock, () => void fired.push(clock.monotonic()));
  const month = 30 * 24 * 3_600_000;
  expect(month).toBeGreaterThan(LONGEST_TIMER_MS);
  heap.put('a', month);
  await clock.advance(month - 1);
  expect(fired).toEqual([]);
  await clock.advance(1);
  expect(fired).toEqual([month]);
});

it('keeps little for a key that is put and fired again and again beside a far date', async () => {
  const clock = new ManualClock();
  const heap = new DelayHeap(clock, () => {});
  for (let round = 0; round < 2_000; round += 1) {
    heap.put('a', 1_000_000);
    heap.put('a', 1);
    await clock.advance(1);
  }
  expect(heap.size).toBe(0);
  expect(heap.footprint).toBeLessThan(200);
});
