// Of a weakness that is there only since a policy does not enforce yet: which policy would hold it. It stays a weakness until then
// (INV-1), and whoever tries policies out sees what is left to do anyway.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Case, Found } from './case.ts';
import { some } from './finding.ts';

const nameOf = ({ metadata }: ApprovalPolicy): string => metadata.name;

/**
 * Adds to each weakness of an agent whether policies that only watch would hold it.
 * @param look finds the weaknesses of a case
 */
export function onceEnforced(
  found: readonly Found[],
  one: Case,
  look: (one: Case) => readonly Found[],
): readonly Found[] {
  const named = new Set(one.identity.policies);
  const watching = one.policies.filter((each) => each.spec.mode !== 'Enforce' && named.has(nameOf(each)));
  if (found.length === 0 || watching.length === 0) return found;
  const leftBy = (enforced: readonly ApprovalPolicy[]): ReadonlySet<string> =>
    new Set(look({ ...one, policies: enforcing(one.policies, enforced) }).map(({ weakness }) => weakness.id));
  const singly = watching.map((policy) => ({ policy, left: leftBy([policy]) }));
  const together = leftBy(watching);
  return found.map((each) => {
    const { id } = each.weakness;
    const alone = singly.find(({ left }) => !left.has(id));
    if (alone) return { ...each, later: `policy ${nameOf(alone.policy)} ${LATER}` };
    return together.has(id)
      ? each
      : { ...each, later: `policies ${some(watching.map(nameOf))} together ${LATER}` };
  });
}

const LATER = 'would hold it, once in mode Enforce';

const enforcing = (
  policies: readonly ApprovalPolicy[],
  enforced: readonly ApprovalPolicy[],
): readonly ApprovalPolicy[] =>
  policies.map((policy) =>
    enforced.includes(policy) ? { ...policy, spec: { ...policy.spec, mode: 'Enforce' } } : policy,
  );
