// One state of everything: what the API server stores, what is under way in it, in the gates and in the controller, and
// what the checks have to remember. Immutable; equal states have equal keys.
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { ChangeKind } from '../../src/domain/change/change.ts';
import type { Stored } from './changes.ts';
import { numbersOf } from './intern.ts';
import type { GateAnswer } from './real-code.ts';
import type { Stopped } from './stopped-code.ts';

/** How far one exploration goes; the rest is exhaustive. */
export interface Bounds {
  readonly kind: ChangeKind;
  /** Where it begins: with an open request, or with one that a person has approved. */
  readonly from: 'open' | 'approved';
  /** How many API requests the agent sends. */
  readonly sends: number;
  /** How many ApprovalRequests there is room for; a gate that wants to open one more gets an error. */
  readonly approvals: number;
  /** How many decisions people make. */
  readonly says: number;
  /** How many things go wrong: crashes, lost connections, failed calls, refusals after us, other writers. */
  readonly trouble: number;
  /** The points in time, seconds from the start. */
  readonly times: readonly number[];
}

/** An API request of the agent on its way through the API server. One request may be several reviews. */
export interface Flight {
  /** a, b, c, in the order in which they were sent. */
  readonly id: string;
  readonly startedAt: number;
  /** Which review this is, from 1. */
  readonly pass: number;
  /** When this review was made. */
  readonly askedAt: number;
  /** The object as this review shows it. */
  readonly seen: Stored | undefined;
  /** It waits for an answer, or its connection to the gate is lost, or it may be stored. */
  readonly phase: 'asking' | 'lost' | 'allowed';
  /** Name of the ApprovalRequest under which it was allowed. */
  readonly by: string | undefined;
  /** uid of the object that an earlier pass has marked for deletion. */
  readonly half: string | undefined;
}

/** A gate that answers a review. */
export interface Answering {
  readonly gate: 1 | 2;
  readonly flight: string;
  readonly pass: number;
  readonly since: number;
  /** Whether the API server still waits for this answer. */
  readonly heard: boolean;
  /**
   * Names of requests whose approval stood at some moment since this began and since their last write: approved by a
   * person, denied by none. What a use stands on may be no older than the version of the request that it is made from.
   */
  readonly stood: readonly string[];
  readonly at: Stopped<GateAnswer>;
}

/** A process that looks after requests. */
export interface Looking {
  readonly who: 'controller' | 'flush';
  readonly at: Stopped<'done'>;
}

/** The first effect that an approval had. */
export interface Effect {
  /** Name of the ApprovalRequest. */
  readonly request: string;
  /** Tells effects apart. */
  readonly on: string;
  readonly at: number;
}

export interface World {
  /** Since the start. */
  readonly seconds: number;
  /** ApprovalRequests, oldest first. */
  readonly requests: readonly ApprovalRequest[];
  readonly decisions: readonly ApprovalDecision[];
  /** What the person has said, also if the decision was deleted since. */
  readonly said: readonly string[];
  readonly object: Stored | undefined;
  /** How many objects were made so far. */
  readonly made: number;
  readonly sent: number;
  readonly flights: readonly Flight[];
  readonly answering: readonly Answering[];
  readonly looking: readonly Looking[];
  readonly effects: readonly Effect[];
  readonly trouble: number;
}

/** Equal for equal objects. */
export const objectKey = (stored: Stored | undefined): string =>
  stored ? `${stored.uid},${stored.version},${stored.x},${stored.terminating ? 't' : ''}` : '-';

const keys = new WeakMap<object, string>();

/** Parts of a state are made once and shared by many states, and so are their keys. */
function keyed(part: object, ...values: readonly unknown[]): string {
  const key = values.join(';');
  keys.set(part, key);
  return key;
}

const flightKey = (one: Flight): string =>
  keys.get(one) ??
  keyed(one, one.id, one.startedAt, one.pass, one.askedAt, objectKey(one.seen), one.phase, one.by, one.half);

const answeringKey = (one: Answering): string =>
  keys.get(one) ?? keyed(one, one.flight, one.pass, one.since, one.heard, one.stood, one.at.number);

/** Which of the two gates is called the first does not count. */
function answeringsKey(answering: readonly Answering[]): string {
  const sorted = answering.toSorted((a, b) => (answeringKey(a) < answeringKey(b) ? -1 : 1));
  return sorted.map((one) => `${answeringKey(one)};${one.gate === sorted[0]?.gate ? 1 : 2}`).join();
}

const lookingKey = (one: Looking): string => keys.get(one) ?? keyed(one, one.who, one.at.number);

const effectKey = (one: Effect): string => keys.get(one) ?? keyed(one, one.request, one.on, one.at);

const sortedKey = <T>(parts: readonly T[], key: (part: T) => string): string =>
  parts.length < 2 ? parts.map(key).join() : parts.map(key).sort().join();

/** Equal for equal states, whatever led to them. The order of what runs side by side does not count. */
export function keyOf(world: World): string {
  return [
    world.seconds,
    numbersOf(world.requests),
    numbersOf(world.decisions),
    sortedKey(world.said, String),
    objectKey(world.object),
    world.made,
    world.sent,
    sortedKey(world.flights, flightKey),
    answeringsKey(world.answering),
    sortedKey(world.looking, lookingKey),
    sortedKey(world.effects, effectKey),
    world.trouble,
  ].join('|');
}

/** Names of the requests whose approval stands: somebody has approved, and nobody has denied. */
export function standing(world: World): readonly string[] {
  const says = (verdict: string, name: string): boolean =>
    world.decisions.some(({ spec }) => spec.request === name && spec.verdict === verdict);
  return world.requests
    .map(({ metadata }) => metadata.name)
    .filter((name) => says('Approve', name) && !says('Deny', name))
    .sort();
}

/** Time since the start. ms. */
export const timeOf = ({ seconds }: Pick<World, 'seconds'>): number => seconds * 1_000;

/** uid of the review that an API request waits for. */
export const uidOf = ({ id, pass }: Pick<Flight, 'id' | 'pass'>): string => `${id}.${pass}`;

/** The API request is over; whoever still works on it is not heard. */
export function over(world: World, flight: Pick<Flight, 'id'>): World {
  const flights = world.flights.filter(({ id }) => id !== flight.id);
  return unheard({ ...world, flights }, (one) => one.flight === flight.id);
}

/** Some gates are no longer listened to. */
export function unheard(world: World, which: (one: Answering) => boolean): World {
  const answering = world.answering.map((one) => (which(one) ? { ...one, heard: false } : one));
  return { ...world, answering };
}

/** After decisions have changed: gates at work may have seen them before or after. */
export function withStanding(world: World): World {
  const names = standing(world);
  const answering = world.answering.map((one) => ({
    ...one,
    stood: [...new Set([...one.stood, ...names])].sort(),
  }));
  return { ...world, answering };
}

/** After a step: of a request that was written in it, what stood before that write does not count any more. */
export function withWrites(before: World, after: World): World {
  const written = after.requests.filter((one, index) => one !== before.requests[index]);
  if (written.length === 0) return after;
  const names = standing(after);
  const gone = new Set(written.map(({ metadata }) => metadata.name).filter((name) => !names.includes(name)));
  const answering = after.answering.map((one) =>
    one.stood.some((name) => gone.has(name))
      ? { ...one, stood: one.stood.filter((name) => !gone.has(name)) }
      : one,
  );
  return { ...after, answering };
}
