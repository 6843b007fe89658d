// Namespace, ServiceAccounts and roles of an installation. No wildcard anywhere, nothing that aggregates into the
// built-in roles, and names wherever RBAC can hold them.
import { SECRET_NAMES } from '../../src/platform/keyring.ts';
import { GROUP, RESOURCES } from '../../src/api/group.ts';
import {
  ACCOUNTS,
  ADMISSION_POLICIES,
  CEILING,
  NAMESPACE,
  PART_OF,
  WEBHOOK_CONFIGURATIONS,
} from '../../src/api/installation.ts';
import type { CommentedObject } from './yaml.ts';

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const READ = ['get', 'list', 'watch'];
const ALL_KINDS = Object.values(RESOURCES);
const ADMISSION = 'admissionregistration.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

const allow = (
  apiGroup: string,
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
): PolicyRule => ({ apiGroups: [apiGroup], resources, verbs, ...(resourceNames && { resourceNames }) });

const clusterRole = (name: string, comment: string, rules: readonly PolicyRule[]): CommentedObject => ({
  comment,
  object: { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name, labels: PART_OF }, rules },
});

const EXAMPLE = `People who answer requests: they read everything of Assent, create decisions, and link their accounts. Which policies they may approve
under is a right of its own, so bind a ClusterRole like this one too:
  apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRole
  metadata: { name: approve-payments }
  rules:
    - { apiGroups: [assent.dev], resources: [approvalpolicies], verbs: [approve], resourceNames: [payments] }`;

const peoplesRoles: readonly CommentedObject[] = [
  clusterRole(
    'assent-agent',
    'Agents see where requests stand, to wait for an answer, and ask for access. They write nothing else.',
    [allow(GROUP, [RESOURCES.requests], [...READ, 'create'])],
  ),
  clusterRole(
    'assent-viewer',
    'Read everything of Assent. Requests of all tenants are in one list: bind with care.',
    [allow(GROUP, ALL_KINDS, READ)],
  ),
  clusterRole('assent-approver', EXAMPLE, [
    allow(GROUP, ALL_KINDS, READ),
    allow(GROUP, [RESOURCES.decisions], ['create']),
    allow(GROUP, [RESOURCES.links], ['create', 'delete']),
    // To stop an agent is everybody's right who may say yes to it; to let it go on is the administrators'.
    allow(GROUP, [RESOURCES.freezes], ['create']),
  ]),
  clusterRole(
    'assent-admin',
    'People who say what needs approval and who is who. They decide nothing by it: no decisions, no status, no approve.',
    [
      allow(GROUP, ALL_KINDS, READ),
      allow(GROUP, [RESOURCES.policies, RESOURCES.approvers], ['create', 'update', 'patch', 'delete']),
      allow(GROUP, [RESOURCES.links], ['delete']),
      allow(GROUP, [RESOURCES.freezes], ['create', 'delete']),
    ],
  ),
];

const gateRole = clusterRole(
  ACCOUNTS.gate,
  'The gate: opens requests, reserves approvals, asks who may approve, and looks at what a change is about.',
  [
    allow(GROUP, ALL_KINDS, READ),
    allow(GROUP, [RESOURCES.requests], ['create']),
    allow(GROUP, [`${RESOURCES.requests}/status`], ['get', 'update']),
    allow('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
    allow('', ['namespaces'], READ),
    // What policies offer as access is the rules of ClusterRoles, and so is the ceiling.
    allow(RBAC, ['clusterroles'], READ),
    allow('', ['pods', 'serviceaccounts'], ['get']),
  ],
);

const controllerRole = clusterRole(
  ACCOUNTS.controller,
  'The controller: folds decisions, ends requests, grants access for a time, writes the webhook configurations and admission policies. RBAC cannot restrict create by name.',
  [
    allow(GROUP, ALL_KINDS, READ),
    // Of links only those that nobody finished: an admission policy sees to that.
    allow(GROUP, [RESOURCES.requests, RESOURCES.links], ['delete']),
    allow(GROUP, [RESOURCES.decisions], ['create']),
    allow(
      GROUP,
      [`${RESOURCES.requests}/status`, `${RESOURCES.policies}/status`, `${RESOURCES.links}/status`],
      ['get', 'update', 'patch'],
    ),
    allow('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
    // metadata.uid of kube-system stands for the cluster; others were there when access to them was approved, or were not.
    allow('', ['namespaces'], ['get']),
    allow('', ['events'], ['create', 'patch']),
    ...written('validatingwebhookconfigurations', WEBHOOK_CONFIGURATIONS.validating),
    ...written('mutatingwebhookconfigurations', WEBHOOK_CONFIGURATIONS.mutating),
    ...written('validatingadmissionpolicies', Object.values(ADMISSION_POLICIES)),
    ...written('validatingadmissionpolicybindings', Object.values(ADMISSION_POLICIES)),
    // Of Roles and RoleBindings only those of grants, made and deleted, and edited only to take off a finalizer that keeps what
    // is deleted: an admission policy sees to that, and the API server to it that no Role holds more than the ceiling.
    allow(RBAC, ['roles', 'rolebindings'], [...READ, 'create', 'patch', 'delete']),
    // Whether who asked is still there: a binding knows the name alone.
    allow('', ['serviceaccounts'], ['get']),
    // What policies offer as access is the rules of ClusterRoles.
    allow(RBAC, ['clusterroles'], READ),
    // Who is bound to what, for the doctor.
    allow(RBAC, ['clusterrolebindings'], ['list']),
    allow('apiextensions.k8s.io', ['customresourcedefinitions'], READ),
    allow('apiregistration.k8s.io', ['apiservices'], READ),
  ],
);

function written(resource: string, names: readonly string[]): PolicyRule[] {
  return [
    allow(ADMISSION, [resource], [...READ, 'create']),
    allow(ADMISSION, [resource], ['update', 'patch'], names),
  ];
}

/** Where Assent runs, for those who install without the chart. */
export const namespaceObject: CommentedObject = {
  comment: 'Where Assent runs. Its Secrets hold the keys that seal approvals.',
  object: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { ...PART_OF, 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
};

// Keys and certificates live in Secrets, leader and caps in Leases, both in our own namespace only.
// The controller verifies seals and cannot make any: the private key is out of its reach. Creation cannot be limited to a
// name, and what exists cannot be created.
const SECRETS = {
  gate: Object.values(SECRET_NAMES),
  controller: [SECRET_NAMES.sealPublic, SECRET_NAMES.path, SECRET_NAMES.tls],
} as const;

const inNamespace = (part: keyof typeof SECRETS): PolicyRule[] => [
  { ...allow('', ['secrets'], ['get', 'update']), resourceNames: [...SECRETS[part]] },
  allow('', ['secrets'], ['create']),
  allow('coordination.k8s.io', ['leases'], ['get', 'create', 'update']),
  ...(part === 'controller' ? LOOKED_AT : []),
];

/** What runs beside us, for the doctor. */
const LOOKED_AT: readonly PolicyRule[] = [
  allow('', ['pods'], ['list']),
  allow('apps', ['deployments'], ['list']),
  allow('policy', ['poddisruptionbudgets'], ['list']),
];

function account(part: keyof typeof ACCOUNTS, namespace: string): CommentedObject[] {
  const name = ACCOUNTS[part];
  const metadata = { name, namespace, labels: PART_OF };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const bind = (kind: string, roleKind: string, meta: object): CommentedObject => ({
    object: {
      apiVersion: `${RBAC}/v1`,
      kind,
      metadata: meta,
      roleRef: { apiGroup: RBAC, kind: roleKind, name },
      subjects,
    },
  });
  return [
    { object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata } },
    bind('ClusterRoleBinding', 'ClusterRole', { name, labels: PART_OF }),
    { object: { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: inNamespace(part) } },
    bind('RoleBinding', 'Role', metadata),
  ];
}

const FILL_CEILING = `The ceiling: what Assent may grant at most, whatever a policy offers and whoever approves. Empty until you fill it, and an
upgrade leaves it as it is. Give it the rules that agents may ask for:
  kubectl patch clusterrole ${CEILING} --type=merge -p \\
    '{"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list","delete"]}]}'
or, for a ClusterRole that may be granted as it is, the verb bind on it:
  { apiGroups: [${RBAC}], resources: [clusterroles], verbs: [bind], resourceNames: [pod-fixer] }
The controller holds these rules itself, in every namespace: keep them small, without wildcards, and never escalate.`;

// Without rules of ours, so that applying this again takes nothing away.
const ceiling = (namespace: string): readonly CommentedObject[] => [
  {
    comment: FILL_CEILING,
    object: {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: CEILING, labels: PART_OF },
    },
  },
  {
    object: {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: CEILING, labels: PART_OF },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: CEILING },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNTS.controller, namespace }],
    },
  },
];

/**
 * Accounts and roles, in the order in which they are applied.
 * @param namespace where Assent runs
 */
export function rbacObjects(namespace: string): readonly CommentedObject[] {
  return [
    ...peoplesRoles,
    gateRole,
    ...account('gate', namespace),
    controllerRole,
    ...account('controller', namespace),
    ...ceiling(namespace),
  ];
}
