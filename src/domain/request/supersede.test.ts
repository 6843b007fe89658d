import { describe, expect, it } from 'vitest';
import { aChange, aPolicy, aRequest, MINUTE, T0 } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestSpec, RequestState, RequestedChange } from '../../api/approval-request.ts';
import { instant } from './instant.ts';
import type { RequestFacts } from './state.ts';
import { isSameQuestion, policiesChanged, rememberedUntil, supersedes } from './supersede.ts';

const diff = (...paths: string[]): RequestedChange['diff'] => paths.map((path) => ({ path, op: 'Changed' }));
const request = (
  uid: string,
  at: number,
  change: Partial<RequestedChange> = {},
  over: Partial<ApprovalRequestSpec> = {},
): RequestFacts => {
  const base = { operation: 'UPDATE', diff: diff('spec.replicas') } as const;
  const asked = { fingerprint: uid, change: aChange({ ...base, ...change }) };
  const spec = { requestedAt: instant(at), ...asked, ...over };
  return { ...aRequest(spec, { state: 'Pending' }), metadata: { name: uid, uid } };
};
const inState = (state: RequestState): RequestFacts => ({ ...request('older', T0), status: { state } });
const older = request('older', T0);
const other = { requester: { username: 'other', short: 'other', groups: [] } };

describe('supersedes', () => {
  it.each<[string, RequestFacts, RequestFacts, boolean]>([
    ['the same path', request('newer', T0 + 1), older, true],
    ['another path', request('newer', T0 + 1, { diff: diff('spec.paused') }), older, false],
    ['a path above', request('newer', T0 + 1, { diff: diff('spec') }), older, true],
    ['a path below', request('newer', T0 + 1, { diff: diff('spec.replicas.x') }), older, true],
    ['a list item below', request('newer', T0 + 1, { diff: diff('spec.replicas[0]') }), older, true],
    [
      'a path that only begins alike',
      request('newer', T0 + 1, { diff: diff('spec.replicasMax') }),
      older,
      false,
    ],
    ['one of many', request('newer', T0 + 1, { diff: diff('spec.paused', 'spec.replicas') }), older, true],
    ['a cut diff', request('newer', T0 + 1, { diff: diff('spec.paused'), cut: 1 }), older, true],
    ['a diff without paths', request('newer', T0 + 1, { diff: [] }), older, true],
    ['an older one', request('newer', T0 - 1), older, false],
    ['one of the same instant', request('newer', T0), older, false],
    ['itself', older, older, false],
    ['the very same change', request('newer', T0 + 1, {}, { fingerprint: 'older' }), older, false],
    ['another object', request('newer', T0 + 1, { name: 'web' }), older, false],
    ['another namespace', request('newer', T0 + 1, { namespace: 'x' }), older, false],
    ['another operation', request('newer', T0 + 1, { operation: 'DELETE' }), older, false],
    ['another subresource', request('newer', T0 + 1, { subresource: 'scale' }), older, false],
    ['another agent', request('newer', T0 + 1, {}, other), older, false],
    ['a time that cannot be read', request('newer', T0 + 1, {}, { requestedAt: 'x' }), older, false],
    ['an approved one', request('newer', T0 + 1), inState('Approved'), false],
    ['a denied one', request('newer', T0 + 1), inState('Denied'), false],
    [
      'objects without names',
      request('newer', T0 + 1, { name: '', generateName: 'a-' }),
      request('older', T0, { name: '', generateName: 'a-' }),
      false,
    ],
  ])('%s: %s', (_case, newer, old, expected) => {
    expect(supersedes(newer, old)).toBe(expected);
  });

  it('takes a request that has no status yet for pending', () => {
    const { status: _none, ...fresh } = older;
    expect(supersedes(request('newer', T0 + 1), fresh)).toBe(true);
  });
});

describe('a remembered refusal', () => {
  const denied = (at: string) =>
    aRequest(
      {},
      {
        state: 'Denied',
        decisions: [
          { name: 'd', uid: 'd', verdict: 'Deny', person: 'alice', policies: [], channel: 'kubectl', at },
        ],
      },
    );
  it('lasts for the cool-down from the denial', () => {
    expect(rememberedUntil(denied(instant(T0)))).toBe(T0 + 15 * MINUTE);
    expect(rememberedUntil(denied('x'))).toBeUndefined();
    expect(rememberedUntil(aRequest({}, { state: 'Expired' }))).toBeUndefined();
    expect(rememberedUntil(aRequest())).toBeUndefined();
  });
  it('is about agent, object and operation, whatever the content', () => {
    const paused = request('newer', T0, { diff: diff('spec.paused') });
    expect(isSameQuestion(paused.spec, older.spec)).toBe(true);
    expect(isSameQuestion(request('newer', T0, {}, { cluster: 'other' }).spec, older.spec)).toBe(false);
    expect(isSameQuestion(request('newer', T0, { generateName: 'x-' }).spec, older.spec)).toBe(false);
  });
});

describe('policiesChanged', () => {
  const asked = aRequest({ policies: [aPolicy(), aPolicy({ name: 'other', digest: 'sha256:two' })] });
  const live = (prod: string | undefined, second: string | undefined) =>
    policiesChanged(
      asked,
      new Map([
        ['prod', prod],
        ['other', second],
      ]),
    );
  it.each([
    ['sha256:one', 'sha256:two', undefined],
    ['sha256:new', 'sha256:two', { policy: 'prod', words: 'policy prod changed since the request was made' }],
    [
      'sha256:one',
      undefined,
      { policy: 'other', words: 'policy other was deleted since the request was made' },
    ],
  ])('%s and %s: %j', (prod, second, expected) => {
    expect(live(prod, second)).toEqual(expected);
  });
  it('takes a policy that nobody mentions for deleted', () => {
    expect(policiesChanged(asked, new Map())?.words).toMatch(/^policy prod was deleted/);
  });
});
