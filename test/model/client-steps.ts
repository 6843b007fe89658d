// What the agent and the API server do: sending, storing what was admitted, lost connections, time.
import { land, reviewFor } from './changes.ts';
import { started } from './gate-steps.ts';
import { secondEffect } from './invariants.ts';
import { GATE_DEADLINE_MS, LIFETIME_MS, WEBHOOK_TIMEOUT_MS } from './stage.ts';
import type { Step } from './step.ts';
import { over, uidOf, timeOf, type Bounds, type Flight, type World } from './world.ts';

/** Steps of the agent and of the API server. */
export async function clientSteps(world: World, bounds: Bounds): Promise<Step[]> {
  const steps = await sendings(world, bounds);
  for (const flight of world.flights) {
    if (flight.phase === 'allowed') steps.push(...(await storings(world, flight, bounds)));
    if (flight.phase === 'lost') steps.push(...(await lost(world, flight, bounds)));
  }
  return [...steps, ...passing(world, bounds)];
}

const MOST_AT_ONCE = 2;

async function sendings(world: World, bounds: Bounds): Promise<Step[]> {
  if (world.sent >= bounds.sends || world.flights.length >= MOST_AT_ONCE) return [];
  const id = 'abcdef'.charAt(world.sent);
  const now = timeOf(world);
  const flight: Flight = {
    id,
    startedAt: now,
    pass: 0,
    askedAt: now,
    seen: undefined,
    phase: 'asking',
    by: undefined,
    half: undefined,
  };
  const words = (to: string) => ({
    name: 'send' as const,
    text: `the agent sends API request ${id}${to}`,
    on: {},
  });
  return nextPass({ ...world, sent: world.sent + 1 }, flight, bounds, words);
}

type Words = (to: string) => Omit<Step, 'to'>;

/** The API server reads the object and asks about it, one gate or the other; or it has nothing to ask. */
async function nextPass(world: World, before: Flight, bounds: Bounds, words: Words): Promise<Step[]> {
  const pass = before.pass + 1;
  const askedAt = timeOf(world);
  const flight: Flight = { ...before, pass, askedAt, seen: world.object, phase: 'asking', by: undefined };
  if (!reviewFor(bounds.kind, uidOf(flight), world.object)) {
    return [{ ...words(', and there is nothing to change'), to: over(world, flight) }];
  }
  return asked(world, flight, bounds, (gate) => words(`: review ${uidOf(flight)} goes to gate ${gate}`));
}

async function asked(
  world: World,
  flight: Flight,
  bounds: Bounds,
  words: (gate: 1 | 2) => Omit<Step, 'to'>,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const gate of [1, 2] as const) {
    const flights = [...world.flights.filter(({ id }) => id !== flight.id), flight];
    const begun = await started({ ...world, flights }, flight, gate, bounds);
    const said = words(gate);
    const seen = [...(said.seen ?? []), ...(begun.seen ?? [])];
    const broken = said.broken ?? begun.broken;
    const on = { ...said.on, gate };
    steps.push({ ...said, on, to: begun.to, text: `${said.text}, which${begun.text}`, seen, broken });
  }
  return steps;
}

/** The connection to the gate is lost: the API server denies, or asks the other gate the same. */
async function lost(world: World, flight: Flight, bounds: Bounds): Promise<Step[]> {
  const text = `API request ${flight.id} is denied, its gate is lost`;
  const on = { flight: flight.id };
  const again = await asked(world, { ...flight, phase: 'asking' }, bounds, (gate) => ({
    name: 'ask again',
    on,
    text: `review ${uidOf(flight)} is sent again, to gate ${gate}`,
  }));
  return [{ name: 'fail closed', text, on, to: over(world, flight) }, ...again];
}

/** The API server stores what was admitted. */
async function storings(world: World, flight: Flight, bounds: Bounds): Promise<Step[]> {
  const { kind } = bounds;
  const name = 'store' as const;
  const on = { flight: flight.id };
  const landing = land(kind, world.object, flight.seen, { request: flight.id, serial: world.made + 1 });
  if (landing.kind === 'nothing') {
    const text = `API request ${flight.id} finds nothing to change`;
    return [{ name, text, on, to: over(world, flight), seen: ['nothing to store'] }];
  }
  if (landing.kind === 'conflict') {
    const text = `API request ${flight.id} meets a conflict`;
    return nextPass(world, flight, bounds, (to) => ({ name, on, text: text + to, seen: ['conflict'] }));
  }
  const { object, on: target, again } = landing;
  const first = world.effects.find((one) => one.request === flight.by);
  const broken = secondEffect(kind, flight, target, first);
  const effect = { request: flight.by ?? '', on: target, at: timeOf(world) };
  const made = kind === 'create' ? world.made + 1 : world.made;
  const after: World = {
    ...world,
    object,
    made,
    effects: first ? world.effects : [...world.effects, effect],
  };
  const seen = [first ? 'same effect again' : 'effect'];
  const text = `API request ${flight.id} is stored: effect on ${target}`;
  if (!again) return [{ name, text, on, to: over(after, flight), seen, broken }];
  const half = { ...flight, half: target };
  return nextPass(after, half, bounds, (to) => ({ name, on, text: `${text}, half done${to}`, seen, broken }));
}

/**
 * The next point in time. The API server gives up what took too long, and a gate stops by its own deadline; that it goes
 * on all the same, unheard, and writes later is a trouble.
 */
function passing(world: World, bounds: Bounds): Step[] {
  const seconds = bounds.times.find((one) => one > world.seconds);
  if (seconds === undefined) return [];
  const later: World = { ...world, seconds };
  const now = timeOf(later);
  const isAlive = (flight: Flight): boolean =>
    now - flight.startedAt <= LIFETIME_MS &&
    (flight.phase === 'allowed' || (flight.phase === 'asking' && now - flight.askedAt <= WEBHOOK_TIMEOUT_MS));
  const gone = world.flights.filter((flight) => !isAlive(flight));
  const late = gone.reduce(over, later);
  const answering = late.answering.filter((one) => now - one.since <= GATE_DEADLINE_MS);
  const left = gone.length === 0 ? '' : `, ${gone.map(({ id }) => id).join(' and ')} timed out`;
  const text = `it is ${seconds} s${left}`;
  const steps: Step[] = [{ name: 'wait', text, on: {}, to: { ...late, answering } }];
  if (answering.length < late.answering.length && world.trouble < bounds.trouble) {
    const to = { ...late, trouble: world.trouble + 1 };
    steps.push({
      name: 'gate is late',
      text: `${text}, and gates that should have given up go on`,
      on: {},
      to,
    });
  }
  return steps;
}
