// Whether a policy is in force as it stands: all that it says compiled, and registered with the API server. One that is not may
// hold too little of what it offers, so nothing may be asked for under it; what reaches the gate is held by it all the same (INV-7).
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { policyDigest } from './digest.ts';
import type { Policy } from './policy.ts';

/**
 * Whether the controller says so of this very policy.
 * @param stored read live; undefined when it is gone
 * @param loaded what was judged by
 */
export function isInForce(
  stored: ApprovalPolicy | undefined,
  loaded: Pick<Policy, 'uid' | 'digest'>,
): boolean {
  if (stored?.metadata.uid !== loaded.uid || policyDigest(stored.spec) !== loaded.digest) return false;
  const ready = stored.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === stored.metadata.generation;
}
