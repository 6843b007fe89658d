// Keys that become due later, on one timer. A timer for each of 100,000 expiries takes 23 MB; a heap takes a tenth of a
// megabyte. A key that is put again keeps the earlier of its times, as in client-go's delaying queue.
import { LONGEST_TIMER_MS, type KubeClock } from './clock.ts';

// Outdated items are dropped when they outnumber the others by this.
const SLACK = 64;

interface Item {
  readonly key: string;
  readonly due: number;
  /** Of two keys with the same time the one that was put first comes first. */
  readonly order: number;
}

function before(one: Item, two: Item): boolean {
  return one.due < two.due || (one.due === two.due && one.order < two.order);
}

/** Calls `fire` for each key when its time has come. */
export class DelayHeap {
  readonly #clock: KubeClock;
  readonly #fire: (key: string) => void;
  /** Binary heap by `due`. May hold outdated items of a key; `#due` tells which one counts. */
  readonly #heap: Item[] = [];
  readonly #due = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #puts = 0;

  constructor(clock: KubeClock, fire: (key: string) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** How many keys are waiting. */
  get size(): number {
    return this.#due.size;
  }

  /** Items held in memory, outdated ones included. */
  get footprint(): number {
    return this.#heap.length;
  }

  /** Makes `key` due after `ms` milliseconds, unless it is due sooner already. */
  put(key: string, ms: number): void {
    const due = this.#clock.monotonic() + ms;
    if ((this.#due.get(key) ?? Infinity) <= due) return;
    // Deleted first, so that the map stays in the order in which the times were set.
    this.#due.delete(key);
    this.#due.set(key, due);
    if (this.#heap.length > 2 * this.#due.size + SLACK) this.#rebuild();
    else this.#push(key, due);
    if (this.#heap[0]?.key === key) this.#arm();
  }

  /** Forgets all keys. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#heap.length = 0;
    this.#due.clear();
  }

  #arm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const first = this.#heap[0];
    if (first === undefined) return;
    const wait = Math.min(Math.max(first.due - this.#clock.monotonic(), 0), LONGEST_TIMER_MS);
    this.#cancel = this.#clock.after(wait, () => this.#ring());
  }

  #ring(): void {
    const now = this.#clock.monotonic();
    for (let first = this.#heap[0]; first !== undefined && first.due <= now; first = this.#heap[0]) {
      this.#pop();
      if (this.#due.get(first.key) !== first.due) continue;
      this.#due.delete(first.key);
      this.#fire(first.key);
    }
    this.#arm();
  }

  /** Without this, a key that is often put sooner would leave an outdated item each time until its far date. */
  #rebuild(): void {
    this.#heap.length = 0;
    for (const [key, due] of this.#due) this.#push(key, due);
  }

  #push(key: string, due: number): void {
    const heap = this.#heap;
    const item = { key, due, order: this.#puts++ };
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || before(parent, item)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const item = heap.pop();
    if (item === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const [one, two] = [heap[left], heap[right]];
      const down = one !== undefined && two !== undefined && before(two, one) ? right : left;
      const child = heap[down];
      if (child === undefined || before(item, child)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = item;
  }
}
