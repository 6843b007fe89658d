// Whether a request goes to a namespace that a policy names. Labels are judged here, on the old and the new object,
// never by a selector of the webhook: an agent that may label its namespace would step out of the policy (measured).
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';
import type { Json } from '../change/json.ts';
import type { Review, ReviewHead } from '../change/review.ts';
import { anyGlobMatches } from './glob.ts';
import type { Policy } from './policy.ts';
import { targetsOf } from './rules.ts';

/** Labels of one object. */
export type Labels = Readonly<Record<string, string>>;

/** Where a request goes. */
export interface NamespaceFacts {
  /** '' for cluster-scoped objects; for a Namespace its own name. */
  readonly namespace: string;
  /** Every set of labels that the namespace has or is about to have; none means unknown. */
  readonly labelSets: readonly Labels[];
}

type Selector = NonNullable<NonNullable<ApprovalPolicySpec['match']['namespaces']>['selector']>;

/** Whether the policy names this namespace, by name or by label. Unknown labels match (INV-7). */
export function namespaceMatches(policy: Pick<Policy, 'spec'>, facts: NamespaceFacts): boolean {
  const { namespaces } = policy.spec.match;
  if (namespaces === undefined) return true;
  if (facts.namespace === '') return false;
  if (namespaces.names !== undefined && anyGlobMatches(namespaces.names, facts.namespace)) return true;
  const { selector } = namespaces;
  if (selector === undefined) return false;
  return facts.labelSets.length === 0 || facts.labelSets.some((labels) => selectorMatches(selector, labels));
}

/** Whether the labels satisfy the selector, as Kubernetes reads selectors; an empty selector matches everything. */
export function selectorMatches(selector: Selector, labels: Labels): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {});
  return (
    wanted.every(([key, value]) => labelOf(labels, key) === value) &&
    (selector.matchExpressions ?? []).every((expression) => expressionMatches(expression, labels))
  );
}

function expressionMatches(
  { operator, key, values = [] }: NonNullable<Selector['matchExpressions']>[number],
  labels: Labels,
): boolean {
  const value = labelOf(labels, key);
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const listed = value !== undefined && values.includes(value);
  return operator === 'In' ? listed : !listed;
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Whether the request is about a Namespace object or a subresource of one, whose labels are in the review itself. */
export function isAboutNamespace(head: ReviewHead): boolean {
  return targetsOf(head).some(({ group, resource }) => group === '' && resource === 'namespaces');
}

/** Namespace of the request; for a Namespace object its own name. */
export function namespaceOf(head: ReviewHead): string {
  return head.namespace === '' && isAboutNamespace(head) ? head.name : head.namespace;
}

/**
 * Keeps the policies that still match once the objects are known. Preselection lets requests about Namespace objects
 * pass to every policy with a selector; here the old and the new labels decide.
 */
export function confirmNamespaces(policies: readonly Policy[], review: Review): Policy[] {
  if (!isAboutNamespace(review)) return [...policies];
  const labelSets = [review.object, review.oldObject].flatMap((object) => {
    const labels = object === null ? undefined : labelsOf(object);
    return labels === undefined ? [] : [labels];
  });
  return policies.filter((policy) => namespaceMatches(policy, { namespace: namespaceOf(review), labelSets }));
}

/** The labels of an object; undefined if they cannot be read. */
function labelsOf(object: Readonly<Record<string, Json>>): Labels | undefined {
  const metadata = object['metadata'];
  if (!isRecord(metadata)) return undefined;
  const labels = metadata['labels'] ?? {};
  if (!isRecord(labels)) return undefined;
  const entries = Object.entries(labels).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

function isRecord(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
