import { describe, expect, it } from 'vitest';
import { aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import { compileCel } from '../../cel/program.ts';
import type { PolicyAgent, PolicyRule } from '../../api/approval-policy.ts';
import { validatePolicy } from './validate.ts';

type Over = Parameters<typeof aPolicySpec>[0];
const compile = (source: string) => compileCel(source, { variables: ['object', 'oldObject', 'request'] });
const validate = (spec: ReturnType<typeof aPolicySpec>) =>
  validatePolicy(spec, { namespace: 'assent-system' }, compile);
const errors = (spec: ReturnType<typeof aPolicySpec>) =>
  validate(spec).errors.map(({ path, message }) => `${path}: ${message}`);
/** Past the schema, which refuses some of these: a policy may be older than the schema. */
const withAgent = (agent: PolicyAgent) => ({ ...aPolicySpec(), agents: [agent] });
const withRules = (...rules: PolicyRule[]) => ({ ...aPolicySpec(), match: { rules } });
const withNamespaces = (namespaces: NonNullable<ReturnType<typeof aPolicySpec>['match']['namespaces']>) => {
  const spec = aPolicySpec();
  return { ...spec, match: { ...spec.match, namespaces } };
};

describe('agents that would hold the cluster or Assent', () => {
  it.each<[string, PolicyAgent, string]>([
    ['everybody', { user: '*' }, 'Assent itself'],
    ['our gate', { serviceAccount: 'assent-system/assent-gate' }, 'Assent itself'],
    ['our controller by a glob', { serviceAccount: 'assent-*/assent-*' }, 'Assent itself'],
    ['our gate as a user', { user: 'system:serviceaccount:assent-system:*' }, 'Assent itself'],
    ['every ServiceAccount', { serviceAccount: '*/*' }, 'the controllers in kube-system'],
    ['one name in every namespace', { serviceAccount: '*/argocd' }, 'the controllers in kube-system'],
    ['kube-system', { serviceAccount: 'kube-system/namespace-controller' }, 'the controllers in kube-system'],
    ['kube-system as a user', { user: 'system:serviceaccount:kube-*' }, 'the controllers in kube-system'],
    ['nodes', { user: 'system:node:*' }, 'the nodes'],
    ['one node', { user: 'system:node:n1' }, 'the nodes'],
    ['a suffix that a node may have', { user: '*-agent' }, 'the controllers in kube-system'],
    ['the API server', { user: 'system:apiserver' }, 'the API server itself'],
    [
      'the controller manager',
      { user: 'system:kube-controller-manager' },
      'the controllers of the control plane',
    ],
    ['the group of nodes', { group: 'system:nodes' }, 'the nodes'],
    ['everybody as a group', { group: 'system:authenticated' }, 'everybody'],
    ['a glob over the groups', { group: 'system:*' }, 'everybody'],
    ['all ServiceAccounts as a group', { group: 'system:serviceaccounts' }, 'every ServiceAccount'],
    ['our namespace as a group', { group: 'system:serviceaccounts:assent-system' }, 'Assent itself'],
  ])('%s', (_name, agent, words) => {
    const found = validate(withAgent(agent)).errors;
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ path: `spec.agents[0].${Object.keys(agent)[0]}`, isDangerous: true });
    expect(found[0]?.message).toBe(`would also make agents of ${words}; name the agents more precisely`);
  });

  it.each<PolicyAgent>([
    { serviceAccount: 'agents/*' },
    { serviceAccount: 'assent-system/ci-bot' },
    { serviceAccount: '*-agents/bot' },
    { user: '*@bots.example.com' },
    { user: 'system:serviceaccount:agents:*' },
    { user: 'bot-*' },
    { group: 'assent:agents' },
    { group: 'system:serviceaccounts:agents' },
    { group: 'system:masters' },
  ])('%j is allowed', (agent) => {
    expect(errors(withAgent(agent))).toEqual([]);
  });
});

describe('errors', () => {
  const conditions = (...expressions: string[]) => {
    const spec = aPolicySpec();
    return {
      ...spec,
      match: {
        ...spec.match,
        conditions: expressions.map((expression, at) => ({ name: `c${at}`, expression })),
      },
    };
  };

  it('there are none in a sound policy', () => {
    const spec = aPolicySpec({
      namespaces: {
        names: ['prod-*'],
        selector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
      },
      summary: "'scale ' + object.metadata.name",
      ignore: ['metadata.annotations["example.com/x"]'],
      reveal: ['spec.**.env[*].value'],
      rules: [
        aRule({
          resources: ['*', 'pods/*', '*/scale', '*/*', 'nodes/proxy'],
          apiGroups: ['', '*', 'example.com'],
        }),
      ],
    });
    expect(errors(spec)).toEqual([]);
  });

  it.each<[string, ReturnType<typeof aPolicySpec>, string]>([
    [
      'two kinds of agent',
      withAgent({ user: 'a', group: 'b' }),
      'spec.agents[0]: set exactly one of serviceAccount, group and user',
    ],
    ['no kind of agent', withAgent({}), 'spec.agents[0]: set exactly one of serviceAccount, group and user'],
    [
      'a ServiceAccount without namespace',
      withAgent({ serviceAccount: 'bot' }),
      'spec.agents[0].serviceAccount: write namespace/name, for example agents/deploy-bot',
    ],
    ['a blank user', withAgent({ user: ' ' }), 'spec.agents[0].user: is blank'],
    [
      'a Kind instead of a resource',
      withRules(aRule({ resources: ['pods', 'Deployment'] })),
      'spec.match.rules[0].resources[1]: is no resource: write the plural in lower case, as in deployments, deployments/scale, pods/* or */scale',
    ],
    [
      'a version in the group',
      withRules(aRule({ apiGroups: ['apps/v1'] })),
      'spec.match.rules[0].apiGroups[0]: is no API group; leave out the version',
    ],
    [
      'our own group',
      withRules(aRule(), aRule({ apiGroups: ['assent.dev'] })),
      'spec.match.rules[1].apiGroups[0]: requests for assent.dev never reach a policy',
    ],
    [
      'access reviews',
      withRules(aRule({ apiGroups: ['authorization.k8s.io'] })),
      'spec.match.rules[0].apiGroups[0]: requests for authorization.k8s.io never reach a policy',
    ],
    ['namespaces without names', withNamespaces({}), 'spec.match.namespaces: set names, selector or both'],
    [
      'In without values',
      withNamespaces({ selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      'spec.match.namespaces.selector.matchExpressions[0].values: is needed with In',
    ],
    [
      'Exists with values',
      withNamespaces({ selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } }),
      'spec.match.namespaces.selector.matchExpressions[0].values: must be left out with Exists',
    ],
    [
      'an expression that does not compile',
      conditions('true', 'object.a ==\n obejct.b'),
      'spec.match.conditions[1].expression: line 2, column 2: Unknown variable: obejct',
    ],
    [
      'a function that is not offered',
      conditions("quantity('1').isInteger()"),
      'spec.match.conditions[0].expression: line 1, column 1: quantity() is part of Kubernetes’ CEL but not offered here yet',
    ],
    [
      'a condition that is no yes or no',
      conditions("'a' + 'b'"),
      'spec.match.conditions[0].expression: must be a bool, but is a string',
    ],
    ['a blank condition', conditions(' '), 'spec.match.conditions[0].expression: is blank'],
    [
      'a summary that is no text',
      aPolicySpec({ summary: '1 + 1' }),
      'spec.summary: must be a string, but is an int',
    ],
    [
      'a field path that cannot be used',
      aPolicySpec({ ignore: ['metadata..labels'] }),
      'spec.ignore[0]: column 10: A field name is missing; write unusual ones as ["name"].',
    ],
    ['a field path to reveal', aPolicySpec({ reveal: ['data.x', 'a[b'] }), 'spec.reveal[1]: column 2:'],
    [
      'a JSON pointer',
      aPolicySpec({ ignore: ['/metadata/annotations/example.com~1x'] }),
      'spec.ignore[0]: starts with /; write metadata.annotations["example.com/x"]',
    ],
    [
      'a JSON pointer into a list',
      aPolicySpec({ reveal: ['/spec/containers/0/args'] }),
      'spec.reveal[0]: starts with /; write spec.containers[0].args',
    ],
    ['a JSON path', aPolicySpec({ reveal: ['$.data.x'] }), 'spec.reveal[0]: starts with $; write data.x'],
    [
      'a deep JSON path',
      aPolicySpec({ reveal: ['$..image'] }),
      'spec.reveal[0]: starts with $; write **.image',
    ],
    [
      'only a slash',
      aPolicySpec({ ignore: ['/'] }),
      'spec.ignore[0]: starts with /; write field names with dots between them, as in spec.replicas',
    ],
  ])('%s', (_name, spec, expected) => {
    expect(errors(spec).map((error) => error.slice(0, expected.length))).toEqual([expected]);
  });

  it('two conditions of one name', () => {
    const spec = conditions('true', 'true');
    const match = {
      ...spec.match,
      conditions: spec.match.conditions.map((one) => ({ ...one, name: 'same' })),
    };
    expect(errors({ ...spec, match })).toEqual([
      'spec.match.conditions[1].name: another condition has this name',
    ]);
  });

  it('a duration that cannot be read', () => {
    const spec = aPolicySpec();
    const approval = { ...spec.approval, usableFor: 'soon' };
    expect(errors({ ...spec, approval })).toEqual([
      'spec.approval.usableFor: is no duration such as 30m or 1h30m',
    ]);
  });
});

describe('warnings', () => {
  const warnings = (over: Over) => validate(aPolicySpec(over)).warnings.join('\n');
  const rule = (
    resources: string[],
    apiGroups = ['apps'],
    operations: NonNullable<Parameters<typeof aRule>[0]>['operations'] = ['UPDATE'],
  ) => ({
    rules: [aRule({ resources, apiGroups, operations })],
  });

  it.each<[string, Over, string]>([
    ['deployments without scale', rule(['deployments']), 'deployments is covered, but not deployments/scale'],
    [
      'statefulsets without scale',
      rule(['statefulsets', 'deployments/*']),
      'statefulsets is covered, but not statefulsets/scale',
    ],
    ['pods without eviction', rule(['pods'], [''], ['DELETE']), 'not CREATE of pods/eviction'],
    ['pods without ephemeral containers', rule(['pods'], ['']), 'pods/ephemeralcontainers'],
    ['exec without attach', rule(['pods/exec'], [''], ['CONNECT']), 'pods/attach'],
    [
      'namespaces without DELETE',
      { ...rule(['deployments/*']), namespaces: { names: ['prod'] } },
      'no rule covers DELETE',
    ],
    [
      'DELETE everywhere but of namespaces',
      rule(['deployments/*'], ['apps'], ['DELETE']),
      'but not of namespaces',
    ],
    ['secrets of Helm', rule(['secrets'], [''], ['CREATE']), "Helm's releases are left out"],
    ['secrets of Helm by a wildcard', rule(['*'], ['*'], ['UPDATE']), "Helm's releases are left out"],
    [
      'all secrets denied',
      { ...rule(['secrets'], ['']), action: 'Deny' },
      'All secrets are denied: agents cannot use Helm, which needs them.',
    ],
    [
      'all secrets denied once it is enforced',
      { ...rule(['secrets'], ['']), action: 'Deny', mode: 'Warn' },
      'Once enforced, all secrets are denied: agents',
    ],
    [
      'all secrets of some namespaces denied',
      { ...rule(['secrets'], ['']), action: 'Deny', namespaces: { names: ['kube-system'] } },
      'All secrets of its namespaces are denied: agents cannot use Helm, which needs them.',
    ],
    [
      'releases of Helm by name',
      {
        rules: [
          aRule({ apiGroups: [''], resources: ['secrets'], resourceNames: ['sh.helm.release.v1.app.*'] }),
        ],
      },
      'spec.match.rules[0] names releases of Helm',
    ],
    ['*', rule(['*']), 'The resource * names no subresource'],
    ['*/*', rule(['*/*'], ['*'], ['*']), '*/* names everything, leases too: a controller among the agents'],
    ['*/* in mode Warn', { ...rule(['*/*'], ['*'], ['*']), mode: 'Warn' }, ': once enforced, a controller'],
    [
      'cluster administrators',
      { agents: [{ group: 'system:masters' }] },
      'cluster administrators are held too',
    ],
  ])('%s', (_name, over, expected) => {
    expect(warnings(over)).toContain(expected);
  });

  it.each<[string, Over, string]>([
    ['scale by a wildcard', rule(['deployments', '*/scale']), 'scale'],
    ['eviction by */*', rule(['*/*'], ['']), 'eviction'],
    [
      'namespaces with DELETE',
      { ...rule(['deployments/*'], ['apps'], ['*']), namespaces: { names: ['prod'] } },
      'DELETE',
    ],
    [
      'owner references where another rule covers UPDATE',
      {
        rules: [
          aRule({ resources: ['deployments'], operations: ['DELETE'] }),
          aRule({ apiGroups: ['*'], resources: ['*'], operations: ['UPDATE'] }),
        ],
      },
      'owner reference',
    ],
    ['owner references of a subresource', rule(['pods/proxy'], [''], ['DELETE']), 'owner reference'],
    [
      'secrets by name',
      { rules: [aRule({ apiGroups: [''], resources: ['secrets'], resourceNames: ['db-*'] })] },
      'Helm',
    ],
    ['*/* that is allowed', { ...rule(['*/*'], ['*'], ['*']), action: 'Allow' }, '*/*'],
    ['the deletion of secrets', rule(['secrets'], [''], ['DELETE']), 'Helm'],
    ['secrets that are allowed', { ...rule(['secrets'], ['']), action: 'Allow' }, 'Helm'],
    [
      'secrets denied by name',
      {
        action: 'Deny',
        rules: [aRule({ apiGroups: [''], resources: ['secrets'], resourceNames: ['db-*'] })],
      },
      'Helm',
    ],
  ])('none about %s', (_name, over, unexpected) => {
    expect(warnings(over)).not.toContain(unexpected);
  });

  it('fit into the status of a policy', () => {
    const all = validate(
      aPolicySpec({
        rules: [aRule({ apiGroups: ['*'], resources: ['*', 'pods/exec'] })],
        agents: [{ group: 'system:masters' }],
        namespaces: { selector: {} },
      }),
    ).warnings;
    expect(all.length).toBeLessThanOrEqual(32);
    expect(Math.max(...all.map((one) => one.length))).toBeLessThanOrEqual(110);
  });

  it('are whole sentences that fit into a warning of the API server', () => {
    const groups = ['', 'apps'];
    const resources = [
      'replicationcontrollers',
      'replicasets',
      'deployments',
      'pods',
      'secrets',
      'nodes/proxy',
    ];
    const without = (namespaces?: { selector: object }, over: Over = {}) =>
      validate(
        aPolicySpec({
          rules: [
            aRule({
              apiGroups: groups,
              resources: [...resources, 'pods/portforward'],
              operations: ['CREATE', 'UPDATE', 'DELETE'],
            }),
            aRule({ apiGroups: ['batch'], resources: ['jobs'], operations: ['DELETE'] }),
            aRule({ apiGroups: groups, resources: ['*', '*/*', 'pods/exec'], operations: ['CREATE'] }),
          ],
          agents: [{ group: 'system:masters' }],
          ...(namespaces === undefined ? {} : { namespaces }),
          ...over,
        }),
      ).warnings;
    const all = [undefined, { selector: {} }].flatMap((namespaces) => [
      ...without(namespaces),
      ...without(namespaces, { action: 'Deny', mode: 'Warn' }),
    ]);
    expect(all.length).toBeGreaterThan(15);
    for (const one of all) expect(one).toMatch(/^.{10,109}\.$/);
  });

  it.each([
    ['pods/exec', ['CREATE'], true],
    ['services/proxy', ['UPDATE', 'DELETE'], true],
    ['pods/exec', ['CREATE', 'CONNECT'], false],
    ['pods/attach', ['*'], false],
    ['pods/eviction', ['CREATE'], false],
  ] as const)(
    '%s with the operations %j: an operation that never occurs is told (%s)',
    (resource, operations, isTold) => {
      const told = warnings(rule([resource], [''], [...operations]));
      expect(told.includes(`names ${resource} but not the operation CONNECT`)).toBe(isTold);
    },
  );
});
