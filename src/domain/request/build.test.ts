import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGENT, SEAL, T0 } from '../../../test/builders/request-facts.ts';
import { approvalPolicySpec } from '../../api/approval-policy.ts';
import { approvalRequestSpec, type ApprovalRequestSpec, type DiffEntry } from '../../api/approval-request.ts';
import { buildRequestSpec, type BuildFacts } from './build.ts';
import type { AskingPolicy } from './parts.ts';

const policySpec = (over: object = {}, risk = 'High') =>
  approvalPolicySpec.parse({
    agents: [{ user: 'bot' }],
    match: { rules: [{ apiGroups: [''], resources: ['pods'], operations: ['*'] }] },
    risk,
    approval: over,
  });
const policy = (over: Partial<AskingPolicy> = {}): AskingPolicy => ({
  name: 'prod',
  uid: 'policy-uid',
  digest: 'sha256:one',
  spec: policySpec(),
  owners: [],
  ...over,
});
const facts = (over: Partial<BuildFacts> = {}): BuildFacts => ({
  cluster: 'cluster-uid',
  review: {
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    subResource: '',
    namespace: 'payments',
    operation: 'DELETE',
    userInfo: { username: AGENT, uid: 'agent-uid', groups: ['system:authenticated'], extra: {} },
  },
  name: 'api',
  change: { action: 'delete', objectUid: 'object-uid' },
  fingerprint: 'v1:f00d',
  mask: { diff: [], masked: 0, cut: 0 },
  policies: [policy()],
  predecessor: '',
  ...over,
});
const built = (over: Partial<BuildFacts> = {}): Omit<ApprovalRequestSpec, 'seal'> => {
  const outcome = buildRequestSpec(facts(over), T0);
  if (!outcome.ok) throw new Error(outcome.why);
  return outcome.spec;
};
const refused = (over: Partial<BuildFacts>): string => {
  const outcome = buildRequestSpec(facts(over), T0);
  return outcome.ok ? 'built' : outcome.why;
};
const user = (over: Partial<BuildFacts['review']['userInfo']>): Partial<BuildFacts> => {
  const { review } = facts();
  return { review: { ...review, userInfo: { ...review.userInfo, ...over } } };
};

describe('buildRequestSpec', () => {
  it('says who asks for what, under which policies, until when', () => {
    expect(built()).toEqual({
      cluster: 'cluster-uid',
      requester: {
        username: AGENT,
        uid: 'agent-uid',
        short: 'sa:agents/deploy-bot',
        groups: ['system:authenticated'],
      },
      policies: [{ name: 'prod', uid: 'policy-uid', digest: 'sha256:one', required: 1, owners: [] }],
      risk: 'High',
      summary: 'delete deployments payments/api',
      action: 'delete',
      target: 'deployments payments/api',
      fingerprint: 'v1:f00d',
      change: {
        operation: 'DELETE',
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        subresource: '',
        kind: 'Deployment',
        namespace: 'payments',
        name: 'api',
        objectUid: 'object-uid',
        diff: [],
        masked: 0,
        cut: 0,
      },
      reasonRequired: false,
      approveMasked: false,
      requestedAt: '2026-11-22T10:05:00.000Z',
      expiresAt: '2026-11-22T14:05:00Z',
      usableForSeconds: 1_800,
      coolDownSeconds: 900,
      predecessor: '',
    });
  });

  it('says of a scale from how many to how many it goes, unless the policy words it', () => {
    const review = { ...facts().review, subResource: 'scale', operation: 'UPDATE' as const };
    const entry = { path: 'spec.replicas', op: 'Changed' as const, from: { shown: '2' }, to: { shown: '5' } };
    const scale = {
      review,
      change: { action: 'scale', objectUid: 'u' },
      mask: { diff: [entry], masked: 0, cut: 0 },
    };
    expect(built(scale).summary).toBe('scale deployments payments/api from 2 to 5');
    expect(built(scale).target).toBe('deployments/scale payments/api');
    expect(built({ ...scale, summary: 'grow the shop' }).summary).toBe('grow the shop');
  });

  it('takes the strictest terms of all policies', () => {
    const lax = { pendingFor: '2h', usableFor: '1h', coolDown: '1m', required: 2, approveMasked: true };
    const strict = { pendingFor: '8h', usableFor: '5m', coolDown: '1h', reasonRequired: true };
    const policies = [
      policy({ spec: policySpec(lax, 'Critical') }),
      policy({ name: 'other', spec: policySpec(strict, 'Low'), owners: ['alice'] }),
    ];
    expect(built({ policies })).toMatchObject({
      policies: [
        { name: 'prod', required: 2, owners: [] },
        { name: 'other', required: 1, owners: ['alice'] },
      ],
      risk: 'Critical',
      reasonRequired: true,
      approveMasked: true,
      expiresAt: '2026-11-22T12:05:00Z',
      usableForSeconds: 300,
      coolDownSeconds: 3_600,
    });
  });

  it.each([
    ['Low', {}, true],
    ['Medium', {}, true],
    ['High', {}, false],
    ['Critical', {}, false],
    ['Critical', { approveMasked: true }, true],
    ['Low', { approveMasked: false }, false],
  ])('INV-9: at risk %s with %j, masked values may be approved: %s', (risk, over, expected) => {
    expect(built({ policies: [policy({ spec: policySpec(over, risk) })] }).approveMasked).toBe(expected);
  });

  it('keeps what informs: pod, node, reason, source and summary, cleaned and cut', () => {
    const spec = built({
      ...user({
        extra: {
          'authentication.kubernetes.io/pod-name': ['bot-1'],
          'authentication.kubernetes.io/node-name': ['n1'],
        },
      }),
      reason: `urgent\u202e ${'please '.repeat(100)}`,
      fieldManager: 'kubectl\u001b[31m',
      managedBy: 'Kustomization flux-system/apps',
      summary: 'Delete\n the API of payments',
    });
    expect(spec.requester).toMatchObject({ pod: 'bot-1', node: 'n1' });
    expect(spec.reason).toMatch(/^urgent please .*please \.\.\. \(\d+ characters cut\)$/);
    expect(spec.reason?.length).toBeLessThanOrEqual(300);
    expect(spec.change).toMatchObject({
      fieldManager: 'kubectl[31m',
      managedBy: 'Kustomization flux-system/apps',
    });
    expect(spec.summary).toBe('Delete the API of payments');
  });

  it('names a made-up name by its prefix', () => {
    const spec = built({ name: '', generateName: 'api-' });
    expect(spec.change).toMatchObject({ name: '', generateName: 'api-' });
    expect(spec.target).toBe('deployments payments/api-*');
    expect(built({ generateName: 'api-' }).change).not.toHaveProperty('generateName');
  });

  it.each<[string, Partial<BuildFacts>]>([
    ['no policy asks about it', { policies: [] }],
    ['17 policies ask about it, 16 are possible', { policies: Array.from({ length: 17 }, () => policy()) }],
    [
      'policy prod gives the agent more than 16 owners',
      { policies: [policy({ owners: Array.from({ length: 17 }, (_, i) => `o${i}`) })] },
    ],
    [
      'a policy has a duration that cannot be read',
      {
        policies: [
          policy({ spec: { ...policySpec(), approval: { ...policySpec().approval, pendingFor: 'long' } } }),
        ],
      },
    ],
    ['the user name is too long or has characters that cannot be shown', user({ username: 'x'.repeat(257) })],
    ['the user name is too long or has characters that cannot be shown', user({ username: 'al\u202eice' })],
    ['the name of the object is too long or has characters that cannot be shown', { name: 'a\u0000b' }],
    [
      'the namespace is too long or has characters that cannot be shown',
      { review: { ...facts().review, namespace: 'n'.repeat(64) } },
    ],
    [
      'the names of its policies and owners are too long to store',
      {
        policies: Array.from({ length: 16 }, () =>
          policy({ name: 'p'.repeat(253), owners: Array.from({ length: 16 }, () => 'o'.repeat(253)) }),
        ),
      },
    ],
  ])('refuses, rather than shortening what decides: %s', (why, over) => {
    expect(refused(over)).toBe(why);
  });
});

const entry = (i: number, over: Partial<DiffEntry> = {}): DiffEntry => ({
  path: `spec.field${i}`,
  op: 'Changed',
  from: { shown: `${i}` },
  to: { masked: { type: 'string', length: 5 } },
  ...over,
});
describe('what a change differs in from an approved one', () => {
  it('is told for the first sixteen paths, and left out where there is none', () => {
    const paths = Array.from({ length: 20 }, (_, i) => `data.key${i}`);
    expect(built({ differs: { from: 'r1', paths } }).differs).toEqual({
      from: 'r1',
      paths: paths.slice(0, 16),
    });
    expect(built({ differs: { from: 'r1', paths: [] } })).not.toHaveProperty('differs');
    expect(built()).not.toHaveProperty('differs');
  });
});

const diffOf = (...diff: DiffEntry[]) => built({ mask: { diff, masked: 1, cut: 2 } }).change!;

describe('the stored diff', () => {
  it('keeps what fits and adds to the counts of what does not (INV-9)', () => {
    expect(diffOf(entry(1))).toMatchObject({ diff: [entry(1)], masked: 1, cut: 2 });
    const many = diffOf(...Array.from({ length: 130 }, (_, i) => entry(i)));
    expect(many.diff).toHaveLength(100);
    expect(many.cut).toBe(32);
    expect(diffOf(entry(1, { path: 'p'.repeat(513) }), entry(2))).toMatchObject({ diff: [entry(2)], cut: 3 });
    expect(diffOf(entry(1, { to: { shown: 'v'.repeat(257) } }))).toMatchObject({ diff: [], cut: 3 });
  });

  it('spells out what hides or confuses', () => {
    const odd = entry(1, { path: 'data.\u202ea', from: { shown: '"pr\u043ed"' } });
    expect(diffOf(odd).diff[0]).toMatchObject({ path: 'data.\\u{202e}a', from: { shown: '"pr\\u{43e}d"' } });
  });
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    'is immutable',
    '\u202e\u001b[31m',
    'x'.repeat(3_000),
    '\ud800',
    '',
    '\u{1f600}'.repeat(200),
  ),
);
const value = fc.oneof(
  fc.record({ shown: hostile }),
  fc.record({ masked: fc.record({ type: fc.constant('string' as const), length: fc.nat() }) }),
);
const hostileFacts: fc.Arbitrary<BuildFacts> = fc
  .record({
    username: fc.oneof(fc.constant(AGENT), hostile),
    groups: fc.array(hostile, { maxLength: 300 }),
    name: fc.oneof(fc.constant('api'), hostile),
    reason: hostile,
    summary: hostile,
    fieldManager: hostile,
    managedBy: hostile,
    action: hostile,
    pod: hostile,
    differs: fc.option(fc.record({ from: fc.constant('r1'), paths: fc.array(hostile, { maxLength: 40 }) }), {
      nil: undefined,
    }),
    diff: fc.array(
      fc.record({
        path: hostile,
        op: fc.constantFrom('Added' as const, 'Changed' as const),
        from: value,
        to: value,
      }),
      { maxLength: 150 },
    ),
  })
  .map(({ username, groups, pod, action, diff, ...rest }) => {
    const extra = { 'authentication.kubernetes.io/pod-name': [pod] };
    return facts({
      ...user({ username, groups, extra }),
      ...rest,
      change: { action, objectUid: '' },
      mask: { diff, masked: 0, cut: 0 },
    });
  });

describe('whatever arrives', () => {
  it('the spec fits the schema and 32 KiB, or is refused; nothing that changes is lost uncounted', () => {
    let count = 0;
    fc.assert(
      fc.property(hostileFacts, (given) => {
        const outcome = buildRequestSpec(given, T0);
        if (!outcome.ok) return;
        count += 1;
        const { spec } = outcome;
        expect(approvalRequestSpec.safeParse({ ...spec, seal: SEAL }).error).toBeUndefined();
        expect(Buffer.byteLength(JSON.stringify(spec))).toBeLessThanOrEqual(32 * 1_024);
        expect(spec.change!.diff.length + spec.change!.cut).toBe(given.mask.diff.length);
        expect(spec.requester.username).toBe(given.review.userInfo.username);
        expect(spec.change!.name).toBe(given.name);
      }),
    );
    expect(count).toBeGreaterThan(10);
  });
});
