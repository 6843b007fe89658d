// What a policy holds without naming it, since it comes to the same as what it names: the deletion of a namespace deletes
// what is in it, an owner that does not exist deletes an object, and a label takes a namespace out of a policy.
import type { ApprovalPolicySpec, PolicyRule } from '../../api/approval-policy.ts';
import type { ReviewHead } from '../change/review.ts';
import {
  coversOperation,
  coversTarget,
  isNamespaceItself,
  nameMatches,
  targetOf,
  targetsOf,
  type Target,
} from './rules.ts';
import { ANYTHING, type Touched } from './touched.ts';

/** Why a policy's rules match: a rule names the request, or it is implied by what they name. */
export type RuleMatch = 'named' | 'implied';

/**
 * Whether the rules of a policy match the request, whoever sent it and wherever it goes.
 *
 * @param options.touched what an UPDATE changes; left out while only the head is known, which then counts as everything
 */
export function matchRules(
  spec: ApprovalPolicySpec,
  head: ReviewHead,
  { targets = targetsOf(head), touched = ANYTHING }: { targets?: readonly Target[]; touched?: Touched } = {},
): RuleMatch | undefined {
  const asked = { head, targets, touched };
  // First, since the conditions of a rule that names the update as well say nothing about a deletion.
  if (impliesUpdate(spec, asked)) return 'implied';
  if (isNamed(spec, targets, head)) return 'named';
  if (isNamespaceDeleted(asked) && impliesNamespaceDeletion(spec)) return 'implied';
  return isSideDoor(spec, asked) ? 'named' : undefined;
}

/** A policy that names namespaces and covers any deletion in them also holds the deletion of the namespaces. */
export function impliesNamespaceDeletion(spec: ApprovalPolicySpec): boolean {
  return (
    spec.match.namespaces !== undefined && spec.match.rules.some((rule) => coversOperation(rule, 'DELETE'))
  );
}

/** A policy that names anything in namespaces by their labels also holds changes of these labels. */
export function impliesRelabelling({ match }: ApprovalPolicySpec): boolean {
  return match.namespaces?.selector !== undefined && match.rules.length > 0;
}

/** Whether a rule names an operation that writes or removes whole objects; it then also holds what comes to the same. */
export function reachesLifetime(rule: PolicyRule): boolean {
  return coversOperation(rule, 'UPDATE') || coversOperation(rule, 'DELETE');
}

interface Asked {
  readonly head: ReviewHead;
  readonly targets: readonly Target[];
  readonly touched: Touched;
}

function isNamespaceDeleted({ head, targets }: Asked): boolean {
  return head.operation === 'DELETE' && targets.some(isNamespaceItself);
}

/** An update that comes to a deletion which is held, or that takes a namespace out of the policy. */
function impliesUpdate(spec: ApprovalPolicySpec, { head, targets, touched }: Asked): boolean {
  if (head.operation !== 'UPDATE') return false;
  const objects = objectsOf(head, targets);
  const isNamespace = objects.some(isNamespaceItself);
  if (touched.labels && isNamespace && impliesRelabelling(spec)) return true;
  if (!touched.lifetime) return false;
  return (isNamespace && impliesNamespaceDeletion(spec)) || isNamed(spec, objects, head, 'DELETE');
}

/** An update of owners or finalizers that goes through a subresource, where updates of the object itself are held. */
function isSideDoor(spec: ApprovalPolicySpec, { head, targets, touched }: Asked): boolean {
  return head.operation === 'UPDATE' && touched.lifetime && isNamed(spec, objectsOf(head, targets), head);
}

/** The objects whose metadata the request may write, through whichever subresource. A Scale has metadata of its own. */
export function objectsOf(head: ReviewHead, targets: readonly Target[]): readonly Target[] {
  if (head.kind.kind === 'Scale') return [];
  return targets.map((one) => (one.subResource === '' ? one : targetOf(one.group, one.resource, '')));
}

function isNamed(
  { match }: ApprovalPolicySpec,
  targets: readonly Target[],
  head: ReviewHead,
  operation = head.operation,
): boolean {
  return match.rules.some(
    (rule) =>
      coversOperation(rule, operation) &&
      targets.some((target) => coversTarget(rule, target)) &&
      nameMatches(rule.resourceNames, head),
  );
}
