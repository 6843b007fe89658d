// Traces of the explorer for the real thing: the shortest ones to everything that it can show, and seeded ones that go further.
import type { ChangeKind } from '../../src/domain/change/change.ts';
import { beginning, emptyWorld, firstWorld, stepsFrom } from '../model/explore.ts';
import type { Step } from '../model/step.ts';
import { NO_ROOM } from '../model/words.ts';
import { keyOf, type Bounds, type World } from '../model/world.ts';
import type { Random } from './races-random.ts';

/** A step with the state that it starts from. */
export interface Walked {
  readonly from: World;
  readonly step: Step;
}

/** From the empty world on: first the steps that lead to where the exploration begins. */
export type Walk = readonly Walked[];

/** What a walk shows: kinds of steps, and what came of them. */
export const shownBy = (walk: Walk): readonly string[] =>
  walk.flatMap(({ step }) => [step.name, ...(step.seen ?? [])]);

const ONE = { sends: 2, approvals: 1, says: 2 };
/** Small enough to be explored whole, in a second: together they show everything. */
const SMALL: readonly Omit<Bounds, 'kind'>[] = [
  { ...ONE, from: 'approved', trouble: 0, times: [0, 30, 60] },
  { ...ONE, from: 'approved', says: 1, trouble: 1, times: [0, 10] },
  { ...ONE, from: 'open', sends: 1, trouble: 0, times: [0, 90] },
  { ...ONE, from: 'approved', approvals: 2, says: 1, trouble: 0, times: [0] },
];

/** Shortest walks that show, together, all that can be shown within small bounds. */
export async function directWalks(kind: ChangeKind): Promise<readonly Walk[]> {
  const first = new Map<string, Walk>();
  for (const bounds of SMALL) await findFirst({ ...bounds, kind }, first);
  const longestFirst = [...new Set(first.values())].toSorted((a, b) => b.length - a.length);
  const shown = new Set<string>();
  return longestFirst.filter((walk) => {
    const news = shownBy(walk).filter((what) => !shown.has(what));
    for (const what of news) shown.add(what);
    return news.length > 0;
  });
}

interface Place {
  readonly walked: Walked | undefined;
  readonly world: World;
  readonly before: Place | undefined;
}

/** Explores all states, and keeps the first walk to everything that is not in `first` yet. */
async function findFirst(bounds: Bounds, first: Map<string, Walk>): Promise<void> {
  const begun = await begin(bounds);
  const start = await firstWorld(bounds);
  const known = new Set([keyOf(start)]);
  const places: Place[] = [{ world: start, walked: undefined, before: undefined }];
  for (const before of places) {
    for (const step of await stepsFrom(before.world, bounds)) {
      if (step.seen?.includes(NO_ROOM) === true) continue;
      const place: Place = { world: step.to, walked: { from: before.world, step }, before };
      const news = [step.name, ...(step.seen ?? [])].filter((what) => !first.has(what));
      if (news.length > 0) {
        const walk = [...begun, ...walkTo(place)];
        for (const what of news) first.set(what, walk);
      }
      if (known.has(keyOf(step.to))) continue;
      known.add(keyOf(step.to));
      places.push(place);
    }
  }
}

function walkTo(end: Place): Walk {
  const walk: Walked[] = [];
  for (let at: Place | undefined = end; at?.walked; at = at.before) walk.unshift(at.walked);
  return walk;
}

/** The steps that lead to where an exploration begins. */
async function begin(bounds: Bounds): Promise<Walked[]> {
  let world = emptyWorld(bounds);
  return (await beginning(bounds)).map((step) => {
    const from = world;
    world = step.to;
    return { from, step };
  });
}

const FAR = { sends: 3, approvals: 9, says: 3, trouble: 2, times: [0, 30, 60, 90] };
const LONGEST = 40;

/** Any walk, further than everything is explored. */
export async function randomWalk(kind: ChangeKind, random: Random): Promise<Walk> {
  const bounds: Bounds = { ...FAR, kind, from: random.chance(0.3) ? 'open' : 'approved' };
  const walked = await begin(bounds);
  let world = await firstWorld(bounds);
  while (walked.length < LONGEST) {
    const here = keyOf(world);
    const steps = (await stepsFrom(world, bounds)).filter(({ to }) => keyOf(to) !== here);
    if (steps.length === 0) break;
    // By name first: otherwise most steps are of the few kinds that there are many of.
    const name = random.pick([...new Set(steps.map((step) => step.name))]);
    const step = random.pick(steps.filter((one) => one.name === name));
    walked.push({ from: world, step });
    world = step.to;
  }
  return walked;
}
