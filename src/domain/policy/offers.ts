// What policies offer as access, and which writes that covers: those need a live grant, whichever RBAC rule lets them pass
// (INV-1). An offer is the rules of a ClusterRole as they are now; a role that is gone or gathered from others offers nothing.
import type { ApprovalPolicySpec, PolicyOffer, PolicyRule as MatchRule } from '../../api/approval-policy.ts';
import type { Operation, ReviewHead } from '../change/review.ts';
import type { RoleLookup } from '../grant/cluster-role.ts';
import { rulesHold, type Write } from '../grant/covers.ts';
import type { PolicyRule } from '../grant/rules.ts';
import { operationOf } from '../grant/verbs.ts';
import { Bits } from './bits.ts';
import { anyGlobMatches } from './glob.ts';
import { objectsOf } from './implied.ts';
import { isAboutNamespace } from './namespaces.ts';
import type { Policy } from './policy.ts';
import { coversOperation, targetsOf, type Target } from './rules.ts';
import type { Touched } from './touched.ts';

/** No ClusterRole is known: nothing is offered. */
export const NO_ROLES: RoleLookup = () => undefined;

/** One offer of a policy, with the rules behind it. */
interface Offer {
  /** Name of the ClusterRole. */
  readonly role: string;
  readonly namespaces: readonly string[];
  readonly rules: readonly PolicyRule[];
  /** The same for a request that names no object, which may be about any. */
  readonly unnamed: readonly PolicyRule[];
  /** Whether it holds a deletion of anything. */
  readonly isOfDeletion: boolean;
}

/** Offers prepared for {@link offersCovering}. Bits and offers go by the place of their policy in the index. */
export interface OfferIndex {
  readonly byResource: ReadonlyMap<string, Bits>;
  readonly offers: ReadonlyMap<number, readonly Offer[]>;
  /** Names of the ClusterRoles that any policy offers, those that are not there included. */
  readonly roles: ReadonlySet<string>;
}

/** The rules of a ClusterRole that may be offered. */
export function offeredRulesOf(role: string, roles: RoleLookup): readonly PolicyRule[] {
  const found = roles(role);
  return found === undefined || found.isAggregated ? [] : found.rules;
}

/** Prepares the offers of policies; undefined when none of them offers anything, so that nobody pays for it. */
export function indexOffers(policies: readonly Policy[], roles: RoleLookup): OfferIndex | undefined {
  if (policies.every(({ spec }) => spec.access.length === 0)) return undefined;
  const byResource = new Map<string, Bits>();
  const offers = new Map<number, Offer[]>();
  const names = new Set<string>();
  policies.forEach(({ spec }, at) => {
    if (spec.access.length === 0) return;
    offers.set(
      at,
      spec.access.map(({ role, namespaces }) => {
        names.add(role);
        const rules = offeredRulesOf(role, roles);
        for (const key of rules.flatMap(keysOfRule)) {
          const bits = byResource.get(key) ?? new Bits(policies.length);
          byResource.set(key, bits);
          bits.add(at);
        }
        const unnamed = rules.map((rule) => ({ ...rule, resourceNames: [] }));
        return { role, namespaces, rules, unnamed, isOfDeletion: rules.some(isOfDeletion) };
      }),
    );
  });
  return { byResource, offers, roles: names };
}

/** Policies whose offers name what the request is about, whoever sent it and wherever it goes; undefined when none does. */
export function offersNaming(
  { byResource }: OfferIndex,
  targets: readonly Target[],
  bound: number,
): Bits | undefined {
  let found: Bits | undefined;
  for (const target of targets) {
    for (const key of keysOfTarget(target)) {
      const named = byResource.get(key);
      if (named === undefined) continue;
      found ??= new Bits(bound);
      found.addAll(named);
    }
  }
  return found;
}

/** Whether an offer of the policy at this place covers the write. */
export function isOffered({ offers }: OfferIndex, at: number, write: Write): boolean {
  return (offers.get(at) ?? []).some(
    ({ namespaces, rules, unnamed }) =>
      anyGlobMatches(namespaces, write.namespace) && rulesHold(write.name === '' ? unnamed : rules, write),
  );
}

/** The offers of a policy that cover the write. */
export function offersOf(
  { access }: Pick<ApprovalPolicySpec, 'access'>,
  write: Write,
  roles: RoleLookup,
): readonly PolicyOffer[] {
  return access.filter(
    ({ role, namespaces }) =>
      anyGlobMatches(namespaces, write.namespace) && rulesHold(offeredRulesOf(role, roles), write),
  );
}

/** What a review is about; undefined where nothing is ever granted: outside a namespace, a Namespace itself. */
export function writeOf(head: ReviewHead, targets: readonly Target[] = targetsOf(head)): Write | undefined {
  if (head.namespace === '' || isAboutNamespace(head)) return undefined;
  const { operation, namespace, name } = head;
  return { operation, targets, namespace, name };
}

/**
 * What an UPDATE of owners or finalizers comes to, beside what it is: a change of the object itself, through whichever
 * subresource, and its deletion (touched.ts). Nothing for any other write.
 */
export function broughtBy(write: Write, head: ReviewHead, { lifetime }: Touched): readonly Write[] {
  if (write.operation !== 'UPDATE' || !lifetime) return [];
  const targets = objectsOf(head, write.targets);
  return targets.length === 0
    ? []
    : [
        { ...write, targets },
        { ...write, targets, operation: 'DELETE' },
      ];
}

/**
 * All that a grant has to cover to let a review through that policies hold by what they offer: whatever of it is offered, and
 * the deletion that it comes to in any case: leave to change is no leave to delete.
 */
export function writesToGrant(
  write: Write,
  brought: readonly Write[],
  offering: readonly Pick<Policy, 'spec'>[],
  roles: RoleLookup,
): readonly Write[] {
  const isOfferedNow = (one: Write) => offering.some(({ spec }) => offersOf(spec, one, roles).length > 0);
  const wanted = [write, ...brought].filter((one) => one.operation === 'DELETE' || isOfferedNow(one));
  return wanted.length === 0 ? [write] : wanted;
}

/** What offers make the API server send, as rules of a webhook: a policy's own, without names and namespaces. */
export function offeredWrites(
  policies: readonly Pick<Policy, 'spec'>[],
  roles: RoleLookup,
): readonly MatchRule[] {
  const names = new Set(policies.flatMap(({ spec }) => spec.access.map(({ role }) => role)));
  return [...names].sort().flatMap((name) => offeredRulesOf(name, roles).flatMap(writesOf));
}

/** What a webhook rule takes, and what the API server can serve. */
const SERVABLE = /^(\*|[a-z0-9][-a-z0-9.]*)(\/[a-z0-9][-a-z0-9.]*)?$/;

function writesOf({ verbs, apiGroups = [], resources = [] }: PolicyRule): MatchRule[] {
  // RBAC stores any text as a resource; one that no webhook rule takes would keep every policy from being registered.
  return resources
    .filter((resource) => SERVABLE.test(resource))
    .flatMap((resource) => {
      const operations = operationsOf(verbs, resource);
      if (operations.length === 0 || apiGroups.length === 0) return [];
      // What RBAC calls `*` includes subresources.
      return [{ apiGroups: [...apiGroups], resources: [resource === '*' ? '*/*' : resource], operations }];
    });
}

function operationsOf(verbs: readonly string[], resource: string): MatchRule['operations'] {
  if (verbs.includes('*')) return ['*'];
  const seen = verbs.map((verb) => operationOf(verb === 'deletecollection' ? 'delete' : verb, resource));
  // Any verb connects, and `*` has subresources that are connected to.
  if (resource === '*' && verbs.length > 0) seen.push('CONNECT');
  return [...new Set(seen.filter((one): one is Operation => one !== undefined))];
}

/** Whether a rule of a ClusterRole holds the deletion of anything. */
export function isOfDeletion(rule: PolicyRule): boolean {
  return writesOf(rule).some((one) => coversOperation(one, 'DELETE'));
}

const keyOf = (group: string, path: string): string => `${group} ${path}`;

function keysOfRule({ apiGroups = [], resources = [] }: PolicyRule): string[] {
  return apiGroups.flatMap((group) => resources.map((resource) => keyOf(group, resource)));
}

function keysOfTarget({ group, resource, subResource }: Target): string[] {
  const paths =
    subResource === '' ? [resource, '*'] : [`${resource}/${subResource}`, `*/${subResource}`, '*'];
  return [group, '*'].flatMap((either) => paths.map((path) => keyOf(either, path)));
}
