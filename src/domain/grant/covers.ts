// Whether access covers what a review is about, and whether a policy offers it. RBAC says yes by verb, which admission does
// not know: a review is covered by any verb that comes by as its operation.
import type { Access } from '../../api/access.ts';
import type { Operation } from '../change/review.ts';
import { namesOf, withTwin, type Target } from '../policy/rules.ts';
import { operationOf } from './verbs.ts';
import type { Deed, PolicyRule } from './rules.ts';

/** What a review is about. */
export interface Write {
  readonly operation: Operation;
  /** The resource as which it is judged, and as which it was sent (rules.ts). */
  readonly targets: readonly Target[];
  readonly namespace: string;
  /** '' when the API server makes it up, or for a collection. */
  readonly name: string;
}

/** Whether approved access covers the write. */
export function accessCovers(access: Pick<Access, 'rules' | 'namespaces'>, write: Write): boolean {
  return access.namespaces.includes(write.namespace) && rulesCover(access.rules, write);
}

/**
 * Whether a deed leads to a write that rules name. One of every name leads to writes of any name; of what is created nobody
 * knows the name.
 */
export function leadsTo({ verb, group, resource: path, name }: Deed, rules: readonly PolicyRule[]): boolean {
  const operation = operationOf(verb, path);
  if (operation === undefined) return false;
  const [resource = '', subResource = ''] = path.split('/');
  const named = name === '' ? rules.map((rule) => ({ ...rule, resourceNames: [] })) : rules;
  const targets = withTwin({ group, resource }, subResource);
  return rulesHold(named, { operation, targets, namespace: '', name });
}

/** Whether rules, which may hold wildcards, allow the write: as exactly as RBAC does. */
function rulesCover(rules: readonly PolicyRule[], write: Write): boolean {
  return write.targets.some((target) => rules.some((rule) => ruleCovers(rule, target, write)));
}

/** Whether rules that a policy offers hold the write: of a proxy, however its target is spelt. */
export function rulesHold(rules: readonly PolicyRule[], write: Write): boolean {
  return write.targets.some((target) =>
    namesOf(write.name, target.subResource === 'proxy').some((name) =>
      rules.some((rule) => ruleCovers(rule, target, { ...write, name })),
    ),
  );
}

function ruleCovers(rule: PolicyRule, target: Target, { operation, name }: Write): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule;
  const path = target.subResource === '' ? target.resource : `${target.resource}/${target.subResource}`;
  const isNamed = resources.some((one) => one === '*' || one === path || one === `*/${target.subResource}`);
  return (
    isNamed &&
    (apiGroups.includes('*') || apiGroups.includes(target.group)) &&
    (resourceNames.length === 0 || resourceNames.includes(name)) &&
    verbs.some((verb) => comesAs(verb, path, operation))
  );
}

function comesAs(verb: string, path: string, operation: Operation): boolean {
  if (verb === '*') return true;
  // A collection is deleted one object at a time, and each comes by as a deletion.
  return operationOf(verb === 'deletecollection' ? 'delete' : verb, path) === operation;
}
