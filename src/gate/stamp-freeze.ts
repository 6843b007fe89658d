// The stamp on a freeze: who pulled the switch, from the authenticated request. One that stops nobody now is taken all the same,
// since a policy may name the agent in a moment, and whoever made it is told.
import type { AgentFreezeSpec } from '../api/agent-freeze.ts';
import type { ApprovalPolicySpec } from '../api/approval-policy.ts';
import type { Review } from '../domain/change/review.ts';
import { machineKind } from '../domain/identity/person.ts';
import { agentText } from '../domain/message/agent-text.ts';
import { refusalWords } from '../domain/message/refusal.ts';
import { idleFreezeWarnings } from '../domain/message/warning.ts';
import { mayStop } from '../domain/policy/named-by.ts';
import { instant } from '../domain/request/instant.ts';
import { freezeSealBytes } from '../domain/request/sealed.ts';
import { refuseStamp, type PatchOperation, type StampOutcome, type StampPorts } from './stamp-outcome.ts';

/** What the stamp on a freeze needs. */
interface FreezeStampPorts extends StampPorts {
  /** All loaded policies. */
  readonly policies: readonly { readonly spec: Pick<ApprovalPolicySpec, 'agents'> }[];
}

/** Stamps a freeze that somebody makes, or refuses it. @param now epoch ms */
export function stampFreeze(review: Review, ports: FreezeStampPorts, now: number): StampOutcome {
  const { userInfo, name } = review;
  const spec = review.object?.['spec'] as AgentFreezeSpec | undefined;
  const machine = machineKind(userInfo) ?? (ports.isAgent(userInfo) ? 'agent' : undefined);
  if (machine) return refuseStamp(refusalWords(machine, { request: '' }));
  if (spec === undefined) return refuseStamp('the object has no spec');
  if (spec.stamp !== undefined) return refuseStamp('refused: spec.stamp is set by Assent, not by you');
  if (name === '') return refuseStamp('refused: a freeze needs a name; generateName gives it none yet');
  const warnings = warningsAbout(spec, ports);
  if (review.dryRun) return { kind: 'patch', operations: [], warnings };
  const stamp = { username: userInfo.username, at: instant(now) };
  const seal = ports.sealer.sign(freezeSealBytes(name, { ...spec, stamp }));
  const operations: PatchOperation[] = [{ op: 'add', path: '/spec/stamp', value: { ...stamp, seal } }];
  return { kind: 'patch', operations, warnings };
}

/** Whom policies name, for somebody whose freeze stops nobody; empty where it may stop somebody. */
function warningsAbout(spec: AgentFreezeSpec, { policies }: FreezeStampPorts): readonly string[] {
  const agents = policies.flatMap((policy) => policy.spec.agents);
  if (mayStop(spec, agents)) return [];
  return idleFreezeWarnings(agentText(spec), [...new Set(agents.map(agentText))].sort());
}
