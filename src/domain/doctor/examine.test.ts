import { describe, expect, it } from 'vitest';
import { CEILING, NAMESPACE, PART_OF } from '../../api/installation.ts';
import {
  aClusterOf,
  aReadyPolicy,
  bound,
  found,
  foundIds,
  ruleOf,
  there,
  type Planted,
} from '../../../test/builders/doctor-facts.ts';
import { T0 } from '../../../test/builders/request-facts.ts';
import { examine } from './examine.ts';
import type { Facts, Sort } from './facts.ts';

const DAY = 86_400_000;
const RBAC = 'rbac.authorization.k8s.io';

it('finds nothing where nothing is wrong, and says so of all that it saw', () => {
  expect(examine(aClusterOf({}))).toEqual({ findings: [], unseen: [] });
  expect(examine(aClusterOf({ policies: [] }))).toEqual({ findings: [], unseen: [] });
});

describe('the installation', () => {
  interface Gate {
    rules: object[];
    matchConditions: { name: string; expression: string }[];
  }
  type Configuration = { webhooks: { name: string; clientConfig: object }[] };
  const edited = (sort: 'validating' | 'mutating', edit: (all: Configuration[]) => void): Planted => {
    const all = there(sort) as Configuration[];
    edit(all);
    return { [sort]: all };
  };
  const gate = (more: object) =>
    edited('validating', ([one]) => void Object.assign(one?.webhooks[0] ?? {}, more));
  const specs = (
    sort: Extract<keyof Planted, string>,
    edit: (spec: Record<string, unknown>, name: string) => void,
  ): Planted => {
    const all = there(sort) as {
      metadata: { name: string };
      spec: Record<string, unknown>;
    }[];
    for (const one of all.slice(0, 1)) edit(one.spec, one.metadata.name);
    return { [sort]: all };
  };
  const service = { namespace: 'shop', name: 'gate' };
  const ours = (name: string) => `system:serviceaccount:${NAMESPACE}:${name}`;
  it.each<[string, Planted, Partial<Facts>?]>([
    ['W201', edited('validating', ([one]) => void one?.webhooks.pop())],
    ['W201', edited('mutating', ([one]) => void one?.webhooks.pop())],
    ['W202', gate({ failurePolicy: 'Ignore' })],
    ['W203', gate({ namespaceSelector: { matchLabels: { a: 'b' } } })],
    ['W203', gate({ objectSelector: { matchLabels: { a: 'b' } } })],
    [
      'W204',
      gate({ clientConfig: { service: { namespace: NAMESPACE, name: 'assent-gate' }, caBundle: '' } }),
    ],
    ['W205', gate({ clientConfig: { service, caBundle: 'ca' } })],
    ['W206', {}, { now: T0 + 290 * DAY }],
    ['W207', gate({ rules: [] })],
    ['W207', gate({ matchConditions: [{ name: 'agents', expression: 'false' }] })],
    [
      'W208',
      edited(
        'mutating',
        ([one]) =>
          void Object.assign(one?.webhooks[0] ?? {}, {
            matchConditions: [{ name: 'a', expression: 'false' }],
          }),
      ),
    ],
    ['W210', { admissionPolicies: there('admissionPolicies').slice(1) }],
    [
      'W211',
      specs(
        'admissionPolicies',
        (spec) => void (spec['matchConditions'] = [{ name: 'a', expression: 'false' }]),
      ),
    ],
    ['W212', { admissionBindings: there('admissionBindings').slice(1) }],
    ['W212', specs('admissionBindings', (spec) => void (spec['validationActions'] = ['Audit']))],
    ['W213', { definitions: there('definitions').slice(1) }],
    [
      'W214',
      specs(
        'definitions',
        (spec) => void (spec['versions'] = [{ name: 'v1alpha1', schema: {}, subresources: { status: {} } }]),
      ),
    ],
    ['W215', specs('definitions', (spec) => void (spec['conversion'] = { strategy: 'Webhook' }))],
    ['W216', { apiServices: [{ metadata: { name: 'v1alpha1.assent.dev' }, spec: { service } }] }],
    ['W216', { apiServices: [{ metadata: { name: 'v1.assent.dev' }, spec: { service } }] }],
    [
      'W220',
      {
        deployments: (there('deployments') as object[]).map((one, at) =>
          at === 0 ? { ...one, status: {} } : one,
        ) as never,
      },
    ],
    [
      'W221',
      {
        deployments: (there('deployments') as object[]).map((one, at) =>
          at === 0 ? { ...one, status: { readyReplicas: 1 } } : one,
        ) as never,
      },
    ],
    ['W222', { deployments: there('deployments').slice(0, 1) }],
    ['W223', { budgets: [] }],
    ['W224', { namespaces: [{ metadata: { name: NAMESPACE } }] }],
    ['W225', { pods: [{ metadata: { name: 'x' }, spec: {} }] }],
    ['W226', { pods: [{ metadata: { name: 'x' }, spec: { serviceAccountName: 'assent-gate' } }] }],
    [
      'W227',
      {
        secrets: [
          { metadata: { name: 'x', annotations: { 'kubernetes.io/service-account.name': 'assent-gate' } } },
        ],
      },
    ],
    ['W228', {}, { serverMinor: 33 }],
    [
      'W229',
      bound('more', [ruleOf('', ['users'], ['impersonate'])], {
        kind: 'User',
        name: ours('assent-controller'),
      }),
    ],
    [
      'W229',
      bound('more', [ruleOf('*', ['*'], ['*'])], {
        kind: 'ServiceAccount',
        namespace: NAMESPACE,
        name: 'assent-gate',
      }),
    ],
    ['W230', { clusterRoles: [{ metadata: { name: CEILING }, rules: [ruleOf('', ['*'], ['get'])] }] }],
    [
      'W230',
      { clusterRoles: [{ metadata: { name: CEILING }, rules: [ruleOf(RBAC, ['clusterroles'], ['bind'])] }] },
    ],
    ['W241', { policies: [aReadyPolicy('p', { mode: 'Warn' })] }, { now: T0 + 15 * DAY }],
    ['W242', {}, { clusterRoleBindings: { kind: 'seen', items: [] } }],
    [
      'W243',
      {
        policies: [aReadyPolicy('p', { agents: [{ user: 'olga' }] })],
        approvers: [
          { metadata: { name: 'olga' }, spec: { identities: [{ kubernetes: { username: 'olga' } }] } },
        ] as never,
      },
    ],
  ])('is found wanting: %s', (id, planted, rest) => {
    expect(new Set(foundIds(planted, rest))).toEqual(new Set([id]));
  });

  const CANARY = `request.?options.?fieldManager.orValue('') == "assent-canary-1f" && request.?resource.?group.orValue('') == "assent.dev" && request.?userInfo.?username.orValue('') == "system:serviceaccount:assent-system:assent-controller"`;
  it.each<[string, string, string[]]>([
    ['takes the canary of the controller for its own', CANARY, []],
    ['takes nothing else for the canary', `${CANARY}) && (false`, ['W207']],
    ['takes no choice for it', `${CANARY}) ? false : (true`, ['W207']],
  ])('%s', (_, canary, wanted) => {
    const rules = [
      {
        apiGroups: ['assent.dev'],
        apiVersions: ['v1alpha1'],
        resources: ['approvalpolicies/status'],
        operations: ['UPDATE'],
        scope: '*',
      },
    ];
    const [{ webhooks: [one] = [] } = {}] = there('validating') as { webhooks?: Gate[] }[];
    const conditions = (one?.matchConditions ?? []).map(({ name, expression }) => ({
      name,
      expression: `(${expression}) || (${canary})`,
    }));
    const told = foundIds(gate({ rules: [...(one?.rules ?? []), ...rules], matchConditions: conditions }));
    expect(told).toEqual(wanted);
  });

  it('tells one thing that is missing once, whatever belongs to it', () => {
    const [policy] = there('admissionPolicies') as { metadata: { name: string } }[];
    const others = (sort: Sort): never[] =>
      (there(sort) as { metadata: { name: string } }[]).filter(
        ({ metadata }) => metadata.name !== policy?.metadata.name,
      ) as never[];
    const missing = {
      admissionPolicies: others('admissionPolicies'),
      admissionBindings: others('admissionBindings'),
    };
    expect(foundIds(missing)).toEqual(['W210']);
    expect(foundIds({ ...missing, admissionPolicies: there('admissionPolicies') })).toEqual(['W212']);
    const [first] = there('validating') as object[];
    expect(found({ validating: [first] as never })).toEqual([
      expect.stringMatching(/^ASSENT-W201 assent-guard: \S+ and \d+ more are not registered$/),
    ]);
  });

  it('says which policy is not Ready, and of one that nobody compiled yet nothing about the gate', () => {
    const policy = aReadyPolicy();
    expect(found({ policies: [{ ...policy, status: {} }] })).toEqual([
      'ASSENT-W240 policy p: the controller has not looked at it as it is now',
    ]);
  });

  it('lets the ceiling hold bind on names, and pods that are its own', () => {
    const rules = [ruleOf(RBAC, ['clusterroles'], ['bind'], { resourceNames: ['pod-fixer'] })];
    expect(foundIds({ clusterRoles: [{ metadata: { name: CEILING }, rules }] })).toEqual([]);
    expect(
      foundIds({
        pods: [{ metadata: { name: 'x', labels: PART_OF }, spec: { serviceAccountName: 'assent-gate' } }],
      }),
    ).toEqual([]);
  });

  it('expects no Deployments of an Assent that runs outside of the cluster', () => {
    const validating = there('validating') as Configuration[];
    const mutating = there('mutating') as Configuration[];
    for (const { webhooks } of [...validating, ...mutating])
      for (const one of webhooks) one.clientConfig = { caBundle: 'ca', url: 'https://10.0.0.1:8443/x/gate' };
    expect(
      foundIds({ validating: validating as never, mutating: mutating as never, deployments: [] }),
    ).toEqual([]);
  });
});

describe('INV-7: what could not be looked at', () => {
  it('is said, and is nothing that is in order', () => {
    const facts = aClusterOf({});
    const why = 'they may not be read with these rights';
    const { findings, unseen } = examine({
      ...facts,
      secrets: { kind: 'unseen', why },
      clusterRoleBindings: { kind: 'unseen', why },
      served: { kind: 'unseen', why: 'nothing answers for metrics.k8s.io' },
      serverMinor: undefined,
    });
    expect(findings).toEqual([]);
    expect(unseen.map(({ what }) => what)).toEqual([
      'clusterrolebindings',
      `secrets of ${NAMESPACE}`,
      'what the cluster serves',
      'the version of the API server',
    ]);
  });

  it('never throws, whatever is missing', () => {
    const sorts = Object.entries(aClusterOf({})).map(([key, value]) => [
      key,
      typeof value === 'object' && 'kind' in value ? { kind: 'unseen', why: 'x' } : value,
    ]);
    expect(examine(Object.fromEntries(sorts) as never).findings).toEqual([]);
  });
});
