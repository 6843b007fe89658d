// How many approvals a request has and needs, in few words: people under one policy, policies where several ask, since one
// person's approval may count under more than one of them.
import type { ApprovalRequest, ApprovalRequestSpec } from '../../api/approval-request.ts';

/** People who approved under a policy, and people needed. */
interface Count {
  readonly have: number;
  readonly need: number;
}

/** `1/2`, or `0/3 policies` where several ask: those that have what they need. At most 16 characters for 99 policies. */
export function approvalsText(perPolicy: readonly Count[]): string {
  const [only, ...others] = perPolicy;
  if (only && others.length === 0) return `${Math.min(only.have, only.need)}/${only.need}`;
  return `${perPolicy.filter(({ have, need }) => have >= need).length}/${perPolicy.length} policies`;
}

/** {@link approvalsText} of a request that nobody has answered. */
export const noApprovals = ({ policies }: Pick<ApprovalRequestSpec, 'policies'>): string =>
  approvalsText(policies.map(({ required }) => ({ have: 0, need: required })));

/** {@link approvalsText} of a request as far as it was counted. */
export const approvalsOf = ({ spec, status }: Pick<ApprovalRequest, 'spec' | 'status'>): string =>
  status?.approvals ?? noApprovals(spec);

/** The same with what is counted: `1/2 approvals`, `0/3 policies satisfied`. */
export const approvalsGiven = (text: string): string =>
  text.endsWith('policies') ? `${text} satisfied` : `${text} approvals`;
