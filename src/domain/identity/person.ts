// Who is a person, and which one: Approver objects tie a person's user names together, so that quorum counts people and
// a second identity is recognised (INV-3). Callers pass only Approvers whose seal they verified.

/** An Approver as far as it says who somebody is; the API object is one. */
export interface ApproverFacts {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly identities: readonly { readonly kubernetes?: { readonly username: string } | undefined }[];
  };
}

/** A user as the API server authenticated them. */
export interface User {
  readonly username: string;
  /** Absent or empty for certificates and impersonated users. */
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
}

/** Which person a user name belongs to. */
export type PersonOf =
  | { readonly kind: 'person'; readonly name: string }
  | { readonly kind: 'unknown' }
  /** Several Approvers claim the name: nobody can tell, so it counts for none. */
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] };

/** What is no person at all. */
export type Machine = 'service-account' | 'node' | 'anonymous' | 'component';

/** Finds the person behind a user name. Names are compared exactly, as Kubernetes does. */
export function personOf(username: string, approvers: readonly ApproverFacts[]): PersonOf {
  const names = personNames(username, approvers);
  const [name] = names;
  if (name === undefined) return { kind: 'unknown' };
  return names.length === 1 ? { kind: 'person', name } : { kind: 'ambiguous', names };
}

/** Names of every Approver that claims a user name, sorted; more than one means doubt, and doubt excludes. */
export function personNames(username: string, approvers: readonly ApproverFacts[]): readonly string[] {
  return approvers
    .filter((one) => one.spec.identities.some((identity) => identity.kubernetes?.username === username))
    .map((one) => one.metadata.name)
    .toSorted();
}

/**
 * What kind of machine a user is; undefined for what may be a person. Groups count as well as names: an impersonated
 * ServiceAccount carries both, and everything that starts with `system:` is reserved to Kubernetes.
 */
export function machineKind(user: User): Machine | undefined {
  const { username, groups } = user;
  const isIn = (group: string): boolean => groups.some((one) => one === group || one.startsWith(`${group}:`));
  if (username.startsWith('system:serviceaccount:') || isIn('system:serviceaccounts'))
    return 'service-account';
  if (username.startsWith('system:node:') || isIn('system:nodes')) return 'node';
  if (username.trim() === '' || username === 'system:anonymous' || isIn('system:unauthenticated'))
    return 'anonymous';
  return username.startsWith('system:') ? 'component' : undefined;
}
