// What an agent had better not be allowed to do: rights that lead round the gate, or to the powers of somebody else. Those that
// admission sees count only where no policy holds them (gated.ts); those that it never sees always count (INV-1).
import { CEILING, NAMESPACE } from '../../api/installation.ts';
import { GROUP, RESOURCES } from '../../api/group.ts';
import type { Operation } from '../change/review.ts';
import type { Weakness } from './finding.ts';
import type { Power } from './rights.ts';

/** A weakness that one right of an agent is. */
export interface PowerWeakness extends Weakness {
  readonly powers: readonly Power[];
  /** Where the right has to be held. `cluster`: only a ClusterRoleBinding gives it. `ours`: in the namespace of Assent. */
  readonly where: 'cluster' | 'anywhere' | 'ours' | 'kube-system';
  /**
   * How admission sees it. `unseen`: not at all, or too late. `itself`: as the write that the right allows. Otherwise as these
   * writes, without which the right is of no use.
   */
  readonly seen: 'unseen' | 'itself' | readonly Seen[];
}

interface Seen {
  readonly operation: Operation;
  readonly group: string;
  readonly resource: string;
}

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const CHANGE = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const PUT = ['create', 'update', 'patch'];
const READ = ['get', 'list', 'watch'];

/** What makes pods, the pods themselves first. */
export const POD_MAKERS: readonly Power[] = [
  { verbs: PUT, group: '', resources: ['pods', 'replicationcontrollers'] },
  { verbs: PUT, group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
  { verbs: PUT, group: 'batch', resources: ['jobs', 'cronjobs'] },
];

/** What leads into pods that run already, where their tokens are. */
export const POD_DOORS: readonly Power[] = [
  { verbs: ['create', 'get'], group: '', resources: ['pods/exec', 'pods/attach'] },
  { verbs: ['update', 'patch'], group: '', resources: ['pods/ephemeralcontainers'] },
];

const writes = (group: string, ...resources: readonly string[]): readonly Seen[] =>
  resources.flatMap((resource) =>
    (['CREATE', 'UPDATE'] as const).map((operation) => ({ operation, group, resource })),
  );

const ASKING =
  'Take the right away, or let a policy in mode Enforce ask about it or deny it, without conditions.';
const OUT = 'Take the right away: admission does not see it, so that no policy can hold it.';

/** The rights, each with what it leads to. */
export const POWER_WEAKNESSES: readonly PowerWeakness[] = [
  {
    id: 'ASSENT-W101',
    severity: 'dangerous',
    title: 'may impersonate users',
    reason:
      'Whoever impersonates a person is that person to the API server: nothing of what it writes is an agent’s.',
    remedy: OUT,
    where: 'cluster',
    seen: 'unseen',
    powers: [
      { verbs: ['impersonate'], group: '', resources: ['users'] },
      { verbs: ['impersonate'], group: 'authentication.k8s.io', resources: ['uids', 'userextras/scopes'] },
      { verbs: ['impersonate:user-info'], group: 'authentication.k8s.io', resources: ['users', 'uids'] },
      {
        verbs: ['impersonate:arbitrary-node', 'impersonate:associated-node'],
        group: 'authentication.k8s.io',
        resources: ['nodes'],
      },
    ],
  },
  {
    id: 'ASSENT-W102',
    severity: 'dangerous',
    title: 'may impersonate groups',
    reason: 'With a user it may add any group, system:masters too, which may do everything.',
    remedy: OUT,
    where: 'cluster',
    seen: 'unseen',
    powers: [
      { verbs: ['impersonate'], group: '', resources: ['groups'] },
      { verbs: ['impersonate:user-info'], group: 'authentication.k8s.io', resources: ['groups'] },
    ],
  },
  {
    id: 'ASSENT-W103',
    severity: 'dangerous',
    title: 'may impersonate ServiceAccounts',
    reason: 'It acts with the rights of another account, which no policy may name as an agent.',
    remedy: OUT,
    where: 'anywhere',
    seen: 'unseen',
    powers: [
      { verbs: ['impersonate'], group: '', resources: ['serviceaccounts'] },
      {
        verbs: ['impersonate:serviceaccount'],
        group: 'authentication.k8s.io',
        resources: ['serviceaccounts'],
      },
    ],
  },
  {
    id: 'ASSENT-W104',
    severity: 'dangerous',
    title: 'may write more rights into a role than it has (escalate)',
    reason: 'Nothing bounds what it gives to itself.',
    remedy: `${ASKING} Roles and ClusterRoles are what it writes.`,
    where: 'anywhere',
    seen: writes(RBAC, 'roles', 'clusterroles'),
    powers: [{ verbs: ['escalate'], group: RBAC, resources: ['roles', 'clusterroles'] }],
  },
  {
    id: 'ASSENT-W105',
    severity: 'dangerous',
    title: 'may bind roles that it does not hold (bind)',
    reason: 'It may give cluster-admin, or any role that it may bind, to itself.',
    remedy: `${ASKING} RoleBindings and ClusterRoleBindings are what it writes.`,
    where: 'anywhere',
    seen: writes(RBAC, 'rolebindings', 'clusterrolebindings'),
    powers: [{ verbs: ['bind'], group: RBAC, resources: ['roles', 'clusterroles'] }],
  },
  {
    id: 'ASSENT-W106',
    severity: 'dangerous',
    title: 'may take tokens of ServiceAccounts',
    reason: 'With the token of another account it acts as that account.',
    remedy: ASKING,
    where: 'anywhere',
    seen: 'itself',
    powers: [{ verbs: ['create'], group: '', resources: ['serviceaccounts/token'] }],
  },
  {
    id: 'ASSENT-W108',
    severity: 'dangerous',
    title: 'may approve or sign certificate requests',
    reason: 'A certificate names its user and groups: whoever has one approved becomes anybody.',
    remedy: ASKING,
    where: 'cluster',
    seen: writes(
      'certificates.k8s.io',
      'certificatesigningrequests/approval',
      'certificatesigningrequests/status',
    ).filter(({ operation }) => operation === 'UPDATE'),
    powers: [{ verbs: ['approve', 'sign'], group: 'certificates.k8s.io', resources: ['signers'] }],
  },
  {
    id: 'ASSENT-W110',
    severity: 'dangerous',
    title: 'may write webhook configurations',
    reason:
      'It may take the gate out of the way, or put a webhook before it that rewrites what other people send.',
    remedy: OUT,
    where: 'cluster',
    seen: 'unseen',
    powers: [
      {
        verbs: CHANGE,
        group: ADMISSION,
        resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
      },
    ],
  },
  {
    id: 'ASSENT-W111',
    severity: 'dangerous',
    title: 'may write admission policies or their bindings',
    reason:
      'They close Assent’s own kinds while Assent is away, and a mutating one rewrites what other people send.',
    remedy: OUT,
    where: 'cluster',
    seen: 'unseen',
    powers: [
      {
        verbs: CHANGE,
        group: ADMISSION,
        resources: [
          'validatingadmissionpolicies',
          'validatingadmissionpolicybindings',
          'mutatingadmissionpolicies',
          'mutatingadmissionpolicybindings',
        ],
      },
    ],
  },
  {
    id: 'ASSENT-W112',
    severity: 'advice',
    title: 'may write CustomResourceDefinitions',
    reason:
      'A conversion webhook reads and rewrites every object of a kind. Those of Assent are closed to agents.',
    remedy: ASKING,
    where: 'cluster',
    seen: 'itself',
    powers: [{ verbs: CHANGE, group: 'apiextensions.k8s.io', resources: ['customresourcedefinitions'] }],
  },
  {
    id: 'ASSENT-W113',
    severity: 'dangerous',
    title: 'may write APIServices',
    reason: 'It may send all requests of an API group, with what they hold, to a server of its own.',
    remedy: ASKING,
    where: 'cluster',
    seen: 'itself',
    powers: [{ verbs: CHANGE, group: 'apiregistration.k8s.io', resources: ['apiservices'] }],
  },
  {
    id: 'ASSENT-W114',
    severity: 'dangerous',
    title: 'may read Secrets in the namespace of Assent',
    reason: 'They hold the keys that seal approvals, and reads never reach admission.',
    remedy: `${OUT} If it was used, delete the keys: new ones are made, and open approvals are void.`,
    where: 'ours',
    seen: 'unseen',
    powers: [{ verbs: READ, group: '', resources: ['secrets'] }],
  },
  {
    id: 'ASSENT-W115',
    severity: 'dangerous',
    title: 'may run pods in the namespace of Assent',
    reason: 'A pod there runs as Assent if it says so, and mounts its keys.',
    remedy: ASKING,
    where: 'ours',
    seen: 'itself',
    powers: POD_MAKERS,
  },
  {
    id: 'ASSENT-W116',
    severity: 'dangerous',
    title: 'may enter pods of Assent',
    reason: 'Inside of the pod are its token and its keys.',
    remedy: ASKING,
    where: 'ours',
    seen: 'itself',
    powers: [
      ...POD_DOORS,
      { verbs: ['create', 'get'], group: '', resources: ['pods/portforward', 'pods/proxy'] },
    ],
  },
  {
    id: 'ASSENT-W117',
    severity: 'dangerous',
    title: 'may talk to kubelets (nodes/proxy)',
    reason:
      'The kubelet runs commands in every pod of its node for whoever has this right, and asks no webhook.',
    remedy: OUT,
    where: 'cluster',
    seen: 'unseen',
    powers: [
      { verbs: ['get', 'create', 'update', 'patch', 'delete'], group: '', resources: ['nodes/proxy'] },
    ],
  },
  {
    id: 'ASSENT-W118',
    severity: 'dangerous',
    title: 'may run or enter pods in kube-system',
    reason:
      'A pod there may run as any of the controllers of the cluster, and may be one that reaches its node.',
    remedy: ASKING,
    where: 'kube-system',
    seen: 'itself',
    powers: [...POD_MAKERS, ...POD_DOORS],
  },
  {
    id: 'ASSENT-W121',
    severity: 'advice',
    title: 'may approve under a policy',
    reason:
      'An approval of an agent never counts, whatever RBAC says; the right says that somebody thinks otherwise.',
    remedy: 'Take the verb approve on approvalpolicies away from it.',
    where: 'cluster',
    seen: 'unseen',
    powers: [{ verbs: ['approve'], group: GROUP, resources: [RESOURCES.policies] }],
  },
  {
    id: 'ASSENT-W122',
    severity: 'advice',
    title: 'may write Assent’s own kinds',
    reason: 'The guard and the admission policies refuse it; without them only RBAC is left.',
    remedy: `Give agents the ClusterRole assent-agent, and nothing else of ${GROUP}.`,
    where: 'cluster',
    seen: 'unseen',
    powers: [
      {
        verbs: CHANGE,
        group: GROUP,
        resources: [
          RESOURCES.policies,
          RESOURCES.approvers,
          RESOURCES.decisions,
          RESOURCES.links,
          RESOURCES.freezes,
          `${RESOURCES.requests}/status`,
          `${RESOURCES.policies}/status`,
        ],
      },
      {
        verbs: ['update', 'patch', 'delete', 'deletecollection'],
        group: GROUP,
        resources: [RESOURCES.requests],
      },
    ],
  },
  {
    id: 'ASSENT-W124',
    severity: 'dangerous',
    title: 'may change what Assent runs on, in its namespace',
    reason:
      'With its Service or EndpointSlice reviews are sent elsewhere; with its Lease or Secrets it is stopped or replaced.',
    remedy: `${ASKING} Close the whole namespace to agents.`,
    where: 'ours',
    seen: 'itself',
    powers: [
      {
        verbs: CHANGE,
        group: '',
        resources: ['services', 'endpoints', 'secrets', 'configmaps', 'serviceaccounts'],
      },
      { verbs: ['delete', 'deletecollection'], group: '', resources: ['pods'] },
      { verbs: ['delete', 'deletecollection'], group: 'apps', resources: ['deployments', 'replicasets'] },
      { verbs: ['update', 'patch'], group: 'apps', resources: ['deployments/scale'] },
      { verbs: CHANGE, group: 'discovery.k8s.io', resources: ['endpointslices'] },
      { verbs: CHANGE, group: 'networking.k8s.io', resources: ['networkpolicies'] },
      { verbs: CHANGE, group: 'coordination.k8s.io', resources: ['leases'] },
      { verbs: CHANGE, group: 'policy', resources: ['poddisruptionbudgets'] },
    ],
  },
  {
    id: 'ASSENT-W125',
    severity: 'dangerous',
    title: 'may change or delete Namespaces',
    reason:
      'The labels of a namespace say how pods there are bounded; with the namespace goes all that is in it.',
    remedy: ASKING,
    where: 'anywhere',
    seen: 'itself',
    powers: [
      { verbs: ['update', 'patch', 'delete'], group: '', resources: ['namespaces', 'namespaces/finalize'] },
    ],
  },
  {
    id: 'ASSENT-W126',
    severity: 'advice',
    title: 'may read webhook configurations',
    reason: 'They hold the secret part of the path by which the gate knows the API server.',
    remedy:
      'Take the right away; a NetworkPolicy that lets only the API server reach the gate helps as well.',
    where: 'cluster',
    seen: 'unseen',
    powers: [
      {
        verbs: READ,
        group: ADMISSION,
        resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
      },
    ],
  },
];

/** Weaknesses of agents that more than one right makes. */
export const COMBINED_WEAKNESSES = {
  tokenSecrets: {
    id: 'ASSENT-W107',
    severity: 'dangerous',
    title: 'may make Secrets that hold tokens, and read them',
    reason:
      'The API server fills a Secret of type kubernetes.io/service-account-token with a token of the account that it names.',
    remedy: ASKING,
  },
  strongerAccounts: {
    id: 'ASSENT-W119',
    severity: 'dangerous',
    title: 'may run or enter pods of a stronger ServiceAccount',
    reason:
      'Whoever makes pods in a namespace may use every ServiceAccount of it, whoever enters one has its token, and there is one that leads round the gate.',
    remedy: `Move that ServiceAccount to a namespace of its own. Or: ${ASKING}`,
  },
  everything: {
    id: 'ASSENT-W120',
    severity: 'dangerous',
    title: 'may do everything',
    reason:
      'It may impersonate, and rewrite what stands between it and the cluster. Other findings about it are left out.',
    remedy: 'Give it a role that names what it needs; docs/reference/limits.md has one to begin with.',
  },
  ceiling: {
    id: 'ASSENT-W123',
    severity: 'dangerous',
    title: 'holds for ever what it was to ask for',
    reason: `A binding of ${CEILING} gives everything that Assent could grant, without anybody asked.`,
    remedy: `Delete the binding. Only the controller of Assent, in ${NAMESPACE} unless you chose another namespace, is bound to it.`,
  },
} as const satisfies Readonly<Record<string, Weakness>>;
