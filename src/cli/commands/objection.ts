// What is known before a person is asked to type yes for nothing. The gate judges again and has the last word: this only
// reads the request, so it never lets anything through (INV-3).
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { closedRefusal } from '../../domain/identity/closed.ts';
import { notShowable } from '../../domain/identity/showable.ts';
import { refusalWords, type RefusalCode, type RefusalFacts } from '../../domain/message/refusal.ts';

/**
 * Why this decision would be refused, in the gate's words; undefined when nothing speaks against asking.
 * @param now epoch ms
 */
export function objection(
  request: ApprovalRequest,
  decision: { readonly verb: 'approve' | 'deny'; readonly reason: string | undefined },
  now: number,
): string | undefined {
  const { spec, metadata } = request;
  const words = (code: RefusalCode, facts: Omit<RefusalFacts, 'request'> = {}): string =>
    refusalWords(code, { request: metadata.name, ...facts });
  const closed = closedRefusal(request);
  if (closed) return words(closed.code, closed.facts);
  if (Date.parse(spec.expiresAt) < now) return words('expired');
  const hidden = decision.verb === 'approve' ? notShowable(spec) : undefined;
  if (hidden) return words(hidden.code, { about: hidden.about });
  const isUnexplained = spec.reasonRequired && (decision.reason ?? '').trim() === '';
  return isUnexplained ? 'a policy wants a reason with every decision: add --reason TEXT' : undefined;
}
