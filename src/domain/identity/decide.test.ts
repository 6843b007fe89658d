import { describe, expect, it } from 'vitest';
import {
  AGENT,
  aChange,
  aDecision,
  anApprover,
  aPolicy,
  asksFor,
  aSpec,
  MINUTE,
  T0,
} from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestSpec, RequestState } from '../../api/approval-request.ts';
import { REFUSAL_CODES } from '../message/refusal.ts';
import { decide, type DecidedRequest, type DecideFacts } from './decide.ts';

const NOW = T0 + 2 * MINUTE;
const request = (
  spec: Partial<ApprovalRequestSpec> = {},
  over: Partial<DecidedRequest> = {},
): DecidedRequest => ({
  name: 'delete-deployments-api-7k2m9q4tpx',
  uid: 'request-uid',
  spec: aSpec(spec),
  status: { state: 'Pending' },
  sealed: true,
  ...over,
});
const facts = (over: Partial<DecideFacts> = {}): DecideFacts => ({
  request: request(),
  verdict: 'Approve',
  channel: 'kubectl',
  user: { username: 'alice', groups: ['system:authenticated'] },
  approvers: [],
  isAgent: false,
  mayApprove: new Map([['prod', true]]),
  liveDigests: new Map([['prod', 'sha256:one']]),
  earlier: [],
  ...over,
});
const code = (over: Partial<DecideFacts>, now = NOW): string => {
  const outcome = decide(facts(over), now);
  return outcome.kind === 'refused' ? outcome.code : outcome.kind;
};
const inState = (state: RequestState) => ({ request: request({}, { status: { state } }) });
const user = (username: string, ...groups: string[]) => ({ user: { username, groups } });
const two = [aPolicy({ required: 2 })];
const owned = [aPolicy({ owners: ['alice'] })];
const strict = { request: request({ policies: [aPolicy({ notInChat: true })] }) };
const alice = [anApprover('alice', 'alice', 'alice-admin')];

describe('decide', () => {
  it('accepts somebody who holds the verb approve, and says for which policies', () => {
    const policies = [aPolicy(), aPolicy({ name: 'other', digest: 'sha256:two' })];
    const mayApprove = new Map([
      ['prod', false],
      ['other', true],
    ]);
    const liveDigests = new Map([
      ['prod', 'sha256:one'],
      ['other', 'sha256:two'],
    ]);
    const given = facts({ request: request({ policies }), mayApprove, liveDigests, approvers: alice });
    expect(decide(given, NOW)).toEqual({
      kind: 'accepted',
      person: 'alice',
      policies: [{ name: 'other', digest: 'sha256:two' }],
    });
  });

  it('accepts a person without an Approver where one approval is enough and nobody owns the agent', () => {
    expect(decide(facts(), NOW)).toMatchObject({ kind: 'accepted', person: '' });
  });

  it('accepts a denial from a chat in which nobody may approve', () => {
    expect(code({ channel: 'slack', verdict: 'Deny', ...strict })).toBe('accepted');
    expect(code({ channel: 'kubectl', ...strict })).toBe('accepted');
  });

  it('counts for those policies alone that take it from there', () => {
    const policies = [aPolicy({ notInChat: true }), aPolicy({ name: 'other', digest: 'sha256:two' })];
    const names = ['prod', 'other'];
    const given = facts({
      channel: 'slack',
      request: request({ policies }),
      mayApprove: new Map(names.map((name) => [name, true])),
      liveDigests: new Map(policies.map(({ name, digest }) => [name, digest])),
    });
    expect(decide(given, NOW)).toMatchObject({ policies: [{ name: 'other' }] });
  });

  const cases: [why: string, code: string, over: Partial<DecideFacts>, now?: number][] = [
    ['there is no such request', 'unknown-request', { request: undefined, requestName: 'gone' }],
    ['the seal of the request is broken', 'broken-seal', { request: request({}, { sealed: false }) }],
    ['it is approved already', 'already-decided', inState('Approved')],
    ['it is denied already', 'already-decided', inState('Denied')],
    ['its approval is in use', 'already-decided', inState('Reserved')],
    ['its approval is used', 'already-decided', inState('Admitted')],
    ['it expired', 'expired', inState('Expired')],
    ['it is over, though nobody wrote that down yet', 'expired', {}, T0 + 241 * MINUTE],
    ['its end cannot be read', 'expired', { request: request({ expiresAt: 'soon' }) }],
    ['it was superseded', 'superseded', inState('Superseded')],
    ['it was withdrawn', 'withdrawn', inState('Withdrawn')],
    ['a ServiceAccount decides', 'service-account', user('system:serviceaccount:a:b')],
    [
      'a user in the group of ServiceAccounts decides',
      'service-account',
      user('x', 'system:serviceaccounts'),
    ],
    ['a node decides', 'node', user('system:node:n1', 'system:nodes')],
    ['nobody in particular decides', 'anonymous', user('system:anonymous')],
    ['a component decides', 'component', user('system:kube-scheduler')],
    ['an agent decides', 'agent', { isAgent: true }],
    [
      'the requester decides, cluster-admin or not',
      'self-approval',
      {
        ...user('root', 'system:masters'),
        request: request({ requester: { username: 'root', short: 'root', groups: [] } }),
      },
    ],
    [
      'the requester decides under another name but the same uid',
      'self-approval',
      { user: { username: 'alice', uid: 'agent-uid', groups: [] } },
    ],
    [
      'a second identity of the requester decides',
      'second-identity',
      {
        ...user('alice'),
        approvers: [anApprover('alice', 'alice', AGENT)],
      },
    ],
    [
      'one of two persons who claim the requester decides',
      'second-identity',
      { approvers: [anApprover('alice', 'alice', AGENT), anApprover('eve', 'eve', AGENT)] },
    ],
    [
      'two Approvers claim the user',
      'ambiguous-identity',
      { approvers: [anApprover('alice', 'alice'), anApprover('eve', 'alice')] },
    ],
    [
      'the owner approves for their agent',
      'owner',
      { request: request({ policies: owned }), approvers: alice, ...user('alice-admin') },
    ],
    [
      'an owner is named and the user is not known as a person',
      'no-approver',
      { request: request({ policies: owned }) },
    ],
    [
      'two are needed and the user is not known as a person',
      'no-approver',
      { request: request({ policies: two }) },
    ],
    ['the user holds no right', 'no-right', { mayApprove: new Map([['prod', false]]) }],
    ['nobody asked about the right', 'no-right', { mayApprove: new Map() }],
    [
      'the policy takes no decision from there',
      'other-channel',
      { channel: 'slack', request: request({ policies: [aPolicy({ channels: ['kubectl'] })] }) },
    ],
    ['the policy lets nobody approve in a chat', 'not-in-chat', { channel: 'slack', ...strict }],
    ['a policy changed', 'policy-changed', { liveDigests: new Map([['prod', 'sha256:other']]) }],
    ['an upgrade made its fingerprint void', 'superseded', { request: request({ fingerprint: 'v0:f00d' }) }],
    ['a policy is gone', 'policy-changed', { liveDigests: new Map([['prod', undefined]]) }],
    ['the person looked at another change', 'other-change', { givenFingerprint: 'v1:beef' }],
    ['a change is approved for a time', 'not-access', { forSeconds: 60 }],
    ['more is approved than was asked for', 'wider', { request: request(asksFor()), forSeconds: 601 }],
    ['what nobody approved is taken back', 'not-approved', { verdict: 'Revoke' }],
    ['a reason is missing', 'reason-required', { request: request({ reasonRequired: true }), reason: '  ' }],
    ['paths are cut', 'cut', { request: request({ change: aChange({ cut: 3 }), approveMasked: true }) }],
    ['values are masked', 'masked', { request: request({ change: aChange({ masked: 2 }) }) }],
    ['the person approved already', 'already-voted', { earlier: [aDecision()] }],
    [
      'the person approved already under another name',
      'already-voted',
      { earlier: [aDecision({ username: 'alice-admin' })], approvers: alice },
    ],
    [
      'the request holds as many decisions as it can',
      'enough-decisions',
      { earlier: Array.from({ length: 31 }, (_, i) => aDecision({ username: `user${i}` })) },
    ],
  ];

  it.each(cases)('refuses when %s (%s)', (_why, expected, over, now) => {
    const outcome = decide(facts(over), now ?? NOW);
    expect(outcome).toMatchObject({ kind: 'refused', code: expected });
    expect(outcome.kind === 'refused' ? outcome.words : '').toMatch(
      new RegExp(`^refused: .*\\(${expected}\\)$`),
    );
  });

  it('has a case for every code', () => {
    expect(new Set(cases.map(([, expected]) => expected))).toEqual(new Set(REFUSAL_CODES));
  });

  it.each([
    [
      'prod',
      'was superseded: policy prod changed since the request was made; the change has to be sent again',
    ],
    ['apr-2', 'was superseded by apr-2; decide on what took its place'],
  ])('says what to do about a request that %s superseded', (supersededBy, words) => {
    const note = 'policy prod changed since the request was made';
    const outbox = [{ id: 'u.1', type: 'superseded' as const, at: '2026-11-22T12:00:00Z', note }];
    const given = facts({ request: request({}, { status: { state: 'Superseded', supersededBy, outbox } }) });
    expect(decide(given, NOW)).toMatchObject({ words: expect.stringContaining(words) });
  });

  it('accepts values that are masked where the policy allows it', () => {
    expect(code({ request: request({ change: aChange({ masked: 2 }), approveMasked: true }) })).toBe(
      'accepted',
    );
  });

  describe('a denial is judged as strictly about the person, and less about what it allows', () => {
    const deny = (over: Partial<DecideFacts>) => code({ verdict: 'Deny', ...over });
    it.each<[string, string, Partial<DecideFacts>]>([
      ['the owner', 'accepted', { request: request({ policies: owned }), approvers: alice }],
      ['somebody unknown where persons are needed', 'accepted', { request: request({ policies: two }) }],
      [
        'somebody who cannot see everything',
        'accepted',
        { request: request({ change: aChange({ cut: 1 }) }) },
      ],
      ['somebody who approved before', 'accepted', { earlier: [aDecision()] }],
      ['somebody who denied before', 'already-voted', { earlier: [aDecision({ verdict: 'Deny' })] }],
      ['the requester, although it is a ServiceAccount', 'self-approval', user(AGENT)],
      ['an agent', 'agent', { isAgent: true }],
      ['another ServiceAccount', 'service-account', user('system:serviceaccount:a:b')],
      ['somebody without the right', 'no-right', { mayApprove: new Map() }],
    ])('%s: %s', (_who, expected, over) => {
      expect(deny(over)).toBe(expected);
    });
  });

  it('tells the first obstacle in a fixed order', () => {
    const everything: Partial<DecideFacts> = {
      ...user('system:serviceaccount:a:b'),
      isAgent: true,
      mayApprove: new Map(),
      liveDigests: new Map(),
      givenFingerprint: 'other',
    };
    expect(
      code({ ...everything, request: request({}, { sealed: false, status: { state: 'Denied' } }) }),
    ).toBe('broken-seal');
    expect(code({ ...everything, ...inState('Denied') })).toBe('already-decided');
    expect(code(everything)).toBe('service-account');
    expect(code({ ...everything, ...user('alice') })).toBe('agent');
    expect(code({ ...everything, ...user('alice'), isAgent: false })).toBe('no-right');
    expect(code({ liveDigests: new Map(), givenFingerprint: 'other' })).toBe('policy-changed');
  });

  it('sends nobody to an administrator to be listed for what would be refused all the same', () => {
    const unlisted = (over: Partial<DecideFacts>, spec: Partial<ApprovalRequestSpec> = {}, status = {}) =>
      code({
        request: request({ policies: two, reasonRequired: true, ...spec }, status),
        givenFingerprint: 'other',
        ...over,
      });
    const noRight = { mayApprove: new Map([['prod', false]]) };
    expect(unlisted({}, {}, { status: { state: 'Approved' } })).toBe('already-decided');
    expect(unlisted(noRight)).toBe('no-right');
    expect(unlisted({ liveDigests: new Map() })).toBe('policy-changed');
    expect(unlisted({}, { change: aChange({ cut: 1 }) })).toBe('cut');
    expect(unlisted({}, { change: aChange({ masked: 1 }) })).toBe('masked');
    expect(unlisted({}), 'before what they could mend by answering again').toBe('no-approver');
    expect(unlisted({ approvers: alice })).toBe('other-change');
    expect(unlisted({ approvers: alice, givenFingerprint: undefined })).toBe('reason-required');
  });

  it('says exactly what the screen says about self-approval', () => {
    const outcome = decide(
      facts({ request: request({ requester: { username: 'alice', short: 'alice', groups: [] } }) }),
      NOW,
    );
    expect(outcome).toMatchObject({
      words:
        'refused: you asked for this change yourself, as alice, so somebody else has to decide, whatever rights you have (self-approval)',
    });
  });
});
