// What somebody tries who holds the token of one of our ServiceAccounts: each deed with the accounts that RBAC lets do it, and
// why they may. Everything that writes is a dry-run.

/** Namespace in which the deeds happen. */
export const ELSEWHERE = 'shop';
/** Namespace of Assent. */
export const HOME = 'assent-system';

/** One try. */
export interface Deed {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Accounts that can, each with the reason; everybody else gets 403. */
  readonly can?: Readonly<Record<string, string>>;
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const OURS = '/apis/assent.dev/v1alpha1';
const MERGE = 'application/merge-patch+json';
const GROUP = 'rbac.authorization.k8s.io';
const DRY = '?dryRun=All';

const [GATE, CONTROLLER, UNINSTALL] = ['assent-gate', 'assent-controller', 'assent-uninstall'];

const read = (what: string, path: string, can?: Deed['can']): Deed => ({
  what,
  method: 'GET',
  path,
  ...(can && { can }),
});
const make = (what: string, path: string, body: object, can?: Deed['can']): Deed => ({
  what,
  method: 'POST',
  path: `${path}${DRY}`,
  body,
  ...(can && { can }),
});
const change = (what: string, path: string, body: object, can?: Deed['can']): Deed => ({
  what,
  method: 'PATCH',
  path: `${path}${DRY}`,
  body,
  contentType: MERGE,
  ...(can && { can }),
});
const remove = (what: string, path: string, can?: Deed['can']): Deed => ({
  what,
  method: 'DELETE',
  path: `${path}${DRY}`,
  ...(can && { can }),
});

const EVERYTHING = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const toAdmin = (account: string): object => ({
  metadata: { name: 'stolen' },
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', namespace: HOME, name: account }],
});
const POD = {
  metadata: { name: 'stolen' },
  spec: { serviceAccountName: 'default', containers: [{ name: 'a', image: 'a' }] },
};
const ours = (kind: string, spec: object): object => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind,
  metadata: { name: 'stolen' },
  spec,
});
const WEBHOOK = {
  name: 'stolen.example.com',
  clientConfig: { url: 'https://stolen.example.com/' },
  rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};

const secrets = (): Deed[] => [
  read('read all Secrets', '/api/v1/secrets'),
  read('watch all Secrets', '/api/v1/secrets?watch=1&timeoutSeconds=1'),
  read('list Secrets elsewhere', `/api/v1/namespaces/${ELSEWHERE}/secrets`),
  read('read a Secret elsewhere', `/api/v1/namespaces/${ELSEWHERE}/secrets/password`),
  read('list the Secrets of Assent', `/api/v1/namespaces/${HOME}/secrets`),
  read('read the tokens of Slack', `/api/v1/namespaces/${HOME}/secrets/slack`),
  read('read the keys that seal', `/api/v1/namespaces/${HOME}/secrets/assent-seal`, { [GATE]: 'it seals' }),
  change('replace the keys that seal', `/api/v1/namespaces/${HOME}/secrets/assent-seal`, {}),
  make('make a Secret elsewhere', `/api/v1/namespaces/${ELSEWHERE}/secrets`, {
    metadata: { name: 'stolen' },
  }),
  make("make a Secret that gets another account's token", `/api/v1/namespaces/kube-system/secrets`, {
    metadata: { name: 'stolen', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
  }),
];

const rights = (account: string): Deed[] => [
  make('become cluster-admin', `${RBAC}/clusterrolebindings`, toAdmin(account)),
  make(
    'become admin in the namespace of Assent',
    `${RBAC}/namespaces/${HOME}/rolebindings`,
    toAdmin(account),
  ),
  make('become admin elsewhere', `${RBAC}/namespaces/${ELSEWHERE}/rolebindings`, toAdmin(account)),
  make('make a ClusterRole', `${RBAC}/clusterroles`, { metadata: { name: 'stolen' }, rules: EVERYTHING }),
  make('make a Role of everything', `${RBAC}/namespaces/${ELSEWHERE}/roles`, {
    metadata: { name: 'stolen' },
    rules: EVERYTHING,
  }),
  change('widen its own ClusterRole', `${RBAC}/clusterroles/${account}`, { rules: EVERYTHING }),
  change('widen its own Role', `${RBAC}/namespaces/${HOME}/roles/${account}`, { rules: EVERYTHING }),
  change('widen the ceiling', `${RBAC}/clusterroles/assent-grant-ceiling`, { rules: EVERYTHING }),
  remove("take away somebody's rights in the cluster", `${RBAC}/clusterrolebindings/system:basic-user`),
  remove(
    "take away somebody's rights in a namespace",
    `${RBAC}/namespaces/${ELSEWHERE}/rolebindings/of-others`,
    {
      [UNINSTALL]: 'RBAC cannot say "those of grants"; the account is there only while Assent is uninstalled',
    },
  ),
  {
    ...read('act as a cluster-admin', '/api/v1/secrets'),
    headers: { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' },
  },
  {
    ...read('act as the controller', '/api/v1/secrets'),
    headers: { 'impersonate-user': `system:serviceaccount:${HOME}:${CONTROLLER}` },
  },
  make("make another account's token", `/api/v1/namespaces/kube-system/serviceaccounts/default/token`, {
    spec: {},
  }),
  make("make the controller's token", `/api/v1/namespaces/${HOME}/serviceaccounts/${CONTROLLER}/token`, {
    spec: {},
  }),
  make('make an account', `/api/v1/namespaces/${HOME}/serviceaccounts`, { metadata: { name: 'stolen' } }),
  make('ask for a client certificate', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
    metadata: { name: 'stolen' },
    spec: { request: 'AAAA', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
  }),
];

const workloads = (): Deed[] => [
  make('start a pod', `/api/v1/namespaces/${ELSEWHERE}/pods`, POD),
  make('start a pod beside Assent', `/api/v1/namespaces/${HOME}/pods`, POD),
  make('start a Job', `/apis/batch/v1/namespaces/${HOME}/jobs`, {
    metadata: { name: 'stolen' },
    spec: { template: {} },
  }),
  make('run a command in a pod', `/api/v1/namespaces/${ELSEWHERE}/pods/web/exec`, {}),
  make('copy itself into a running pod', `/api/v1/namespaces/${ELSEWHERE}/pods/web/attach`, {}),
  change(
    'give the controller another image',
    `/apis/apps/v1/namespaces/${HOME}/deployments/assent-controller`,
    {},
  ),
  change('give the gate another image', `/apis/apps/v1/namespaces/${HOME}/deployments/assent-gate`, {}),
  read('reach a kubelet', '/api/v1/nodes/node-1/proxy/pods'),
  change('relabel a namespace', `/api/v1/namespaces/${ELSEWHERE}`, { metadata: { labels: { a: 'b' } } }),
  remove('delete a namespace', `/api/v1/namespaces/${ELSEWHERE}`),
];

const decisions = (): Deed[] => [
  make('write a policy', `${OURS}/approvalpolicies`, ours('ApprovalPolicy', {})),
  change('change a policy', `${OURS}/approvalpolicies/held`, { spec: { mode: 'Audit' } }),
  remove('delete a policy', `${OURS}/approvalpolicies/held`),
  make('make up a person', `${OURS}/approvers`, ours('Approver', { identities: [] })),
  change('become one of the approvers', `${OURS}/approvers/alice`, { spec: {} }),
  make('link an account', `${OURS}/identitylinks`, ours('IdentityLink', {})),
  make('freeze an agent', `${OURS}/agentfreezes`, ours('AgentFreeze', {})),
  remove('let a frozen agent go on', `${OURS}/agentfreezes/of-somebody`),
  change('rewrite a decision', `${OURS}/approvaldecisions/of-somebody`, { spec: { verdict: 'Approve' } }),
  remove('delete a decision', `${OURS}/approvaldecisions/of-somebody`),
  remove('delete a request', `${OURS}/approvalrequests/of-somebody`, {
    [CONTROLLER]:
      'it deletes those that ended seven days ago; who deletes another one ends its grant and cannot hide its record',
  }),
  change('rewrite a request', `${OURS}/approvalrequests/of-somebody`, { spec: {} }),
];

const admission = (): Deed[] => {
  const webhooks = `${ADMISSION}/validatingwebhookconfigurations`;
  const byName =
    'its patches are bound to our names, and what it writes wrongly is written again by the next leader';
  return [
    change(
      'send the reviews of the gate elsewhere',
      `${webhooks}/assent-gate`,
      { webhooks: [] },
      { [CONTROLLER]: byName },
    ),
    remove('delete the webhook configuration', `${webhooks}/assent-gate`, {
      [UNINSTALL]: 'that is what it is for',
    }),
    change("weaken somebody else's webhook", `${webhooks}/of-others`, { webhooks: [] }),
    remove("delete somebody else's webhook", `${webhooks}/of-others`),
    make(
      'make a webhook of its own',
      `${ADMISSION}/mutatingwebhookconfigurations`,
      { metadata: { name: 'stolen' }, webhooks: [WEBHOOK] },
      { [CONTROLLER]: 'RBAC cannot restrict create by name, and no admission sees these objects' },
    ),
    remove('delete an admission policy', `${ADMISSION}/validatingadmissionpolicies/assent-own-kinds`, {
      [UNINSTALL]: 'it takes out what the controller wrote',
    }),
    remove('unbind an admission policy', `${ADMISSION}/validatingadmissionpolicybindings/assent-own-kinds`, {
      [UNINSTALL]: 'it takes out what the controller wrote',
    }),
    change(
      'change a kind of ours',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/approvalrequests.assent.dev',
      {},
    ),
    remove(
      'delete a kind of ours',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/approvalrequests.assent.dev',
    ),
    change('redirect our API', '/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.assent.dev', {}),
    remove(
      "delete somebody's Lease",
      '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager',
    ),
  ];
};

/**
 * Secrets that may be read by name, made so that the API server would write the token of another account into them. Some of the
 * names are free in one way of having certificates or the other.
 */
export const PLANTED = [
  'assent-seal',
  'assent-seal-public',
  'assent-fingerprint',
  'assent-path',
  'assent-tls',
  'assent-trust',
].map((name): Deed =>
  make(`have the controller's token written into ${name}`, `/api/v1/namespaces/${HOME}/secrets`, {
    metadata: { name, annotations: { 'kubernetes.io/service-account.name': CONTROLLER } },
    type: 'kubernetes.io/service-account-token',
  }),
);

/** What is tried with the token of an account. */
export const deedsOf = (account: string): readonly Deed[] => [
  ...secrets(),
  ...rights(account),
  ...workloads(),
  ...decisions(),
  ...admission(),
];
