import { describe, expect, it } from 'vitest';
import type { ApprovalPolicy, ApprovalPolicySpec } from '../../api/approval-policy.ts';
import { aPolicySpec } from '../../../test/builders/policies.ts';
import { policyStatus, type CheckedPolicy, type Place } from './status.ts';

const IN_PLACE = { kind: 'registered' } as const;
const SEEN = { kind: 'seen' } as const;
const NOW = Date.UTC(2026, 10, 22, 12);
const checked = (over: Partial<CheckedPolicy> = {}, status?: ApprovalPolicy['status']): CheckedPolicy => ({
  policy: {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalPolicy',
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', generation: 3 },
    spec: aPolicySpec(),
    ...(status ? { status } : {}),
  },
  errors: [],
  warnings: [],
  isDangerous: false,
  isServed: true,
  ...over,
});

describe('policyStatus', () => {
  it('is Ready with the generation that it was computed from, and says what the policy does', () => {
    const { status, changed } = policyStatus(checked(), IN_PLACE, SEEN, NOW);
    expect(changed).toBe(true);
    expect(status.digest).toMatch(/^sha256:/);
    expect(status.conditions).toMatchObject([
      { type: 'Ready', status: 'True', observedGeneration: 3, reason: 'Compiled' },
      { type: 'Enforced', status: 'True', observedGeneration: 3, reason: 'Seen' },
    ]);
  });

  it('is no news the second time, and keeps the time of the last change', () => {
    const first = policyStatus(checked(), IN_PLACE, SEEN, NOW).status;
    const again = policyStatus(checked({}, first), IN_PLACE, SEEN, NOW + 60_000);
    expect(again.changed).toBe(false);
    expect(again.status.conditions?.[0]?.lastTransitionTime).toBe(first.conditions?.[0]?.lastTransitionTime);
  });

  it.each([
    [false, 'AsksTooOften', 'Conditions that cannot be read count as true: spec.x: it is wrong.'],
    [true, 'LeftOut', 'The policy is left out: spec.x: it is wrong.'],
  ])('says why it is not Ready (dangerous: %s)', (isDangerous, reason, message) => {
    const { status } = policyStatus(
      checked({ errors: ['spec.x: it is wrong'], isDangerous }),
      IN_PLACE,
      SEEN,
      NOW,
    );
    expect(status.conditions).toMatchObject([{ status: 'False', reason, message }, {}]);
  });

  it.each<[Place, string, RegExp]>([
    [{ kind: 'too-many-agents' }, 'LeftOut', /^The policy is left out: with it, the agents of all policies/],
    [{ kind: 'not-registered', why: 'rules[0] is invalid' }, 'NotRegistered', /: rules\[0\] is invalid$/],
  ])('INV-1: is not Ready where it is not registered: %j', (place, reason, message) => {
    const { status, isReady } = policyStatus(checked({ errors: ['spec.x: it is wrong'] }), place, SEEN, NOW);
    expect(isReady).toBe(false);
    expect(status.conditions).toMatchObject([
      { status: 'False', reason, message: expect.stringMatching(message) as string },
      { type: 'Enforced', status: 'False' },
    ]);
  });

  it.each<[ApprovalPolicySpec['mode'], string[], string]>([
    ['Enforce', [], 'The policy is compiled into the webhook rules and holds changes.'],
    [
      'Enforce',
      [
        'spec.match.rules[0]: the cluster serves no resource "deploymentz"; the rule holds as soon as there is one.',
      ],
      'The policy is compiled into the webhook rules and holds changes; 1 warning: spec.match.rules[0]: the cluster serves no resource "deploymentz"; the rule holds as soon as there is one.',
    ],
    [
      'Warn',
      ['a', 'b'],
      'The policy is compiled into the webhook rules; changes go through with a warning; 2 warnings, the first: a.',
    ],
  ])('says what a policy in mode %s does, and what is doubtful about it: %j', (mode, warnings, message) => {
    const given = checked({ warnings });
    const policy = { ...given.policy, spec: { ...given.policy.spec, mode } };
    const { status } = policyStatus({ ...given, policy }, IN_PLACE, SEEN, NOW);
    expect(status.conditions).toMatchObject([{ status: 'True', message }, {}]);
  });

  it('keeps conditions of others and tells warnings', () => {
    const others = [
      {
        type: 'SomebodyElses',
        status: 'True' as const,
        observedGeneration: 3,
        lastTransitionTime: '2026-11-22T11:00:00Z',
        reason: 'Seen',
        message: 'x',
      },
    ];
    const { status } = policyStatus(
      checked({ warnings: ['deployments without deployments/scale'] }, { conditions: others }),
      IN_PLACE,
      SEEN,
      NOW,
    );
    expect(status.conditions?.map((one) => one.type)).toEqual(['Ready', 'Enforced', 'SomebodyElses']);
    expect(status.warnings).toEqual(['deployments without deployments/scale']);
  });
});
