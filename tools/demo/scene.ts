// What the demo writes into its cluster. The rights of step 2 of the guide, to the letter, and the policy of its step 1, but
// enforced: so whoever reads docs/guide/first-policy.md beside a running demo sees what it says (a test compares them).

/** What the demo's policy says. */
export const POLICY = `apiVersion: assent.dev/v1alpha1
kind: ApprovalPolicy
metadata:
  name: payments-workloads
spec:
  mode: Enforce
  agents:
    - serviceAccount: agents/deploy-bot
  match:
    rules:
      - apiGroups: [apps]
        resources: [deployments, deployments/scale, statefulsets, statefulsets/scale]
        operations: [CREATE, UPDATE, DELETE]
    namespaces:
      names: [payments, payments-*]
  action: Ask
  risk: High
`;

/** The object of the story. */
export const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: payments
spec:
  replicas: 2
  selector:
    matchLabels: { app: api }
  template:
    metadata:
      labels: { app: api }
    spec:
      containers:
        - name: api
          image: registry.example/payments/api:1.4.2
`;

/** Whoever is in this group answers for the payments team; the demo's approver is. */
export const ONCALL = 'payments-oncall';

/**
 * Rights of the demo's agent: all there are, but for posing as somebody else and for giving itself more. It may even
 * approve and write decisions, so that what refuses it in step 3 is Assent and not RBAC.
 */
export const AGENT_RIGHTS = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: demo-agent
rules:
  - apiGroups: ['*']
    resources: ['*']
    verbs: [get, list, watch, create, update, patch, delete, deletecollection]
  - apiGroups: [assent.dev]
    resources: [approvalpolicies]
    verbs: [approve]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: demo-agent
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: demo-agent
subjects:
  - kind: ServiceAccount
    name: deploy-bot
    namespace: agents
`;

const binding = (
  name: string,
  role: string,
  subject: string,
): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ${name}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${role}
subjects:
  - ${subject}
`;
const GROUP = `{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: ${ONCALL} }`;
const BOT = '{ kind: ServiceAccount, name: deploy-bot, namespace: agents }';

/** Step 2 of the guide: who may approve, who may read what. */
export const RIGHTS = [
  `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: approve-payments
rules:
  - apiGroups: [assent.dev]
    resources: [approvalpolicies]
    resourceNames: [payments-workloads]
    verbs: [approve]
`,
  binding('approve-payments', 'approve-payments', GROUP),
  binding('payments-oncall-answers', 'assent-approver', GROUP),
  binding('deploy-bot-follows-requests', 'assent-agent', BOT),
  `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reads-events
rules:
  - apiGroups: ['']
    resources: [events]
    verbs: [get, list, watch]
`,
  binding('payments-oncall-reads-events', 'reads-events', GROUP),
].join('---\n');
