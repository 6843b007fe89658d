// Visits every state that can be reached within the bounds, nearest first, so that the first trace to a broken promise is
// a shortest one.
import { hash } from 'node:crypto';
import { clientSteps } from './client-steps.ts';
import { firstObject } from './changes.ts';
import { controllerSteps } from './controller-steps.ts';
import { gateSteps } from './gate-steps.ts';
import type { Step, StepName } from './step.ts';
import { troubleSteps } from './trouble-steps.ts';
import { keyOf, type Bounds, type World } from './world.ts';

/** What came of an exploration. */
export interface Explored {
  readonly states: number;
  readonly steps: number;
  readonly depth: number;
  /** How often each thing was seen. */
  readonly seen: ReadonlyMap<string, number>;
  /** The shortest way to a broken promise. */
  readonly broken?: { readonly rule: string; readonly trace: readonly string[] };
}

/** Everything that can happen in a state. */
export async function stepsFrom(world: World, bounds: Bounds): Promise<Step[]> {
  return [
    ...(await clientSteps(world, bounds)),
    ...(await gateSteps(world, bounds)),
    ...(await controllerSteps(world, bounds)),
    ...(await troubleSteps(world, bounds)),
  ];
}

/** The state before everything: the object is there, and nothing else. */
export function emptyWorld({ kind }: Pick<Bounds, 'kind'>): World {
  return {
    seconds: 0,
    requests: [],
    decisions: [],
    said: [],
    object: firstObject(kind),
    made: 1,
    sent: 0,
    flights: [],
    answering: [],
    looking: [],
    effects: [],
    trouble: 0,
  };
}

/** The steps from there to where the exploration begins: a request is open, or approved as well. */
export async function beginning(bounds: Bounds): Promise<readonly Step[]> {
  const opening = { ...bounds, sends: 1, trouble: 0 };
  const opened = await follow(emptyWorld(bounds), opening, ['send', 'gate goes on']);
  if (bounds.from === 'open') return opened;
  const deciding = { ...bounds, sends: 0, trouble: 0 };
  const names = ['approve', 'controller goes on', 'controller looks'] as const;
  const open = opened.at(-1)?.to ?? emptyWorld(bounds);
  return [...opened, ...(await follow(open, deciding, names))];
}

/** The state in which the exploration begins. */
export async function firstWorld(bounds: Bounds): Promise<World> {
  return { ...((await beginning(bounds)).at(-1)?.to ?? emptyWorld(bounds)), sent: 0 };
}

/** Goes on with the first step of these names, as long as that leads anywhere. */
async function follow(world: World, bounds: Bounds, names: readonly StepName[]): Promise<Step[]> {
  const steps = await stepsFrom(world, bounds);
  for (const name of names) {
    const next = steps.find((one) => one.name === name && keyOf(one.to) !== keyOf(world));
    if (next) return [next, ...(await follow(next.to, bounds, names))];
  }
  return [];
}

/** 66 bits of a hash: among ten million states, two share one with a chance of one in a million. */
const short = (key: string): string => hash('sha256', key, 'base64').slice(0, 11);

/**
 * Explores.
 * @param all gets the hash of every state
 * @param breaks stop only where this promise breaks; otherwise, where any does
 */
export async function explore(bounds: Bounds, all?: Set<string>, breaks = ''): Promise<Explored> {
  const first = await firstWorld(bounds);
  const known = new Set([short(keyOf(first))]);
  const parents: number[] = [-1];
  const texts: string[] = [`request 1 is ${bounds.from}`];
  const seen = new Map<string, number>();
  let level: { readonly world: World; readonly index: number }[] = [{ world: first, index: 0 }];
  let [steps, depth] = [0, 0];
  const trace = (end: number, last: string): string[] => {
    const lines = [last];
    for (let at = end; at >= 0; at = parents[at] ?? -1) lines.unshift(texts[at] ?? '');
    return lines;
  };
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { world, index } of level) {
      for (const step of await stepsFrom(world, bounds)) {
        steps += 1;
        count(seen, step);
        if (step.broken?.startsWith(breaks) === true) {
          const broken = { rule: step.broken, trace: trace(index, step.text) };
          return { states: known.size, steps, depth: depth + 1, seen, broken };
        }
        const key = short(keyOf(step.to));
        if (known.has(key)) continue;
        known.add(key);
        all?.add(key);
        parents.push(index);
        texts.push(step.text);
        next.push({ world: step.to, index: parents.length - 1 });
      }
    }
    level = next;
    depth += 1;
  }
  return { states: known.size, steps, depth, seen };
}

function count(seen: Map<string, number>, step: Step): void {
  for (const what of [step.name, ...(step.seen ?? [])]) seen.set(what, (seen.get(what) ?? 0) + 1);
}
