import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AGENT,
  aChange,
  aDecision,
  anApprover,
  aPolicy,
  aRequest,
  asksFor,
  MINUTE,
  T0,
  type DecisionDraft,
} from '../../../test/builders/request-facts.ts';
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import type { ApproverFacts } from './person.ts';
import { recount } from './recount.ts';

const NOW = T0 + 10 * MINUTE;
const ON_BOTH = {
  policies: [
    { name: 'prod', digest: 'sha256:one' },
    { name: 'other', digest: 'sha256:two' },
  ],
};
const other = aPolicy({ name: 'other', digest: 'sha256:two' });
const people = [
  anApprover('alice', 'alice', 'alice-admin'),
  anApprover('bob', 'bob'),
  anApprover('carol', 'carol'),
];
const count = (
  decisions: readonly ApprovalDecision[],
  spec: Partial<ApprovalRequestSpec> = {},
  approvers: readonly ApproverFacts[] = people,
) => recount(aRequest(spec), decisions, approvers, NOW);

describe('recount', () => {
  it('INV-8: takes the shortest time that anybody approved access for, never a longer one', () => {
    const seconds = (...given: (number | undefined)[]) => {
      const names = ['alice', 'bob', 'carol'];
      const decisions = given.map((forSeconds, i) => {
        const decision = aDecision({ name: `d-${i}`, username: names[i]!, at: T0 + (i + 1) * 1_000 });
        return forSeconds === undefined ? decision : { ...decision, spec: { ...decision.spec, forSeconds } };
      });
      return count(decisions, { ...asksFor(), policies: [aPolicy({ required: given.length })] })
        .usableSeconds;
    };
    expect(seconds(undefined)).toBe(600);
    expect(seconds(60)).toBe(60);
    expect(seconds(300, undefined, 120)).toBe(120);
    expect(seconds(601, undefined)).toBe(600);
    expect(count([aDecision()]).usableSeconds, 'a change').toBe(1_800);
  });

  it('counts one approval for one policy', () => {
    expect(count([aDecision({ reason: 'INC-1412' })])).toEqual({
      satisfied: true,
      usableSeconds: 1_800,
      counted: [
        {
          name: 'approve-alice',
          uid: 'uid-of-approve-alice',
          verdict: 'Approve',
          person: 'alice',
          policies: ['prod'],
          channel: 'kubectl',
          at: '2026-11-22T10:06:00.000Z',
          reason: 'INC-1412',
        },
      ],
      perPolicy: [{ name: 'prod', have: 1, need: 1 }],
      text: '1/1',
      decidedAt: T0 + MINUTE,
      ignored: [],
    });
  });

  it('never satisfies an empty list of policies (T64)', () => {
    expect(count([aDecision()], { policies: [] })).toMatchObject({ satisfied: false, text: '0/0 policies' });
    expect(count([], { policies: [] }).satisfied).toBe(false);
  });

  it('satisfies every policy by its own approvers', () => {
    const spec = { policies: [aPolicy(), other] };
    expect(count([aDecision()], spec)).toMatchObject({ satisfied: false, text: '1/2 policies' });
    expect(count([aDecision({ stamp: ON_BOTH })], spec)).toMatchObject({
      satisfied: true,
      text: '2/2 policies',
    });
    const bob = aDecision({
      username: 'bob',
      stamp: { policies: [{ name: 'other', digest: 'sha256:two' }] },
    });
    expect(count([aDecision(), bob], spec)).toMatchObject({ satisfied: true, text: '2/2 policies' });
  });

  it('takes the moment of the last needed approval, not of a later one', () => {
    const decisions = ['alice', 'bob', 'carol'].map((username, i) =>
      aDecision({ username, at: T0 + (i + 1) * MINUTE }),
    );
    const spec = { policies: [aPolicy({ required: 2 })] };
    expect(count(decisions.toReversed(), spec)).toMatchObject({
      text: '2/2',
      decidedAt: T0 + 2 * MINUTE,
    });
  });

  it('counts people, not identities', () => {
    const spec = { policies: [aPolicy({ required: 2 })] };
    const both = [aDecision(), aDecision({ username: 'alice-admin' })];
    expect(count(both, spec)).toMatchObject({
      satisfied: false,
      text: '1/2',
      ignored: [{ name: 'approve-aliceadmin', why: 'already-voted' }],
    });
  });

  it('still knows one person when their Approver is split or deleted after the decisions', () => {
    const spec = { policies: [aPolicy({ required: 2 })] };
    const both = [
      aDecision({ stamp: { person: 'alice' } }),
      aDecision({ username: 'alice-admin', stamp: { person: 'alice' } }),
    ];
    const split = [anApprover('alice', 'alice'), anApprover('alice2', 'alice-admin')];
    expect(count(both, spec, split)).toMatchObject({ satisfied: false, text: '1/2' });
    expect(count(both, spec, [])).toMatchObject({ satisfied: false, text: '0/2' });
  });

  it('is denied by one denial, whoever approved', () => {
    const decisions = [
      aDecision(),
      aDecision({ username: 'bob', verdict: 'Deny', at: T0 + 2 * MINUTE, reason: 'no' }),
    ];
    expect(count(decisions)).toMatchObject({
      satisfied: false,
      denied: { person: 'bob', reason: 'no' },
      decidedAt: T0 + 2 * MINUTE,
    });
  });

  it('lets a person turn a yes into a no, never a no into a yes', () => {
    const no = aDecision({ verdict: 'Deny', at: T0 + 2 * MINUTE });
    expect(count([aDecision(), no])).toMatchObject({ satisfied: false, denied: { person: 'alice' } });
    const lateYes = aDecision({ at: T0 + 3 * MINUTE });
    expect(count([no, lateYes]).ignored).toEqual([{ name: 'approve-alice', why: 'already-voted' }]);
  });

  it('always has room for a denial', () => {
    const many = Array.from({ length: 40 }, (_, i) =>
      aDecision({ username: `user${String(i).padStart(2, '0')}` }),
    );
    const denial = aDecision({ username: 'zoe', verdict: 'Deny', at: T0 + 5 * MINUTE });
    const known = many.map((one, i) => anApprover(`p${i}`, one.spec.stamp?.username ?? ''));
    const all = count([...many, denial], { policies: [aPolicy({ required: 8 })] }, known);
    expect(all.counted).toHaveLength(32);
    expect(all.denied?.person).toBe('zoe');
    expect(all.ignored).toContainEqual({ name: 'approve-user31', why: 'enough-decisions' });
  });

  it.each<[why: string, draft: DecisionDraft, spec?: Partial<ApprovalRequestSpec>]>([
    ['other-request', { stamp: { requestUid: 'uid-of-another-one-with-this-name' } }],
    ['other-change', { stamp: { fingerprint: 'v1:beef' } }],
    ['other-change', { fingerprint: 'v1:beef' }],
    ['too-late', { at: T0 + 240 * MINUTE + 1 }],
    ['too-late', { stamp: { at: 'now' } }],
    ['from-the-future', { at: NOW + 60_001 }],
    ['policy-changed', { stamp: { policies: [{ name: 'prod', digest: 'sha256:old' }] } }],
    ['policy-changed', { stamp: { policies: [{ name: 'another', digest: 'sha256:one' }] } }],
    ['service-account', { username: 'system:serviceaccount:a:b' }],
    ['service-account', { stamp: { groups: ['system:serviceaccounts'] } }],
    [
      'self-approval',
      { username: AGENT.replace('system:serviceaccount', 'user') },
      {
        requester: { username: AGENT.replace('system:serviceaccount', 'user'), short: 'x', groups: [] },
      },
    ],
    ['self-approval', { stamp: { userUid: 'agent-uid' } }],
    ['second-identity', {}, { requester: { username: 'alice-admin', short: 'alice-admin', groups: [] } }],
    ['owner', {}, { policies: [aPolicy({ owners: ['alice'] })] }],
    [
      'owner',
      { username: 'bob', stamp: { person: 'alice' } },
      { policies: [aPolicy({ owners: ['alice'] })] },
    ],
    ['no-approver', { username: 'dave' }, { policies: [aPolicy({ required: 2 })] }],
    ['reason-required', {}, { reasonRequired: true }],
    ['cut', {}, { change: aChange({ cut: 1 }) }],
    ['masked', {}, { change: aChange({ masked: 1 }) }],
  ])('does not count a decision: %s', (why, draft, spec) => {
    const result = count([aDecision(draft)], spec);
    expect(result).toMatchObject({ satisfied: false, counted: [], ignored: [{ why }] });
  });

  it('does not count a decision without a stamp', () => {
    const { stamp: _none, ...spec } = aDecision().spec;
    expect(count([{ ...aDecision(), spec }]).ignored).toEqual([{ name: 'approve-alice', why: 'no-stamp' }]);
  });

  it('counts a decision of a clock that runs up to a minute ahead, and one made in the last second', () => {
    expect(count([aDecision({ at: NOW + 60_000 })]).satisfied).toBe(true);
    const end = T0 + 240 * MINUTE;
    expect(recount(aRequest(), [aDecision({ at: end })], people, end + MINUTE).satisfied).toBe(true);
  });
});

const USERS = ['ann', 'ann-admin', 'ben', 'ben-admin', 'cid', 'dot', 'system:serviceaccount:x:y'];
/** The first one nine times in ten: what is right is rare where everything is drawn evenly. */
const mostly = <A, B>(usual: A, odd: B): fc.Arbitrary<A | B> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(odd) });
const world = fc.record({
  requester: fc.constantFrom(...USERS),
  approvers: fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.subarray(USERS, { maxLength: 3 })), {
    maxLength: 4,
  }),
  policies: fc.array(
    fc.record({
      required: fc.integer({ min: 1, max: 3 }),
      owners: fc.subarray(['A', 'B', 'C'], { maxLength: 1 }),
    }),
    { maxLength: 2 },
  ),
  decisions: fc.array(
    fc.record({
      username: fc.constantFrom(...USERS),
      verdict: mostly('Approve' as const, 'Deny' as const),
      person: fc.constantFrom('', '', 'A', 'B', 'C'),
      policies: fc.subarray([0, 1]),
      isOurs: mostly(true as const, undefined),
      minute: fc.integer({ min: -5, max: 300 }),
    }),
    { maxLength: 8 },
  ),
  now: fc.integer({ min: 0, max: 400 }),
});

describe('INV-3', () => {
  it('INV-3: what is satisfied was approved by enough people, none of them the requester, an owner or a machine', () => {
    let satisfied = 0;
    fc.assert(
      fc.property(world, (w) => {
        const approvers = w.approvers.map(([name, users]) => anApprover(name, ...users));
        const policies = w.policies.map((policy, i) =>
          aPolicy({ ...policy, name: `p${i}`, digest: `d${i}` }),
        );
        const decisions = w.decisions.map((d, i) =>
          aDecision({
            name: `d${i}`,
            username: d.username,
            verdict: d.verdict,
            at: T0 + d.minute * MINUTE,
            stamp: {
              person: d.person,
              policies: d.policies.map((p) => ({ name: `p${p}`, digest: `d${p}` })),
              ...(d.isOurs ? {} : { requestUid: 'another' }),
            },
          }),
        );
        const request = aRequest({ policies, requester: { username: w.requester, short: 'x', groups: [] } });
        const now = T0 + w.now * MINUTE;
        const result = recount(request, decisions, approvers, now);
        if (!result.satisfied) return;
        satisfied += 1;

        // The oracle: everybody whom an Approver, then or now, takes for the same person.
        const sameAs = (username: string, stamped = ''): string[] => [
          username,
          ...(stamped === '' ? [] : [`#${stamped}`]),
          ...w.approvers.filter(([, users]) => users.includes(username)).map(([name]) => `#${name}`),
        ];
        const meets = (a: readonly string[], b: readonly string[]): boolean =>
          a.some((one) => b.includes(one));
        const barred = [
          ...sameAs(w.requester),
          ...policies.flatMap((policy) => policy.owners.map((owner) => `#${owner}`)),
        ];
        const eligible = w.decisions.filter((d) => {
          const at = T0 + d.minute * MINUTE;
          const isOnTime = at <= T0 + 240 * MINUTE && at <= now + MINUTE;
          const isPerson = !d.username.startsWith('system:') && !meets(sameAs(d.username, d.person), barred);
          return d.isOurs === true && isOnTime && isPerson;
        });
        const canChoose = (from: readonly string[][], needed: number): boolean =>
          needed === 0 ||
          from.some((one, i) =>
            canChoose(
              from.slice(i + 1).filter((next) => !meets(one, next)),
              needed - 1,
            ),
          );
        expect(policies.length).toBeGreaterThan(0);
        for (const [i, policy] of policies.entries()) {
          const approvals = eligible.filter((d) => d.verdict === 'Approve' && d.policies.includes(i));
          const persons = approvals.map((d) => sameAs(d.username, d.person));
          expect(canChoose(persons, policy.required)).toBe(true);
        }
        const denials = eligible.filter(
          (d) => d.verdict === 'Deny' && d.policies.some((at) => at < policies.length),
        );
        expect(denials.filter((d) => sameAs(d.username).length <= 2)).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
    // The property says nothing unless it is reached.
    expect(satisfied).toBeGreaterThan(50);
  });

  it('INV-3: the requester, an owner and every other identity of theirs never add to the count', () => {
    fc.assert(
      fc.property(world, fc.constantFrom('ann', 'ann-admin'), (w, who) => {
        const approvers = [
          anApprover('A', 'ann', 'ann-admin'),
          anApprover('B', 'ben', 'ben-admin'),
          anApprover('C', 'cid'),
        ];
        const isOwner = w.requester !== 'ann';
        const policies = [aPolicy({ required: w.policies[0]?.required ?? 1, owners: isOwner ? ['A'] : [] })];
        const requester = { username: isOwner ? 'bot' : 'ann', short: 'x', groups: [] };
        const decisions = ['ben', 'cid', 'ben-admin']
          .slice(0, w.decisions.length)
          .map((username) => aDecision({ username }));
        const request = aRequest({ policies, requester });
        const without = recount(request, decisions, approvers, NOW);
        const withThem = recount(
          request,
          [...decisions, aDecision({ username: who, at: T0 })],
          approvers,
          NOW,
        );
        expect({ ...withThem, ignored: [] }).toEqual({ ...without, ignored: [] });
      }),
    );
  });
});
