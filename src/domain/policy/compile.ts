// Compiles all policies into the one webhook entry of the gate (INV-6): which resources the API server sends, and for
// whom. Namespaces and object names are judged in the gate: selectors are ways out (measured).
import type { Operation } from '../change/review.ts';
import { changesSomething } from './changes.ts';
import { interceptsOf, type DiscoveredResource, type Intercept } from './expand.ts';
import { agentTest } from './expression.ts';
import type { RoleLookup } from '../grant/cluster-role.ts';
import { guardedWrites } from './guarded.ts';
import { impliesRelabelling } from './implied.ts';
import { NO_ROLES, offeredWrites } from './offers.ts';
import type { Policy } from './policy.ts';

export type { DiscoveredResource } from './expand.ts';

/** One rule of a webhook configuration. */
export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly Operation[];
  readonly scope: '*';
}

/** The compiled entry; spread it into a webhook with `matchPolicy: Equivalent` and no selectors. */
export interface CompiledWebhook {
  readonly kind?: never;
  readonly rules: readonly WebhookRule[];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
}

const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

/**
 * Compiles the policies, whatever their mode and action: what they observe or allow is recorded too. The output depends
 * on the set of policies and on discovery alone, in a fixed order.
 *
 * @param policies as many as fit (fit.ts)
 * @param roles the ClusterRoles behind what they offer as access: writes to that are sent too
 * @returns `nothing` if the policies name nobody or nothing
 */
export function compileWebhook(
  policies: readonly Pick<Policy, 'spec'>[],
  discovery: readonly DiscoveredResource[],
  roles: RoleLookup = NO_ROLES,
): CompiledWebhook | { readonly kind: 'nothing' } {
  const offered = offeredWrites(policies, roles);
  const intercepts = interceptsOf(policies, discovery, offered, guardedWrites(policies, roles));
  const rules = groupRules(intercepts);
  const agents = agentTest(policies);
  if (agents === undefined || rules.length === 0) return { kind: 'nothing' };
  const isByLabel = policies.some(({ spec }) => impliesRelabelling(spec));
  const expression = `(${agents.expression}) && (${changesSomething(intercepts, isByLabel)})`;
  return { rules, matchConditions: [{ name: 'agents', expression }] };
}

/** One rule for the resources of a group that share version and operations; what is not served stands alone. */
function groupRules(intercepts: readonly Intercept[]): WebhookRule[] {
  const groups = Map.groupBy(intercepts, ({ group, version, resource, operations }) =>
    [group, version, version === '*' ? resource : '', ...inOrder(operations)].join(' '),
  );
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    return [
      {
        apiGroups: [first.group],
        apiVersions: [first.version],
        resources: alike.map(({ resource }) => resource),
        operations: inOrder(first.operations),
        scope: '*' as const,
      },
    ];
  });
}

function inOrder(operations: ReadonlySet<Operation>): Operation[] {
  return OPERATIONS.filter((operation) => operations.has(operation));
}
