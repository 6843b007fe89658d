// Which policies fit into the one condition by which the API server picks out agents. It is bounded in length and in cost;
// what would break it is left out and says so, the newest first, so that no policy stops another one (INV-1, INV-6).
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';
import { agentTest } from './expression.ts';

/**
 * The most that naming the agents may take, in code points. The API server refuses a condition of more than 100,000
 * (measured); the rest is for the part that tells changes worth a review (changes.ts).
 */
export const MAX_AGENT_LENGTH = 75_000;
/** Half of the 1,000,000 units of cost that the API server gives to one expression (apiserver/pkg/apis/cel/config.go). */
export const MAX_AGENT_COST = 500_000;

/** The words for a policy with which the agents no longer fit. */
export const TOO_MANY_AGENTS =
  'with it, the agents of all policies do not fit into the one condition by which the API server picks them out: name them by group, or with one * at the end';

/** As much of a stored policy as is needed. */
interface Aged {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string | undefined };
  readonly spec: Pick<ApprovalPolicySpec, 'agents'>;
}

/** Whether the agents of all these policies fit into one condition. */
export function agentsFit(policies: readonly Pick<Aged, 'spec'>[]): boolean {
  const count = policies.reduce((sum, { spec }) => sum + spec.agents.length, 0);
  // A name takes five characters at least; comparing very many globs with very many names would take seconds.
  if (count > MAX_AGENT_LENGTH / 5) return false;
  const test = agentTest(policies);
  if (test === undefined) return true;
  return test.cost <= MAX_AGENT_COST && Array.from(test.expression).length <= MAX_AGENT_LENGTH;
}

/**
 * Whether writing this policy makes the agents fit no longer. Where they did not fit before, it is not this write that
 * does it: whoever makes a list shorter is never hindered.
 */
export function isOneTooMany(
  stored: readonly { readonly name: string; readonly spec: Aged['spec'] }[],
  written: { readonly name: string; readonly spec: Aged['spec'] },
): boolean {
  const others = stored.filter(({ name }) => name !== written.name);
  return !agentsFit([...others, written]) && agentsFit(stored);
}

/** Parts the policies into what is registered and what is left out. The oldest come first, then by name. */
export function fitPolicies<T extends Aged>(
  policies: readonly T[],
): { readonly kept: readonly T[]; readonly leftOut: readonly T[] } {
  const kept = fill([], [...policies].sort(byAge));
  const isKept = new Set(kept);
  return { kept, leftOut: policies.filter((one) => !isKept.has(one)) };
}

/** Adds as many as fit: all at once where they do, or half by half. */
function fill<T extends Aged>(kept: readonly T[], more: readonly T[]): readonly T[] {
  const all = [...kept, ...more];
  if (more.length === 0 || agentsFit(all)) return all;
  if (more.length === 1) return kept;
  const middle = Math.ceil(more.length / 2);
  return fill(fill(kept, more.slice(0, middle)), more.slice(middle));
}

function byAge(one: Aged, other: Aged): number {
  const [mine, theirs] = [one, other].map(
    ({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`,
  ) as [string, string];
  return mine < theirs ? -1 : mine > theirs ? 1 : 0;
}
