import { describe, expect, it } from 'vitest';
import { GROUP } from '../../api/group.ts';
import { CEILING, NAMESPACE } from '../../api/installation.ts';
import {
  aClusterOf,
  aReadyPolicy,
  bound,
  boundIn,
  found,
  foundIds,
  ruleOf,
} from '../../../test/builders/doctor-facts.ts';
import { examine } from './examine.ts';

const RBAC = 'rbac.authorization.k8s.io';
const BOT = { kind: 'ServiceAccount', namespace: 'agents', name: 'bot' };
const BOB = { kind: 'User', name: 'bob' };

describe('INV-1: a right of an agent', () => {
  it.each<[string, object]>([
    ['W101', ruleOf('', ['users'], ['impersonate'], { resourceNames: ['alice'] })],
    ['W101', ruleOf('authentication.k8s.io', ['uids'], ['impersonate'])],
    ['W101', ruleOf('authentication.k8s.io', ['users'], ['impersonate:user-info'])],
    ['W101', ruleOf('authentication.k8s.io', ['nodes'], ['impersonate:arbitrary-node'])],
    ['W102', ruleOf('', ['groups'], ['*'])],
    ['W102', ruleOf('authentication.k8s.io', ['groups'], ['impersonate:user-info'])],
    ['W103', ruleOf('', ['serviceaccounts'], ['impersonate'])],
    ['W103', ruleOf('authentication.k8s.io', ['serviceaccounts'], ['impersonate:serviceaccount'])],
    ['W104', ruleOf(RBAC, ['clusterroles'], ['escalate'])],
    ['W105', ruleOf(RBAC, ['clusterroles'], ['bind'], { resourceNames: ['cluster-admin'] })],
    ['W106', ruleOf('', ['serviceaccounts/token'], ['create'])],
    ['W108', ruleOf('certificates.k8s.io', ['signers'], ['approve'])],
    ['W110', ruleOf('admissionregistration.k8s.io', ['mutatingwebhookconfigurations'], ['create'])],
    ['W111', ruleOf('admissionregistration.k8s.io', ['validatingadmissionpolicybindings'], ['delete'])],
    ['W112', ruleOf('apiextensions.k8s.io', ['customresourcedefinitions'], ['patch'])],
    ['W113', ruleOf('apiregistration.k8s.io', ['apiservices'], ['update'])],
    ['W117', ruleOf('', ['nodes/proxy'], ['get'])],
    ['W120', ruleOf('*', ['*'], ['*'])],
    ['W121', ruleOf(GROUP, ['approvalpolicies'], ['approve'])],
    ['W122', ruleOf(GROUP, ['approvers'], ['create'])],
    ['W124', ruleOf('coordination.k8s.io', ['leases'], ['update'])],
    ['W125', ruleOf('', ['namespaces'], ['patch'])],
    ['W126', ruleOf('admissionregistration.k8s.io', ['validatingwebhookconfigurations'], ['watch'])],
  ])('%s is found: %j', (id, given) => {
    expect(foundIds(bound('bots', [given], BOT))).toEqual([id]);
  });

  it.each<[string, string, object[]]>([
    ['W107', 'shop', [ruleOf('', ['secrets'], ['create', 'get'])]],
    ['W114', NAMESPACE, [ruleOf('', ['secrets'], ['get'], { resourceNames: ['assent-seal'] })]],
    ['W115', NAMESPACE, [ruleOf('apps', ['statefulsets'], ['patch'])]],
    ['W116', NAMESPACE, [ruleOf('', ['pods/exec'], ['create'])]],
    ['W128', 'kube-system', [ruleOf('', ['secrets'], ['get'])]],
    ['W128', 'kube-system', [ruleOf('', ['secrets'], ['create'])]],
    ['W132', 'kube-system', [ruleOf('', ['configmaps'], ['patch'], { resourceNames: ['aws-auth'] })]],
    ['W118', 'kube-system', [ruleOf('batch', ['cronjobs'], ['create'])]],
    ['W118', 'kube-system', [ruleOf('', ['pods/exec'], ['create'])]],
    ['W118', 'kube-system', [ruleOf('', ['pods/ephemeralcontainers'], ['patch'])]],
  ])('%s is found in %s: %j', (id, namespace, given) => {
    expect(foundIds(boundIn(namespace, 'bots', given, BOT))).toEqual([id]);
  });

  it.each<[string, object[]]>([
    ['shop', [ruleOf('', ['secrets'], ['create'])]],
    ['shop', [ruleOf('', ['pods'], ['create']), ruleOf('', ['pods/exec'], ['create'])]],
    ['shop', [ruleOf('', ['secrets', 'configmaps'], ['get'])]],
    ['shop', [ruleOf('', ['secrets', 'configmaps'], ['update'])]],
    ['kube-system', [ruleOf('', ['configmaps'], ['get'])]],
    ['shop', [ruleOf('', ['users', 'nodes/proxy'], ['impersonate', 'get'])]],
    [NAMESPACE, [ruleOf('', ['pods'], ['create'], { resourceNames: ['x'] })]],
    [NAMESPACE, [ruleOf(GROUP, ['approvalpolicies'], ['approve'])]],
  ])('is none that leads nowhere: in %s %j', (namespace, given) => {
    expect(foundIds(boundIn(namespace, 'bots', given, BOT))).toEqual([]);
  });

  it('is found through the role that gathers it, with the binding that gives it', () => {
    const gathers = {
      metadata: { name: 'bots' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'bots' } }] },
    };
    const part = {
      metadata: { name: 'part', labels: { to: 'bots' } },
      rules: [ruleOf('', ['users'], ['impersonate'])],
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
      aClusterOf(bound('all', [ruleOf('', ['groups'], ['impersonate'])], subject)),
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
    [
      { user: 'system:serviceaccount:agents:*' },
      { kind: 'Group', name: 'system:serviceaccounts:agents' },
      'ServiceAccount agents/*',
    ],
    [
      { user: 'system:serviceaccount:team-*:bot' },
      { kind: 'Group', name: 'system:serviceaccounts:team-1' },
      'ServiceAccount team-1/bot',
    ],
    [
      { user: 'system:serviceaccount:b*' },
      { kind: 'Group', name: 'system:serviceaccounts' },
      'user system:serviceaccount:b*',
    ],
    [
      { user: 'system:serviceaccount:b*' },
      { kind: 'Group', name: 'system:serviceaccounts:bots' },
      'user system:serviceaccount:b*',
    ],
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
      aClusterOf({ ...bound('b', [ruleOf('', ['users'], ['impersonate'])], subject), policies }),
    );
    expect(findings.map((one) => [one.id, one.subject])).toContainEqual(['ASSENT-W101', words]);
  });

  it.each<[object, string]>([
    [{ user: 'system:serviceaccount:agents:*' }, 'system:serviceaccounts:shop'],
    [{ user: 'system:serviceaccount:b*' }, 'system:serviceaccounts:agents'],
    [{ user: 'bot-*' }, 'system:serviceaccounts:agents'],
    [{ serviceAccount: 'agents/bot' }, 'system:serviceaccounts:shop'],
  ])('is nothing of whom the policy names by %j where %s has it', (agent, name) => {
    const policies = [aReadyPolicy('p', { agents: [agent] })];
    const given = bound('b', [ruleOf('', ['users'], ['impersonate'])], { kind: 'Group', name });
    expect(foundIds({ ...given, policies })).toEqual([]);
  });

  it('is nothing of somebody whom no policy names', () => {
    expect(foundIds(bound('bobs', [ruleOf('*', ['*'], ['*'])], BOB))).toEqual([]);
  });

  it('is one finding where one binding gives it to many', () => {
    const policies = [
      aReadyPolicy('p', {
        agents: ['a', 'b', 'c', 'd'].map((name) => ({ serviceAccount: `agents/${name}` })),
      }),
    ];
    const all = bound('all', [ruleOf('', ['users'], ['impersonate'])], {
      kind: 'Group',
      name: 'system:serviceaccounts:agents',
    });
    expect(found({ ...all, policies })).toEqual([
      'ASSENT-W101 ServiceAccount agents/a, ServiceAccount agents/b, ServiceAccount agents/c, 1 more: may impersonate users (ClusterRoleBinding all)',
    ]);
  });
});

describe('a right whose use admission sees', () => {
  const TOKENS = boundIn('shop', 'bots', [ruleOf('', ['serviceaccounts/token'], ['create'])], BOT);
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
    expect(foundIds({ ...TOKENS, policies: [one] })).toEqual([]);
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
    expect(foundIds({ ...TOKENS, policies: [one] })).toEqual(['W106']);
  });
  it('is one where only another agent is held', () => {
    const other = policy({ agents: [{ serviceAccount: 'agents/other' }] });
    expect(
      foundIds({
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
  const tokens = boundIn('shop', 'bots', [ruleOf('', ['serviceaccounts/token'], ['create'])], BOT);
  const of = (reason: string) => ({
    ...policy,
    status: { conditions: conditions.map((one) => ({ ...one, reason })) },
  });
  expect(foundIds({ ...tokens, policies: [of('LeftOut')] })).toContain('W106');
  expect(foundIds({ ...tokens, policies: [of('NotRegistered')] })).not.toContain('W106');
});

describe('pods as a stronger account', () => {
  const pods = boundIn('shop', 'bots', [ruleOf('', ['pods'], ['create'])], BOT);
  const strong = bound('strong', [ruleOf('', ['users'], ['impersonate'])], {
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
    const entering = boundIn('shop', 'bots', [ruleOf('', [`pods/${door}`], ['create'])], BOT);
    expect(foundIds({ ...entering, ...strong })).toEqual(door === 'portforward' ? [] : ['W119']);
  });
  it.each<[string, object]>([
    ['bind', ruleOf(RBAC, ['clusterroles'], ['bind'])],
    ['escalate', ruleOf(RBAC, ['clusterroles'], ['escalate'])],
    ['tokens', ruleOf('', ['serviceaccounts/token'], ['create'])],
    ['redirect an API', ruleOf('apiregistration.k8s.io', ['apiservices'], ['create'])],
  ])('is found where nothing holds that account: %s', (_, given) => {
    const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'operator' };
    expect(foundIds({ ...pods, ...bound('strong', [given], account) })).toEqual(['W119']);
  });
  it.each<[string, object]>([
    ['as a user', { kind: 'User', name: 'system:serviceaccount:shop:operator' }],
    ['as all of its namespace', { kind: 'Group', name: 'system:serviceaccounts:shop' }],
  ])('is found where the right is given %s', (_, subject) => {
    const given = bound('strong', [ruleOf('', ['users'], ['impersonate'])], subject);
    expect(foundIds({ ...pods, ...given })).toEqual(['W119']);
  });
  it('is none where that account is an agent that is held', () => {
    const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'operator' };
    const held = aReadyPolicy('held', {
      agents: [{ serviceAccount: 'shop/operator' }],
      match: { rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], operations: ['CREATE'] }] },
    });
    const given = bound('strong', [ruleOf('', ['serviceaccounts/token'], ['create'])], account);
    expect(foundIds({ ...pods, ...given, policies: [aReadyPolicy(), held] })).toEqual([]);
  });
  it('is none where that account is elsewhere, or weak', () => {
    const elsewhere = bound('strong', [ruleOf('', ['users'], ['impersonate'])], {
      kind: 'ServiceAccount',
      namespace: 'lab',
      name: 'operator',
    });
    const weak = bound('weak', [ruleOf('batch', ['jobs'], ['delete'])], {
      kind: 'ServiceAccount',
      namespace: 'shop',
      name: 'operator',
    });
    expect(foundIds({ ...pods, ...elsewhere })).toEqual([]);
    expect(foundIds({ ...pods, ...weak })).toEqual([]);
  });
});

it('finds an agent that is bound to the ceiling', () => {
  const { clusterRoleBindings } = bound(CEILING, [], BOT);
  expect(foundIds({ clusterRoleBindings })).toEqual(['W123']);
});
