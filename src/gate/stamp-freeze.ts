// The stamp on a freeze: who pulled the switch, from the authenticated request.
import type { AgentFreezeSpec } from '../api/agent-freeze.ts';
import type { Review } from '../domain/change/review.ts';
import { machineKind } from '../domain/identity/person.ts';
import { refusalWords } from '../domain/message/refusal.ts';
import { instant } from '../domain/request/instant.ts';
import { freezeSealBytes } from '../domain/request/sealed.ts';
import { refuseStamp, type StampOutcome, type StampPorts } from './stamp-outcome.ts';

/** Stamps a freeze that somebody makes, or refuses it. @param now epoch ms */
export function stampFreeze(review: Review, ports: StampPorts, now: number): StampOutcome {
  const { userInfo, name } = review;
  const spec = review.object?.['spec'] as AgentFreezeSpec | undefined;
  const machine = machineKind(userInfo) ?? (ports.isAgent(userInfo) ? 'agent' : undefined);
  if (machine) return refuseStamp(refusalWords(machine, { request: '' }));
  if (spec === undefined) return refuseStamp('the object has no spec');
  if (spec.stamp !== undefined) return refuseStamp('refused: spec.stamp is set by Assent, not by you');
  if (name === '') return refuseStamp('refused: a freeze needs a name; generateName gives it none yet');
  if (review.dryRun) return { kind: 'patch', operations: [] };
  const stamp = { username: userInfo.username, at: instant(now) };
  const seal = ports.sealer.sign(freezeSealBytes(name, { ...spec, stamp }));
  return { kind: 'patch', operations: [{ op: 'add', path: '/spec/stamp', value: { ...stamp, seal } }] };
}
