// What may be wrong with the installation itself: registrations with the API server, the kinds, what runs in the namespace of
// Assent, policies and people.
import { CEILING } from '../../api/installation.ts';
import type { Weakness } from './finding.ts';

const RESTORED =
  'The controller puts it back within seconds while it runs: look whether it runs, and in its log why not.';
const UPGRADE =
  'Install Assent again, as you installed it: `helm upgrade`, or `kubectl apply` of the manifests of this version.';

const LEAVE_OUT =
  'Leave assent.dev out of its rules; in an admission policy by an entry of excludeResourceRules with every version, resource (`*/*`) and operation.';

/** Registrations: webhooks, admission policies, kinds. */
export const REGISTRATION_WEAKNESSES = {
  webhookMissing: {
    id: 'ASSENT-W201',
    severity: 'dangerous',
    title: 'a webhook of Assent is not registered',
    reason: 'The API server asks nobody about what it was to hold.',
    remedy: RESTORED,
  },
  failsOpen: {
    id: 'ASSENT-W202',
    severity: 'dangerous',
    title: 'a webhook of Assent does not fail closed',
    reason: 'While no gate answers, everything is admitted.',
    remedy: `Set failurePolicy to Fail. ${RESTORED}`,
  },
  selector: {
    id: 'ASSENT-W203',
    severity: 'dangerous',
    title: 'a webhook of Assent has a selector',
    reason: 'Who may label a namespace or an object steps round the gate.',
    remedy: `Take the selector out. ${RESTORED}`,
  },
  caBundleEmpty: {
    id: 'ASSENT-W204',
    severity: 'broken',
    title: 'a webhook of Assent has no usable caBundle',
    reason: 'The API server trusts no gate, and every change of an agent fails.',
    remedy: RESTORED,
  },
  caBundlesDiffer: {
    id: 'ASSENT-W205',
    severity: 'dangerous',
    title: 'the webhooks of Assent lead to different places, or trust different CAs',
    reason: 'All of them are served by the gates. One that leads elsewhere is answered by somebody else.',
    remedy: RESTORED,
  },
  certificateEnds: {
    id: 'ASSENT-W206',
    severity: 'broken',
    title: 'the CA behind the webhooks ends soon',
    reason: 'It is replaced long before. Behind its end every change of an agent fails.',
    remedy: 'Look in the log of the controller why certificates are not renewed; restart it.',
  },
  rulesEdited: {
    id: 'ASSENT-W207',
    severity: 'dangerous',
    title: 'the gate is not registered as the policies say',
    reason: 'A rule less or a condition more is a way round it.',
    remedy: RESTORED,
  },
  guardEdited: {
    id: 'ASSENT-W208',
    severity: 'dangerous',
    title: 'guard or stamp have other rules or conditions than their own',
    reason: 'They close Assent’s own kinds, and seal who decided.',
    remedy: RESTORED,
  },
  admissionPolicyMissing: {
    id: 'ASSENT-W210',
    severity: 'dangerous',
    title: 'an admission policy of Assent is missing',
    reason: 'It closes Assent’s own kinds, or bounds grants, while Assent is away.',
    remedy: RESTORED,
  },
  admissionPolicyEdited: {
    id: 'ASSENT-W211',
    severity: 'dangerous',
    title: 'an admission policy of Assent is not as this version writes it',
    reason: 'It may close less than it was to close.',
    remedy: `${RESTORED} If the plugin and the installation differ in version, take the plugin of the same version.`,
  },
  bindingLoose: {
    id: 'ASSENT-W212',
    severity: 'dangerous',
    title: 'an admission policy of Assent is not bound, or does not deny',
    reason: 'An admission policy does nothing by itself: its binding says that it denies.',
    remedy: RESTORED,
  },
  kindMissing: {
    id: 'ASSENT-W213',
    severity: 'broken',
    title: 'a kind of Assent is not there',
    reason: 'What it stores is gone with it, and Assent does not work without it.',
    remedy: UPGRADE,
  },
  kindOfOtherVersion: {
    id: 'ASSENT-W214',
    severity: 'advice',
    title: 'a kind of Assent is of another version than this program, or was edited',
    reason: 'Its schema refuses wrong fields and keeps what is final as it is.',
    remedy: UPGRADE,
  },
  kindOpened: {
    id: 'ASSENT-W215',
    severity: 'dangerous',
    title: 'a kind of Assent has a conversion webhook, or no status of its own',
    reason:
      'A conversion rewrites approvals as they are read; without the subresource whoever writes a spec writes its state.',
    remedy: UPGRADE,
  },
  apiRedirected: {
    id: 'ASSENT-W216',
    severity: 'dangerous',
    title: 'the API of Assent is served by somebody else',
    reason: 'Every reader sees what that server makes up.',
    remedy: 'Delete the APIService: the API server makes the true one at once.',
  },
  mutatorOfOurKinds: {
    id: 'ASSENT-W217',
    severity: 'advice',
    title: 'a mutating webhook or policy of somebody else sees Assent’s own kinds',
    reason:
      'What it changes in a sealed decision is refused, what it changes in a policy or an Approver counts; where it does not answer, nobody decides.',
    remedy: LEAVE_OUT,
  },
  beforeTheSeal: {
    id: 'ASSENT-W218',
    severity: 'dangerous',
    title: 'somebody else may rewrite decisions before they are sealed',
    reason:
      'MutatingAdmissionPolicies come before all webhooks, and mutating webhooks in the order of their names: what they make of a no is sealed as what the person said.',
    remedy: LEAVE_OUT,
  },
  webhookOnReviews: {
    id: 'ASSENT-W219',
    severity: 'advice',
    title: 'a mutating webhook of somebody else sees SubjectAccessReviews',
    reason:
      'By them Assent asks who may approve. An answer to another question than its own is a no: what rewrites the question, or does not answer, keeps everybody from approving.',
    remedy: 'Leave authorization.k8s.io out of its rules.',
  },
} as const satisfies Readonly<Record<string, Weakness>>;

/** What runs in the namespace of Assent, and what is around it. */
export const WORKLOAD_WEAKNESSES = {
  noGate: {
    id: 'ASSENT-W220',
    severity: 'broken',
    title: 'no gate is ready',
    reason: 'Every change that policies hold fails.',
    remedy: 'kubectl -n NAMESPACE describe deployment assent-gate, and the log of its pods.',
  },
  oneGate: {
    id: 'ASSENT-W221',
    severity: 'advice',
    title: 'only one gate is ready',
    reason: 'While it restarts or its node is drained, every change that policies hold fails.',
    remedy: 'Run two replicas or more, on different nodes.',
  },
  noController: {
    id: 'ASSENT-W222',
    severity: 'broken',
    title: 'no controller is ready',
    reason: 'Approvals are not counted, access does not end, registrations are not put back.',
    remedy: 'kubectl -n NAMESPACE describe deployment assent-controller, and the log of its pods.',
  },
  noBudget: {
    id: 'ASSENT-W223',
    severity: 'advice',
    title: 'no PodDisruptionBudget keeps a gate',
    reason: 'A drain of nodes may take all gates at once.',
    remedy: UPGRADE,
  },
  looseNamespace: {
    id: 'ASSENT-W224',
    severity: 'advice',
    title: 'pods in the namespace of Assent are not restricted',
    reason: 'A pod there that reaches its node reaches the keys of Assent.',
    remedy: 'kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=restricted',
  },
  foreignPod: {
    id: 'ASSENT-W225',
    severity: 'advice',
    title: 'something else runs in the namespace of Assent',
    reason: 'Who may enter or change that pod is near to the keys and tokens of Assent.',
    remedy: 'Move it to a namespace of its own.',
  },
  foreignPodAsUs: {
    id: 'ASSENT-W226',
    severity: 'dangerous',
    title: 'a pod that is not Assent’s runs as Assent',
    reason: 'It holds the token of an account of Assent.',
    remedy: 'Find out who made it; delete it, and deny agents the namespace.',
  },
  storedToken: {
    id: 'ASSENT-W227',
    severity: 'dangerous',
    title: 'a token of an account of Assent is stored in a Secret',
    reason: 'It never ends, and whoever read it once is Assent to the API server.',
    remedy: 'Delete the Secret: its token ends with it. Assent uses the short-lived tokens of its pods.',
  },
  oldServer: {
    id: 'ASSENT-W228',
    severity: 'broken',
    title: 'the API server is older than Kubernetes 1.34',
    reason: 'Assent is tested from 1.34 on, and uses what older ones lack.',
    remedy: 'Upgrade the cluster to Kubernetes 1.34 or later.',
  },
  ownRights: {
    id: 'ASSENT-W229',
    severity: 'dangerous',
    title: 'an account of Assent may do more than Assent needs',
    reason: 'Whoever takes over a pod of Assent has its rights.',
    remedy: 'Delete the binding. What Assent needs is in manifests/rbac.yaml.',
  },
  wideCeiling: {
    id: 'ASSENT-W230',
    severity: 'dangerous',
    title: 'the ceiling holds a wildcard, or power over rights',
    reason: `The controller holds the rules of ${CEILING} itself, in every namespace.`,
    remedy: `kubectl edit clusterrole ${CEILING}: name what may be granted, without *, escalate, bind to every name or impersonate.`,
  },
} as const satisfies Readonly<Record<string, Weakness>>;

/** Policies, and who answers. */
export const POLICY_WEAKNESSES = {
  notReady: {
    id: 'ASSENT-W240',
    severity: 'dangerous',
    title: 'a policy is not Ready',
    reason: 'It holds nothing, or something else than it says.',
    remedy: 'kubectl describe approvalpolicy NAME says why.',
  },
  longNotEnforced: {
    id: 'ASSENT-W241',
    severity: 'advice',
    title: 'a policy has not been enforced for two weeks',
    reason: 'In mode Warn or Audit everything goes through while the gate answers.',
    remedy: 'Look at what it would have held, then set spec.mode to Enforce.',
  },
  nobodyApproves: {
    id: 'ASSENT-W242',
    severity: 'advice',
    title: 'nobody but system:masters may approve',
    reason: 'What the policy holds waits until it expires.',
    remedy:
      'Bind the ClusterRole assent-approver and the verb approve on the policy to people; docs/guide/first-policy.md shows how.',
  },
  approverIsAgent: {
    id: 'ASSENT-W243',
    severity: 'advice',
    title: 'an Approver is an agent as well',
    reason: 'Whom any policy names as an agent decides nothing, so that this person cannot answer.',
    remedy: 'Take the identity out of the Approver, or out of the agents of the policy.',
  },
} as const satisfies Readonly<Record<string, Weakness>>;
