// The state machine against random histories: whatever happens in whatever order, each thing has its one line (INV-5),
// nothing leaves a terminal state and no end moves later (INV-8).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestState } from '../../api/approval-request.ts';
import { aDecision, anApprover, aPolicy, aRequest, SEAL, T0 } from '../../../test/builders/request-facts.ts';
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequestStatus, OutboxEntry } from '../../api/approval-request.ts';
import { recount } from '../identity/recount.ts';
import { parseInstant } from './instant.ts';
import { CHANGE_KINDS } from '../change/change.ts';
import { useApproval, type Use } from './reserve.ts';
import { canMove, isTerminal, type RequestFacts } from './state.ts';
import { transition, type RequestEvent } from './transition.ts';

const people = ['alice', 'bob', 'carol'].map((name) => anApprover(name, name));

/** One event and what it did. */
interface Happened {
  readonly before: ApprovalRequestStatus | undefined;
  readonly event: RequestEvent;
  readonly after: ApprovalRequestStatus;
  readonly changed: boolean;
  /** Whether the same event a second time changed something again. */
  readonly changedAgain: boolean;
}
/** One stored request, the decisions about it, and all that happened. */
interface World {
  request: RequestFacts;
  now: number;
  readonly decisions: ApprovalDecision[];
  readonly trace: Happened[];
}
type NoModel = Readonly<Record<string, never>>;

/** The line that belongs to a move into a state. */
const LINE_OF: Readonly<Record<string, OutboxEntry['type']>> = {
  Approved: 'approved',
  Denied: 'denied',
  Expired: 'expired',
  Superseded: 'superseded',
  Withdrawn: 'withdrawn',
  Reserved: 'reserved',
  Admitted: 'admitted',
};
const NOTHING: ApprovalRequestStatus = { state: 'Pending' };

/** INV-5: lines and decisions are only added, and each thing that happened has exactly one. */
function expectOneLineEach({ before = NOTHING, after }: Happened): void {
  const { outbox: lines = [], decisions = [] } = after;
  const { outbox: oldLines = [], decisions: oldDecisions = [] } = before;
  expect(lines.slice(0, oldLines.length)).toEqual(oldLines);
  expect(decisions.slice(0, oldDecisions.length)).toEqual(oldDecisions);
  expect(new Set(lines.map((line) => line.id)).size).toBe(lines.length);
  expect(lines.length).toBeLessThanOrEqual(64);

  const fresh = lines.slice(oldLines.length).map((line) => line.type);
  const opened: OutboxEntry['type'][] = oldLines.length === 0 ? ['requested'] : [];
  const decided = decisions.slice(oldDecisions.length).map(() => 'decided' as const);
  const isAgain = after.reservation?.times !== before.reservation?.times;
  const moved = after.state !== before.state || isAgain ? [LINE_OF[after.state]] : [];
  expect(fresh).toEqual([...opened, ...decided, ...moved]);
}

/** INV-8: only legal moves, an end never later and never taken away; and no waiter hangs. */
function expectLawfulState({ before = NOTHING, after }: Happened): void {
  const isLegal = after.state === before.state || canMove(before.state, after.state);
  expect([before.state, after.state, isLegal]).toEqual([before.state, after.state, true]);
  const end = parseInstant(before.usableUntil) ?? Infinity;
  expect(parseInstant(after.usableUntil) ?? Infinity).toBeLessThanOrEqual(end);
  const decided = after.conditions?.find((one) => one.type === 'Decided');
  expect(decided?.status).toBe(after.state === 'Pending' ? 'False' : 'True');
}

function expectLawful(happened: Happened): void {
  const { before, event, after, changed, changedAgain } = happened;
  const isStill = !changed || (before !== undefined && isTerminal(before.state));
  expect(isStill ? { after, changed } : {}).toEqual(isStill ? { after: before, changed: false } : {});
  // A fact that is told twice is still one fact; attempts and uses are counted.
  const isCounted = event.type === 'attempted' || event.type === 'used';
  expect(changedAgain && !isCounted).toBe(false);
  expectOneLineEach(happened);
  expectLawfulState(happened);
}

class Step implements fc.Command<NoModel, World> {
  readonly name: string;
  readonly event: (world: World) => RequestEvent | undefined;
  constructor(name: string, event: (world: World) => RequestEvent | undefined) {
    this.name = name;
    this.event = event;
  }
  check(): boolean {
    return true;
  }
  run(_model: NoModel, world: World): void {
    const event = this.event(world);
    if (!event) return;
    const before = world.request.status;
    const { status: after, changed } = transition(world.request, event, world.now);
    world.request = { ...world.request, status: after };
    const { changed: changedAgain } = transition(world.request, event, world.now);
    world.trace.push({ before, event, after, changed, changedAgain });
  }
  toString(): string {
    return this.name;
  }
}

const use = (over: Partial<Use>): Use => ({
  review: 'r',
  kind: 'update',
  objectVersion: '1',
  objectUid: 'o',
  terminating: false,
  reservationSealed: true,
  ...over,
});
const commands = [
  fc.constant(new Step('observe', () => ({ type: 'observed' }))),
  fc.constant(new Step('tick', () => ({ type: 'tick' }))),
  fc
    .tuple(
      fc.constantFrom('alice', 'bob', 'carol'),
      fc.constantFrom('Approve' as const, 'Approve' as const, 'Deny' as const),
    )
    .map(
      ([username, verdict]) =>
        new Step(`${username} ${verdict}`, ({ decisions, now }) => {
          decisions.push(aDecision({ name: `d${decisions.length}`, username, verdict, at: now }));
          return undefined;
        }),
    ),
  fc.constant(
    new Step('recount', ({ request, decisions, now }) => {
      return { type: 'recounted', count: recount(request, decisions, people, now) };
    }),
  ),
  fc.constantFrom(1, 1_000, 41_000, 600_000, 14_400_000, -30_000).map(
    (ms) =>
      new Step(`wait ${ms}`, (world) => {
        world.now += ms;
        return undefined;
      }),
  ),
  fc.record({ kind: fc.constantFrom(...CHANGE_KINDS), version: fc.constantFrom('1', '2') }).map(
    ({ kind, version }) =>
      new Step(`use ${kind}@${version}`, ({ request, now }) => {
        const outcome = useApproval(request, use({ kind, objectVersion: version, review: String(now) }), now);
        return outcome.kind === 'reserve' ? { type: 'used', outcome, seal: SEAL } : undefined;
      }),
  ),
  fc.constant(new Step('attempt', ({ now }) => ({ type: 'attempted', count: 2, at: now }))),
  fc.constantFrom(
    new Step('supersede', () => ({ type: 'superseded', by: 'newer', why: 'because' })),
    new Step('withdraw', () => ({ type: 'withdrawn', by: 'agent' })),
  ),
];

describe('any history of one request', () => {
  const histories = (seen: Set<string>) =>
    fc.property(
      fc.commands([...commands, ...commands.slice(0, 6)], { size: '+1' }),
      fc.integer({ min: 1, max: 2 }),
      (history, required) => {
        const request = aRequest({ policies: [aPolicy({ required })] });
        const world: World = { request, decisions: [], now: T0, trace: [] };
        fc.modelRun(() => ({ model: {}, real: world }), history);
        for (const happened of world.trace) expectLawful(happened);
        if (world.request.status) seen.add(world.request.status.state);
      },
    );

  it('INV-5, INV-8: each move and decision has its one line, terminal states stay, an end never moves later', () => {
    expect(() => fc.assert(histories(new Set()), { numRuns: 600 })).not.toThrow();
  });

  it('gets everywhere: one that does not would prove nothing', () => {
    const seen = new Set<string>();
    // A fixed seed: whether six hundred random histories reach all states of a change is a matter of luck.
    fc.assert(histories(seen), { numRuns: 600, seed: 1 });
    // Ended is for access: access-steps.test.ts.
    expect(seen).toEqual(new Set(requestState.options.filter((state) => state !== 'Ended')));
  });
});
