// A cluster as the doctor sees it, in which nothing is wrong; each test plants what it is about.
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { frozenPolicy } from '../../src/api/frozen-policy.ts';
import { NAMESPACE, OWN_USERS, PART_OF, SELECTOR } from '../../src/api/installation.ts';
import { KINDS } from '../../src/api/kinds.ts';
import { ownKindsPolicies } from '../../src/api/own-kinds-policy.ts';
import { guardWebhooks, stampWebhooks } from '../../src/api/own-webhooks.ts';
import { examine } from '../../src/domain/doctor/examine.ts';
import { SOURCES, type Facts, type Seen, type Sight, type Sort } from '../../src/domain/doctor/facts.ts';
import { compileWebhook } from '../../src/domain/policy/compile.ts';
import { agentTest } from '../../src/domain/policy/expression.ts';
import { aPolicySpec } from './policies.ts';
import { T0 } from './request-facts.ts';

/** What is there of each sort. */
export type Planted = { readonly [S in Sort]?: Sight[S] extends Seen<infer T> ? readonly T[] : never };

const RBAC = { apiGroup: 'rbac.authorization.k8s.io' };
/** Resources that a cluster of these builders serves. */
const SERVED = [
  {
    group: 'apps',
    version: 'v1',
    rank: 0,
    resource: 'deployments',
    namespaced: true,
    verbs: ['get', 'create', 'update'],
    subresources: [{ name: 'scale', verbs: ['get', 'update'] }],
  },
];

/** A policy that is Ready, about Deployments and agents/bot unless said otherwise. */
export const aReadyPolicy = (name = 'p', spec: Parameters<typeof aPolicySpec>[0] = {}): ApprovalPolicy => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-22T10:00:00Z',
  },
  spec: aPolicySpec(spec),
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-22T10:00:00Z',
        reason: 'Compiled',
        message: 'x',
      },
    ],
  },
});

/** A caBundle, as these builders read it. */
const CA = 'ca';
const entry = (name: string, more: object) => ({
  name,
  failurePolicy: 'Fail',
  namespaceSelector: {},
  objectSelector: {},
  clientConfig: { caBundle: CA, service: { namespace: NAMESPACE, name: 'assent-gate' } },
  ...more,
});

/** A ClusterRole and a binding of it everywhere. */
export const bound = (name: string, rules: readonly object[], subject: object) => ({
  clusterRoles: [{ metadata: { name }, rules }] as never,
  clusterRoleBindings: [
    { metadata: { name }, roleRef: { ...RBAC, kind: 'ClusterRole', name }, subjects: [subject] },
  ] as never,
});

/** The same in one namespace. */
export const boundIn = (namespace: string, name: string, rules: readonly object[], subject: object) => ({
  roles: [{ metadata: { name, namespace }, rules }] as never,
  roleBindings: [
    { metadata: { name, namespace }, roleRef: { ...RBAC, kind: 'Role', name }, subjects: [subject] },
  ] as never,
});

const PEOPLE = bound(
  'approvers',
  [{ apiGroups: ['assent.dev'], resources: ['approvalpolicies'], verbs: ['approve'] }],
  { ...RBAC, kind: 'Group', name: 'oncall' },
);

const labelsOf = (selector: string) => Object.fromEntries(selector.split(',').map((one) => one.split('=')));

const deployment = (part: keyof typeof SELECTOR) => ({
  metadata: {
    name: `assent-${part}`,
    namespace: NAMESPACE,
    labels: { ...PART_OF, ...labelsOf(SELECTOR[part]) },
  },
  status: { readyReplicas: 2 },
});

/** What a healthy cluster holds, given its policies. */
function healthy(policies: readonly ApprovalPolicy[]): { readonly [S in Sort]: readonly object[] } {
  const gate = compileWebhook(policies, SERVED as never);
  const gates = gate.kind === 'nothing' ? [] : [entry('gate.assent.dev', gate)];
  const { expression: agentExpression = 'false' } = agentTest(policies) ?? {};
  const admission = [
    ...ownKindsPolicies({ ownUsers: OWN_USERS, agentExpression }),
    ...frozenPolicy(undefined),
  ];
  return {
    ...PEOPLE,
    roles: [],
    roleBindings: [],
    policies,
    approvers: [],
    freezes: [],
    validating: [
      { metadata: { name: 'assent-gate' }, webhooks: gates },
      {
        metadata: { name: 'assent-guard' },
        webhooks: guardWebhooks(OWN_USERS).map((one) => entry(one.name, one)),
      },
    ],
    mutating: [
      {
        metadata: { name: 'assent-stamp' },
        webhooks: stampWebhooks(OWN_USERS).map((one) => entry(one.name, one)),
      },
    ],
    admissionPolicies: admission.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy'),
    admissionBindings: admission.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding'),
    definitions: KINDS.map(customResourceDefinition),
    apiServices: [
      { metadata: { name: 'v1alpha1.assent.dev' }, spec: {} },
      { metadata: { name: 'v1beta1.metrics.k8s.io' }, spec: { service: { name: 'metrics-server' } } },
    ],
    namespaces: [
      { metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    ],
    deployments: [deployment('gate'), deployment('controller')],
    pods: [
      { metadata: { name: 'assent-gate-1', labels: PART_OF }, spec: { serviceAccountName: 'assent-gate' } },
    ],
    budgets: [
      { metadata: { name: 'assent-gate' }, spec: { selector: { matchLabels: labelsOf(SELECTOR.gate) } } },
    ],
    secrets: [],
    accountTokens: [],
    mutatingPolicies: [],
    mutatingBindings: [],
  };
}

/** Sorts of which what is planted stands beside what is there; of others it stands in its place. */
const BESIDE: ReadonlySet<string> = new Set([
  'clusterRoles',
  'roles',
  'clusterRoleBindings',
  'roleBindings',
  'pods',
]);

/** A cluster with one policy, in which nothing is wrong but what is planted. */
export function aClusterOf(planted: Planted, rest: Partial<Facts> = {}): Facts {
  const sound = healthy(planted.policies ?? [aReadyPolicy()]);
  const sorts = (Object.keys(SOURCES) as Sort[]).map((sort) => {
    const more: readonly object[] | undefined = planted[sort];
    const items = BESIDE.has(sort) ? [...sound[sort], ...(more ?? [])] : (more ?? sound[sort]);
    return [sort, { kind: 'seen', items }];
  });
  return {
    ...(Object.fromEntries(sorts) as Sight),
    namespace: NAMESPACE,
    own: OWN_USERS,
    now: T0,
    serverMinor: 34,
    served: { kind: 'seen', items: SERVED as never },
    certificateEnds: (caBundle) => (caBundle === CA ? [T0 + 300 * 86_400_000] : []),
    ...rest,
  };
}

/** What was read of a sort of the healthy cluster: a copy, to be changed. */
export function there(sort: Sort): never[] {
  const seen = aClusterOf({})[sort];
  return structuredClone(seen.kind === 'seen' ? seen.items : []) as never[];
}

/** A rule of a role. */
export const ruleOf = (apiGroup: string, resources: string[], verbs: string[], more: object = {}) => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
  ...more,
});

/** What the doctor finds in such a cluster. */
export const found = (planted: Planted, rest: Partial<Facts> = {}): string[] =>
  examine(aClusterOf(planted, rest)).findings.map(({ id, subject, says }) => `${id} ${subject}: ${says}`);

/** The same, by ids without their prefix. */
export const foundIds = (planted: Planted, rest: Partial<Facts> = {}): string[] =>
  examine(aClusterOf(planted, rest)).findings.map(({ id }) => id.replace('ASSENT-', ''));
