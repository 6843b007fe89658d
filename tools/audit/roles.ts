// What RBAC rules say of a change: what a policy offers as access, and what a request for access holds. Read here once more,
// from the documentation of RBAC: nothing of src/ may repeat its mistakes here.
import type { Deed } from './deed.ts';
import { anyFits } from './match.ts';
import { at, list, text, texts } from './value.ts';

/** One version of a ClusterRole, in force from `from` (microseconds) until `to`. */
export interface RoleVersion {
  readonly name: string;
  readonly rules: readonly unknown[];
  readonly from: number;
  readonly to: number;
}

/** @param done deeds that succeeded, in order of completion */
export function rolesOf(done: readonly Deed[]): RoleVersion[] {
  const writes = done.filter(
    ({ target }) => target.group === 'rbac.authorization.k8s.io' && target.resource === 'clusterroles',
  );
  return writes.flatMap((write, index) => {
    const { name } = write.target;
    if (write.operation === 'DELETE' || write.collection) return [];
    const next = writes.slice(index + 1).find((one) => one.target.name === name || one.collection);
    // One that gathers its rules from others offers nothing.
    const rules = at(write.body, 'aggregationRule') === undefined ? list(write.body, 'rules') : [];
    return [{ name, rules, from: write.completed, to: next?.received ?? Number.POSITIVE_INFINITY }];
  });
}

const CONNECTED = /\/(exec|attach|portforward|proxy)$/;
const COMES_AS: Readonly<Record<string, string>> = {
  create: 'CREATE',
  update: 'UPDATE',
  patch: 'UPDATE',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

function ruleFits(rule: unknown, { target, operation, items }: Deed): boolean {
  const { group, resource, subresource, name } = target;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  const has = (key: string, ...any: readonly string[]) => texts(rule, key).some((one) => any.includes(one));
  const names = texts(rule, 'resourceNames');
  const verbs = texts(rule, 'verbs');
  return (
    has('apiGroups', '*', group) &&
    has('resources', '*', path, ...(subresource === '' ? [] : [`*/${subresource}`])) &&
    (names.length === 0 || (items ?? [name]).some((one) => names.includes(one))) &&
    (verbs.includes('*') ||
      (CONNECTED.test(path) ? verbs.length > 0 : verbs.some((verb) => COMES_AS[verb] === operation)))
  );
}

/** Whether access that was asked for is about this change. */
export const accessFits = (access: unknown, deed: Deed): boolean =>
  texts(access, 'namespaces').includes(deed.target.namespace) &&
  list(access, 'rules').some((rule) => ruleFits(rule, deed));

/**
 * Whether a policy offers access to what is changed, over the whole time the request took.
 * @param grace microseconds that a ClusterRole has to take effect
 */
export function isOffered(spec: unknown, deed: Deed, roles: readonly RoleVersion[], grace: number): boolean {
  const { namespace, resource, group } = deed.target;
  // Nothing is granted outside a namespace, nor for a Namespace.
  if (namespace === '' || (group === '' && resource === 'namespaces')) return false;
  return list(spec, 'access').some(
    (offer) =>
      anyFits(texts(offer, 'namespaces'), namespace) &&
      roles.some(
        ({ name, rules, from, to }) =>
          name === text(offer, 'role') &&
          from + grace <= deed.received &&
          to > deed.completed &&
          rules.some((rule) => ruleFits(rule, deed)),
      ),
  );
}
