// Requests as a table with the columns of `kubectl get approvalrequests`, so that both say the same.
import type { ApprovalRequest } from '../api/approval-request.ts';
import { toLine } from '../api/plain-text.ts';

const HEADER = ['NAME', 'STATE', 'RISK', 'ACTION', 'TARGET', 'REQUESTER', 'APPROVALS', 'EXPIRES', 'AGE'];
const WIDE = ['POLICY', 'DECIDED-BY', 'DECIDED-WHY', 'ENDED-WHY', 'ENDED'];
const GAP = '   ';
const LONGEST = 200;

/** Renders the table; `now` is epoch ms. */
export function requestTable(requests: readonly ApprovalRequest[], isWide: boolean, now: number): string {
  const rows = requests.map((request) => [...row(request, now), ...(isWide ? wide(request) : [])]);
  const all = [[...HEADER, ...(isWide ? WIDE : [])], ...rows];
  const widths = (all[0] ?? []).map((_, i) => Math.max(...all.map((cells) => (cells[i] ?? '').length)));
  return all
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function row(request: ApprovalRequest, now: number): string[] {
  const { spec, status, metadata } = request;
  const age = now - Date.parse(metadata.creationTimestamp ?? '');
  return [
    metadata.name,
    status?.state ?? 'Pending',
    spec.risk,
    spec.action,
    spec.target,
    spec.requester.short,
    status?.approvals ?? '',
    status?.expiresAt ?? '',
    Number.isNaN(age) ? '' : duration(age),
  ].map(cell);
}

function wide({ spec, status }: ApprovalRequest): string[] {
  return [
    spec.policies.map((policy) => policy.name).join(','),
    status?.decidedBy ?? '',
    status?.decisionReason ?? '',
    status?.grant?.endedWhy ?? '',
    status?.grant?.endedAt ?? '',
  ].map(cell);
}

const cell = (text: string): string => toLine(text, LONGEST) || '<none>';

/** The largest unit, or two for small counts, as kubectl prints ages. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes}m${seconds % 60 === 0 ? '' : `${seconds % 60}s`}`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
