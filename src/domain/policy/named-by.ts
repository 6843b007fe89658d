// Whether a freeze stops anybody: it counts for whom a policy names as an agent and for nobody else. In doubt it does, since
// what comes of this is a warning, and a wrong one would make somebody look for another switch (INV-6).
import type { PolicyAgent } from '../../api/approval-policy.ts';
import type { NamedAgent } from '../message/agent-text.ts';
import { agentPatterns, SERVICE_ACCOUNT_PREFIX, type AgentPattern } from './agents.ts';
import { globMatches } from './glob.ts';

/** Whether some user could be both whom the freeze names and an agent of these. */
export function mayStop(freeze: NamedAgent, agents: readonly PolicyAgent[]): boolean {
  // Nobody knows who is in a group.
  if (freeze.group !== undefined) return agents.length > 0;
  const named = agentPatterns(freeze);
  return agents.flatMap(agentPatterns).some((agent) => named.some((one) => mayMeet(one, agent)));
}

function mayMeet(frozen: AgentPattern, agent: AgentPattern): boolean {
  if (agent.kind !== 'group') return globsMeet(userName(frozen), userName(agent));
  if (frozen.kind !== 'serviceAccount') return true;
  // The groups that every ServiceAccount has; whoever authenticates them may give them more, but nobody does.
  const groups = [
    'system:serviceaccounts',
    `system:serviceaccounts:${frozen.namespace}`,
    'system:authenticated',
  ];
  return groups.some((group) => globsMeet(group, agent.glob));
}

const userName = (pattern: AgentPattern): string =>
  pattern.kind === 'serviceAccount'
    ? `${SERVICE_ACCOUNT_PREFIX}${pattern.namespace}:${pattern.name}`
    : pattern.glob;

/** Two that both stand for many are taken to have something in common. */
const globsMeet = (one: string, other: string): boolean =>
  globMatches(one, other) || globMatches(other, one) || (one.includes('*') && other.includes('*'));
