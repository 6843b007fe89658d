// The life of each approval in an audit log: who reserved it, what it let through, what that did, and whether a denial took
// away an approval that was provably unused (DESIGN 5). Counts what the verdicts on INV-1 and INV-2 do not tell.
import { OWN_USERS } from '../../src/api/installation.ts';
import { isLetThrough, TIMED_OUT, type Deed } from './deed.ts';
import { effectLedger } from './effect.ts';
import { isEviction, objectBefore, objectsOf, uidOf, type Objects } from './objects.ts';
import type { Clocks } from './standing.ts';
import { at, fingerprintIn, number, text } from './value.ts';

/** One reservation, as the gate stored it. */
export interface ReservationFact {
  /** When it was stored, by the API server's clock. Microseconds. */
  readonly at: number;
  /** The how manyth of this approval. */
  readonly times: number;
  readonly objectUid: string;
  /** resourceVersion of the object before the change; '' when there was none. */
  readonly objectVersion: string;
}

/** What became of one ApprovalRequest. */
export interface ApprovalLife {
  readonly name: string;
  readonly requester: string;
  readonly fingerprint: string;
  /** What it is about: the operation with its subresource, such as `CREATE pods/eviction`. */
  readonly what: string;
  /** When it was approved. Microseconds; undefined when it was not. */
  readonly approved: number | undefined;
  /** One for each of its `times`. */
  readonly reservations: readonly ReservationFact[];
  /** Requests that the gate admitted by it, whatever came of them behind the gate. */
  readonly admitted: readonly Deed[];
  /** Those of them that changed something. */
  readonly effects: readonly Deed[];
  /**
   * How many things were done by it. A further removal of the same object is none, since there is nothing left to remove;
   * one of its namesake is.
   */
  readonly executions: number;
  /** Status writes after the approval that came second: somebody else had written meanwhile. */
  readonly lostSwaps: number;
  /** State as last written. */
  readonly state: string;
}

/** Everything about the approvals of one log. */
export interface Approvals {
  readonly lives: readonly ApprovalLife[];
  /**
   * Why a denial is wrong: there was an approval of this very change that was provably unused. Meant for denials that
   * overlap with nothing else that is done to the object.
   * @param clocks whether the clocks of gates can be relied on; otherwise only the object proves anything, not the window
   */
  lostBy(denial: Deed, clocks?: Clocks): string | undefined;
}

const WINDOW_MICROS = 40_000_000;
const isRequest = ({ target }: Deed): boolean =>
  target.group === 'assent.dev' && target.resource === 'approvalrequests';

type Used = Pick<ApprovalLife, 'admitted' | 'effects' | 'executions'>;

/** When what a write shows was stored: perhaps by a write before it that was answered by a timeout. */
function storedAt(write: Deed, writes: readonly Deed[]): number {
  const before = writes.slice(0, writes.indexOf(write));
  const since = before.findLastIndex(({ code }) => code === 200) + 1;
  return before.slice(since).find(({ code }) => code === TIMED_OUT)?.completed ?? write.completed;
}

/**
 * When a reservation was stored that this write is the first to show. Only the gate reserves: shown by anybody else, it was
 * stored by a write that an API server which was killed did not log, at some time after the logged write before.
 */
function reservedAt(write: Deed, stored: readonly Deed[], writes: readonly Deed[]): number {
  const before = stored[stored.indexOf(write) - 1];
  const isLogged = write.actor.username !== OWN_USERS.controller || before === undefined;
  return isLogged ? storedAt(write, writes) : before.completed;
}

/** The reservation that an ApprovalRequest carries. */
function reservationIn(request: unknown): Omit<ReservationFact, 'at'> | undefined {
  const reservation = at(request, 'status', 'reservation');
  const times = number(reservation, 'times');
  if (times === 0) return undefined;
  return {
    times,
    objectUid: text(reservation, 'objectUid'),
    objectVersion: text(reservation, 'objectVersion'),
  };
}

/** What was stored in the end: a reservation whose write an API server that was killed did not log. */
function unlogged(
  stored: unknown,
  since: number | undefined,
  known: ReadonlyMap<number, ReservationFact>,
): ReservationFact[] {
  const reserved = reservationIn(stored);
  // When is not known: not before the approval.
  return reserved === undefined || known.has(reserved.times) ? [] : [{ at: since ?? 0, ...reserved }];
}

function lifeOf(made: Deed, writes: readonly Deed[], used: Used, last: unknown): ApprovalLife {
  const { body, target } = made;
  const change = at(body, 'spec', 'change');
  const stored = writes.filter(({ code }) => code === 200);
  const reservations = new Map<number, ReservationFact>();
  for (const write of stored) {
    const reserved = reservationIn(write.body);
    if (reserved === undefined || reservations.has(reserved.times)) continue;
    reservations.set(reserved.times, { at: reservedAt(write, stored, writes), ...reserved });
  }
  const [resource, subresource] = [text(change, 'resource'), text(change, 'subresource')];
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  const approved = stored.find((write) => text(write.body, 'status', 'state') === 'Approved')?.completed;
  return {
    ...used,
    name: target.name,
    requester: text(body, 'spec', 'requester', 'username'),
    fingerprint: fingerprintIn(made.body),
    what: `${text(change, 'operation')} ${path}`,
    approved,
    reservations: [...reservations.values(), ...unlogged(last, approved, reservations)],
    lostSwaps: writes.filter(({ code, received }) => code === 409 && received >= (approved ?? Infinity))
      .length,
    state: text(stored.at(-1)?.body, 'status', 'state'),
  };
}

/**
 * Name of the approval by which the gate admitted a deed; '' when it did not. A request that was denied on old data is looked
 * at again on fresh data; when it is let through then, its annotations keep their first values, so it is known by its change.
 */
function approvalNames(writes: ReadonlyMap<string, readonly Deed[]>): (deed: Deed) => string {
  const approvals = Map.groupBy(
    [...writes].flatMap(([name, all]) => {
      const approved = all.find(
        ({ code, body }) => code === 200 && text(body, 'status', 'state') === 'Approved',
      );
      const fingerprint = all.map(({ body }) => fingerprintIn(body)).find((one) => one !== '');
      return approved && fingerprint !== undefined ? [{ name, at: approved.completed, fingerprint }] : [];
    }),
    ({ fingerprint }) => fingerprint,
  );
  return (deed) => {
    const { decision, request, fingerprint } = deed.gate;
    if (decision === 'reserved') return request;
    if (decision !== 'asked' || !isLetThrough(deed)) return '';
    return approvals.get(fingerprint)?.findLast(({ at: since }) => since <= deed.completed)?.name ?? '';
  };
}

/** Nothing can be seen of them once they were let through, or all at once. */
const isBurnt = ({ what }: ApprovalLife): boolean => /^(?:CREATE|CONNECT) (?!pods\/eviction$)/.test(what);

/**
 * @param deeds every deed of one log, in any order
 * @param stored ApprovalRequests as they were in the end, by name; needed where API servers were killed
 */
export function approvalsOf(
  deeds: readonly Deed[],
  stored: ReadonlyMap<string, unknown> = new Map(),
): Approvals {
  const sorted = deeds.toSorted((a, b) => a.completed - b.completed);
  const ledger = effectLedger(sorted);
  const objects = objectsOf(sorted);
  const writes = Map.groupBy(sorted.filter(isRequest), ({ target }) => target.name);
  const uses = Map.groupBy(
    sorted.filter(({ dryRun }) => !dryRun),
    approvalNames(writes),
  );
  const lives = [...writes.values()].flatMap((all) => {
    // A creation that was answered by a timeout may have been stored: then the first write shows the spec.
    const made = all.find(
      ({ code, body }) =>
        code < 300 && fingerprintIn(body) !== '' && at(body, 'spec', 'access') === undefined,
    );
    if (!made) return [];
    const admitted = uses.get(made.target.name) ?? [];
    const effects = admitted.filter((use) => isLetThrough(use) && ledger.of(use) === 'changed');
    const executions = new Set(effects.map((deed) => executionOf(deed, objects))).size;
    const status = all.filter(({ target }) => target.subresource === 'status');
    const used = { admitted, effects, executions };
    return [lifeOf(made, status, used, stored.get(made.target.name))];
  });
  return { lives, lostBy: (denial, clocks = 'right') => lostBy(denial, lives, objects, clocks) };
}

/** What stands for an execution: the object that was removed, or the request. */
function executionOf(deed: Deed, objects: Objects): string {
  return deed.operation === 'DELETE' || isEviction(deed) ? (uidOf(deed, objects) ?? deed.id) : deed.id;
}

function lostBy(
  denial: Deed,
  lives: readonly ApprovalLife[],
  objects: Objects,
  clocks: Clocks,
): string | undefined {
  if (denial.code !== 403 || denial.gate.fingerprint === '') return undefined;
  const approval = lives.find(
    (life) =>
      life.fingerprint === denial.gate.fingerprint &&
      life.requester === denial.actor.username &&
      (life.approved ?? Infinity) <= denial.received &&
      life.effects.length === 0,
  );
  if (!approval) return undefined;
  const last = approval.reservations.findLast((one) => one.at <= denial.received);
  if (!last) return `${approval.name} was approved and never reserved`;
  if (isBurnt(approval)) return undefined;
  const now = objectBefore(denial, objects);
  if (now?.uid !== last.objectUid) return undefined;
  const isWithin = clocks === 'right' && denial.received - last.at < WINDOW_MICROS;
  if (isWithin) return `${approval.name} was reserved less than 40 s before, and nothing came of it`;
  const isUntouched = approval.what.startsWith('UPDATE') ? String(now.version) === last.objectVersion : true;
  return isUntouched
    ? `${approval.name} was reserved, and its object shows that nothing came of it`
    : undefined;
}

/** How the reservations of an approval ended. */
export interface Ends {
  /** Reservations under which the gate admitted a further request. */
  readonly readmitted: number;
  /** Reservations that were proved to have done nothing, so that the approval was used again. */
  readonly released: number;
  /** The last reservation, when nothing came of it and nothing more can. */
  readonly burnt: number;
}

/** Counts how the reservations of an approval ended. */
export function endsOf(life: ApprovalLife): Ends {
  const starts = life.reservations.map((one) => one.at);
  // The reservation is stored while its request is under way.
  const held = starts.map((start, index) =>
    life.admitted.filter((use) => use.completed >= start && use.completed < (starts[index + 1] ?? Infinity)),
  );
  return {
    readmitted: held.filter((uses) => uses.length > 1).length,
    released: Math.max(0, starts.length - 1),
    burnt: starts.length > 0 && life.effects.length === 0 ? 1 : 0,
  };
}
