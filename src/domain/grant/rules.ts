// Arithmetic of RBAC rules: what a set of rules allows, whether one is within another, what of it is. Reads rules as the API
// server's authorizer does (k8s.io/kubernetes pkg/apis/rbac/v1/evaluation_helpers.go): `*` in any place, names only where given.
import type { Access, AccessRule } from '../../api/access.ts';

/** A rule of a Role or ClusterRole, as it is stored; wildcards and URLs may stand in it. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}

/** One thing that may be done: a verb on a resource, of one name or, with '', of every name. */
export interface Deed {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, such as pods/exec. */
  readonly resource: string;
  readonly name: string;
}

/** Every deed of a set of rules without wildcards. */
export function deedsOf(rules: readonly AccessRule[]): Deed[] {
  return rules.flatMap(({ verbs, apiGroups, resources, resourceNames = [] }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames.length === 0 ? [''] : resourceNames).map((name) => ({
            verb,
            group,
            resource,
            name,
          })),
        ),
      ),
    ),
  );
}

/** Whether the rules allow a deed; one without a name needs a rule without names. */
export function allows(rules: readonly PolicyRule[], deed: Deed): boolean {
  return rules.some((rule) => ruleAllows(rule, deed));
}

/** Whether everything that `inner` allows is allowed by `outer`. */
export function isWithin(inner: readonly AccessRule[], outer: readonly PolicyRule[]): boolean {
  return deedsOf(inner).every((deed) => allows(outer, deed));
}

/** Whether two asks are for the same deeds in the same places, however they are written and for however long. */
export function isSameAccess(one: Asked, other: Asked): boolean {
  return placesAndDeeds(one) === placesAndDeeds(other);
}

type Asked = Pick<Access, 'rules' | 'namespaces'>;

function placesAndDeeds({ rules, namespaces }: Asked): string {
  const deeds = deedsOf(rules).map(({ verb, group, resource, name }) =>
    JSON.stringify([verb, group, resource, name]),
  );
  return JSON.stringify([[...new Set(namespaces)].sort(), [...new Set(deeds)].sort()]);
}

function ruleAllows(rule: PolicyRule, { verb, group, resource, name }: Deed): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule;
  return (
    has(verbs, verb) &&
    has(apiGroups, group) &&
    resources.some((one) => namesResource(one, resource)) &&
    (resourceNames.length === 0 || (name !== '' && resourceNames.includes(name)))
  );
}

const has = (list: readonly string[], one: string): boolean => list.includes('*') || list.includes(one);

/** `*` names every resource and subresource; a subresource alone is also named by its own wildcard, such as star/scale. */
function namesResource(named: string, resource: string): boolean {
  if (named === '*' || named === resource) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && named === `*${resource.slice(slash)}`;
}
