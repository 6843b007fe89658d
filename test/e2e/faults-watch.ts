// Writes that go on while something breaks, and what each came to, with its time: from that follow how long a fault was felt
// by whom. A write that the API server itself did not answer says nothing about Assent, and is counted apart.
import type { Outcome, Traffic } from './traffic.ts';

/** One write: when it began and ended, in ms since the watch began, and what it came to. */
interface Seen {
  readonly kind: 'gated' | 'ungated';
  readonly began: number;
  readonly ended: number;
  readonly outcome: Outcome | 'no API server';
  readonly words: string;
}

/** What was felt of a fault. Milliseconds since it happened; undefined where nothing was. */
export interface Felt {
  readonly wronglyAllowed: number;
  readonly ungatedFailures: number;
  /** Writes of agents that got an error in place of a verdict: denied, since they fail closed. */
  readonly withoutVerdict: number;
  /** Writes that the API server itself did not answer. */
  readonly unanswered: number;
  /** When the last write of any kind came to anything but what it should. */
  readonly until: number | undefined;
  /** The first of each sort of trouble. */
  readonly examples: readonly string[];
}

/** Writes that go on. */
export interface Watch {
  /** ms since it began. */
  now(): number;
  /** Waits until so many writes in a row, of either kind, came to what they should. */
  calm(): Promise<void>;
  /** What was felt since a moment. */
  since(moment: number): Felt;
  stop(): Promise<void>;
}

const EVERY_MS = 50;
const IN_A_ROW = 60;
const PATIENCE_MS = 240_000;
/** What the API server says, or nobody does, while it is not there itself: it refuses everybody until it has read the roles. */
const NO_API_SERVER =
  /^0 |not yet ready|connection refused|etcd|the server is currently unable|is forbidden: User /i;

/** Starts it. */
export function startWatch(traffic: Traffic): Watch {
  const seen: Seen[] = [];
  const open = new Set<Promise<void>>();
  const start = performance.now();
  const now = () => performance.now() - start;
  let turn = 0;
  const one = async (kind: Seen['kind']) => {
    const began = now();
    const { outcome, words } = await traffic[kind]();
    const isOurs = outcome === 'wrongly allowed' || words.includes('failed calling webhook');
    const isAway = !isOurs && NO_API_SERVER.test(words);
    seen.push({ kind, began, ended: now(), outcome: isAway ? 'no API server' : outcome, words });
  };
  const timer = setInterval(() => {
    turn += 1;
    const write = one(turn % 2 === 0 ? 'gated' : 'ungated').finally(() => open.delete(write));
    open.add(write);
  }, EVERY_MS);
  return {
    now,
    async calm() {
      const deadline = performance.now() + PATIENCE_MS;
      const from = seen.length;
      for (;;) {
        const last = seen.slice(from).slice(-IN_A_ROW);
        if (last.length === IN_A_ROW && last.every(({ outcome }) => outcome === 'right')) return;
        if (performance.now() > deadline)
          throw new Error(
            `it does not get calm: ${seen.findLast(({ outcome }) => outcome !== 'right')?.words}`,
          );
        await new Promise((resume) => {
          setTimeout(resume, EVERY_MS);
        });
      }
    },
    since(moment) {
      const after = seen.filter(({ ended }) => ended >= moment);
      const off = after.filter(({ outcome }) => outcome !== 'right');
      const count = (wanted: Seen['outcome']) => off.filter(({ outcome }) => outcome === wanted).length;
      const last = off.reduce((latest, { ended }) => Math.max(latest, ended), 0);
      const first = new Map(off.toReversed().map((write) => [write.outcome, write]));
      return {
        wronglyAllowed: count('wrongly allowed'),
        ungatedFailures: count('ungated failure'),
        withoutVerdict: count('lost'),
        unanswered: count('no API server'),
        until: off.length === 0 ? undefined : last - moment,
        examples: [...first.values()].map(({ kind, outcome, words }) => `${kind}: ${outcome}: ${words}`),
      };
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}
