// What a request is about and whether a rule names it, with the API server's own reading of rules
// (k8s.io/apiserver pkg/admission/plugin/webhook/predicates/rules). Doubt matches.
import type { PolicyRule } from '../../api/approval-policy.ts';
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

/** A resource or subresource that a request is about. */
export interface Target {
  readonly group: string;
  readonly resource: string;
  /** '' for none. */
  readonly subResource: string;
  /** Every way in which a rule may name it: `pods/*` names pods too, `*` names no subresource. */
  readonly spellings: readonly string[];
}

/** Makes a target of its names. */
export function targetOf(group: string, resource: string, subResource: string): Target {
  const spellings =
    subResource === ''
      ? [resource, '*', `${resource}/*`, '*/*']
      : [`${resource}/${subResource}`, `${resource}/*`, `*/${subResource}`, '*/*'];
  return { group, resource, subResource, spellings };
}

/**
 * What the request is about: the resource it arrived as, the one it was submitted as, and their twins: whoever names one
 * names the other. Empty if the request is never gated.
 */
export function targetsOf(head: ReviewHead): readonly Target[] {
  const { resource, requestResource } = head;
  if (NEVER_GATED_GROUPS.has(resource.group) || NEVER_GATED_GROUPS.has(requestResource.group)) return [];
  const isConverted =
    resource.group !== requestResource.group ||
    resource.resource !== requestResource.resource ||
    head.subResource !== head.requestSubResource;
  return isConverted
    ? [...withTwin(resource, head.subResource), ...withTwin(requestResource, head.requestSubResource)]
    : withTwin(resource, head.subResource);
}

/**
 * The same thing under two paths, each as `group resource/subresource`. Events: the API server converts between them to
 * suit whichever rule it finds first, so that a policy which names one would else depend on what other policies name.
 * Bindings: the older way to bind a pod to a node (k8s.io/kubernetes pkg/registry/core/pod/storage, LegacyBindingREST).
 */
const TWINS: readonly (readonly [string, string])[] = [
  [' events', 'events.k8s.io events'],
  [' pods/binding', ' bindings'],
];

/** The other path to the same thing, where there is one; both as `group resource/subresource`. */
export function twinOf(key: string): string | undefined {
  const twins = TWINS.find((pair) => pair.includes(key));
  return twins?.find((one) => one !== key);
}

/** What is sent under this path, and its twin. @param subResource '' for none */
export function withTwin(
  { group, resource }: { group: string; resource: string },
  subResource: string,
): Target[] {
  const twin = twinOf(`${group} ${subResource === '' ? resource : `${resource}/${subResource}`}`);
  const self = targetOf(group, resource, subResource);
  if (twin === undefined) return [self];
  const [otherGroup = '', path = ''] = twin.split(' ');
  const [other = '', sub = ''] = path.split('/');
  return [self, targetOf(otherGroup, other, sub)];
}

/** Whether the rule names this operation. */
export function coversOperation(rule: PolicyRule, operation: Operation): boolean {
  return rule.operations.some((one) => one === '*' || one === operation);
}

/** Whether the rule names this resource or subresource. */
export function coversTarget(rule: PolicyRule, target: Target): boolean {
  return (
    rule.apiGroups.some((group) => group === '*' || group === target.group) &&
    rule.resources.some((named) => target.spellings.includes(named))
  );
}

/** Whether the target is a Namespace object itself, not something in it. */
export function isNamespaceItself(target: Target): boolean {
  return target.group === '' && target.resource === 'namespaces' && target.subResource === '';
}

/** Whether the names of a rule fit. A request without a name, such as deletecollection, may be about any object. */
export function nameMatches(globs: readonly string[] | undefined, head: ReviewHead): boolean {
  if (globs === undefined || globs.length === 0 || head.name === '') return true;
  const isProxied = head.subResource === 'proxy' || head.requestSubResource === 'proxy';
  return namesOf(head.name, isProxied).some((name) => anyGlobMatches(globs, name));
}

/** What a name may stand for: a call through a proxy names its target as typed, `name`, `name:port` or `scheme:name:port`. */
export function namesOf(name: string, isProxied: boolean): readonly string[] {
  return isProxied ? [name, ...name.split(':')] : [name];
}
