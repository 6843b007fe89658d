// What gates do with a review: the real code goes on from call to call until it answers. Of calls that it makes side by
// side, each is carried out, fails or is late by itself, in every order.
import { NO_REPLY, perform } from './api-server.ts';
import { doubtfulAnswer, lawlessWrite, leftHalfDone } from './invariants.ts';
import { numbersOf } from './intern.ts';
import { reviewFor } from './changes.ts';
import { answerReview, type GateAnswer } from './real-code.ts';
import { START } from './stage.ts';
import type { Step } from './step.ts';
import { Stopped, type Pending, type Reply } from './stopped-code.ts';
import { calledText, callText, requestText, seenIn } from './words.ts';
import {
  objectKey,
  over,
  standing,
  timeOf,
  uidOf,
  withWrites,
  type Answering,
  type Bounds,
  type Flight,
  type World,
} from './world.ts';

type Part = Pick<Step, 'to' | 'text' | 'seen' | 'broken'>;

const starts = new Map<string, Promise<Stopped<GateAnswer>>>();

/**
 * A gate begins to answer. One that begins with a single call makes it at once: that its cache is older than that first read
 * changes nothing but where it looks first. One that reads ahead compares the two, so nothing is read at once.
 */
export async function started(world: World, flight: Flight, gate: 1 | 2, bounds: Bounds): Promise<Part> {
  const now = START + timeOf(world);
  const uid = uidOf(flight);
  const key = [bounds.kind, uid, objectKey(flight.seen), now, numbersOf(world.requests)].join('|');
  let start = starts.get(key);
  if (!start) {
    const review = reviewFor(bounds.kind, uid, flight.seen);
    if (!review) throw new Error('a review was sent that does not exist');
    start = Stopped.start(answerReview(review, now, { requests: world.requests, decisions: [] }));
    starts.set(key, start);
  }
  const { id, pass } = flight;
  const since = timeOf(world);
  const stood = standing(world);
  const answering: Answering = { gate, flight: id, pass, since, heard: true, stood, at: await start };
  const begun: World = { ...world, answering: [...world.answering, answering] };
  const [first, ...others] = answering.at.calls;
  if (!first || others.length > 0) return { to: begun, text: ' begins' };
  return goOn(begun, { answering, pending: first }, bounds);
}

/** Steps of gates that answer reviews. */
export async function gateSteps(world: World, bounds: Bounds): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [index, answering] of world.answering.entries()) {
    const { gate, flight: id, pass } = answering;
    const who = `gate ${gate}, review ${uidOf({ id, pass })},`;
    for (const pending of answering.at.calls) {
      const waiting = { answering, pending };
      const went = await goOn(world, waiting, bounds);
      const on = { answering: index, call: pending.number };
      steps.push({ name: 'gate goes on', ...went, on, text: who + went.text });
      if (world.trouble >= bounds.trouble) continue;
      for (const failed of await failures(world, waiting, bounds)) {
        steps.push({ ...failed, on, text: who + failed.text });
      }
    }
  }
  return steps;
}

/** A gate at work, and one of the calls that it waits for. */
interface Waiting {
  readonly answering: Answering;
  readonly pending: Pending;
}

/** One call of the gate, carried out. */
async function goOn(world: World, waiting: Waiting, bounds: Bounds): Promise<Part> {
  const { call } = waiting.pending;
  const { reply, world: after } = perform(world, call, bounds);
  const broken = brokenBy(world, after, waiting.answering.stood);
  const went = await replied(after, waiting, reply);
  return {
    to: withWrites(world, went.to),
    text: ` ${calledText(call, reply, world)}${went.text}`,
    seen: [...seenIn(world, after, call, reply), ...besides(waiting, 'side by side'), ...(went.seen ?? [])],
    broken: broken ?? went.broken,
  };
}

/** What is to be seen where a gate has made several calls. */
const besides = ({ answering }: Waiting, what: string): string[] =>
  answering.at.calls.length > 1 ? [what] : [];

async function failures(
  world: World,
  waiting: Waiting,
  bounds: Bounds,
): Promise<(Part & Pick<Step, 'name'>)[]> {
  const { call } = waiting.pending;
  const trouble = world.trouble + 1;
  const failed = await replied({ ...world, trouble }, waiting, NO_REPLY);
  const steps: (Part & Pick<Step, 'name'>)[] = [
    {
      ...failed,
      name: 'call fails',
      seen: [...besides(waiting, 'one of several fails'), ...(failed.seen ?? [])],
      text: ` ${callText(call, world)}, which fails${failed.text}`,
    },
  ];
  if (call.kind !== 'put' && call.kind !== 'create') return steps;
  const { world: after } = perform(world, call, bounds);
  const lost = await replied({ ...after, trouble }, waiting, NO_REPLY);
  const text = ` ${callText(call, world)}, but the reply is lost${lost.text}`;
  const broken = brokenBy(world, after, waiting.answering.stood) ?? lost.broken;
  return [...steps, { ...lost, name: 'reply lost', to: withWrites(world, lost.to), text, broken }];
}

/** The gate with this reply. Its answer, if it has one now, goes to the API server, if that still listens. */
async function replied(world: World, { answering: before, pending }: Waiting, reply: Reply): Promise<Part> {
  const answering: Answering = { ...before, at: await before.at.resume(pending.number, reply) };
  const rest: World = { ...world, answering: world.answering.filter((one) => one !== before) };
  const { answer } = answering.at;
  if (!answer) return { to: { ...rest, answering: [...rest.answering, answering] }, text: '' };
  const broken = doubtfulAnswer(world, answering);
  const flight = rest.flights.find(({ id }) => id === answering.flight);
  if (!flight || !answering.heard) return { to: rest, text: ', and nobody listens', broken };
  if (answer.kind === 'deny') {
    const half = leftHalfDone(flight, answering);
    const said = `denied: ${answer.why}`;
    return {
      to: over(rest, flight),
      text: `, and the answer is: ${said}`,
      seen: [said],
      broken: broken ?? half,
    };
  }
  const allowed: Flight = { ...flight, phase: 'allowed', by: answer.request };
  const flights = rest.flights.map((one) => (one === flight ? allowed : one));
  const said = answer.again ? 'allowed again' : 'allowed';
  return {
    to: { ...rest, flights },
    text: `, and the answer is: ${said} by ${requestText(answer.request, rest)}`,
    seen: [said],
    broken,
  };
}

/** What a write between two worlds breaks. */
export function brokenBy(before: World, after: World, stood: readonly string[]): string | undefined {
  for (const [index, request] of before.requests.entries()) {
    const now = after.requests[index];
    const broken = now && now !== request ? lawlessWrite(request, now, stood) : undefined;
    if (broken !== undefined) return broken;
  }
  return undefined;
}
