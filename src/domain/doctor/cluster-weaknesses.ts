// Rights that lead round the gate wherever an agent holds them, or everywhere at once: to be somebody else, to have more rights,
// to change what every request passes (INV-1).
import { GROUP, RESOURCES } from '../../api/group.ts';
import { ADMISSION, ASKING, CHANGE, OUT, RBAC, READ, writes, type PowerWeakness } from './powers.ts';

/** The rights, each with what it leads to. */
export const CLUSTER_WEAKNESSES: readonly PowerWeakness[] = [
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
