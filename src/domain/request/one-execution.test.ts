// INV-2 in a small API server of its own: objects with versions, requests of several passes, two replicas that read before
// they write, failures after admission, other writers, time. One approval, at most one effect.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aDecision, anApprover, aRequest, SEAL, T0 } from '../../../test/builders/request-facts.ts';
import { recount } from '../identity/recount.ts';
import { parseInstant } from './instant.ts';
import { useApproval, type ChangeKind } from './reserve.ts';
import type { RequestFacts } from './state.ts';
import { transition, type RequestEvent } from './transition.ts';

/** The object in the small API server. The approved change takes x from old to new, or deletes it, or creates it. */
interface Stored {
  uid: string;
  version: number;
  x: 'old' | 'new';
  terminating: boolean;
}
/** A request of a client on its way through the API server. */
interface InFlight {
  readonly startedAt: number;
  phase: 'read' | 'review' | 'reserve' | 'persist' | 'over';
  snapshot: Stored | undefined;
  review: string;
  pending?: { readonly storedVersion: number; readonly event: RequestEvent };
}

/** Longer than this no request lives (experiments.md; DESIGN 5). ms. */
const LIFETIME = 34_000;
const WINDOW = 40_000;
const IS_UPDATE: ReadonlySet<ChangeKind> = new Set(['update', 'scale']);
const people = [anApprover('alice', 'alice')];

class Simulation {
  object: Stored | undefined;
  stored: { facts: RequestFacts; version: number };
  now = T0 + 1_000;
  effects = 0;
  reservations = 0;
  private readonly flights: InFlight[] = [];
  private readonly kind: ChangeKind;
  private serial = 0;

  constructor(kind: ChangeKind) {
    this.kind = kind;
    if (kind !== 'create') this.object = { uid: 'o1', version: 5, x: 'old', terminating: false };
    const facts = aRequest();
    const count = recount(facts, [aDecision({ username: 'alice', at: T0 })], people, this.now);
    const { status } = transition(facts, { type: 'recounted', count }, this.now);
    this.stored = { facts: { ...facts, status }, version: 1 };
  }

  start(): void {
    this.flights.push({ startedAt: this.now, phase: 'read', snapshot: undefined, review: '' });
  }

  /** Lets one request do its next step; `fails` is a quota or another webhook that stops it after us. */
  step(index: number, fails: boolean): void {
    const alive = this.flights.filter((one) => one.phase !== 'over');
    const flight = alive[index % Math.max(1, alive.length)];
    if (!flight) return;
    if (this.now - flight.startedAt > LIFETIME) flight.phase = 'over';
    if (flight.phase === 'read') this.read(flight);
    else if (flight.phase === 'review') this.review(flight);
    else if (flight.phase === 'reserve') this.reserve(flight);
    else if (flight.phase === 'persist') this.persist(flight, fails);
  }

  /** One request from its start to its end, as most of them go. */
  whole(fails: boolean): void {
    this.start();
    const index = this.flights.filter((one) => one.phase !== 'over').length - 1;
    for (let i = 0; i < 8 && this.flights.at(-1)?.phase !== 'over'; i++) this.step(index, fails);
  }

  private read(flight: InFlight): void {
    flight.snapshot = this.object && { ...this.object };
    flight.review = `review-${(this.serial += 1)}`;
    flight.phase = this.fits(flight.snapshot) ? 'review' : 'over';
  }

  /** Whether this change still has the approved fingerprint on this object, so that the gate finds the request. */
  private fits(object: Stored | undefined): boolean {
    if (this.kind === 'create' || this.kind === 'token') return true;
    return IS_UPDATE.has(this.kind) ? object?.x === 'old' : object?.uid === 'o1';
  }

  private review(flight: InFlight): void {
    const { snapshot, review } = flight;
    const { facts, version } = this.stored;
    const use = {
      review,
      kind: this.kind,
      objectVersion: snapshot ? String(snapshot.version) : '',
      objectUid: snapshot?.uid ?? '',
      terminating: snapshot?.terminating ?? false,
      reservationSealed: true,
    };
    const outcome = useApproval(facts, use, this.now);
    if (outcome.kind === 'readmit') flight.phase = 'persist';
    else if (outcome.kind === 'reserve') {
      flight.pending = { storedVersion: version, event: { type: 'used', outcome, seal: SEAL } };
      flight.phase = 'reserve';
    } else flight.phase = 'over';
  }

  private reserve(flight: InFlight): void {
    const { pending } = flight;
    if (pending?.storedVersion !== this.stored.version) flight.phase = 'review';
    else {
      this.store(pending.event);
      this.reservations += 1;
      flight.phase = 'persist';
    }
  }

  private persist(flight: InFlight, fails: boolean): void {
    flight.phase = 'over';
    if (fails) return;
    if (this.kind === 'connect' || this.kind === 'token') this.effects += 1;
    else if (this.kind === 'create') this.create();
    else if (this.object) this.change(this.object, flight);
  }

  private create(): void {
    if (this.object) return;
    const serial = (this.serial += 2);
    this.object = { uid: `o${serial}`, version: serial, x: 'new', terminating: false };
    this.effects += 1;
  }

  private change(object: Stored, flight: InFlight): void {
    if (object.version !== flight.snapshot?.version) {
      // Somebody was faster: the API server starts over with the new object, and asks again.
      flight.phase = 'read';
    } else if (IS_UPDATE.has(this.kind)) {
      this.object = { ...object, x: 'new', version: object.version + 1 };
      this.effects += 1;
    } else if (!object.terminating && this.serial % 2 === 0) {
      // Graceful deletion: the first pass marks, a later one removes.
      this.object = { ...object, terminating: true, version: object.version + 1 };
      flight.phase = 'read';
    } else {
      this.object = undefined;
      this.effects += 1;
    }
  }

  private store(event: RequestEvent): void {
    const { facts, version } = this.stored;
    const { status, changed } = transition(facts, event, this.now);
    if (changed) this.stored = { facts: { ...facts, status }, version: version + 1 };
  }

  tick(): void {
    this.store({ type: 'tick' });
  }

  /** Another writer touches a field that the change does not. */
  touch(): void {
    if (this.object) this.object = { ...this.object, version: this.object.version + 1 };
  }

  /** Somebody undoes the change; within the window a re-application is the known residue of INV-2. */
  undo(): void {
    const at = parseInstant(this.stored.facts.status?.reservation?.at);
    if (at !== undefined && this.now - at <= WINDOW) return;
    if (this.object) this.object = { ...this.object, x: 'old', version: this.object.version + 1 };
  }

  /** Somebody deletes the object and makes a new one of the same name, or takes a created one away. */
  replace(): void {
    const at = parseInstant(this.stored.facts.status?.reservation?.at);
    if (IS_UPDATE.has(this.kind) && at !== undefined && this.now - at <= WINDOW) return;
    const serial = (this.serial += 1);
    this.object =
      this.kind === 'create'
        ? undefined
        : { uid: `o${serial + 1}`, version: 1_000 + serial, x: 'old', terminating: false };
  }
}

type Op = readonly [
  name: 'start' | 'whole' | 'step' | 'wait' | 'tick' | 'touch' | 'undo' | 'replace',
  arg: number,
  fails: boolean,
];
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('whole' as const), fc.constant(0), fc.boolean()) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('start' as const), fc.constant(0), fc.constant(false)) },
  { weight: 12, arbitrary: fc.tuple(fc.constant('step' as const), fc.nat({ max: 8 }), fc.boolean()) },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant('wait' as const),
      fc.constantFrom(10, 4_000, 15_000, 33_000, 41_000, 600_000),
      fc.constant(false),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom('tick', 'touch', 'undo', 'replace'),
      fc.constant(0),
      fc.constant(false),
    ),
  },
);

function play(kind: ChangeKind, ops: readonly Op[]): Simulation {
  const world = new Simulation(kind);
  for (const [name, arg, fails] of ops) {
    if (name === 'step') world.step(arg, fails);
    else if (name === 'whole') world.whole(fails);
    else if (name === 'wait') world.now += arg;
    else world[name]();
  }
  return world;
}

describe('one approval in a small API server', () => {
  // port-forward is left out: its client may connect again within five seconds, by design.
  it.each(['create', 'update', 'scale', 'delete', 'evict', 'connect', 'token'] as const)(
    'INV-2: a %s has at most one effect, whatever the passes, replicas, conflicts, failures and other writers',
    (kind) => {
      let effects = 0;
      let reopened = 0;
      fc.assert(
        fc.property(fc.array(op, { minLength: 10, maxLength: 80 }), (ops) => {
          const world = play(kind, ops);
          expect(world.effects).toBeLessThanOrEqual(1);
          effects += world.effects;
          if (world.reservations > 1) reopened += 1;
        }),
        { numRuns: 1_000 },
      );
      expect(effects).toBeGreaterThan(50);
      const isBurnt = kind === 'create' || kind === 'connect' || kind === 'token';
      expect(isBurnt ? reopened === 0 : reopened > 5).toBe(true);
    },
  );

  it('lets a delete of two passes and a contended update go through on one approval', () => {
    const steps = Array.from({ length: 12 }, (): Op => ['step', 0, false]);
    for (const kind of ['delete', 'update'] as const) {
      const world = play(kind, [['start', 0, false], ...steps.slice(0, 3), ['touch', 0, false], ...steps]);
      expect([world.effects, world.reservations]).toEqual([1, 1]);
    }
  });
});
