// What is known before a person is asked to type yes for nothing. The gate judges again and has the last word: this only
// reads the request, so it never lets anything through (INV-3).
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { closedRefusal, irrevocable, type Refusal } from '../../domain/identity/closed.ts';
import { notShowable } from '../../domain/identity/showable.ts';
import { exactly } from '../../domain/message/moment.ts';
import { refusalWords, type RefusalCode, type RefusalFacts } from '../../domain/message/refusal.ts';

/**
 * Why this decision would be refused, in the gate's words; undefined when nothing speaks against asking.
 * @param now epoch ms
 */
export function objection(
  request: ApprovalRequest,
  decision: {
    readonly verb: 'approve' | 'deny' | 'revoke';
    readonly reason: string | undefined;
    readonly forSeconds?: number | undefined;
  },
  now: number,
): string | undefined {
  const { spec, metadata } = request;
  const words = (code: RefusalCode, facts: Omit<RefusalFacts, 'request'> = {}): string =>
    refusalWords(code, { request: metadata.name, ...facts });
  const refusal = decision.verb === 'revoke' ? irrevocable(request) : unanswerable(request, decision, now);
  if (refusal) return words(refusal.code, refusal.facts);
  const isUnexplained = spec.reasonRequired && (decision.reason ?? '').trim() === '';
  return isUnexplained ? 'a policy wants a reason with every decision: add --reason TEXT' : undefined;
}

function unanswerable(
  request: ApprovalRequest,
  { verb, forSeconds }: Parameters<typeof objection>[1],
  now: number,
): Refusal | undefined {
  const { spec } = request;
  const closed = closedRefusal(request);
  if (closed) return closed;
  if (Date.parse(spec.expiresAt) < now) return { code: 'expired' };
  const hidden = verb === 'approve' ? notShowable(spec) : undefined;
  if (hidden) return { code: hidden.code, facts: { about: hidden.about } };
  if (forSeconds === undefined) return undefined;
  if (spec.access === undefined) return { code: 'not-access' };
  return forSeconds > spec.access.seconds
    ? { code: 'wider', facts: { about: exactly(spec.access.seconds) } }
    : undefined;
}
