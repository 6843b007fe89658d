// What the policies in force offer an agent, which offers cover an ask, and which policies have to be asked. An offer covers an
// ask if its ClusterRole holds every deed of it, as it is now, and every namespace is named (INV-4). A policy is asked if one of
// its offers covers the ask, or names any write that the ask leads to: the gate lets no such write pass without it (INV-1).
import { isAgent } from '../policy/agents.ts';
import { anyGlobMatches } from '../policy/glob.ts';
import type { Policy, User } from '../policy/policy.ts';
import { durationSeconds } from '../request/duration.ts';
import { leadsTo } from './covers.ts';
import { allows, type Deed, type PolicyRule } from './rules.ts';
import type { RoleNow } from './standing.ts';

/** A policy, as far as an ask is judged by it. */
export type OfferingPolicy = Pick<Policy, 'name' | 'uid' | 'digest' | 'spec'>;

/** One entry of `spec.access` of a policy that names the agent. */
export interface Offer {
  readonly policy: OfferingPolicy;
  /** Owners of the agent under the policy. */
  readonly owners: readonly string[];
  /** Name of the ClusterRole. */
  readonly role: string;
  readonly namespaces: readonly string[];
  /** Seconds. */
  readonly longest: number;
}

/** An offer with the rules of its ClusterRole. */
export interface UsableOffer extends Offer {
  readonly rules: readonly PolicyRule[];
}

/** The ClusterRoles behind the offers, by name. */
export type Roles = ReadonlyMap<string, RoleNow | 'gone'>;

/** What policies in mode Enforce offer this agent for the asking, in the order of ClusterRoles, then of policies. */
export function offersTo(policies: readonly OfferingPolicy[], requester: User): Offer[] {
  return offersOf(policies, ({ spec }) => {
    // A binding names an account and not its groups: another credential of it, without the group, would be no agent (INV-2).
    const agents = spec.agents.filter(({ group }) => group === undefined);
    return isAgent({ agents }, requester);
  });
}

/** By which offers the gate holds what this agent writes: also by those of policies that name one of its groups. */
export function offersHolding(policies: readonly OfferingPolicy[], requester: User): Offer[] {
  return offersOf(policies, ({ spec }) => isAgent(spec, requester));
}

function offersOf(
  policies: readonly OfferingPolicy[],
  agentOf: (policy: OfferingPolicy) => ReturnType<typeof isAgent>,
): Offer[] {
  const offers = policies.flatMap((policy) => {
    const agent = policy.spec.mode === 'Enforce' ? agentOf(policy) : undefined;
    if (agent === undefined) return [];
    return policy.spec.access.map(({ role, namespaces, maxDuration }) => ({
      policy,
      owners: agent.owners,
      role,
      namespaces,
      longest: durationSeconds(maxDuration) ?? 0,
    }));
  });
  const key = ({ role, policy }: Offer): string => `${role} ${policy.name}`;
  return offers.sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** The offers whose ClusterRole is there and says itself what it allows. */
export function usable(offers: readonly Offer[], roles: Roles): UsableOffer[] {
  return offers.flatMap((offer) => {
    const role = roles.get(offer.role) ?? 'gone';
    return role === 'gone' || role.isAggregated || offer.longest < 1 ? [] : [{ ...offer, rules: role.rules }];
  });
}

/** Whether the offer is for every one of these namespaces. */
export function isForNamespaces(offer: Offer, namespaces: readonly string[]): boolean {
  return namespaces.every((namespace) => anyGlobMatches(offer.namespaces, namespace));
}

/** The offers whose ClusterRole holds every deed. */
export function holdingAll(offers: readonly UsableOffer[], deeds: readonly Deed[]): UsableOffer[] {
  return whoseRules(offers, (rules) => deeds.every((deed) => allows(rules, deed)));
}

/**
 * The offers by which the gate would hold any of the writes that these deeds lead to. It does not know by which verb
 * something is written: who offers `update` there is asked about `patch`, too.
 */
export function namingWrites(
  offers: readonly UsableOffer[],
  deeds: readonly Deed[],
  namespaces: readonly string[],
): UsableOffer[] {
  const here = offers.filter((offer) => namespaces.some((one) => isForNamespaces(offer, [one])));
  return whoseRules(here, (rules) => deeds.some((deed) => leadsTo(deed, rules)));
}

/** Each ClusterRole is looked at once, however many offers are of it. */
function whoseRules(
  offers: readonly UsableOffer[],
  isSo: (rules: readonly PolicyRule[]) => boolean,
): UsableOffer[] {
  const known = new Map<string, boolean>();
  return offers.filter(({ role, rules }) => {
    const is = known.get(role) ?? isSo(rules);
    known.set(role, is);
    return is;
  });
}

/** The offer whose ClusterRole allows least: a cut of it stands on no more than it needs. The first one of several. */
export function narrowest(offers: readonly UsableOffer[]): UsableOffer | undefined {
  const [first] = offers.toSorted((one, other) => breadth(one.rules) - breadth(other.rules));
  return first;
}

/** More than any list of names has entries. */
const WILD = 1_000;

function breadth(rules: readonly PolicyRule[]): number {
  const width = (list: readonly string[] | undefined): number =>
    list?.includes('*') ? WILD : (list?.length ?? 0);
  return rules.reduce(
    (sum, { verbs, apiGroups, resources, resourceNames = [] }) =>
      sum +
      width(verbs) *
        width(apiGroups) *
        width(resources) *
        (resourceNames.length === 0 ? WILD : resourceNames.length),
    0,
  );
}

/**
 * How long the access may last: what the strictest of the policies that are asked offers, so that one more policy never
 * widens anything. Of one whose offers name parts of the ask, every part counts. Seconds.
 */
export function longestOf(covering: readonly Offer[], naming: readonly Offer[]): number {
  const byPolicy = Map.groupBy(covering, ({ policy }) => policy.name);
  const parts = naming.filter(({ policy }) => !byPolicy.has(policy.name));
  return Math.min(
    ...[...byPolicy.values()].map((some) => Math.max(...some.map(({ longest }) => longest))),
    ...parts.map(({ longest }) => longest),
  );
}
