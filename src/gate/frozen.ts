// What a frozen agent is told.
import type { AgentFreeze } from '../api/agent-freeze.ts';
import type { DenialFacts } from '../domain/message/denial.ts';

/** The denial of anything that a frozen agent sends. @param what in words */
export function frozenDenial(what: string, { metadata, spec }: AgentFreeze): DenialFacts {
  const { stamp, reason } = spec;
  return { kind: 'frozen', what, freeze: metadata.name, by: stamp?.username, at: stamp?.at, reason };
}
