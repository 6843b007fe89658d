// What a frozen agent is told.
import type { AgentFreeze } from '../api/agent-freeze.ts';
import { agentText } from '../domain/message/agent-text.ts';
import type { DenialFacts } from '../domain/message/denial.ts';

/** The denial of anything that a frozen agent sends. @param what in words */
export function frozenDenial(what: string, { metadata, spec }: AgentFreeze): DenialFacts {
  const { stamp, reason } = spec;
  const { username: by, at } = stamp ?? {};
  return { kind: 'frozen', what, freeze: metadata.name, agent: agentText(spec), by, at, reason };
}
