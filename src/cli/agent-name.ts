// Reads how an agent is named on a command line: NAMESPACE/NAME of a ServiceAccount, user:NAME or group:NAME.
import type { NamedAgent } from '../domain/message/agent-text.ts';

/** Reads what `agentText` writes; undefined when it is none of the three. */
export function readAgent(text: string): NamedAgent | undefined {
  const [, kind, name] = /^(user|group):(.+)$/.exec(text) ?? [];
  if (kind === 'user' && name !== undefined) return { user: name };
  if (kind === 'group' && name !== undefined) return { group: name };
  return /^[-a-z0-9.*]+\/[-a-z0-9.*]+$/.test(text) ? { serviceAccount: text } : undefined;
}
