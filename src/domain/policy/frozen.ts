// Whether somebody froze an agent. A freeze counts for whom a policy names as an agent and for nobody else, so that nobody
// stops a person or a part of Kubernetes with it (INV-6).
import type { AgentFreeze, AgentFreezeSpec } from '../../api/agent-freeze.ts';
import { isAgent } from './agents.ts';
import { agentTest } from './expression.ts';
import type { Policy, User } from './policy.ts';

/** The first freeze that names the user; undefined when none does. Ask only about agents. */
export function freezeOf(freezes: Iterable<AgentFreeze>, user: User): AgentFreeze | undefined {
  for (const freeze of freezes) {
    if (isAgent({ agents: [namedBy(freeze.spec)] }, user) !== undefined) return freeze;
  }
  return undefined;
}

/**
 * The CEL that is true exactly for frozen agents; undefined when nobody is frozen. It never fails.
 * @param policies those that name agents
 */
export function frozenTest(
  freezes: readonly Pick<AgentFreeze, 'spec'>[],
  policies: readonly Pick<Policy, 'spec'>[],
): string | undefined {
  const frozen = agentTest(freezes.map(({ spec }) => ({ spec: { agents: [namedBy(spec)] } })));
  const agents = agentTest(policies);
  if (frozen === undefined || agents === undefined) return undefined;
  // Agents first: nobody else pays for what follows, which may cost more than the API server gives (INV-6).
  return `(${agents.expression}) && (${frozen.expression})`;
}

const namedBy = ({ serviceAccount, group, user }: AgentFreezeSpec) => ({
  ...(serviceAccount === undefined ? {} : { serviceAccount }),
  ...(group === undefined ? {} : { group }),
  ...(user === undefined ? {} : { user }),
});
