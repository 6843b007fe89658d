// Load at a fixed rate, whatever happens meanwhile: writes are sent when they are due, not when the one before has its
// answer. What each came to is counted; the first few of every kind of trouble are kept in words.
import type { Outcome, Traffic, Write } from './traffic.ts';

/** Writes in a second. */
export interface Rates {
  readonly gated: number;
  readonly ungated: number;
  readonly approved: number;
}

/** What the load came to so far. */
export interface Tally {
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Writes by their kind. */
  readonly sent: Readonly<Rates>;
  /** What went wrong, in the order in which it did. */
  readonly troubles: readonly string[];
}

/** Load that goes on. */
export interface Load {
  tally(): Tally;
  /** Sends no more and waits for the last answers. */
  stop(): Promise<Tally>;
}

const KEPT = 40;
const TICK_MS = 10;

/** Starts it. */
export function startLoad(traffic: Traffic, rates: Rates): Load {
  const counts: Record<Outcome, number> = { right: 0, 'wrongly allowed': 0, 'ungated failure': 0, lost: 0 };
  const sent = { gated: 0, ungated: 0, approved: 0 };
  const troubles: string[] = [];
  const open = new Set<Promise<void>>();
  const began = performance.now();
  const note = (kind: keyof Rates, { outcome, words }: Write) => {
    counts[outcome] += 1;
    const at = ((performance.now() - began) / 1_000).toFixed(1);
    if (outcome !== 'right' && troubles.length < KEPT)
      troubles.push(`${at} s, ${kind}: ${outcome}: ${words}`);
  };
  const launch = (kind: keyof Rates) => {
    sent[kind] += 1;
    const one: Promise<void> = traffic[kind]()
      .then((write) => note(kind, write))
      .finally(() => open.delete(one));
    open.add(one);
  };
  const timer = setInterval(() => {
    const seconds = (performance.now() - began) / 1_000;
    for (const kind of ['gated', 'ungated', 'approved'] as const)
      while (sent[kind] < Math.floor(seconds * rates[kind])) launch(kind);
  }, TICK_MS);
  const tally = (): Tally => ({ counts: { ...counts }, sent: { ...sent }, troubles: [...troubles] });
  return {
    tally,
    async stop() {
      clearInterval(timer);
      while (open.size > 0) await Promise.all(open);
      return tally();
    },
  };
}

/**
 * Writes in a second that the cluster takes when as many as it can are sent, half of them held, half free.
 * @param lanes so many wait for an answer at any time
 */
export async function capacity(traffic: Traffic, lanes: number, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let done = 0;
  const lane = async (first: 'gated' | 'ungated') => {
    for (let kind = first; performance.now() < end; kind = kind === 'gated' ? 'ungated' : 'gated') {
      const { outcome, words } = await traffic[kind]();
      if (outcome !== 'right') throw new Error(`while the capacity was measured: ${outcome}: ${words}`);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i % 2 === 0 ? 'gated' : 'ungated')));
  return done / seconds;
}
