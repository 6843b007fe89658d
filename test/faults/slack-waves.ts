// Second act of `make slack`: clicks of the table, in waves of four requests, since from five waiting ones on the channel has
// a list, from which nothing can be decided. All clicks of a wave race for both replicas. What people do when nothing came of
// a right click, they do here too: they click again.
import { setTimeout as pause } from 'node:timers/promises';
import type { Transport } from '../builders/slack-side.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import type { Draws } from '../fake-slack/state/random.ts';
import { isPending, untilRight, type Wait } from './slack-bound.ts';
import { cellsFor, CELLS, type Cell, type Press } from './slack-cells.ts';
import { oneOf, type People } from './slack-people.ts';
import { topsOf } from './slack-told.ts';
import { type Asked, type Rule, type SlackWorld } from './slack-world.ts';

/** Fewer than the list begins with. */
export const WAVE: readonly Rule[] = ['plain', 'plain', 'owned', 'careful'];
/** Posting of a wave's cards, with a send that is looked for. ms. */
const CARDS_MS = 90_000;
/** A person who reads nothing clicks again after a while. ms. */
const PATIENCE_MS = 2_000;
const MOST_TRIES = 40;

/** A click that was made. */
export interface Clicked {
  readonly cell: Cell;
  readonly transport: Transport;
  readonly rule: Rule;
  /** Slack's id of the account. */
  readonly user: string;
  readonly request: string;
}

/** What came of the waves so far. */
export interface Waves {
  readonly asked: Asked[];
  readonly clicked: Clicked[];
  readonly waits: Wait[];
  /** How often a right person had to click again. */
  again: number;
  /** Answers to the agents' second tries that are not as the verdict wants them. */
  readonly surprises: string[];
}

export const noWaves = (): Waves => ({ asked: [], clicked: [], waits: [], again: 0, surprises: [] });

/** A request whose card stands in the channel. */
interface Shown extends Asked {
  readonly uid: string;
  readonly place: Place;
}

interface Planned {
  readonly cell: Cell;
  readonly person: Person;
  readonly on: Shown;
}

/** What a wave is played with. */
export interface Scene {
  readonly world: SlackWorld;
  readonly people: People;
  readonly draws: Draws;
  readonly transport: Transport;
}

/** Plays one wave. @param count of clicks */
export async function playWave(scene: Scene, count: number, waves: Waves): Promise<void> {
  const { world, draws } = scene;
  spoil(scene);
  const shown = await cards(scene, waves.asked.length);
  waves.asked.push(...shown);
  const plan = planned(scene, shown, count);
  const now = plan.filter(({ cell }) => cell.isLate !== true);
  await Promise.all(dialogsInTurn(draws.shuffled(now)).map((one) => click(scene, one, shown, waves)));
  await insist(scene, plan, shown, waves);
  waves.waits.push(await untilRight(world));
  const late = plan.filter(({ cell }) => cell.isLate === true);
  await Promise.all(dialogsInTurn(late).map((one) => click(scene, one, shown, waves)));
  await usedOnce(scene, shown, waves);
}

/** One send of each wave goes wrong, and one connection is taken away. */
function spoil({ world, draws, transport }: Scene): void {
  const { slack, app } = world.side;
  const fault = [
    { kind: 'reset', kept: true },
    { kind: 'status', status: 500, kept: true },
    { kind: 'rate', retryAfter: 2 },
    { kind: 'status', status: 503, kept: false },
    { kind: 'reset', kept: false },
  ] as const;
  slack.faults.order(fault[draws.below(fault.length)]!, { method: 'chat.postMessage', skip: draws.below(4) });
  const sockets = slack.sockets.of(app);
  const one = sockets[draws.below(Math.max(1, sockets.length))];
  if (transport === 'socket' && one) slack.disconnect(app, 'refresh_requested', one.number);
}

/** Has four agents ask, and waits until the channel shows each in a card. */
async function cards({ world, draws }: Scene, from: number): Promise<Shown[]> {
  const asked: Asked[] = [];
  for (const [index, rule] of WAVE.entries()) {
    const agents = world.agents.filter((agent) => agent.rule === rule);
    asked.push(await world.ask(agents[draws.below(agents.length)]!, `click-${from + index}`));
  }
  const found = async (): Promise<Shown[]> => {
    const requests = await world.requests();
    return asked.flatMap((one) => {
      const uid = requests.find(({ metadata }) => metadata.name === one.request)?.metadata.uid ?? '';
      const top = topsOf(world.side).find((card) => card.form === 'card' && card.uid === uid);
      return top ? [{ ...one, uid, place: { channel: top.message.channel, ts: top.message.ts } }] : [];
    });
  };
  let shown: Shown[] = [];
  await world.until(
    'the cards of a wave',
    async () => (shown = await found()).length === WAVE.length,
    CARDS_MS,
  );
  return shown;
}

/** Every request has clicks that decide it, and as many of the table as there is room for. */
function planned(scene: Scene, shown: readonly Shown[], count: number): Planned[] {
  const { people, draws, transport } = scene;
  const plan = shown.flatMap((on) => deciding(scene, on));
  for (let index = 0; plan.length < count; index += 1) {
    const on = shown[index % shown.length]!;
    const cells = cellsFor(on.agent.rule, transport);
    const cell = cells[draws.below(cells.length)]!;
    plan.push({ cell, person: oneOf(people, cell.role, draws), on });
  }
  return plan;
}

const cellNamed = (name: string): Cell => CELLS.find((cell) => cell.name === name)!;

/** Clicks enough to decide a request: one or two people who approve, or one who denies. */
function deciding({ people, draws }: Scene, on: Shown): Planned[] {
  if (draws.below(3) === 0) {
    const cell = cellNamed('Deny');
    return [{ cell, person: oneOf(people, cell.role, draws), on }];
  }
  const cell = cellNamed('Approve');
  const [first, second] = draws.shuffled(people.cast.right);
  return (on.agent.rule === 'careful' ? [first!, second!] : [first!]).map((person) => ({ cell, person, on }));
}

/** A person has one dialog open at a time, so that clicks of the same person with dialogs wait for each other. */
function dialogsInTurn(
  plan: readonly Planned[],
): readonly (Planned & { readonly turn: { last: Promise<unknown> } })[] {
  const turns = new Map<string, { last: Promise<unknown> }>();
  return plan.map((one) => {
    const turn = turns.get(one.person.user.id) ?? { last: Promise.resolve() };
    turns.set(one.person.user.id, turn);
    return { ...one, turn };
  });
}

const HAS_DIALOG = /Deny|nobody linked/;
let presses = 0;

async function click(
  { world, transport }: Scene,
  { cell, person, on, turn }: Planned & { readonly turn: { last: Promise<unknown> } },
  shown: readonly Shown[],
  waves: Waves,
): Promise<void> {
  const neighbour = shown[(shown.indexOf(on) + 1) % shown.length]?.uid ?? '';
  const press: Press = {
    side: world.side,
    person,
    place: on.place,
    id: `click-${(presses += 1)}`,
    neighbour,
  };
  const { rule } = on.agent;
  waves.clicked.push({ cell, transport, rule, user: person.user.id, request: on.request });
  if (!HAS_DIALOG.test(cell.name)) {
    await cell.press(press);
    return;
  }
  turn.last = turn.last.then(() => cell.press(press));
  await turn.last;
}

/** Who wanted to decide and sees that it still waits clicks again: Slack limits, and a replica may have been asked too soon. */
async function insist(
  scene: Scene,
  plan: readonly Planned[],
  shown: readonly Shown[],
  waves: Waves,
): Promise<void> {
  const { world } = scene;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    await pause(PATIENCE_MS);
    const requests = await world.requests();
    const waiting = new Set(requests.filter(isPending).map(({ metadata }) => metadata.name));
    const again = shown.flatMap((on) => (waiting.has(on.request) ? deciders(plan, on) : []));
    if (again.length === 0) return;
    waves.again += again.length;
    await Promise.all(dialogsInTurn(again).map((one) => click(scene, one, shown, waves)));
  }
  waves.surprises.push(`a request waits although the right people clicked ${MOST_TRIES} times`);
}

/** The first clicks of the plan about it are those that decide it. */
const deciders = (plan: readonly Planned[], on: Shown): readonly Planned[] => {
  const first = plan.find((one) => one.on === on);
  if (first === undefined || first.cell.effect === 'Deny' || on.agent.rule !== 'careful')
    return first ? [first] : [];
  return plan.filter((one) => one.on === on).slice(0, 2);
};

/** Each agent sends its change again: what was approved is admitted, what was denied is not. */
async function usedOnce({ world }: Scene, shown: readonly Shown[], { surprises }: Waves): Promise<void> {
  const requests = await world.requests();
  for (const one of shown) {
    const state = requests.find(({ metadata }) => metadata.name === one.request)?.status?.state;
    // Of an approval that was taken back, the next try asks anew.
    if (state === 'Withdrawn') continue;
    const { status } = await world.again(one);
    if (status !== (state === 'Approved' ? 201 : 403))
      surprises.push(`${one.request} is ${state}, and its change was answered with ${status}`);
  }
}
