// What is known before a person is asked to type yes for nothing. The gate judges again and has the last word: this only
// reads the request, so it never lets anything through (INV-3).
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { notShowable } from '../../domain/identity/showable.ts';
import { refusalWords, type RefusalCode, type RefusalFacts } from '../../domain/message/refusal.ts';
import { supersededBecause } from '../../domain/request/supersede.ts';

const CLOSED: Readonly<Record<Exclude<RequestState, 'Pending'>, readonly [RefusalCode, string]>> = {
  Approved: ['already-decided', 'approved'],
  Denied: ['already-decided', 'denied'],
  Reserved: ['already-decided', 'approved and used'],
  Admitted: ['already-decided', 'approved and used'],
  Expired: ['expired', ''],
  Superseded: ['superseded', ''],
  Withdrawn: ['withdrawn', ''],
};

/**
 * Why this decision would be refused, in the gate's words; undefined when nothing speaks against asking.
 * @param now epoch ms
 */
export function objection(
  request: ApprovalRequest,
  decision: { readonly verb: 'approve' | 'deny'; readonly reason: string | undefined },
  now: number,
): string | undefined {
  const { spec, status, metadata } = request;
  const words = (code: RefusalCode, facts: Omit<RefusalFacts, 'request'> = {}): string =>
    refusalWords(code, { request: metadata.name, ...facts });
  const state = status?.state ?? 'Pending';
  if (state !== 'Pending') {
    const [code, named] = CLOSED[state];
    return words(code, { state: named, ...supersedingOf(request) });
  }
  if (Date.parse(spec.expiresAt) < now) return words('expired');
  const hidden = decision.verb === 'approve' ? notShowable(spec) : undefined;
  if (hidden) return words(hidden.code, { about: hidden.about });
  const isUnexplained = spec.reasonRequired && (decision.reason ?? '').trim() === '';
  return isUnexplained ? 'a policy wants a reason with every decision: add --reason TEXT' : undefined;
}

/** What took its place; a policy takes no place, so then it is told why. As the gate says it. */
function supersedingOf({ spec, status }: ApprovalRequest): Omit<RefusalFacts, 'request'> {
  const by = status?.supersededBy;
  return status && spec.policies.some((policy) => policy.name === by)
    ? { about: supersededBecause(status), byPolicy: true }
    : { about: by };
}
