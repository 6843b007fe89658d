// The ValidatingAdmissionPolicies of grants. One bounds what our controller may do with RBAC, whoever holds its token: Roles and
// bindings of grants alone, for one requester each, made and deleted, and edited only to let a deletion finish (RBAC itself
// cannot say this by name). The other keeps everybody from hindering the end: what is deleted has to go (INV-4).
import { API_VERSION } from './group.ts';
import type { OwnUsers } from './installation.ts';

/** What it is asked about. */
export const GRANT_RULES = [
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    apiVersions: ['*'],
    resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
    operations: ['*'],
    scope: '*',
  },
];

/** What the other one is asked about. */
export const GRANT_END_RULES = [
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    apiVersions: ['*'],
    resources: ['roles', 'rolebindings'],
    operations: ['CREATE', 'UPDATE'],
    scope: '*',
  },
];

const DELETES = "request.operation == 'DELETE'";

const FINALIZERS = (object: 'object' | 'oldObject') => `dyn(${object}).?metadata.?finalizers.orValue([])`;
const SAME = [
  'rules',
  'roleRef',
  'subjects',
  'metadata.?labels',
  'metadata.?annotations',
  'metadata.?ownerReferences',
].map((field) => `dyn(object).?${field} == dyn(oldObject).?${field}`);
/** A deletion that finalizers hold up, and an edit that takes all of them off and changes nothing else. */
const FREES = [
  "request.operation == 'UPDATE'",
  'dyn(oldObject).?metadata.?deletionTimestamp.hasValue()',
  `${FINALIZERS('object')}.size() == 0`,
  ...SAME,
].join(' && ');

const forbidden = (expression: string, message: string) =>
  ({ expression, message, reason: 'Forbidden' }) as const;

/** Its parts. A controller that runs as a person, for trying out, keeps the rights of that person. */
export function grantsPolicy({ gate, controller }: OwnUsers) {
  const isOurs = `request.userInfo.?username.orValue('') == ${JSON.stringify(controller)}`;
  return {
    matchConditions: [
      {
        name: 'by-our-controller',
        expression: `${isOurs} && ${JSON.stringify(controller)}.startsWith('system:serviceaccount:')`,
      },
    ],
    variables: {
      resource: 'request.resource.resource',
      frees: FREES,
      ends: `${DELETES} || variables.frees`,
      one: `dyn(${DELETES} ? oldObject : object)`,
      name: "variables.one.?metadata.?name.orValue('')",
      grant: "variables.one.?metadata.?labels[?'assent.dev/grant'].orValue('')",
      owners: 'variables.one.?metadata.?ownerReferences.orValue([])',
      subjects: 'variables.one.?subjects.orValue([])',
      roleRef: "variables.one.?roleRef.?kind.orValue('') + '/' + variables.one.?roleRef.?name.orValue('')",
    },
    validations: [
      forbidden(
        "variables.resource == 'roles' || variables.resource == 'rolebindings'",
        'Assent grants nothing outside of namespaces',
      ),
      forbidden(
        "request.operation == 'CREATE' || variables.ends",
        'Assent makes and deletes the objects of its grants and never edits them, but for finalizers that keep what is deleted',
      ),
      // What somebody took the label off is still ours by its owner, and may be taken away.
      forbidden(
        `(variables.grant != '' && variables.name == 'assent-grant-' + variables.grant) || (variables.ends && variables.owners.exists(owner, variables.name == 'assent-grant-' + owner.?uid.orValue('')))`,
        'Assent touches the objects of its grants alone: by their name, and by label or owner',
      ),
      forbidden(
        `variables.ends || (variables.owners.size() == 1 && variables.owners.all(owner, owner.?apiVersion.orValue('') == '${API_VERSION}' && owner.?kind.orValue('') == 'ApprovalRequest' && owner.?uid.orValue('') == variables.grant))`,
        'an object of a grant is owned by the request that it is for',
      ),
      forbidden(
        `variables.ends || variables.resource != 'rolebindings' || (variables.subjects.size() == 1 && variables.subjects.all(subject, ${subjectIsAllowed([gate, controller])}))`,
        'a grant is for one requester: a ServiceAccount or user, no group, nothing of Kubernetes or Assent itself',
      ),
      forbidden(
        "variables.ends || variables.resource != 'rolebindings' || variables.roleRef == 'Role/' + variables.name || variables.roleRef.startsWith('ClusterRole/')",
        'a grant binds a Role of its own, or a ClusterRole',
      ),
    ],
  };
}

/**
 * Parts of the policy for everybody: no finalizer on what looks like ours, but for those that the garbage collector knows.
 * Whatever was there before may stay, so that nobody is kept from taking it off.
 */
export function grantEndsPolicy() {
  const label = `.?metadata.?labels[?'assent.dev/grant'].hasValue()`;
  return {
    matchConditions: [
      {
        name: 'of-a-grant',
        expression: `request.?name.orValue('').startsWith('assent-grant-') || dyn(object).?metadata.?name.orValue('').startsWith('assent-grant-') || dyn(object)${label} || dyn(oldObject)${label}`,
      },
    ],
    variables: { before: FINALIZERS('oldObject') },
    validations: [
      forbidden(
        `${FINALIZERS('object')}.all(one, one in ['foregroundDeletion', 'orphan'] || one in variables.before)`,
        'a Role or RoleBinding of a grant takes no finalizers: it would stay after the end of the access',
      ),
    ],
  };
}

function subjectIsAllowed(own: readonly string[]): string {
  const kind = "subject.?kind.orValue('')";
  const name = "subject.?name.orValue('')";
  const account = `'system:serviceaccount:' + subject.?namespace.orValue('') + ':' + ${name}`;
  return `(${kind} == 'User' && ${name} != '' && !${name}.startsWith('system:')) || (${kind} == 'ServiceAccount' && !(${account} in ${JSON.stringify(own)}))`;
}
