// What of a right a policy makes somebody ask about. Rights and policies name groups and resources by wildcards both; what either
// of them names is tried, so that no list of what the cluster serves is needed (INV-1).
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Operation } from '../change/review.ts';
import { operationOf } from '../grant/verbs.ts';
import { isAgent } from '../policy/agents.ts';
import { anyGlobMatches, isExact } from '../policy/glob.ts';
import type { User } from '../policy/policy.ts';
import { coversOperation, coversTarget, NEVER_GATED_GROUPS, targetOf } from '../policy/rules.ts';
import type { AnyWrite } from './gated.ts';
import { CHANGE } from './powers.ts';
import { givenBy, type Held } from './rights.ts';

type Match = ApprovalPolicy['spec']['match'];

/** Where both sides say "everything". */
const EXAMPLES = { groups: ['', 'apps'], resources: ['pods', 'configmaps', 'deployments'] } as const;

/** The policies that make this user ask, or let it do nothing of what they name. */
export const askingOf = (policies: readonly ApprovalPolicy[], user: User): readonly ApprovalPolicy[] =>
  policies.filter(
    ({ spec }) => spec.mode === 'Enforce' && spec.action !== 'Allow' && isAgent(spec, user) !== undefined,
  );

/** Writes that this right allows, and that one of these policies names. */
export function askedOf(held: Held, asking: readonly ApprovalPolicy[]): readonly AnyWrite[] {
  return asking.flatMap(({ spec: { match } }) => {
    const places = placesIn(match.namespaces, held.namespace);
    if (places.length === 0) return [];
    return match.rules.flatMap((rule) =>
      deedsOf(held, rule).flatMap((write) => places.map((namespace) => ({ ...write, namespace }))),
    );
  });
}

/** Where the right counts and the policy holds. Labels change, so that any namespace may have them. */
function placesIn(namespaces: Match['namespaces'], place: string): readonly string[] {
  if (namespaces === undefined) return [place];
  const { names = [], selector } = namespaces;
  if (place !== '') return selector !== undefined || anyGlobMatches(names, place) ? [place] : [];
  return [...new Set([...names.map((name) => (isExact(name) ? name : '')), ...(selector ? [''] : [])])];
}

function deedsOf({ rule }: Held, gated: Match['rules'][number]): readonly Omit<AnyWrite, 'namespace'>[] {
  const groups = named(rule.apiGroups ?? [], gated.apiGroups, EXAMPLES.groups);
  const resources = named(rule.resources ?? [], gated.resources, EXAMPLES.resources);
  return groups
    .filter((group) => !NEVER_GATED_GROUPS.has(group))
    .flatMap((group) => givenBy(rule, { verbs: CHANGE, group, resources }))
    .flatMap(({ verb, group, resource }) => {
      const operation = operationOf(verb === 'deletecollection' ? 'delete' : verb, resource);
      return operation !== undefined && isCovered(gated, operation, group, resource)
        ? [{ operation, group, resource }]
        : [];
    });
}

/** What either side names; examples where neither does. */
function named(
  one: readonly string[],
  other: readonly string[],
  examples: readonly string[],
): readonly string[] {
  const isWild = (name: string): boolean => name.includes('*');
  const areBothWild = one.some(isWild) && other.some(isWild);
  const names = [...one, ...other].filter((name) => !isWild(name));
  return [...new Set([...names, ...(areBothWild ? examples : [])])];
}

function isCovered(
  gated: Match['rules'][number],
  operation: Operation,
  group: string,
  resource: string,
): boolean {
  const [kind = '', subresource = ''] = resource.split('/');
  return coversOperation(gated, operation) && coversTarget(gated, targetOf(group, kind, subresource));
}
