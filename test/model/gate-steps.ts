// What gates do with a review: the real code goes on from call to call until it answers.
import { NO_REPLY, perform } from './api-server.ts';
import { doubtfulAnswer, lawlessWrite, leftHalfDone } from './invariants.ts';
import { numbersOf } from './intern.ts';
import { reviewFor } from './changes.ts';
import { answerReview, type GateAnswer } from './real-code.ts';
import { START } from './stage.ts';
import type { Step } from './step.ts';
import { Stopped, type Reply } from './stopped-code.ts';
import { calledText, callText, requestText, seenIn } from './words.ts';
import {
  objectKey,
  over,
  standing,
  timeOf,
  uidOf,
  type Answering,
  type Bounds,
  type Flight,
  type World,
} from './world.ts';

type Part = Pick<Step, 'to' | 'text' | 'seen' | 'broken'>;

const starts = new Map<string, Promise<Stopped<GateAnswer>>>();

/** A gate begins to answer, up to and with its first read. */
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
  return goOn({ ...world, answering: [...world.answering, answering] }, answering, bounds);
}

/** Steps of gates that answer reviews. */
export async function gateSteps(world: World, bounds: Bounds): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [index, answering] of world.answering.entries()) {
    const { gate, flight: id, pass } = answering;
    const who = `gate ${gate}, review ${uidOf({ id, pass })},`;
    const went = await goOn(world, answering, bounds);
    const on = { answering: index };
    steps.push({ name: 'gate goes on', ...went, on, text: who + went.text });
    if (world.trouble < bounds.trouble) steps.push(...(await failures(world, index, bounds, who)));
  }
  return steps;
}

/** The gate's next call, carried out. */
async function goOn(world: World, answering: Answering, bounds: Bounds): Promise<Part> {
  const { call } = answering.at;
  if (!call) throw new Error('this gate waits for nothing');
  const { reply, world: after } = perform(world, call, bounds);
  const broken = brokenBy(world, after, answering.stood);
  const went = await replied(after, answering, reply);
  return {
    to: went.to,
    text: ` ${calledText(call, reply, world)}${went.text}`,
    seen: [...seenIn(world, after, call, reply), ...(went.seen ?? [])],
    broken: broken ?? went.broken,
  };
}

async function failures(world: World, index: number, bounds: Bounds, who: string): Promise<Step[]> {
  const answering = world.answering[index];
  const call = answering?.at.call;
  if (!answering || !call) return [];
  const on = { answering: index };
  const trouble = world.trouble + 1;
  const failed = await replied({ ...world, trouble }, answering, NO_REPLY);
  const steps: Step[] = [
    { name: 'call fails', ...failed, on, text: `${who} ${callText(call, world)}, which fails${failed.text}` },
  ];
  if (call.kind !== 'put' && call.kind !== 'create') return steps;
  const { world: after } = perform(world, call, bounds);
  const lost = await replied({ ...after, trouble }, answering, NO_REPLY);
  const text = `${who} ${callText(call, world)}, but the reply is lost${lost.text}`;
  const broken = brokenBy(world, after, answering.stood) ?? lost.broken;
  return [...steps, { name: 'reply lost', ...lost, on, text, broken }];
}

/** The gate with this reply. Its answer, if it has one now, goes to the API server, if that still listens. */
async function replied(world: World, before: Answering, reply: Reply): Promise<Part> {
  if (!before.at.call) throw new Error('this gate waits for nothing');
  const answering: Answering = { ...before, at: await before.at.resume(reply) };
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
