// What a policy names that is not there: resources that the cluster does not serve, owners that nobody is, roles that offer
// nothing, or more than the ceiling holds. Mostly typos, so they are told; they stay in force, since what is missing today may
// be there tomorrow.
import type { ApprovalPolicySpec, PolicyRule } from '../../api/approval-policy.ts';
import { CEILING } from '../../api/installation.ts';
import { lackingIn, mayBind, wildcardIn } from '../../domain/grant/ceiling.ts';
import type { RoleLookup } from '../../domain/grant/cluster-role.ts';
import type { RoleNow } from '../../domain/grant/standing.ts';
import { offeredWrites } from '../../domain/policy/offers.ts';
import { NEVER_GATED_GROUPS } from '../../domain/policy/rules.ts';

/** What is needed of a resource that the cluster serves. */
export interface KnownResource {
  /** '' is the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresources: readonly { readonly name: string }[];
}

const LATER = 'the rule holds as soon as there is one';

/**
 * Groups and resources that a policy names and discovery does not know, a sentence for each. A resource counts as known
 * if any group of its rule serves it.
 */
export function unknownTargets(spec: ApprovalPolicySpec, resources: readonly KnownResource[]): string[] {
  return spec.match.rules.flatMap((rule, at) => {
    const where = `spec.match.rules[${at}]`;
    const groups = rule.apiGroups.filter(
      (group) => group !== '*' && !resources.some((one) => one.group === group),
    );
    const missing = groups.map(
      (group) => `${where}: the cluster serves no API group ${JSON.stringify(group)}; ${LATER}.`,
    );
    // One cause is told once: without any of the groups there is no resource either.
    return groups.length === rule.apiGroups.length
      ? missing
      : [...missing, ...unknownResources(rule, resources).map((one) => `${where}: ${one}; ${LATER}.`)];
  });
}

function unknownResources(rule: PolicyRule, all: readonly KnownResource[]): string[] {
  const served = servedTo(rule, all);
  return rule.resources.flatMap((one) => {
    if (isServed(one, served)) return [];
    const meant = served.find(({ resource }) => resource === `${one}s` || resource === `${one}es`);
    return [
      `the cluster serves no resource ${JSON.stringify(one)}${meant === undefined ? '' : ` (${meant.resource}?)`}`,
    ];
  });
}

/** Whether the cluster serves anything that a policy names, or offers access to. Some groups no policy is ever about. */
export function namesServed(
  spec: ApprovalPolicySpec,
  resources: readonly KnownResource[],
  roles: RoleLookup,
): boolean {
  const known = resources.filter(({ group }) => !NEVER_GATED_GROUPS.has(group));
  return [...spec.match.rules, ...offeredWrites([{ spec }], roles)].some((rule) => {
    const served = servedTo(rule, known);
    return rule.resources.some((one) => isServed(one, served));
  });
}

const servedTo = ({ apiGroups }: PolicyRule, all: readonly KnownResource[]): KnownResource[] =>
  all.filter(({ group }) => apiGroups.includes('*') || apiGroups.includes(group));

function isServed(named: string, served: readonly KnownResource[]): boolean {
  const [resource = '', subResource = '*'] = named.split('/');
  return served.some(
    (one) =>
      (resource === '*' || resource === one.resource) &&
      (subResource === '*' || one.subresources.some(({ name }) => name === subResource)),
  );
}

/** Owners of agents that no Approver is called like, a sentence for each. */
export function unknownOwners(spec: ApprovalPolicySpec, approvers: readonly string[]): string[] {
  return spec.agents.flatMap(({ owners = [] }, at) =>
    owners
      .filter((owner) => !approvers.includes(owner))
      .map(
        (owner) =>
          `spec.agents[${at}]: there is no Approver ${JSON.stringify(owner)}, so nobody is held to be the owner.`,
      ),
  );
}

/** Offers of access behind which there is nothing, or less than it seems, a sentence for each. */
export function emptyOffers(spec: ApprovalPolicySpec, roles: RoleLookup): string[] {
  const ceiling = roles(CEILING)?.rules ?? [];
  return spec.access.flatMap(({ role }, at) => {
    const found = roles(role);
    const where = `spec.access[${at}]`;
    const named = JSON.stringify(role);
    if (found === undefined)
      return [`${where}: there is no ClusterRole ${named}, so it offers nothing until there is one.`];
    if (found.isAggregated)
      return [`${where}: ClusterRole ${named} gathers its rules from others, so it offers nothing.`];
    return [...aboveCeiling(role, found.rules, ceiling), ...wild(found.rules)].map(
      (one) => `${where}: ${one}.`,
    );
  });
}

function aboveCeiling(role: string, rules: RoleNow['rules'], ceiling: RoleNow['rules']): string[] {
  // It may be granted whole, and whoever wrote that into the ceiling knows why.
  const lacks = mayBind(ceiling, role) ? '' : lackingIn(ceiling, rules);
  return lacks === '' ? [] : [`the ceiling (ClusterRole ${CEILING}) lacks ${lacks}: asks for it are refused`];
}

function wild(rules: RoleNow['rules']): string[] {
  const first = wildcardIn(rules);
  return first === undefined
    ? []
    : [
        `a wildcard is never granted (${first}): asks for all of it are refused, those that name what they need are not`,
      ];
}
