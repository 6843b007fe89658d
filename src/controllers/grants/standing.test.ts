import { describe, expect, it } from 'vitest';
import { aSealer } from '../../../test/builders/gate-world.ts';
import {
  aDecision,
  anAccess,
  asksFor,
  aSpec,
  MINUTE,
  SEAL,
  T0,
} from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestStatus } from '../../api/approval-request.ts';
import { decisionSealBytes, requestSealBytes } from '../../domain/request/sealed.ts';
import { plainVerdict, verdictOf, type AccessRequest, type Grounds } from './standing.ts';

const sealer = aSealer();
const NOW = T0 + 2 * MINUTE;
const UNTIL = '2026-11-22T10:16:00Z';
const RULES = [{ verbs: ['delete', 'get'], apiGroups: [''], resources: ['pods'] }];

const sealed = (status: Partial<ApprovalRequestStatus> = {}): AccessRequest => {
  const { seal: _, ...spec } = aSpec({ ...asksFor(anAccess({ once: false })) });
  const clean = JSON.parse(JSON.stringify(spec)) as typeof spec;
  return {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name: 'delete-deployments-api-7k2m9q4tpx', uid: 'request-uid', resourceVersion: '1' },
    spec: { ...clean, seal: sealer.sign(requestSealBytes(clean)) },
    status: { state: 'Approved', usableUntil: UNTIL, ...status },
  } as AccessRequest;
};
const signed = (draft: Parameters<typeof aDecision>[0] = {}) => {
  const decision = aDecision(draft);
  const stamp = { ...decision.spec.stamp!, seal: sealer.sign(decisionSealBytes(decision.spec)) };
  return { ...decision, spec: { ...decision.spec, stamp } };
};
const grounds = (over: Partial<Grounds> = {}): Grounds => ({
  decisions: [signed()],
  approvers: [],
  policies: new Map([['prod', 'sha256:one']]),
  role: { rules: RULES, isAggregated: false },
  isFrozen: false,
  newestNamespace: 0,
  ...over,
});
const verdict = (request: AccessRequest, over: Partial<Grounds> = {}, now = NOW) =>
  verdictOf(request, grounds(over), sealer.verify, now);

describe('verdictOf', () => {
  it('stands until the end that was promised', () => {
    expect(verdict(sealed())).toEqual({ kind: 'stands', until: Date.parse(UNTIL) });
    expect(verdict(sealed({ usableUntil: '2026-11-22T10:10:00Z' }))).toEqual({
      kind: 'stands',
      until: Date.parse('2026-11-22T10:10:00Z'),
    });
  });

  it('INV-1: never by what the status says alone', () => {
    const over = { kind: 'over', why: 'Revoked', by: 'assent' };
    expect(verdict(sealed(), { decisions: [] })).toEqual(over);
    expect(verdict(sealed(), { decisions: [aDecision()] })).toEqual(over);
    expect(verdict({ ...sealed(), spec: { ...sealed().spec, seal: SEAL } })).toEqual(over);
  });

  const ends: readonly (readonly [
    what: string,
    why: string,
    request: AccessRequest,
    over: Partial<Grounds>,
    now: number,
  ])[] = [
    ['its time is over', 'Expired', sealed(), {}, Date.parse(UNTIL)],
    ['it was taken back', 'Revoked', sealed(), { decisions: [signed(), signed({ verdict: 'Revoke' })] }, NOW],
    ['a policy changed', 'PolicyChanged', sealed(), { policies: new Map() }, NOW],
    ['somebody froze the agent', 'Frozen', sealed(), { isFrozen: true }, NOW],
    ['a namespace was made after the approval', 'NamespaceChanged', sealed(), { newestNamespace: NOW }, NOW],
    ['its ClusterRole is gone', 'RoleChanged', sealed(), { role: 'gone' }, NOW],
    [
      'its ClusterRole holds less',
      'RoleChanged',
      sealed(),
      { role: { rules: [], isAggregated: false } },
      NOW,
    ],
    ['it was used up', 'Used', sealed({ state: 'Reserved' }), {}, NOW],
    ['it ended before', 'Revoked', sealed({ grant: { endedAt: UNTIL, endedWhy: 'Revoked' } }), {}, NOW],
  ];
  it.each(ends)('INV-4: is over when %s', (_, why, request, ...facts) => {
    expect(verdict(request, ...facts)).toMatchObject({ kind: 'over', why });
  });

  it('stands where its namespaces were there when it was approved', () => {
    const second = T0 + MINUTE;
    expect(verdict(sealed(), { newestNamespace: second - 1_000 })).toMatchObject({ kind: 'stands' });
    // The API server says whole seconds: one of the same second may have been made behind it.
    expect(verdict(sealed(), { newestNamespace: second })).toMatchObject({ why: 'NamespaceChanged' });
  });

  it('is none of ours before approval and after the end', () => {
    for (const state of ['Pending', 'Denied', 'Expired', 'Superseded', 'Withdrawn', 'Ended'] as const)
      expect(plainVerdict(sealed({ state }), sealer.verify, NOW)).toEqual({ kind: 'none' });
  });

  it('waits where a decision was made after the time of the API server', () => {
    const decisions = [signed({ at: NOW + 10 * MINUTE })];
    expect(() => verdict(sealed(), { decisions })).toThrow('after the time of the API server');
  });
});
