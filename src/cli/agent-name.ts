// How an agent is named on a command line: NAMESPACE/NAME of a ServiceAccount, user:NAME or group:NAME.
import type { AgentFreezeSpec } from '../api/agent-freeze.ts';
import { visible } from '../domain/message/plain-text.ts';

/** An agent, in one of the three ways. */
export type NamedAgent = Pick<AgentFreezeSpec, 'serviceAccount' | 'user' | 'group'>;

/** How an agent is named on a command line: namespace/name, user:NAME or group:NAME. */
export function agentText({ serviceAccount, user, group }: NamedAgent): string {
  const text = serviceAccount ?? (user === undefined ? `group:${group ?? ''}` : `user:${user}`);
  return visible(text);
}

/** Reads {@link agentText}; undefined when it is none of the three. */
export function readAgent(text: string): NamedAgent | undefined {
  const [, kind, name] = /^(user|group):(.+)$/.exec(text) ?? [];
  if (kind === 'user' && name !== undefined) return { user: name };
  if (kind === 'group' && name !== undefined) return { group: name };
  return /^[-a-z0-9.*]+\/[-a-z0-9.*]+$/.test(text) ? { serviceAccount: text } : undefined;
}
