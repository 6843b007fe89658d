// A thinned part of the sweep, chosen by a seed: some kinds with all that can be done to them, but not every way of it.
import { Random } from '../../tools/fuzz/random.ts';
import type { Intent } from './intent.ts';
import type { Stub } from './stub.ts';
import { STUBS } from './stubs/index.ts';
import type { Subject } from './subject.ts';
import type { Way } from './way.ts';

/** How much is left. */
const OBJECTS = 6;
const WAYS = 2;

/** Chooses by a seed, the same each time. */
export function thinned(seed: number): {
  readonly stubs: readonly Stub[];
  readonly thin: (subject: Subject, intent: Intent) => Intent;
} {
  const random = new Random(seed);
  // Kinds with nothing to hold are quick, and would leave too little to see.
  const candidates = STUBS.filter(({ change, existing }) => change !== undefined && existing === undefined);
  const stubs = sample(candidates, OBJECTS, random);
  return {
    stubs: STUBS.filter((stub) => stubs.includes(stub)),
    // Objects are played side by side, so each has numbers of its own.
    thin: (subject, intent) => ({
      ...intent,
      ways: sample<Way>(intent.ways, WAYS, new Random(seed + STUBS.indexOf(subject.stub))),
    }),
  };
}

function sample<T>(items: readonly T[], count: number, random: Random): readonly T[] {
  const left = items.slice();
  const chosen: T[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(random.below(left.length), 1));
  return chosen;
}
