// Whether a request is one that a policy's rules name, with the API server's own reading of rules
// (k8s.io/apiserver pkg/admission/plugin/webhook/predicates/rules). Doubt matches.
import type { ApprovalPolicySpec, PolicyRule } from '../../api/approval-policy.ts';
import type { Operation, ReviewHead } from '../change/review.ts';
import { anyGlobMatches } from './glob.ts';

/**
 * Groups whose requests no policy ever holds: our own kinds are the guard's, access and token reviews would recurse
 * into us, and webhook configurations are never sent to webhooks.
 */
export const NEVER_GATED_GROUPS: ReadonlySet<string> = new Set([
  'assent.dev',
  'admissionregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
]);

/** A resource or subresource that a request is about; `subResource` is '' for none. */
export interface Target {
  readonly group: string;
  readonly resource: string;
  readonly subResource: string;
}

/**
 * What the request is about: the resource it arrived as, the one it was submitted as, and for events the twin in the
 * other group. The API server converts between them to suit whichever rule it finds first, so that a policy which
 * names one would else depend on what other policies name.
 */
export function targetsOf(head: ReviewHead): readonly Target[] {
  const all: Target[] = [];
  add(all, head.resource, head.subResource);
  add(all, head.requestResource, head.requestSubResource);
  return all.some((target) => NEVER_GATED_GROUPS.has(target.group)) ? [] : all;
}

const EVENT_GROUPS = ['', 'events.k8s.io'];

function add(
  all: Target[],
  { group, resource }: { group: string; resource: string },
  subResource: string,
): void {
  const twins = resource === 'events' && EVENT_GROUPS.includes(group) ? EVENT_GROUPS : [group];
  for (const twin of twins) {
    const known = all.some(
      (one) => one.group === twin && one.resource === resource && one.subResource === subResource,
    );
    if (!known) all.push({ group: twin, resource, subResource });
  }
}

/** Why a policy's rules match: a rule names the request, or the deletion of a named namespace is implied. */
export type RuleMatch = 'named' | 'implied';

/** Whether the rules of a policy match the request, whoever sent it and wherever it goes. */
export function matchRules(spec: ApprovalPolicySpec, head: ReviewHead): RuleMatch | undefined {
  const targets = targetsOf(head);
  if (spec.match.rules.some((rule) => ruleMatches(rule, targets, head))) return 'named';
  const implied =
    head.operation === 'DELETE' && targets.some(isNamespaceItself) && impliesNamespaceDeletion(spec);
  return implied ? 'implied' : undefined;
}

/** A policy that names namespaces and covers any deletion in them also holds the deletion of the namespaces. */
export function impliesNamespaceDeletion(spec: ApprovalPolicySpec): boolean {
  return (
    spec.match.namespaces !== undefined && spec.match.rules.some((rule) => coversOperation(rule, 'DELETE'))
  );
}

/** Whether the rule names this operation. */
export function coversOperation(rule: PolicyRule, operation: Operation): boolean {
  return rule.operations.some((one) => one === '*' || one === operation);
}

/** Whether the rule names this resource or subresource. `pods/*` names pods too, `*` names no subresource. */
export function coversTarget(rule: PolicyRule, target: Target): boolean {
  if (!rule.apiGroups.some((group) => group === '*' || group === target.group)) return false;
  return rule.resources.some((named) => {
    const [resource, subResource = ''] = named.split('/');
    return (
      (resource === '*' || resource === target.resource) &&
      (subResource === '*' || subResource === target.subResource)
    );
  });
}

/** Whether the target is a Namespace object itself, not something in it. */
export function isNamespaceItself(target: Target): boolean {
  return target.group === '' && target.resource === 'namespaces' && target.subResource === '';
}

function ruleMatches(rule: PolicyRule, targets: readonly Target[], head: ReviewHead): boolean {
  return (
    coversOperation(rule, head.operation) &&
    targets.some((target) => coversTarget(rule, target)) &&
    nameMatches(rule.resourceNames, head)
  );
}

/** A request without a name, such as deletecollection, may be about any object. */
function nameMatches(globs: readonly string[] | undefined, head: ReviewHead): boolean {
  if (globs === undefined || globs.length === 0 || head.name === '') return true;
  return namesOf(head).some((name) => anyGlobMatches(globs, name));
}

/** A proxy call names its target as typed: `name`, `name:port` or `scheme:name:port`. */
function namesOf(head: ReviewHead): readonly string[] {
  const proxied = head.subResource === 'proxy' || head.requestSubResource === 'proxy';
  return proxied ? [head.name, ...head.name.split(':')] : [head.name];
}
