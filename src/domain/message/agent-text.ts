// How an agent is named on a command line and in every text: NAMESPACE/NAME of a ServiceAccount, user:NAME or group:NAME.
import type { AgentFreezeSpec } from '../../api/agent-freeze.ts';
import { visible } from './plain-text.ts';

/** An agent, in one of the three ways. */
export type NamedAgent = Pick<AgentFreezeSpec, 'serviceAccount' | 'user' | 'group'>;

/** How an agent is named on a command line: namespace/name, user:NAME or group:NAME. */
export function agentText({ serviceAccount, user, group }: NamedAgent): string {
  const text = serviceAccount ?? (user === undefined ? `group:${group ?? ''}` : `user:${user}`);
  return visible(text);
}
