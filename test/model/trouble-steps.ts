// What goes wrong: crashes, lost connections, refusals after us, other writers, deleted decisions. Each costs one of the
// troubles of the exploration.
import type { Stored } from './changes.ts';
import { flushes } from './controller-steps.ts';
import type { Step } from './step.ts';
import { unheard, withStanding, type Answering, type Bounds, type World } from './world.ts';

type Bare = Omit<Step, 'seen' | 'broken'>;

/** Everything that may go wrong now. Failed calls stand with the calls, in gate-steps.ts. */
export async function troubleSteps(world: World, bounds: Bounds): Promise<Step[]> {
  if (world.trouble >= bounds.trouble) return [];
  const troubled = { ...world, trouble: world.trouble + 1 };
  return [
    ...crashes(troubled),
    ...cuts(troubled),
    ...refusals(troubled),
    ...otherWriters(troubled, bounds),
    ...deletedDecisions(troubled),
    ...(await flushes(troubled, bounds)),
  ];
}

function crashes(world: World): Bare[] {
  const steps: Bare[] = [];
  for (const gate of [1, 2] as const) {
    const dead = world.answering.filter((one) => one.gate === gate);
    if (dead.length === 0) continue;
    const rest = { ...world, answering: world.answering.filter((one) => one.gate !== gate) };
    steps.push({
      name: 'gate crashes',
      on: { gate },
      text: `gate ${gate} crashes`,
      to: dead.reduce(losing, rest),
    });
  }
  for (const [looking, one] of world.looking.entries()) {
    const to = { ...world, looking: world.looking.filter((other) => other !== one) };
    steps.push({ name: 'controller crashes', on: { looking }, text: `the ${one.who} crashes`, to });
  }
  return steps;
}

function cuts(world: World): Bare[] {
  return world.answering.flatMap((one, answering) => {
    if (!one.heard) return [];
    const text = `the API server loses gate ${one.gate} over review ${one.flight}.${one.pass}`;
    const to = unheard(losing(world, one), (other) => other === one);
    return [{ name: 'connection lost' as const, on: { answering }, text, to }];
  });
}

/** The API server has lost the gate that it waits for. */
function losing(world: World, { flight: id, heard }: Answering): World {
  const flights = world.flights.map((one) =>
    one.id === id && heard ? { ...one, phase: 'lost' as const } : one,
  );
  return { ...world, flights };
}

function refusals(world: World): Bare[] {
  return world.flights
    .filter(({ phase }) => phase === 'allowed')
    .map(({ id }) => ({
      name: 'refused after us' as const,
      on: { flight: id },
      text: `API request ${id} is refused by somebody after us`,
      to: { ...world, flights: world.flights.filter((one) => one.id !== id) },
    }));
}

function otherWriters(world: World, { kind }: Bounds): Bare[] {
  const { object } = world;
  const steps: Bare[] = [];
  const write = (name: Bare['name'], text: string, next: Stored | undefined, made = world.made) =>
    steps.push({ name, on: {}, text, to: { ...world, object: next, made } });
  if (object) {
    const version = object.version + 1;
    write('touch', 'somebody writes another field of the object', { ...object, version });
    if (object.x === 'new' && (kind === 'update' || kind === 'scale'))
      write('revert', 'somebody undoes the change', { ...object, x: 'old', version });
    if (kind === 'create') write('replace', 'somebody deletes the object', undefined);
  }
  if (kind !== 'create') {
    const made = world.made + 1;
    const next: Stored = { uid: `object-${made}`, version: 10 * made, x: 'old', terminating: false };
    write('replace', `somebody puts another object in its place, ${next.uid}`, next, made);
  }
  return steps;
}

function deletedDecisions(world: World): Bare[] {
  return world.decisions.map((decision, index) => ({
    name: 'decision deleted' as const,
    on: { decision: index },
    text: `${decision.metadata.name} is deleted`,
    to: withStanding({ ...world, decisions: world.decisions.filter((one) => one !== decision) }),
  }));
}
