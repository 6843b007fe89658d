// Which policies are compiled into the registrations now, as their status tells it.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Facts } from './facts.ts';

/**
 * The policies that the registrations are made from; undefined where nobody can tell, since one of them is new or could not be
 * registered.
 */
export function registeredPolicies({
  policies,
}: Pick<Facts, 'policies'>): readonly ApprovalPolicy[] | undefined {
  if (policies.kind === 'unseen') return undefined;
  const standings = policies.items.map((policy) => ({ policy, reason: readyOf(policy)?.reason }));
  if (standings.some(({ reason }) => reason === undefined || reason === 'NotRegistered')) return undefined;
  // Their order matters to nobody but a comparison.
  return standings.filter(({ reason }) => reason !== 'LeftOut').map(({ policy }) => policy);
}

/** What the controller says of a policy as it stands; undefined while it has not looked. */
export function readyOf({ metadata, status }: ApprovalPolicy) {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.observedGeneration === metadata.generation ? ready : undefined;
}
