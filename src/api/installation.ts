// Names under which Assent is installed. RBAC, the admission policies and the operator must agree on them.

/** The namespace of Assent itself. */
export const NAMESPACE = 'assent-system';

/** ServiceAccounts of the two parts. */
export const ACCOUNTS = { gate: 'assent-gate', controller: 'assent-controller' } as const;

/** Labels by which the pods of each part are found, as a selector. */
export const SELECTOR = {
  gate: 'app.kubernetes.io/name=assent,app.kubernetes.io/component=gate',
  controller: 'app.kubernetes.io/name=assent,app.kubernetes.io/component=controller',
} as const;

/** User names of our own two accounts, as the API server says them. Equal where both parts run as one user. */
export interface OwnUsers {
  readonly gate: string;
  readonly controller: string;
}

/** The users of an installation in this namespace. */
export const ownUsersIn = (namespace: string): OwnUsers => ({
  gate: `system:serviceaccount:${namespace}:${ACCOUNTS.gate}`,
  controller: `system:serviceaccount:${namespace}:${ACCOUNTS.controller}`,
});

/** The users of an installation under the names above. */
export const OWN_USERS: OwnUsers = ownUsersIn(NAMESPACE);

/** Names of the webhook configurations that the controller writes, by resource. RBAC restricts its updates to them. */
export const WEBHOOK_CONFIGURATIONS = {
  validating: ['assent-gate', 'assent-guard'],
  mutating: ['assent-stamp'],
} as const;

/** Names of the ValidatingAdmissionPolicies (each with a binding of the same name) that close our kinds and bound our grants. */
export const ADMISSION_POLICIES = {
  ownKinds: 'assent-own-kinds',
  ownApi: 'assent-own-api',
  knownFields: 'assent-known-fields',
  grants: 'assent-grants',
  grantEnds: 'assent-grant-ends',
  frozen: 'assent-frozen',
} as const;

/** ClusterRole that holds the ceiling: what Assent may grant at most. It is bound to the controller, and filled by administrators. */
export const CEILING = 'assent-grant-ceiling';

/** Label that everything Assent installs carries. */
export const PART_OF = { 'app.kubernetes.io/part-of': 'assent' } as const;
