import { describe, expect, it } from 'vitest';
import { aReadyPolicy } from '../../../test/builders/doctor-facts.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Finding } from '../../domain/doctor/finding.ts';
import { containedConditions } from './contained.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const policy = aReadyPolicy('p');
const found = (over: Partial<Finding> = {}): Finding => ({
  id: 'ASSENT-W101',
  severity: 'dangerous',
  subject: 'ServiceAccount agents/bot',
  says: 'may impersonate users (ClusterRoleBinding bots)',
  remedy: 'Take it away.',
  policies: ['p'],
  ...over,
});
const contained = (findings: Finding[], unseen: string[] = [], of: ApprovalPolicy = policy) =>
  containedConditions(of, { findings, unseen: unseen.map((what) => ({ what, why: 'x' })) }, NOW);
const after = (conditions: ReturnType<typeof contained>): ApprovalPolicy => ({
  ...policy,
  status: { ...policy.status, conditions: [...(conditions ?? [])] },
});

describe('the condition Contained', () => {
  it('is True beside the others where no agent leads round the gate', () => {
    const conditions = contained([]);
    expect(conditions).toMatchObject([
      { type: 'Ready', status: 'True' },
      { type: 'Contained', status: 'True', observedGeneration: 1, reason: 'NoSuchRight' },
    ]);
  });

  it('names the worst and its id, and how many more', () => {
    const [, condition] = contained([found(), found({ id: 'ASSENT-W102' })]) ?? [];
    expect(condition).toMatchObject({
      status: 'False',
      message:
        'ServiceAccount agents/bot may impersonate users (ClusterRoleBinding bots), ASSENT-W101. 1 more. kubectl assent doctor says what to do.',
    });
  });

  it.each<[string, Finding[]]>([
    ['is of another policy', [found({ policies: ['q'] })]],
    ['is advice', [found({ severity: 'advice' })]],
    ['is about no agent', [found({ severity: 'broken', policies: [] })]],
  ])('is True where what was found %s', (_, findings) => {
    expect(contained(findings)?.at(-1)).toMatchObject({ status: 'True' });
  });

  it('INV-7: is Unknown where RBAC could not be read', () => {
    expect(contained([], ['clusterrolebindings'])?.at(-1)).toMatchObject({
      status: 'Unknown',
      reason: 'NotSeen',
    });
    expect(contained([], ['secrets of assent-system'])?.at(-1)).toMatchObject({ status: 'True' });
    expect(contained([found()], ['roles'])?.at(-1)).toMatchObject({ status: 'False' });
  });

  it('is no news the second time, and keeps the time of its last turn', () => {
    const first = after(contained([found()]));
    expect(contained([found()], [], first)).toBeUndefined();
    const [, turned] =
      containedConditions(first, { findings: [found({ id: 'ASSENT-W102' })], unseen: [] }, NOW + 60_000) ??
      [];
    expect(turned?.lastTransitionTime).toBe(first.status?.conditions?.at(-1)?.lastTransitionTime);
  });

  it('holds no more than a condition may', () => {
    const [, condition] = contained([found({ subject: 'x'.repeat(5_000) })]) ?? [];
    expect(condition?.message.length).toBeLessThanOrEqual(1_024);
  });
});
