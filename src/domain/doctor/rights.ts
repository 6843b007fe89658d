// Who may do what by RBAC, read from its objects as the API server reads them: bindings with the rules of their roles, those
// that an aggregated ClusterRole gathers included. Names in rules are kept as they are: a right on one object is a right.
import type { PolicyRule } from '../grant/rules.ts';
import { allows } from '../grant/rules.ts';
import { selectorMatches } from '../policy/namespaces.ts';
import { itemsOf, type BindingObject, type Facts, type RoleObject, type Subject } from './facts.ts';

/** One rule that a binding gives to its subjects. */
export interface Held {
  readonly rule: PolicyRule;
  /** '' for everywhere. */
  readonly namespace: string;
  /** The binding, such as `ClusterRoleBinding bots`. */
  readonly via: string;
}

/** What a binding gives, and to whom. */
export interface Gift {
  readonly subjects: readonly Subject[];
  readonly role: string;
  readonly namespace: string;
  readonly via: string;
  readonly held: readonly Held[];
}

/** What somebody may do to which resource. */
export interface Power {
  readonly verbs: readonly string[];
  readonly group: string;
  /** With subresources, such as pods/exec. */
  readonly resources: readonly string[];
}

type Rbac = Pick<Facts, 'clusterRoles' | 'roles' | 'clusterRoleBindings' | 'roleBindings'>;

/** Every binding with what it gives. */
export function giftsOf(facts: Rbac): readonly Gift[] {
  const clusterRoles = itemsOf(facts.clusterRoles);
  const byName = new Map(clusterRoles.map((role) => [role.metadata.name, gathered(role, clusterRoles)]));
  const roles = new Map(itemsOf(facts.roles).map((role) => [keyOf(role.metadata), role.rules ?? []]));
  const gift = (kind: string, binding: BindingObject): Gift => {
    const { name, namespace = '' } = binding.metadata;
    const { roleRef } = binding;
    const rules =
      roleRef.kind === 'Role' ? roles.get(`${namespace}/${roleRef.name}`) : byName.get(roleRef.name);
    const via = `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
    const held = (rules ?? []).map((rule) => ({ rule, namespace, via }));
    const subjects = (binding.subjects ?? []).map((one) => inside(one, namespace));
    return { subjects, role: roleRef.name, namespace, via, held };
  };
  return [
    ...itemsOf(facts.clusterRoleBindings).map((one) => gift('ClusterRoleBinding', one)),
    ...itemsOf(facts.roleBindings).map((one) => gift('RoleBinding', one)),
  ];
}

const keyOf = ({ namespace = '', name }: RoleObject['metadata']): string => `${namespace}/${name}`;

/** A ServiceAccount without a namespace is of the binding's. */
const inside = (subject: Subject, namespace: string): Subject =>
  subject.kind === 'ServiceAccount' ? { ...subject, namespace: subject.namespace ?? namespace } : subject;

/** The rules of a ClusterRole and of those that it gathers, which nobody may have written into it yet. */
function gathered(role: RoleObject, all: readonly RoleObject[]): readonly PolicyRule[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  const more = all.filter(
    (other) =>
      other !== role && selectors.some((selector) => selectorMatches(selector, other.metadata.labels ?? {})),
  );
  return [...(role.rules ?? []), ...more.flatMap(({ rules }) => rules ?? [])];
}

/** What of a power a rule gives: `verb group resource` of each, on whichever objects. */
export function givenBy(
  rule: PolicyRule,
  { verbs, group, resources }: Power,
): readonly { readonly verb: string; readonly group: string; readonly resource: string }[] {
  const isNamed = (rule.resourceNames ?? []).length > 0;
  const anyName: PolicyRule = { ...rule, resourceNames: [] };
  return verbs.flatMap((verb) =>
    resources
      // What is created has no name yet when RBAC is asked.
      .filter((resource) => !(isNamed && verb === 'create' && !resource.includes('/')))
      .filter((resource) => allows([anyName], { verb, group, resource, name: '' }))
      .map((resource) => ({ verb, group, resource })),
  );
}

/** Whether a rule allows everything there is. */
export const isEverything = ({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
}: PolicyRule): boolean =>
  resourceNames.length === 0 && [verbs, apiGroups, resources].every((list) => list.includes('*'));
