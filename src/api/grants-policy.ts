// The ValidatingAdmissionPolicy that bounds what our controller may do with RBAC, whoever holds its token: Roles and bindings of
// grants alone, for one requester each, made and deleted but never edited (INV-4). RBAC itself cannot say this by name.
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

const DELETES = "request.operation == 'DELETE'";

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
        `request.operation == 'CREATE' || ${DELETES}`,
        'Assent makes and deletes the objects of its grants and never edits them',
      ),
      // What somebody took the label off is still ours by its owner, and may be taken away.
      forbidden(
        `(variables.grant != '' && variables.name == 'assent-grant-' + variables.grant) || (${DELETES} && variables.owners.exists(owner, variables.name == 'assent-grant-' + owner.?uid.orValue('')))`,
        'Assent touches the objects of its grants alone: by their name, and by label or owner',
      ),
      forbidden(
        `${DELETES} || (variables.owners.size() == 1 && variables.owners.all(owner, owner.?apiVersion.orValue('') == '${API_VERSION}' && owner.?kind.orValue('') == 'ApprovalRequest' && owner.?uid.orValue('') == variables.grant))`,
        'an object of a grant is owned by the request that it is for',
      ),
      forbidden(
        `${DELETES} || variables.resource != 'rolebindings' || (variables.subjects.size() == 1 && variables.subjects.all(subject, ${subjectIsAllowed([gate, controller])}))`,
        'a grant is for one requester: a ServiceAccount or user, no group, nothing of Kubernetes or Assent itself',
      ),
      forbidden(
        `${DELETES} || variables.resource != 'rolebindings' || variables.roleRef == 'Role/' + variables.name || variables.roleRef.startsWith('ClusterRole/')`,
        'a grant binds a Role of its own, or a ClusterRole',
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
