import { describe, expect, it } from 'vitest';
import { GROUP } from '../../api/group.ts';
import { CEILING, NAMESPACE } from '../../api/installation.ts';
import {
  aClusterOf,
  aReadyPolicy,
  bound,
  boundIn,
  type Planted,
} from '../../../test/builders/doctor-facts.ts';
import { examine } from './examine.ts';
import type { Facts } from './facts.ts';

const RBAC = 'rbac.authorization.k8s.io';
const BOT = { kind: 'ServiceAccount', namespace: 'agents', name: 'bot' };
const BOB = { kind: 'User', name: 'bob' };
const rule = (apiGroup: string, resources: string[], verbs: string[], more: object = {}) => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
  ...more,
});
const found = (planted: Planted, rest: Partial<Facts> = {}): string[] =>
  examine(aClusterOf(planted, rest)).findings.map(({ id, subject, says }) => `${id} ${subject}: ${says}`);
const ids = (planted: Planted, rest: Partial<Facts> = {}): string[] =>
  examine(aClusterOf(planted, rest)).findings.map(({ id }) => id.replace('ASSENT-', ''));

describe('INV-1: a right of an agent', () => {
  it.each<[string, object]>([
    ['W101', rule('', ['users'], ['impersonate'], { resourceNames: ['alice'] })],
    ['W101', rule('authentication.k8s.io', ['uids'], ['impersonate'])],
    ['W101', rule('authentication.k8s.io', ['users'], ['impersonate:user-info'])],
    ['W101', rule('authentication.k8s.io', ['nodes'], ['impersonate:arbitrary-node'])],
    ['W102', rule('', ['groups'], ['*'])],
    ['W102', rule('authentication.k8s.io', ['groups'], ['impersonate:user-info'])],
    ['W103', rule('', ['serviceaccounts'], ['impersonate'])],
    ['W103', rule('authentication.k8s.io', ['serviceaccounts'], ['impersonate:serviceaccount'])],
    ['W104', rule(RBAC, ['clusterroles'], ['escalate'])],
    ['W105', rule(RBAC, ['clusterroles'], ['bind'], { resourceNames: ['cluster-admin'] })],
    ['W106', rule('', ['serviceaccounts/token'], ['create'])],
    ['W108', rule('certificates.k8s.io', ['signers'], ['approve'])],
    ['W110', rule('admissionregistration.k8s.io', ['mutatingwebhookconfigurations'], ['create'])],
    ['W111', rule('admissionregistration.k8s.io', ['validatingadmissionpolicybindings'], ['delete'])],
    ['W112', rule('apiextensions.k8s.io', ['customresourcedefinitions'], ['patch'])],
    ['W113', rule('apiregistration.k8s.io', ['apiservices'], ['update'])],
    ['W114', rule('', ['secrets'], ['list'])],
    ['W117', rule('', ['nodes/proxy'], ['get'])],
    ['W120', rule('*', ['*'], ['*'])],
    ['W121', rule(GROUP, ['approvalpolicies'], ['approve'])],
    ['W122', rule(GROUP, ['approvers'], ['create'])],
    ['W124', rule('coordination.k8s.io', ['leases'], ['update'])],
    ['W125', rule('', ['namespaces'], ['patch'])],
    ['W126', rule('admissionregistration.k8s.io', ['validatingwebhookconfigurations'], ['watch'])],
  ])('%s is found: %j', (id, given) => {
    expect(ids(bound('bots', [given], BOT))).toEqual([id]);
  });

  it.each<[string, string, object[]]>([
    ['W107', 'shop', [rule('', ['secrets'], ['create', 'get'])]],
    ['W114', NAMESPACE, [rule('', ['secrets'], ['get'], { resourceNames: ['assent-seal'] })]],
    ['W115', NAMESPACE, [rule('apps', ['statefulsets'], ['patch'])]],
    ['W116', NAMESPACE, [rule('', ['pods/exec'], ['create'])]],
    ['W118', 'kube-system', [rule('batch', ['cronjobs'], ['create'])]],
    ['W118', 'kube-system', [rule('', ['pods/exec'], ['create'])]],
    ['W118', 'kube-system', [rule('', ['pods/ephemeralcontainers'], ['patch'])]],
  ])('%s is found in %s: %j', (id, namespace, given) => {
    expect(ids(boundIn(namespace, 'bots', given, BOT))).toEqual([id]);
  });

  it.each<[string, object[]]>([
    ['shop', [rule('', ['secrets'], ['create'])]],
    ['shop', [rule('', ['pods'], ['create']), rule('', ['pods/exec'], ['create'])]],
    ['shop', [rule('', ['users', 'nodes/proxy'], ['impersonate', 'get'])]],
    [NAMESPACE, [rule('', ['pods'], ['create'], { resourceNames: ['x'] })]],
    [NAMESPACE, [rule(GROUP, ['approvalpolicies'], ['approve'])]],
  ])('is none that leads nowhere: in %s %j', (namespace, given) => {
    expect(ids(boundIn(namespace, 'bots', given, BOT))).toEqual([]);
  });

  it('is found through the role that gathers it, with the binding that gives it', () => {
    const gathers = {
      metadata: { name: 'bots' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'bots' } }] },
    };
    const part = {
      metadata: { name: 'part', labels: { to: 'bots' } },
      rules: [rule('', ['users'], ['impersonate'])],
    };
    const { clusterRoleBindings } = bound('bots', [], BOT);
    expect(found({ clusterRoles: [gathers, part] as never, clusterRoleBindings })).toEqual([
      'ASSENT-W101 ServiceAccount agents/bot: may impersonate users (ClusterRoleBinding bots)',
    ]);
  });

  it.each<[string, object, string]>([
    ['all ServiceAccounts', { kind: 'Group', name: 'system:serviceaccounts' }, 'ServiceAccount agents/bot'],
    [
      'those of a namespace',
      { kind: 'Group', name: 'system:serviceaccounts:agents' },
      'ServiceAccount agents/bot',
    ],
    ['everybody', { kind: 'Group', name: 'system:authenticated' }, 'ServiceAccount agents/bot'],
    [
      'the account as a user',
      { kind: 'User', name: 'system:serviceaccount:agents:bot' },
      'ServiceAccount agents/bot',
    ],
  ])('is found where it is given to %s', (_, subject, words) => {
    const [first] = examine(
      aClusterOf(bound('all', [rule('', ['groups'], ['impersonate'])], subject)),
    ).findings;
    expect(first).toMatchObject({ id: 'ASSENT-W102', subject: words, policies: ['p'] });
  });

  it.each<[object, object, string]>([
    [{ serviceAccount: 'agents/*' }, BOT, 'ServiceAccount agents/bot'],
    [
      { serviceAccount: 'agents-*/x' },
      { kind: 'Group', name: 'system:serviceaccounts:agents-1' },
      'ServiceAccount agents-1/x',
    ],
    [{ user: 'bot-*' }, { kind: 'User', name: 'bot-7' }, 'user bot-7'],
    [{ user: 'bot-*' }, { kind: 'Group', name: 'system:authenticated' }, 'user bot-*'],
    [{ group: 'agents:*' }, { kind: 'Group', name: 'agents:deploy' }, 'group agents:deploy'],
    [{ group: 'system:serviceaccounts:agents' }, BOT, 'ServiceAccount agents/bot'],
    [
      { group: 'system:serviceaccounts:agents' },
      { kind: 'Group', name: 'system:serviceaccounts' },
      'group system:serviceaccounts:agents',
    ],
  ])('is found of whom the policy names by %j', (agent, subject, words) => {
    const policies = [aReadyPolicy('p', { agents: [agent] })];
    const { findings } = examine(
      aClusterOf({ ...bound('b', [rule('', ['users'], ['impersonate'])], subject), policies }),
    );
    expect(findings.map((one) => [one.id, one.subject])).toContainEqual(['ASSENT-W101', words]);
  });

  it('is nothing of somebody whom no policy names', () => {
    expect(ids(bound('bobs', [rule('*', ['*'], ['*'])], BOB))).toEqual([]);
  });

  it('is one finding where one binding gives it to many', () => {
    const policies = [
      aReadyPolicy('p', {
        agents: ['a', 'b', 'c', 'd'].map((name) => ({ serviceAccount: `agents/${name}` })),
      }),
    ];
    const all = bound('all', [rule('', ['users'], ['impersonate'])], {
      kind: 'Group',
      name: 'system:serviceaccounts:agents',
    });
    expect(found({ ...all, policies })).toEqual([
      'ASSENT-W101 ServiceAccount agents/a, ServiceAccount agents/b, ServiceAccount agents/c, 1 more: may impersonate users (ClusterRoleBinding all)',
    ]);
  });
});

describe('a right whose use admission sees', () => {
  const TOKENS = boundIn('shop', 'bots', [rule('', ['serviceaccounts/token'], ['create'])], BOT);
  const policy = (over: object = {}, match: object = {}) =>
    aReadyPolicy('p', {
      ...over,
      match: { rules: [{ apiGroups: [''], resources: ['*/*'], operations: ['*'] }], ...match },
    });
  it.each<[string, ReturnType<typeof policy>]>([
    ['asks', policy()],
    ['denies', policy({ action: 'Deny' })],
    ['names the namespace', policy({}, { namespaces: { names: ['sho*'] } })],
  ])('is none where a policy %s', (_, one) => {
    expect(ids({ ...TOKENS, policies: [one] })).toEqual([]);
  });
  it.each<[string, ReturnType<typeof policy>]>([
    ['only warns', policy({ mode: 'Warn' })],
    ['allows', policy({ action: 'Allow' })],
    ['has a condition', policy({}, { conditions: [{ name: 'c', expression: 'true' }] })],
    ['names another namespace', policy({}, { namespaces: { names: ['prod'] } })],
    ['goes by labels, which change', policy({}, { namespaces: { selector: { matchLabels: { a: 'b' } } } })],
    [
      'names objects',
      policy(
        {},
        { rules: [{ apiGroups: [''], resources: ['*/*'], operations: ['*'], resourceNames: ['x'] }] },
      ),
    ],
    [
      'names another operation',
      policy({}, { rules: [{ apiGroups: [''], resources: ['*/*'], operations: ['DELETE'] }] }),
    ],
  ])('is one where the policy %s', (_, one) => {
    expect(ids({ ...TOKENS, policies: [one] })).toEqual(['W106']);
  });
  it('is one where only another agent is held', () => {
    const other = policy({ agents: [{ serviceAccount: 'agents/other' }] });
    expect(
      ids({
        ...TOKENS,
        policies: [aReadyPolicy('mine'), { ...other, metadata: { ...other.metadata, name: 'q' } }],
      }),
    ).toEqual(['W106']);
  });
});

it('INV-7: a right whose use admission sees is one where the policy that would hold it is left out', () => {
  const spec = { match: { rules: [{ apiGroups: [''], resources: ['*/*'], operations: ['*'] as ['*'] }] } };
  const { status, ...policy } = aReadyPolicy('p', spec);
  const conditions = (status?.conditions ?? []).map((one) => ({ ...one, status: 'False' as const }));
  const tokens = boundIn('shop', 'bots', [rule('', ['serviceaccounts/token'], ['create'])], BOT);
  const of = (reason: string) => ({
    ...policy,
    status: { conditions: conditions.map((one) => ({ ...one, reason })) },
  });
  expect(ids({ ...tokens, policies: [of('LeftOut')] })).toContain('W106');
  expect(ids({ ...tokens, policies: [of('NotRegistered')] })).not.toContain('W106');
});

describe('pods as a stronger account', () => {
  const pods = boundIn('shop', 'bots', [rule('', ['pods'], ['create'])], BOT);
  const strong = bound('strong', [rule('', ['users'], ['impersonate'])], {
    kind: 'ServiceAccount',
    namespace: 'shop',
    name: 'operator',
  });
  it('is found, with the account', () => {
    expect(found({ ...pods, ...strong })).toEqual([
      'ASSENT-W119 ServiceAccount agents/bot: may run or enter pods of a stronger ServiceAccount, shop/operator (RoleBinding shop/bots)',
    ]);
  });
  it.each(['exec', 'attach', 'portforward'])('is found where such a pod may be entered: %s', (door) => {
    const entering = boundIn('shop', 'bots', [rule('', [`pods/${door}`], ['create'])], BOT);
    expect(ids({ ...entering, ...strong })).toEqual(door === 'portforward' ? [] : ['W119']);
  });
  it.each<[string, object]>([
    ['bind', rule(RBAC, ['clusterroles'], ['bind'])],
    ['escalate', rule(RBAC, ['clusterroles'], ['escalate'])],
    ['tokens', rule('', ['serviceaccounts/token'], ['create'])],
    ['redirect an API', rule('apiregistration.k8s.io', ['apiservices'], ['create'])],
  ])('is found where nothing holds that account: %s', (_, given) => {
    const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'operator' };
    expect(ids({ ...pods, ...bound('strong', [given], account) })).toEqual(['W119']);
  });
  it.each<[string, object]>([
    ['as a user', { kind: 'User', name: 'system:serviceaccount:shop:operator' }],
    ['as all of its namespace', { kind: 'Group', name: 'system:serviceaccounts:shop' }],
  ])('is found where the right is given %s', (_, subject) => {
    const given = bound('strong', [rule('', ['users'], ['impersonate'])], subject);
    expect(ids({ ...pods, ...given })).toEqual(['W119']);
  });
  it('is none where that account is an agent that is held', () => {
    const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'operator' };
    const held = aReadyPolicy('held', {
      agents: [{ serviceAccount: 'shop/operator' }],
      match: { rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], operations: ['CREATE'] }] },
    });
    const given = bound('strong', [rule('', ['serviceaccounts/token'], ['create'])], account);
    expect(ids({ ...pods, ...given, policies: [aReadyPolicy(), held] })).toEqual([]);
  });
  it('is none where that account is elsewhere, or weak', () => {
    const elsewhere = bound('strong', [rule('', ['users'], ['impersonate'])], {
      kind: 'ServiceAccount',
      namespace: 'lab',
      name: 'operator',
    });
    const weak = bound('weak', [rule('batch', ['jobs'], ['delete'])], {
      kind: 'ServiceAccount',
      namespace: 'shop',
      name: 'operator',
    });
    expect(ids({ ...pods, ...elsewhere })).toEqual([]);
    expect(ids({ ...pods, ...weak })).toEqual([]);
  });
});

it('finds an agent that is bound to the ceiling', () => {
  const { clusterRoleBindings } = bound(CEILING, [], BOT);
  expect(ids({ clusterRoleBindings })).toEqual(['W123']);
});
