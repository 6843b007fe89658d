// Whether a change can be approved at all: what the approver cannot see, nobody approves (INV-9).
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';

/** Why a change cannot be approved, with the number of paths or values; undefined when it can. Every channel asks this. */
export function notShowable(
  spec: Pick<ApprovalRequestSpec, 'change' | 'approveMasked'>,
): { readonly code: 'cut' | 'masked'; readonly about: string } | undefined {
  // What is asked for as access is short, and all of it is shown.
  if (spec.change === undefined) return undefined;
  const { cut, masked } = spec.change;
  if (cut > 0) return { code: 'cut', about: String(cut) };
  return masked > 0 && !spec.approveMasked ? { code: 'masked', about: String(masked) } : undefined;
}
