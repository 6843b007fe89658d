// What the demo writes for its story of access: steps 1 to 3 of docs/guide/just-in-time-access.md, to the letter (a test
// compares them), and the pod that it is about. Its agent has no right but to ask.

/** What may be granted at all, as a patch of the ceiling. */
export const CEILING_PATCH =
  '{"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list","delete"]}]}';

/** What may be asked for. */
export const OFFER = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: pod-fixer
rules:
  - apiGroups: ['']
    resources: [pods]
    verbs: [get, list, delete]
---
apiVersion: assent.dev/v1alpha1
kind: ApprovalPolicy
metadata:
  name: shop-fixes
spec:
  mode: Enforce
  agents:
    - serviceAccount: agents/fixer-bot
  access:
    - role: pod-fixer
      namespaces: [shop, shop-*]
      maxDuration: 30m
  action: Ask
  risk: High
`;

/** Who may ask, and who may answer. */
export const ASK_RIGHTS = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: fixer-bot-asks
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: assent-agent
subjects:
  - kind: ServiceAccount
    name: fixer-bot
    namespace: agents
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: approve-shop-fixes
rules:
  - apiGroups: [assent.dev]
    resources: [approvalpolicies]
    resourceNames: [shop-fixes]
    verbs: [approve]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: approve-shop-fixes
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: approve-shop-fixes
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: payments-oncall
`;

/** The shop and its pod; `default` is for pods that whoever plays on makes with kubectl run. */
export const SHOP = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: default, namespace: shop }
---
apiVersion: v1
kind: Pod
metadata: { name: web-7, namespace: shop }
spec:
  serviceAccountName: web
  containers:
    - name: web
      image: registry.example/shop/web:7
`;
