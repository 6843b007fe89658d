// From when on a policy must hold: a grace after its controller said Ready, or as soon as the gate itself has shown that it
// holds, which the tests wait for by dry-runs.
import type { Deed } from './deed.ts';
import type { History, PolicyVersion } from './history.ts';
import { covers, isAgent, isNeverGated } from './match.ts';
import { isOffered } from './roles.ts';

/** Judged policies that must hold for a deed, over the whole time the request took. */
export interface Held {
  /** Those whose match is about it. */
  readonly matching: readonly PolicyVersion[];
  /** Those that offer access to it. */
  readonly offering: readonly PolicyVersion[];
}

/** Tells for each deed what must hold. */
export type Enforcement = (deed: Deed) => Held;

/** Answers of the gate that only a policy in force gives. */
const SHOWN = new Set(['dryrun', 'asked', 'denied', 'reserved', 'granted']);

const lasts = (policy: PolicyVersion, deed: Deed): boolean =>
  policy.from <= deed.received && policy.to > deed.completed;

/** When the gate first answered by this policy and by no other that could have made it answer so. */
function shownAt(history: History, deeds: readonly Deed[]): Map<PolicyVersion, number> {
  const shown = new Map<PolicyVersion, number>();
  for (const deed of deeds) {
    if (!SHOWN.has(deed.gate.decision)) continue;
    const able = history.policies.filter(
      (policy) =>
        policy.written <= deed.completed &&
        policy.to > deed.received &&
        isAgent(policy.spec, deed.actor) &&
        (covers(policy.spec, deed) || isOffered(policy.spec, deed, history.roles, 0)),
    );
    const [only, ...others] = able;
    if (only === undefined || others.length > 0 || !lasts(only, deed) || shown.has(only)) continue;
    shown.set(only, deed.completed);
  }
  return shown;
}

/** @param grace microseconds. */
export function enforcement(history: History, deeds: readonly Deed[], grace: number): Enforcement {
  const shown = shownAt(history, deeds);
  const holds = (policy: PolicyVersion, deed: Deed): boolean => {
    const from = shown.get(policy);
    if (from !== undefined && from <= deed.received && history.gateStood(from, deed.completed)) return true;
    return policy.from + grace <= deed.received && history.gateStood(deed.received - grace, deed.completed);
  };
  return (deed) => {
    if (isNeverGated(deed.target)) return { matching: [], offering: [] };
    const inForce = history.policies.filter(
      (policy) =>
        policy.skipped === undefined &&
        lasts(policy, deed) &&
        holds(policy, deed) &&
        isAgent(policy.spec, deed.actor),
    );
    return {
      matching: inForce.filter(({ spec }) => covers(spec, deed)),
      offering: inForce.filter(({ spec }) => isOffered(spec, deed, history.roles, grace)),
    };
  };
}
