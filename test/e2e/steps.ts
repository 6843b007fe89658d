// One step of the end-to-end test: it does something to the cluster and says what is not as it should be. A step that
// throws is a step with one trouble.
import type { SlackSide } from '../builders/slack-side.ts';
import type { Cluster } from './cluster.ts';
import type { Releases } from './images.ts';
import type { Listing } from './leftovers.ts';
import type { Load, Tally } from './load.ts';
import type { Traffic } from './traffic.ts';

/** What steps share. */
export interface World {
  readonly cluster: Cluster;
  readonly releases: Releases;
  readonly slack: SlackSide;
  /** Where the API server's log of writes ended before the first step. Bytes. */
  readonly logStart: number;
  /** Everything in the cluster before an install. */
  before: Listing;
  /** Load that goes on, from the step that starts it to the step that stops it. */
  running?: { readonly traffic: Traffic; readonly load: Load };
  /** What load that was stopped came to. */
  readonly tallies: Tally[];
  /** What is in the cluster at the end and was not there before. */
  left: readonly string[];
  /** Names of requests that a later step goes on with. */
  readonly kept: Map<string, string>;
}

/** A step. */
export interface Step {
  readonly title: string;
  /** @returns what is wrong, and what is worth telling */
  readonly play: (world: World) => Promise<Told>;
}

/** What came of a step. */
export interface Told {
  readonly wrong?: readonly string[];
  readonly says?: string;
}

/** Writes of the load that a step waits for after it has done its work, so that its consequences are seen. */
const AFTERWARDS = 40;
const PATIENCE_MS = 60_000;

/** A step during which load goes on: every write that came out wrong meanwhile is its trouble. */
export function underLoad(title: string, act: (world: World) => Promise<string | void>): Step {
  return {
    title,
    async play(world) {
      const { running } = world;
      if (!running) return { wrong: ['no load goes on'] };
      const before = running.load.tally();
      const says = await act(world);
      await more(running.load, AFTERWARDS);
      const after = running.load.tally();
      const writes = total(after) - total(before);
      return {
        says: [says ?? '', `${writes} writes meanwhile`].filter(Boolean).join('; '),
        wrong: after.troubles.slice(before.troubles.length),
      };
    },
  };
}

const total = ({ sent }: Tally): number => sent.gated + sent.ungated + sent.approved;

async function more(load: Load, writes: number): Promise<void> {
  const wanted = total(load.tally()) + writes;
  const deadline = performance.now() + PATIENCE_MS;
  while (total(load.tally()) < wanted) {
    if (performance.now() > deadline) throw new Error('the load stands still');
    await new Promise((resume) => {
      setTimeout(resume, 50);
    });
  }
}
