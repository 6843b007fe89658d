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

/** Names of webhooks in them by which others find their answers again. */
export const WEBHOOKS = { gate: 'gate.assent.dev' } as const;

/** Names of the ValidatingAdmissionPolicies (each with a binding of the same name) that close our kinds and bound what we may do. */
export const ADMISSION_POLICIES = {
  ownKinds: 'assent-own-kinds',
  ownApi: 'assent-own-api',
  knownFields: 'assent-known-fields',
  grants: 'assent-grants',
  grantEnds: 'assent-grant-ends',
  ownSecrets: 'assent-own-secrets',
  frozen: 'assent-frozen',
} as const;

/** ClusterRole that holds the ceiling: what Assent may grant at most. It is bound to the controller, and filled by administrators. */
export const CEILING = 'assent-grant-ceiling';

/** Field manager of everything that the controller registers, by which edits of others are told from our own. */
export const CONTROLLER_MANAGER = 'assent-controller';

/** Field manager of the canary; a digest of the configuration follows. */
export const CANARY_MANAGER = 'assent-canary';

/** Label that everything Assent installs carries. */
export const PART_OF = { 'app.kubernetes.io/part-of': 'assent' } as const;
