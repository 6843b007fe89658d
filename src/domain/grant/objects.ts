// The RBAC objects to which an approval of access entitles: in each namespace one RoleBinding, for the requester alone, and
// the Role that it names where the access is a cut. Made from the sealed request alone, and never edited (INV-4).
import type { Access, AccessRule } from '../../api/access.ts';
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import { API_VERSION } from '../../api/group.ts';
import { PART_OF } from '../../api/installation.ts';
import { accessText } from '../message/asked.ts';
import { line } from '../message/plain-text.ts';

/** Label that every object of a grant carries; its value is metadata.uid of the request. */
export const GRANT_LABEL = 'assent.dev/grant';
/** Annotations, for whoever finds the object. */
export const GRANT_ANNOTATIONS = {
  request: 'assent.dev/request',
  why: 'assent.dev/why',
  until: 'assent.dev/until',
} as const;

const RBAC = 'rbac.authorization.k8s.io';

/** Who is bound, as RBAC names them. */
export interface Subject {
  readonly kind: 'ServiceAccount' | 'User';
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: string;
}

interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly object[];
}

/** A Role, cut to exactly what was asked for. */
export interface GrantRole {
  readonly apiVersion: `${typeof RBAC}/v1`;
  readonly kind: 'Role';
  readonly metadata: Meta;
  readonly rules: readonly AccessRule[];
}

/** The binding. */
export interface GrantBinding {
  readonly apiVersion: `${typeof RBAC}/v1`;
  readonly kind: 'RoleBinding';
  readonly metadata: Meta;
  readonly roleRef: {
    readonly apiGroup: string;
    readonly kind: 'Role' | 'ClusterRole';
    readonly name: string;
  };
  readonly subjects: readonly Subject[];
}

/** What stands in one namespace. */
export interface GrantObjects {
  readonly namespace: string;
  /** Undefined where a whole ClusterRole is bound. */
  readonly role: GrantRole | undefined;
  readonly binding: GrantBinding;
}

/** An approved request for access. */
export interface GrantedRequest {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: ApprovalRequestSpec & { readonly access: Access };
  readonly usableUntil: string;
}

/** Name of the Role and of the RoleBinding: from the uid of the request, which nobody knows before it is stored (T92). */
export function grantName(uid: string): string {
  return `assent-grant-${uid}`;
}

/** The objects in every namespace of the access, in its order. */
export function grantObjects(request: GrantedRequest): GrantObjects[] {
  const { access, requester } = request.spec;
  const name = grantName(request.metadata.uid);
  return access.namespaces.map((namespace) => {
    const metadata = metaOf(request, name, namespace);
    const roleRef = access.whole
      ? { apiGroup: RBAC, kind: 'ClusterRole' as const, name: access.role }
      : { apiGroup: RBAC, kind: 'Role' as const, name };
    return {
      namespace,
      role: access.whole
        ? undefined
        : { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: access.rules },
      binding: {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef,
        subjects: [subjectOf(requester.username)],
      },
    };
  });
}

/** The requester and nobody else. */
export function subjectOf(username: string): Subject {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  if (account === null) return { kind: 'User', name: username, apiGroup: RBAC };
  const [, namespace = '', name = ''] = account;
  return { kind: 'ServiceAccount', name, namespace };
}

function metaOf({ metadata, spec, usableUntil }: GrantedRequest, name: string, namespace: string): Meta {
  return {
    name,
    namespace,
    labels: { ...PART_OF, [GRANT_LABEL]: metadata.uid },
    annotations: {
      [GRANT_ANNOTATIONS.request]: metadata.name,
      [GRANT_ANNOTATIONS.why]: line(`${accessText(spec.access)}; asked for by ${spec.requester.short}`, 512),
      [GRANT_ANNOTATIONS.until]: usableUntil,
    },
    // With the request its grant goes, even where nobody of ours is left to take it away.
    ownerReferences: [
      { apiVersion: API_VERSION, kind: 'ApprovalRequest', name: metadata.name, uid: metadata.uid },
    ],
  };
}
