import { describe, expect, it } from 'vitest';
import {
  AGENT,
  aDecision,
  anApprover,
  aPolicy,
  aRequest,
  MINUTE,
  SEAL,
  T0,
} from '../../../test/builders/request-facts.ts';
import {
  approvalRequestStatus,
  type ApprovalRequestSpec,
  type ApprovalRequestStatus,
} from '../../api/approval-request.ts';
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import { recount } from '../identity/recount.ts';
import { useApproval, type Use } from './reserve.ts';
import { isTerminal, type RequestFacts } from './state.ts';
import { transition, type RequestEvent, type Reserve } from './transition.ts';

const people = [anApprover('alice', 'alice'), anApprover('bob', 'bob')];
const NOW = T0 + 5 * MINUTE;

/** Runs events one after the other on a fresh request. */
function run(
  spec: Partial<ApprovalRequestSpec>,
  ...steps: [RequestEvent | ApprovalDecision[] | Use, number][]
) {
  let request: RequestFacts = aRequest(spec);
  for (const [step, now] of steps) {
    request = { ...request, status: transition(request, eventOf(request, step, now), now).status };
  }
  return request.status!;
}

function eventOf(
  request: RequestFacts,
  step: RequestEvent | ApprovalDecision[] | Use,
  now: number,
): RequestEvent {
  if (Array.isArray(step)) return { type: 'recounted', count: recount(request, step, people, now) };
  if ('type' in step) return step;
  return { type: 'used', outcome: useApproval(request, step, now) as Reserve, seal: SEAL };
}

const observed: RequestEvent = { type: 'observed' };
const tick: RequestEvent = { type: 'tick' };
const use = (over: Partial<Use> = {}): Use => ({
  review: 'review-1',
  kind: 'delete',
  objectVersion: '5',
  objectUid: 'object-uid',
  terminating: false,
  reservationSealed: true,
  ...over,
});
const types = (status: ApprovalRequestStatus) => status.outbox?.map((line) => line.type);
const conditions = (status: ApprovalRequestStatus) =>
  Object.fromEntries(status.conditions?.map((one) => [one.type, one.status]) ?? []);
const words = (status: ApprovalRequestStatus, type: string) =>
  status.conditions?.find((one) => one.type === type)?.message;
const F = 'False';
const T = 'True';

describe('transition', () => {
  it('gives a new request its first status, with every condition and one line', () => {
    const status = run({}, [observed, NOW]);
    expect(status).toEqual({
      state: 'Pending',
      approvals: '0/1',
      expiresAt: '2026-11-22T14:05:00Z',
      outbox: [
        {
          id: 'request-uid.1',
          type: 'requested',
          at: '2026-11-22T10:10:00.000Z',
          by: AGENT,
          note: 'asks for: delete deployments payments/api',
        },
      ],
      conditions: ['Approved', 'Denied', 'Expired', 'Decided', 'Admitted'].map((type) => ({
        type,
        status: F,
        observedGeneration: 1,
        lastTransitionTime: '2026-11-22T10:10:00Z',
        reason: 'Pending',
        message: expect.stringMatching(/^[A-Z].*\.$/) as string,
      })),
    });
    expect(words(status, 'Approved')).toBe(
      'Waiting for approval: 0/1 approvals; the request expires at 2026-11-22T14:05:00Z.',
    );
  });

  it('starts from the status that the API server fills in by default', () => {
    const filled = { ...aRequest(), status: { state: 'Pending' as const } };
    expect(transition(filled, observed, NOW).status).toEqual(run({}, [observed, NOW]));
  });

  it('says that nothing changed when nothing did, and keeps the times of conditions', () => {
    const request = aRequest({}, run({}, [observed, NOW]));
    expect(transition(request, observed, NOW + MINUTE)).toEqual({ status: request.status, changed: false });
    expect(transition(request, tick, NOW + MINUTE).changed).toBe(false);
  });

  it('keeps conditions of others', () => {
    const notified = {
      type: 'Notified',
      status: 'True' as const,
      observedGeneration: 1,
      reason: 'Sent',
      message: 'Sent.',
      lastTransitionTime: '2026-11-22T10:00:00Z',
    };
    const status = transition(
      aRequest({}, { state: 'Pending', conditions: [notified] }),
      observed,
      NOW,
    ).status;
    expect(status.conditions).toHaveLength(6);
    expect(status.conditions).toContainEqual(notified);
  });

  it('observes the generation that there is', () => {
    const request = { ...aRequest(), metadata: { name: 'r', uid: 'u', generation: 7 } };
    expect(
      transition(request, observed, NOW).status.conditions?.map((one) => one.observedGeneration),
    ).toEqual([7, 7, 7, 7, 7]);
  });

  it('approves: usable from the moment of the decision, in the same write as its lines (INV-5)', () => {
    const status = run({}, [observed, NOW], [[aDecision({ reason: 'INC-1412' })], NOW + MINUTE]);
    expect(status).toMatchObject({
      state: 'Approved',
      approvals: '1/1',
      decidedBy: 'alice',
      decisionReason: 'INC-1412',
      usableUntil: '2026-11-22T10:36:00Z',
      expiresAt: '2026-11-22T10:36:00Z',
    });
    expect(status.outbox?.slice(1)).toEqual([
      {
        id: 'request-uid.2',
        type: 'decided',
        at: '2026-11-22T10:11:00.000Z',
        by: 'alice',
        note: 'Approve through kubectl: "INC-1412"',
      },
      {
        id: 'request-uid.3',
        type: 'approved',
        at: '2026-11-22T10:11:00.000Z',
        by: 'alice',
        note: 'approved (1/1), usable once until 2026-11-22T10:36:00Z',
      },
    ]);
    expect(conditions(status)).toEqual({ Approved: T, Denied: F, Expired: F, Decided: T, Admitted: F });
    expect(words(status, 'Approved')).toBe(
      'Approved by alice ("INC-1412"); send the same request again before 2026-11-22T10:36:00Z, it is admitted once.',
    );
  });

  it('waits for all who are needed', () => {
    const two = { policies: [aPolicy({ required: 2 })] };
    const one = run(two, [[aDecision()], NOW]);
    expect(one).toMatchObject({ state: 'Pending', approvals: '1/2', decidedBy: 'alice' });
    const both = run(
      two,
      [[aDecision()], NOW],
      [[aDecision(), aDecision({ username: 'bob' })], NOW + MINUTE],
    );
    expect(both).toMatchObject({ state: 'Approved', approvals: '2/2', decidedBy: 'alice, bob' });
    expect(types(both)).toEqual(['requested', 'decided', 'decided', 'approved']);
  });

  it('counts a decision made in time although it is folded after the end', () => {
    const end = T0 + 240 * MINUTE;
    const status = run(
      {},
      [observed, NOW],
      [[aDecision({ at: end })], end + 20 * MINUTE],
      [tick, end + 20 * MINUTE],
    );
    expect(status).toMatchObject({ state: 'Approved', usableUntil: '2026-11-22T14:35:00Z' });
    expect(run({}, [[aDecision({ at: end })], end + 31 * MINUTE], [tick, end + 31 * MINUTE]).state).toBe(
      'Expired',
    );
  });

  it('never lets an approval by a clock ahead of ours last longer', () => {
    const status = run({}, [[aDecision({ at: NOW + 50_000 })], NOW]);
    expect(status.usableUntil).toBe('2026-11-22T10:40:00Z');
  });

  it('is denied by one, and then has no end any more', () => {
    const status = run({}, [observed, NOW], [[aDecision({ verdict: 'Deny', reason: 'not now' })], NOW]);
    expect(status).toMatchObject({
      state: 'Denied',
      decidedBy: 'alice',
      decisionReason: 'not now',
      expiresAt: undefined,
    });
    expect(types(status)).toEqual(['requested', 'decided', 'denied']);
    expect(conditions(status)).toEqual({ Approved: F, Denied: T, Expired: F, Decided: T, Admitted: F });
    expect(words(status, 'Decided')).toBe('The answer is no: denied by alice ("not now").');
  });

  it('takes an unused approval back when a denial raced with it', () => {
    const denial = aDecision({ username: 'bob', verdict: 'Deny' });
    const status = run({}, [[aDecision()], NOW], [[aDecision(), denial], NOW + 1]);
    expect(status).toMatchObject({ state: 'Withdrawn', approvals: '1/1' });
    expect(status.outbox?.slice(-2)).toMatchObject([
      { type: 'decided', by: 'bob' },
      { type: 'withdrawn', by: 'bob', note: 'denied after it was approved' },
    ]);
  });

  it('expires: unanswered at its end, unused at the end of the approval', () => {
    const end = T0 + 240 * MINUTE;
    expect(run({}, [observed, NOW], [tick, end - 1]).state).toBe('Pending');
    const unanswered = run({}, [observed, NOW], [tick, end]);
    expect(unanswered.outbox?.at(-1)).toMatchObject({ type: 'expired', note: 'nobody decided in time' });
    expect(conditions(unanswered)).toEqual({ Approved: F, Denied: F, Expired: T, Decided: T, Admitted: F });
    const unused = run({}, [[aDecision()], NOW], [tick, T0 + 31 * MINUTE]);
    expect(unused).toMatchObject({ state: 'Expired', usableUntil: '2026-11-22T10:36:00Z' });
    expect(unused.outbox?.at(-1)).toMatchObject({ type: 'expired', note: 'approved, never used' });
    expect(words(unused, 'Expired')).toBe(
      'Approved, never used: the approval ended at 2026-11-22T10:36:00Z.',
    );
  });

  it('expires at once when its end cannot be read', () => {
    expect(run({ expiresAt: 'some day' }, [tick, NOW]).state).toBe('Expired');
  });

  it('is superseded and withdrawn while nothing was let through', () => {
    const superseded: RequestEvent = {
      type: 'superseded',
      by: 'newer',
      why: 'the agent submitted another change',
    };
    const status = run({}, [observed, NOW], [superseded, NOW]);
    expect(status).toMatchObject({ state: 'Superseded', supersededBy: 'newer' });
    expect(status.outbox?.at(-1)).toMatchObject({
      type: 'superseded',
      by: 'newer',
      note: 'the agent submitted another change',
    });
    expect(conditions(status)).toMatchObject({ Approved: F, Decided: T });
    expect(words(status, 'Decided')).toBe(
      'There is no answer to wait for: the agent submitted another change.',
    );
    expect(run({}, [[aDecision()], NOW], [superseded, NOW]).state).toBe('Superseded');
    expect(run({}, [observed, NOW], [{ type: 'withdrawn', by: AGENT }, NOW]).state).toBe('Withdrawn');
    expect(run({}, [[aDecision()], NOW], [use(), NOW], [superseded, NOW]).state).toBe('Reserved');
  });

  it('is reserved by a use, and admitted when the approval ends', () => {
    const reserved = run({}, [[aDecision()], NOW], [use(), NOW + MINUTE]);
    expect(reserved).toMatchObject({
      state: 'Reserved',
      expiresAt: '2026-11-22T10:36:00Z',
      reservation: { review: 'review-1', at: '2026-11-22T10:11:00.000Z', times: 1, seal: SEAL },
    });
    expect(conditions(reserved)).toEqual({ Approved: T, Denied: F, Expired: F, Decided: T, Admitted: T });
    const admitted = run({}, [[aDecision()], NOW], [use(), NOW + MINUTE], [tick, T0 + 31 * MINUTE]);
    expect(admitted.state).toBe('Admitted');
    expect(admitted.outbox?.at(-1)).toMatchObject({
      type: 'admitted',
      by: AGENT,
      note: 'used at 2026-11-22T10:11:00Z in review review-1; the approval is spent',
    });
  });

  it('is admitted at once by a use whose effect cannot be seen', () => {
    const status = run({}, [[aDecision()], NOW], [use({ kind: 'connect' }), NOW]);
    expect(status).toMatchObject({ state: 'Admitted', expiresAt: undefined });
    expect(types(status)).toEqual(['requested', 'decided', 'approved', 'admitted']);
  });

  it('writes a line for repeated reservations only now and then, so that lines always fit', () => {
    let request: RequestFacts = aRequest({ usableForSeconds: 604_800 });
    let now = NOW;
    const step = (event: RequestEvent): void => {
      request = { ...request, status: transition(request, event, now).status };
    };
    step({ type: 'recounted', count: recount(request, [aDecision()], people, now) });
    let times = 0;
    for (; times < 1_100; times++) {
      now += 41_000;
      const outcome = useApproval(request, use({ review: `review-${times}` }), now);
      if (outcome.kind !== 'reserve') break;
      step({ type: 'used', outcome, seal: SEAL });
    }
    expect(times).toBe(1_000);
    expect(request.status?.reservation?.times).toBe(1_000);
    expect(request.status?.outbox).toHaveLength(1 + 1 + 1 + 16 + 5);
  });

  it('ignores a reservation that does not follow on the stored one', () => {
    const status = run({}, [[aDecision()], NOW], [use(), NOW]);
    const again = useApproval(aRequest({}, status), use(), NOW + MINUTE) as Reserve;
    const skipped = { ...again, reservation: { ...again.reservation, times: 5 } };
    const request = aRequest({}, status);
    expect(transition(request, { type: 'used', outcome: skipped, seal: SEAL }, NOW + MINUTE).changed).toBe(
      false,
    );
    expect(transition(aRequest(), { type: 'used', outcome: again, seal: SEAL }, NOW).status.state).toBe(
      'Pending',
    );
  });

  it('counts attempts without a line of the record', () => {
    const status = run(
      {},
      [observed, NOW],
      [{ type: 'attempted', count: 3, at: NOW + 5 }, NOW],
      [{ type: 'attempted', count: 97, at: NOW }, NOW],
    );
    expect(status).toMatchObject({ attempts: 100, lastAttemptAt: '2026-11-22T10:10:00.005Z' });
    expect(types(status)).toEqual(['requested']);
    expect(run({}, [{ type: 'attempted', count: -5, at: NOW }, NOW]).attempts).toBeUndefined();
    expect(run({}, [{ type: 'attempted', count: Number.NaN, at: NOW }, NOW]).attempts).toBeUndefined();
  });

  it('INV-8: leaves every finished request exactly as it ended', () => {
    const finished = [
      run({}, [[aDecision({ verdict: 'Deny' })], NOW]),
      run({}, [tick, T0 + 240 * MINUTE]),
      run({}, [{ type: 'withdrawn', by: AGENT }, NOW]),
      run({}, [{ type: 'superseded', by: 'x', why: 'y' }, NOW]),
      run({}, [[aDecision()], NOW], [use({ kind: 'create' }), NOW]),
    ];
    for (const status of finished) {
      expect(isTerminal(status.state)).toBe(true);
      const request = aRequest({}, status);
      const count = recount(
        request,
        [aDecision(), aDecision({ username: 'bob', verdict: 'Deny' })],
        people,
        NOW,
      );
      const outcome = useApproval(aRequest({}, run({}, [[aDecision()], NOW])), use(), NOW) as Reserve;
      const events: RequestEvent[] = [
        observed,
        tick,
        { type: 'recounted', count },
        { type: 'attempted', count: 1, at: NOW },
        { type: 'superseded', by: 'z', why: 'z' },
        { type: 'withdrawn', by: 'z' },
        { type: 'used', outcome, seal: SEAL },
      ];
      for (const event of events) {
        expect(transition(request, event, NOW + 300 * MINUTE)).toEqual({ status, changed: false });
      }
    }
  });

  it('stays within the schema and under 32 KiB with as many decisions as can be', () => {
    const names = Array.from({ length: 40 }, (_, i) => `${'n'.repeat(60)}${i}`);
    const approvers = names.map((name) => anApprover(name, name));
    const policies = Array.from({ length: 16 }, (_, i) =>
      aPolicy({ name: `policy-${'x'.repeat(50)}-${i}`, required: 8 }),
    );
    const request = aRequest({ policies });
    const stamp = { policies: policies.map(({ name, digest }) => ({ name, digest })) };
    const decisions = names.map((username) => aDecision({ username, stamp, reason: 'why '.repeat(200) }));
    const count = recount(request, decisions, approvers, NOW);
    const { status } = transition(request, { type: 'recounted', count }, NOW);
    expect(status.decisions).toHaveLength(31);
    expect(JSON.stringify(status).length).toBeLessThan(32 * 1_024);
    expect(approvalRequestStatus.safeParse(status).error).toBeUndefined();
  });
});
