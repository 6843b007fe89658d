// The API group of Assent's kinds and the well-known names that objects of it carry.

/** API group of all kinds of Assent. */
export const GROUP = 'assent.dev';
/** The one served version. A conversion webhook would be a second control-plane dependency, so there is one version. */
export const VERSION = 'v1alpha1';
/** `apiVersion` of every object of ours. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Category of all kinds: `kubectl get assent` lists them. */
export const CATEGORY = 'assent';

/** Annotation on a submitted object by which an agent may say why; left out of the fingerprint and of the diff. */
export const REASON_ANNOTATION = 'assent.dev/reason';

/** Plural resource names, as used in RBAC and URLs. */
export const RESOURCES = {
  policies: 'approvalpolicies',
  requests: 'approvalrequests',
  decisions: 'approvaldecisions',
  approvers: 'approvers',
  links: 'identitylinks',
  freezes: 'agentfreezes',
} as const;

/** One of our kinds, as an API server is asked for it: all are cluster-scoped (ADR 0005). @param resource one of {@link RESOURCES} */
export const ourResource = (resource: string) => ({
  group: GROUP,
  version: VERSION,
  resource,
  namespaced: false,
});
