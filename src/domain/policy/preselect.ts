// Which policies a request concerns, told from the head of the review alone and fast whatever the number of policies:
// three sets of bits (who asks, what for, where to) are intersected, and what is left is checked exactly.
import type { PolicyRule } from '../../api/approval-policy.ts';
import type { ReviewHead } from '../change/review.ts';
import type { RoleLookup } from '../grant/cluster-role.ts';
import { isAgent } from './agents.ts';
import { Bits } from './bits.ts';
import { isGuardable, isGuarded } from './guarded.ts';
import { impliesNamespaceDeletion, impliesRelabelling, matchRules, reachesLifetime } from './implied.ts';
import { isAboutNamespace, namespaceMatches, namespaceOf, type Labels } from './namespaces.ts';
import {
  broughtBy,
  indexOffers,
  isOffered,
  NO_ROLES,
  offersNaming,
  writeOf,
  type OfferIndex,
} from './offers.ts';
import type { Policy, User } from './policy.ts';
import { targetsOf, type Target } from './rules.ts';
import { ANYTHING, type Touched } from './touched.ts';

/** Identities and namespaces that an index remembers; agents are few, and an agent cannot make it grow beyond this. */
const MAX_REMEMBERED = 4_096;

/** Policies prepared for {@link preselect}. Make one whenever the policies change. */
export interface PolicyIndex {
  /** In the order of their names. */
  readonly policies: readonly Policy[];
  /** Policies by group and resource as a rule spells them. */
  readonly byResource: ReadonlyMap<string, Bits>;
  readonly byUser: Map<string, Bits>;
  readonly byNamespace: Map<string, Bits>;
  /** Undefined when no policy offers access. */
  readonly offers: OfferIndex | undefined;
}

/**
 * Prepares policies for preselection.
 *
 * @param roles the ClusterRoles that policies offer; make another index when one of them changes
 */
export function indexPolicies(policies: Iterable<Policy>, roles: RoleLookup = NO_ROLES): PolicyIndex {
  const ordered = [...policies].sort((one, other) => (one.name < other.name ? -1 : 1));
  const byResource = new Map<string, Bits>();
  const note = (key: string, index: number) => {
    const bits = byResource.get(key) ?? new Bits(ordered.length);
    byResource.set(key, bits);
    bits.add(index);
  };
  ordered.forEach(({ spec }, index) => {
    for (const rule of spec.match.rules) {
      for (const group of rule.apiGroups)
        for (const resource of rule.resources) note(keyOf(group, withSubresources(rule, resource)), index);
    }
    if (impliesNamespaceDeletion(spec) || impliesRelabelling(spec)) note(keyOf('', 'namespaces/*'), index);
  });
  const offers = indexOffers(ordered, roles);
  return { policies: ordered, byResource, byUser: new Map(), byNamespace: new Map(), offers };
}

/**
 * The policies whose agents, rules and namespaces match the request, in the order of their names. Conditions are left
 * to `judge`; a request about a Namespace object passes every selector and is decided by `confirmNamespaces`.
 *
 * @param namespaceLabels current labels of a namespace; undefined if unknown, which matches every selector
 */
export function preselect(
  index: PolicyIndex,
  head: ReviewHead,
  namespaceLabels: (namespace: string) => Labels | undefined,
): Policy[] {
  const namespace = namespaceOf(head);
  const here = policiesIn(index, namespace);
  // Most requests of agents go to namespaces that no policy names.
  if (here.isEmpty) return [];
  const candidates = new Bits(index.policies.length);
  const targets = targetsOf(head);
  for (const target of targets) {
    for (const key of keysOf(target)) {
      const named = index.byResource.get(key);
      if (named !== undefined) candidates.addAll(named);
    }
  }
  candidates.retainAll(here);
  candidates.retainAll(policiesOf(index, head.userInfo));
  const labels = isAboutNamespace(head) ? undefined : namespaceLabels(namespace);
  const facts = { namespace, labelSets: labels === undefined ? [] : [labels] };
  return candidates.members().flatMap((at) => {
    const policy = index.policies[at];
    return policy !== undefined &&
      matchRules(policy.spec, head, { targets }) &&
      namespaceMatches(policy, facts)
      ? [policy]
      : [];
  });
}

const NONE: readonly Policy[] = [];

/**
 * The policies that offer their agents, of whom the user is one, access that covers the request or what it comes to, in the
 * order of their names and whatever their mode.
 *
 * @param touched what an UPDATE changes; left out while only the head is known, which then counts as everything
 */
export function offering(index: PolicyIndex, head: ReviewHead, touched = ANYTHING): readonly Policy[] {
  const { offers, policies } = index;
  if (offers === undefined) return NONE;
  const write = writeOf(head);
  if (write === undefined) return NONE;
  const writes = [write, ...broughtBy(write, head, touched)];
  const targets = writes.flatMap((one) => one.targets);
  const naming = offersNaming(offers, targets, policies.length);
  if (naming === undefined) return NONE;
  naming.retainAll(policiesOf(index, head.userInfo));
  return naming.members().flatMap((at) => {
    const policy = policies[at];
    const isMine = policy !== undefined && writes.some((one) => isOffered(offers, at, one));
    return isMine ? [policy] : [];
  });
}

/**
 * The policies that hold the request because their agents, of whom the user is one, would step out of an offer by it
 * (guarded.ts), in the order of their names.
 *
 * @param touched as for {@link offering}
 */
export function guarding(
  index: PolicyIndex,
  head: ReviewHead,
  touched: Touched = ANYTHING,
): readonly Policy[] {
  const { offers, policies } = index;
  if (offers === undefined) return NONE;
  const guardable = { head, targets: targetsOf(head), touched };
  if (!isGuardable(guardable)) return NONE;
  return policiesOf(index, head.userInfo)
    .members()
    .flatMap((at) => {
      const policy = policies[at];
      const isMine = policy !== undefined && isGuarded(offers, at, guardable);
      return isMine ? [policy] : [];
    });
}

/** Who writes or deletes an object may do so through a subresource of it: `deployments/*` names deployments too. */
function withSubresources(rule: PolicyRule, resource: string): string {
  return reachesLifetime(rule) && !resource.includes('/') ? `${resource}/*` : resource;
}

function keyOf(group: string, resource: string): string {
  return `${group} ${resource}`;
}

/** Every key under which a rule may name the target. */
function keysOf({ group, spellings }: Target): string[] {
  return [group, '*'].flatMap((either) => spellings.map((spelling) => keyOf(either, spelling)));
}

/** Policies that name the user as an agent. */
function policiesOf(index: PolicyIndex, user: User): Bits {
  const key = JSON.stringify([user.username, user.groups]);
  return remembered(index, index.byUser, key, ({ spec }) => isAgent(spec, user) !== undefined);
}

/** Policies that may concern the namespace; selectors are left for later. */
function policiesIn(index: PolicyIndex, namespace: string): Bits {
  const facts = { namespace, labelSets: [] };
  return remembered(
    index,
    index.byNamespace,
    namespace,
    // A policy that only offers access concerns no namespace by its match.
    (policy) => policy.spec.match.rules.length > 0 && namespaceMatches(policy, facts),
  );
}

function remembered(
  index: PolicyIndex,
  memory: Map<string, Bits>,
  key: string,
  belongs: (policy: Policy) => boolean,
): Bits {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const bits = new Bits(index.policies.length);
  index.policies.forEach((policy, at) => {
    if (belongs(policy)) bits.add(at);
  });
  const [oldest] = memory.keys();
  if (memory.size >= MAX_REMEMBERED && oldest !== undefined) memory.delete(oldest);
  memory.set(key, bits);
  return bits;
}
