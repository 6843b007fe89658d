// Keeps an ApprovalRequest under 64 KiB (DESIGN 3). Stored decisions and lines are never touched again (the CRD refuses
// it), so room is made when a decision is added: what its sealed ApprovalDecision holds too is left out.
import type { ApprovalRequestStatus, CountedDecision } from '../../api/approval-request.ts';

/** Most bytes of a spec as JSON. */
export const SPEC_BYTES = 32 * 1_024;
/** Bytes of all counted decisions above which the details of further ones are left out. */
const DECISION_BYTES = 8 * 1_024;

/** Bytes of a value as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Stored decisions with further ones behind them: whole while there is room, without reason and policy names after it. */
export function withCounted(
  status: Pick<ApprovalRequestStatus, 'decisions'>,
  fresh: readonly CountedDecision[],
): CountedDecision[] {
  const decisions = [...(status.decisions ?? [])];
  for (const one of fresh) {
    const { reason: _left, ...bare } = one;
    const fits = jsonBytes([...decisions, one]) <= DECISION_BYTES;
    decisions.push(fits ? one : { ...bare, policies: [] });
  }
  return decisions.slice(0, 32);
}
