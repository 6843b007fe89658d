// One race: an agent's change is held, a person approves it, and then it is submitted many times at once while another writer,
// a sibling webhook and a fault do their part. At the end it is submitted once more, alone: what was provably unused must
// still be usable, and what was used must not. Whether that holds is judged later, from the audit log.
import { setTimeout as pause } from 'node:timers/promises';
import { changeOf, type Change } from './races-changes.ts';
import { OURS, poll, requestIn, type Reply } from './races-cluster.ts';
import type { Race } from './races-plan.ts';
import { isUndecided, PATIENCE_MS, type Stage } from './races-stage.ts';

/** Longer than the window of a reservation. ms. */
const WINDOW_MS = 41_000;
const STORM_MS = 5;
/** How often a change is asked for, and how long after a decision that counts only later. */
const ATTEMPTS = 30;
const RECHECK_MS = 3_000;
const SKEW_MS = 30_000;

/** What the racers saw. */
export interface Ran {
  readonly race: Race;
  /** Name of the ApprovalRequest. */
  readonly request: string;
  /** Requests that were sent at once, and reviews that the sibling saw of them. */
  readonly sent: number;
  readonly reviews: number;
  /** The answer to the last submission, alone; undefined when there was none. */
  readonly probe: Reply | undefined;
}

/** Lets others work while one waits. */
export interface Lanes {
  /** Waits without holding up another race. */
  idle(ms: number): Promise<void>;
}

/** User agent of the calls of one phase of a race, by which the audit log tells them. */
export const agentName = (seed: number, phase: 'ask' | 'race' | 'probe'): string => `races/${seed}/${phase}`;

/**
 * Runs a race.
 * @throws Error when something that must succeed in the end does not
 */
export async function runRace(race: Race, stage: Stage, lanes: Lanes): Promise<Ran> {
  const { one, request } = await approvedChange(race, stage, lanes);
  const { change } = one;
  const { sent, reviews, replies } = await submissions(one, request);
  const landed = (await change.hasLanded(stage.admin)) ?? replies.some(wasLetThrough);
  const isSpentUpdate = landed && change.isUpdate;
  if (isSpentUpdate && !race.isLate) return { race, request, sent, reviews, probe: undefined };
  if (race.isLate && (change.isUpdate || !landed)) await lanes.idle(WINDOW_MS);
  if (landed) await change.undo(stage.admin);
  return { race, request, sent, reviews, probe: await verdict(one, 'probe', isVerdict) };
}

interface Racer {
  readonly race: Race;
  readonly stage: Stage;
  readonly change: Change;
}

/** A change that is asked for and approved; anew, with another object, while decisions are stamped by a clock ahead of time. */
async function approvedChange(race: Race, stage: Stage, lanes: Lanes) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const name = attempt === 1 ? `r${race.seed}` : `r${race.seed}-${attempt}`;
    const one: Racer = { race, stage, change: changeOf(race.kind, name) };
    await one.change.prepare(stage.admin);
    const request = await held(one);
    if (await approved(one, request)) return { one, request };
    await lanes.idle(RECHECK_MS);
  }
  throw new Error('every decision was stamped by a clock ahead of time');
}

const isGate = ({ message }: Reply): boolean => message.includes('"gate.assent.dev" denied');
/** An exec that is admitted fails behind admission: there is no kubelet, and this client asks for no upgrade. */
const wasLetThrough = ({ status }: Reply): boolean => (status >= 200 && status < 300) || status === 400;
/** A PUT that lost against another writer is read and sent again, as clients do. */
const isVerdict = (reply: Reply): boolean =>
  wasLetThrough(reply) ||
  reply.status === 404 ||
  (reply.status === 403 && isGate(reply)) ||
  (reply.status === 409 && reply.message.includes('already exists'));

/** Submits until there is a verdict. */
async function verdict(
  { race, stage, change }: Racer,
  phase: 'ask' | 'probe',
  isIt: (reply: Reply) => boolean,
): Promise<Reply> {
  const began = performance.now();
  let last: Reply | undefined;
  return poll(
    async () => {
      const ask = await change.submit(stage.admin);
      last = await stage.asAgent(race.seed, { ...ask, as: agentName(race.seed, phase) });
      // An attempt whose connection was cut may still remove the object, after it was made anew.
      if (phase === 'probe' && last.message.includes('could not be read')) await change.undo(stage.admin);
      return isIt(last) ? last : undefined;
    },
    () => `no verdict on ${race.kind} (${phase}): ${last?.status} ${last?.message}`,
    () => began + PATIENCE_MS,
  );
}

/** The first attempt is held. @returns the name of its request */
async function held(one: Racer): Promise<string> {
  const isAnswer = (reply: Reply) => requestIn(reply.message) !== '' || wasLetThrough(reply);
  const reply = await verdict(one, 'ask', isAnswer);
  if (reply.status !== 403) throw new Error(`a first attempt was answered with ${reply.status}`);
  return requestIn(reply.message);
}

/** A person approves, and the controller folds it. @returns false when it was stamped ahead of time: it counts only then */
async function approved({ stage }: Racer, request: string): Promise<boolean> {
  const { cluster, alice } = stage;
  const began = performance.now();
  const limit = () => began + PATIENCE_MS;
  const kind = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalDecision' };
  const spec = { request, verdict: 'Approve' };
  const body = { ...kind, metadata: { generateName: 'race-' }, spec };
  let last: Reply | undefined;
  const reply = await poll(
    async () => {
      last = await cluster.send({ who: alice, method: 'POST', path: `${OURS}/approvaldecisions`, body });
      return last.status === 201 || last.message.includes('(already-') ? last : undefined;
    },
    () => `${request} is not decided: ${last?.status} ${last?.message}`,
    limit,
  );
  const { spec: stored } = (reply.json ?? {}) as { spec?: { stamp?: { at?: string } } };
  if (Date.parse(stored?.stamp?.at ?? '') > Date.now() + SKEW_MS) return false;
  return poll(
    async () => {
      const { json } = await stage.admin({ method: 'GET', path: `${OURS}/approvalrequests/${request}` });
      const state = (json as { status?: { state?: string } }).status?.state;
      if (state !== undefined && state !== 'Pending' && state !== 'Approved')
        throw new Error(`${request} is ${state} before it was used`);
      return state === 'Approved' ? true : undefined;
    },
    () => `${request} is not Approved`,
    limit,
  );
}

/** Everything at once. */
async function submissions({ race, stage, change }: Racer, request: string) {
  const { seed, submissions: count, everyMs, retries } = race;
  let disturbances = 0;
  const disturb = () => change.disturb(stage.admin, (disturbances += 1));
  let { holds, refusals } = race;
  const witness = {
    reviews: 0,
    async judge() {
      if (holds > 0) {
        holds -= 1;
        await disturb();
      }
      refusals -= 1;
      return refusals < 0;
    },
  };
  stage.sibling.witnesses.set(seed, witness);
  const replies: Reply[] = [];
  const submit = async (index: number): Promise<void> => {
    if (everyMs > 0) await pause(index * everyMs);
    const ask = await change.submit(stage.admin);
    const reply = await stage.asAgent(seed, { ...ask, as: agentName(seed, 'race') });
    replies.push(reply);
    const isRepeat = index >= count;
    if (retries && !isRepeat && (isUndecided(reply) || reply.status === 409)) await submit(count);
  };
  const storm = async (): Promise<void> => {
    for (let write = 0; write < race.storm; write += 1) {
      await disturb();
      await pause(STORM_MS);
    }
  };
  const striking = stage.strike(race.fault, request);
  // Orders are there before the first submission; restarts and cuts strike while they are under way.
  if (race.fault.kind === 'kill') await striking;
  await Promise.all([...Array.from({ length: count }, (_, index) => submit(index)), storm(), striking]);
  (await striking)();
  stage.sibling.witnesses.delete(seed);
  return { replies, sent: replies.length, reviews: witness.reviews };
}
