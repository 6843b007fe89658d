// A condition of a policy: what is said of it as it stands now, and since when.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Condition } from '../../api/primitives.ts';
import { instant } from '../../domain/request/instant.ts';

const LONGEST = 1_024;

/** What is said. */
export type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

/** What was said before; undefined: nothing yet. */
export const saidBefore = ({ status }: ApprovalPolicy, type: string): Condition | undefined =>
  status?.conditions?.find((one) => one.type === type);

/** The condition; it keeps its time while its status stays the same. */
export function conditionOf(
  policy: ApprovalPolicy,
  type: string,
  { status, reason, message }: Said,
  now: number,
): Condition {
  const before = saidBefore(policy, type);
  return {
    type,
    status,
    observedGeneration: policy.metadata.generation ?? 1,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : instant(now),
    reason,
    message: message.slice(0, LONGEST),
  };
}
