// One request as a person reads it before deciding: what would change, who asks, what is hidden. Everything the agent
// wrote is quoted and labelled; nothing here is more than the sealed request holds (INV-9, INV-10).
import type { ApprovalRequest, DiffEntry, ShownValue } from '../../api/approval-request.ts';
import { toLine } from '../../api/plain-text.ts';

/** Longest piece of anybody's text on a screen. Characters. */
const LONGEST = 1_024;
const inert = (text: string): string => toLine(text, LONGEST);

/** Renders a request as lines of text, without a trailing line break. */
export function showRequest(request: ApprovalRequest): string {
  const { spec, status, metadata } = request;
  const { change, requester } = spec;
  const from = [requester.pod && `pod ${requester.pod}`, requester.node && `node ${requester.node}`].filter(
    Boolean,
  );
  const facts: [string, string][] = [
    ['request', metadata.name],
    ['state', `${status?.state ?? 'Pending'} (${status?.approvals ?? `0/${needed(request)}`})`],
    ['action', `${change.action} ${change.target}`],
    ['requester', `${requester.username}${from.length > 0 ? ` (${from.join(', ')})` : ''}`],
    ['policies', spec.policies.map((one) => one.name).join(', ')],
    ['risk', spec.risk],
    ['expires', status?.expiresAt ?? spec.expiresAt],
  ];
  if (change.managedBy !== undefined) facts.push(['managed by', `${change.managedBy} (by its labels)`]);
  if (spec.reason !== undefined)
    facts.push(['reason', `"${spec.reason}" (stated by the agent, not verified)`]);
  const width = Math.max(...facts.map(([key]) => key.length)) + 1;
  return [
    spec.summary,
    ...facts.map(([key, value]) => `  ${`${key}:`.padEnd(width + 1)} ${inert(value)}`),
    ...showDiff(request),
    ...showDecisions(request),
  ].join('\n');
}

/** The masked diff, one line for each path. */
export function showDiff(request: ApprovalRequest): string[] {
  const { diff, masked, cut } = request.spec.change;
  const lines = diff.map((entry) => `    ${showEntry(entry)}`);
  const notes = [
    ...(masked > 0 ? [`    ${masked} of the values are masked: type and length are shown`] : []),
    ...(cut > 0 ? [`    ${cut} more changed paths are not shown: this request cannot be approved`] : []),
  ];
  return lines.length + notes.length === 0 ? [] : ['  changes:', ...lines, ...notes];
}

function showEntry(entry: DiffEntry): string {
  const path = inert(entry.path);
  switch (entry.op) {
    case 'Added':
      return `+ ${path}: ${showValue(entry.to)}`;
    case 'Removed':
      return `- ${path}: ${showValue(entry.from)}`;
    case 'Changed':
      return `~ ${path}: ${showValue(entry.from)} -> ${showValue(entry.to)}`;
    default:
      return entry.op satisfies never;
  }
}

function showValue(value: ShownValue | undefined): string {
  if (value?.shown !== undefined) return inert(value.shown);
  const { type, length } = value?.masked ?? { type: 'null', length: 0 };
  if (type === 'string') return `<masked string, ${length} characters>`;
  if (type === 'list' || type === 'map') return `<masked ${type}, ${length} entries>`;
  return `<masked ${type}>`;
}

function showDecisions(request: ApprovalRequest): string[] {
  const decisions = request.status?.decisions ?? [];
  if (decisions.length === 0) return [];
  return [
    '  decisions:',
    ...decisions.map((one) => {
      const verb = one.verdict === 'Approve' ? 'approved' : 'denied';
      const why = one.reason === undefined ? '' : `: ${inert(one.reason)}`;
      return `    ${one.person} ${verb} at ${one.at} by ${one.channel}${why}`;
    }),
  ];
}

const needed = (request: ApprovalRequest): number =>
  request.spec.policies.reduce((sum, policy) => sum + policy.required, 0);
