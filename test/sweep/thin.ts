// A thinned part of the sweep, chosen by a seed: some kinds with all that can be done to them, one for each sort of change
// that a plain object has not, and the kinds for which most is made up by the API server; but not every way to send it.
import { Random } from '../../tools/fuzz/random.ts';
import type { Intent } from './intent.ts';
import type { Stage } from './stage.ts';
import type { Stub } from './stub.ts';
import { STUBS } from './stubs/index.ts';
import type { Subject } from './subject.ts';
import type { Way } from './way.ts';

/** How many kinds are played whole. */
const OBJECTS = 3;
/** Subresources of which each has a payload of its own. */
const BOUND_APART = ['scale', 'eviction', 'token', 'exec', 'approval'] as const;
/** Made anew on each attempt with names, addresses or uids of the API server's own making. */
const MADE_UP = new Set(['pods', 'services', 'jobs', 'certificatesigningrequests']);

const hasPart = ({ subresources = {} }: Stub, name: string): boolean => Object.hasOwn(subresources, name);
const ALL_PARTS = [...new Set(STUBS.flatMap(({ subresources = {} }) => Object.keys(subresources)))].sort();

type Wanted = (intent: Intent) => boolean;

/** What is left of the sweep. */
export interface Thinned {
  readonly stubs: readonly Stub[];
  readonly thin: (subject: Subject, intent: Intent) => Intent | undefined;
}

/** Chooses by a seed, the same each time for the same API server. */
export function thinned(seed: number, { served }: Pick<Stage, 'served'>): Thinned {
  const random = new Random(seed);
  // Kinds with nothing to hold are quick, and would leave too little to see.
  const candidates = STUBS.filter(({ change, existing }) => change !== undefined && existing === undefined);
  const whole = new Set(sample(candidates, OBJECTS, random));
  const parts = new Map<Stub, Wanted[]>();
  const add = (stubs: readonly Stub[], wanted: (stub: Stub) => Wanted): void => {
    for (const stub of stubs) parts.set(stub, [...(parts.get(stub) ?? []), wanted(stub)]);
  };
  const isMadeUp = ({ resource, variant }: Stub) => MADE_UP.has(resource) && variant === undefined;
  add(
    STUBS.filter(isMadeUp),
    () =>
      ({ id }) =>
        id === 'create' || id === 'generate',
  );
  const versions = (stub: Stub) =>
    served.filter(({ group, resource }) => group === stub.group && resource === stub.resource).length;
  const converted = candidates.filter((stub) => versions(stub) > 1);
  add(
    sample(converted, 1, random),
    () =>
      ({ id }) =>
        ['create', 'change', 'delete'].includes(id),
  );
  for (const name of [...BOUND_APART, random.pick(ALL_PARTS)]) {
    const having = STUBS.filter((stub) => stub.existing === undefined && hasPart(stub, name));
    add(
      sample(having, 1, random),
      () =>
        ({ subresource, offered }) =>
          offered && subresource === name,
    );
  }
  return {
    stubs: STUBS.filter((stub) => whole.has(stub) || parts.has(stub)),
    // Objects are played side by side, so each has numbers of its own.
    thin: ({ stub }, intent) => {
      const isWanted = whole.has(stub) || (parts.get(stub) ?? []).some((wanted) => wanted(intent));
      const ways = waysOf(intent.ways, new Random(seed + STUBS.indexOf(stub)));
      return isWanted ? { ...intent, ways } : undefined;
    },
  };
}

/** One of the plain ways, one of each further verb, and one through another version. */
function waysOf(ways: readonly Way[], random: Random): readonly Way[] {
  const sorts = Map.groupBy(ways, ({ verb, id }) => (id.includes('@') ? 'another version' : verb));
  const chosen = new Set([...sorts.values()].flatMap((alike) => sample(alike, 1, random)));
  for (const way of sample(ways, 2, random)) if (chosen.size < 2) chosen.add(way);
  return ways.filter((way) => chosen.has(way));
}

function sample<T>(items: readonly T[], count: number, random: Random): readonly T[] {
  const left = items.slice();
  const chosen: T[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(random.below(left.length), 1));
  return chosen;
}
