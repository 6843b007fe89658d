import { describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { aPolicySpec } from '../../../test/builders/policies.ts';
import type { Enforcement } from '../guard/canary.ts';
import { countedAs, enforcedCondition } from './enforced.ts';

const T1 = Date.UTC(2026, 10, 23, 12);
const policy = (generation: number, condition?: ReturnType<typeof enforcedCondition>): ApprovalPolicy => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', generation },
  spec: aPolicySpec(),
  ...(condition ? { status: { conditions: [condition] } } : {}),
});
const SEEN: Enforcement = { kind: 'seen' };
const PENDING: Enforcement = { kind: 'pending' };
const seen = enforcedCondition(policy(1), 'registered', SEEN, T1);

describe('INV-1: the condition Enforced', () => {
  it.each<[Enforcement, string, string]>([
    [SEEN, 'True', 'Seen'],
    [{ kind: 'unanswered' }, 'True', 'GateUnreachable'],
    [PENDING, 'Unknown', 'Pending'],
    [{ kind: 'through' }, 'False', 'NotEnforced'],
    [{ kind: 'nothing' }, 'Unknown', 'NothingNamed'],
    [{ kind: 'unknown', why: 'the API server does not answer' }, 'Unknown', 'NotSeen'],
  ])('%j is %s, %s', (enforcement, status, reason) => {
    expect(enforcedCondition(policy(1), 'registered', enforcement, T1)).toMatchObject({ status, reason });
  });

  it.each(['left-out', 'not-registered'] as const)(
    'is False for a policy that is %s, whatever was seen',
    (place) => {
      expect(enforcedCondition(policy(1, seen), place, SEEN, T1).status).toBe('False');
    },
  );

  it('keeps what it said while another policy changes, and not where this one did', () => {
    expect(enforcedCondition(policy(1, seen), 'registered', PENDING, T1 + 9_000)).toBe(seen);
    expect(enforcedCondition(policy(2, seen), 'registered', PENDING, T1 + 9_000)).toMatchObject({
      status: 'Unknown',
      observedGeneration: 2,
    });
  });

  it('is pending for one that was left out until now', () => {
    const out = enforcedCondition(policy(1), 'left-out', SEEN, T1);
    expect(enforcedCondition(policy(1, out), 'registered', PENDING, T1).reason).toBe('Pending');
  });

  it.each<[Enforcement, string, string]>([
    [SEEN, 'Unknown', 'NothingNamed'],
    [{ kind: 'unanswered' }, 'Unknown', 'NothingNamed'],
    [PENDING, 'Unknown', 'NothingNamed'],
    // The API server goes by nothing of ours, or nobody knows: that is so for whatever comes to be served, too.
    [{ kind: 'through' }, 'False', 'NotEnforced'],
    [{ kind: 'unknown', why: 'no answer' }, 'Unknown', 'NotSeen'],
  ])('claims nothing of a policy of which nothing is served: %j is %s, %s', (enforcement, status, reason) => {
    expect(enforcedCondition(policy(1, seen), 'unserved', enforcement, T1)).toMatchObject({ status, reason });
  });

  it('is pending where something that it names has come to be served, and then seen', () => {
    const nothing = enforcedCondition(policy(1), 'unserved', SEEN, T1);
    expect(enforcedCondition(policy(1, nothing), 'registered', PENDING, T1).reason).toBe('Pending');
    expect(enforcedCondition(policy(1, nothing), 'registered', SEEN, T1).status).toBe('True');
  });

  it('is counted apart where there is nothing to see', () => {
    const counted = (place: 'registered' | 'unserved', enforcement: Enforcement) =>
      countedAs(enforcedCondition(policy(1), place, enforcement, T1));
    expect(counted('registered', SEEN)).toBe('true');
    expect(counted('registered', { kind: 'through' })).toBe('false');
    expect(counted('registered', PENDING)).toBe('unknown');
    expect(counted('unserved', SEEN)).toBe('nothing');
  });

  it('keeps the time of the last change of status', () => {
    const again = enforcedCondition(policy(2, seen), 'registered', { kind: 'unanswered' }, T1 + 9_000);
    expect(again.lastTransitionTime).toBe(seen.lastTransitionTime);
    const gone = enforcedCondition(policy(2, seen), 'registered', { kind: 'through' }, T1 + 9_000);
    expect(gone.lastTransitionTime).not.toBe(seen.lastTransitionTime);
  });

  it('says so where changes go through by the mode of the policy', () => {
    const warns = { ...policy(1), spec: { ...aPolicySpec(), mode: 'Warn' as const } };
    expect(enforcedCondition(warns, 'registered', SEEN, T1).message).toContain('In mode Warn');
  });
});
