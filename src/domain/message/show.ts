// One request as a person reads it before deciding: what would change, who asks, what is hidden. Everything the agent
// wrote is quoted and labelled; nothing here is more than the sealed request holds (INV-9, INV-10).
import type { ApprovalRequest, DiffEntry, ShownValue } from '../../api/approval-request.ts';
import { toLine } from '../../api/plain-text.ts';
import { notShowable } from '../identity/showable.ts';
import { accessEntitles } from './access-words.ts';
import { accessLines, accessTime } from './card-access.ts';
import { endingOf } from './ending.ts';
import { grantMoments } from './grant-story.ts';
import { hinderedText } from './hindered.ts';
import { toSecond } from './moment.ts';
import { refusalReason } from './refusal.ts';
import { askedText } from './asked.ts';
import { count, valueText } from './value-text.ts';
import { approvalsOf } from '../request/approvals.ts';

/** Longest piece of anybody's text on a screen. Characters. */
const LONGEST = 1_024;
const inert = (text: string): string => toLine(text, LONGEST);
type Fact = readonly [key: string, value: string];

/** Renders a request as lines of text, without a trailing line break. Where nobody answers yet, the last line says how. */
export function showRequest(request: ApprovalRequest): string {
  return [showQuestion(request), ...howToAnswer(request)].join('\n');
}

/** The same for somebody who is about to answer. */
export function showQuestion(request: ApprovalRequest): string {
  const facts = factsOf(request);
  const width = Math.max(...facts.map(([key]) => key.length)) + 1;
  return [
    request.spec.summary,
    ...facts.map(([key, value]) => `  ${`${key}:`.padEnd(width + 1)} ${inert(value)}`),
    ...showDiff(request),
    ...showAccess(request),
    ...showDecisions(request),
  ].join('\n');
}

function factsOf(request: ApprovalRequest): readonly Fact[] {
  const { spec, status, metadata } = request;
  const { change, requester } = spec;
  const from = [requester.pod && `pod ${requester.pod}`, requester.node && `node ${requester.node}`].filter(
    Boolean,
  );
  const approvals = approvalsOf(request);
  const facts: Fact[] = [
    ['request', metadata.name],
    ['state', `${status?.state ?? 'Pending'} (${approvals})`],
    ['action', askedText(spec)],
    ['requester', `${requester.username}${from.length > 0 ? ` (${from.join(', ')})` : ''}`],
    ['policies', spec.policies.map(showPolicy).join(', ')],
    ['risk', spec.risk],
    ...(spec.access === undefined ? [] : [['how long', accessTime(spec.access)] as const]),
    ['requested', toSecond(spec.requestedAt)],
    ...endFacts(request),
  ];
  if (spec.differs !== undefined) {
    const { from: approved, paths } = spec.differs;
    facts.push([
      'approved',
      `${approved}, another change of the same object; this one differs in ${paths.join(', ')}`,
    ]);
  }
  if (change?.managedBy !== undefined) facts.push(['managed by', `${change.managedBy} (by its labels)`]);
  if (spec.reason !== undefined)
    facts.push(['reason', `"${spec.reason}" (stated by the agent, not verified)`]);
  return facts;
}

/** Access has more moments than one end. */
function endFacts(request: ApprovalRequest): readonly Fact[] {
  const moments = grantMoments(request.status?.grant).map(({ key, value }): Fact => [key, value]);
  const { spec, status } = request;
  const { grant } = status ?? {};
  const isStanding = status?.state === 'Approved' && grant?.endedAt === undefined;
  const hindered = isStanding ? hinderedText(grant?.hindered) : '';
  if (hindered !== '') moments.push(['trouble', hindered]);
  const isTold = (key: string): boolean => moments.some(([told]) => told === key);
  const ends = endingOf(request)
    .filter(({ key }) => !isTold(key))
    .map(({ key, value, isTime }): Fact => [
      // What was never granted does not last.
      spec.access !== undefined && isStanding && grant?.createdAt === undefined ? 'ends' : key,
      isTime ? toSecond(value) : value,
    ]);
  return [...moments, ...ends];
}

const showPolicy = ({ name, required }: ApprovalRequest['spec']['policies'][number]): string =>
  `${name} (needs ${count(required, 'approval')})`;

/** The masked diff, one line for each path. */
export function showDiff(request: ApprovalRequest): string[] {
  const { change } = request.spec;
  if (change === undefined) return [];
  const { diff, masked, cut } = change;
  const lines = diff.map((entry) => `    ${showEntry(entry)}`);
  const hidden = masked === 1 ? 'value is masked: its' : 'values are masked: their';
  const left = cut === 1 ? 'changed path is not shown' : 'changed paths are not shown';
  const notes = [
    ...(masked > 0 ? [`    ${masked} ${hidden} type and length are shown`] : []),
    ...(cut > 0 ? [`    ${cut} more ${left}: this request cannot be approved`] : []),
  ];
  return lines.length + notes.length === 0 ? [] : ['  changes:', ...lines, ...notes];
}

/** Every rule of the access, and what it means to approve it. */
function showAccess({ spec, status }: ApprovalRequest): string[] {
  const { access, requester } = spec;
  if (access === undefined) return [];
  const isPending = (status?.state ?? 'Pending') === 'Pending';
  return [
    '  access:',
    ...accessLines(access).map((one) => `    ${one}`),
    ...(isPending ? [`  if approved: ${inert(accessEntitles(requester.short, access))}`] : []),
  ];
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

const showValue = (value: ShownValue | undefined): string => inert(valueText(value));

function showDecisions(request: ApprovalRequest): string[] {
  const decisions = request.status?.decisions ?? [];
  if (decisions.length === 0) return [];
  return [
    '  decisions:',
    ...decisions.map((one) => {
      const verb = { Approve: 'approved', Deny: 'denied', Revoke: 'revoked' }[one.verdict];
      const reason = inert(one.reason ?? '');
      return `    ${one.person} ${verb} at ${toSecond(one.at)} by ${one.channel}${reason === '' ? '' : `: ${reason}`}`;
    }),
  ];
}

/** The last line of a pending request: what to type. Nobody is told to approve what nobody can, and why that is stands before. */
function howToAnswer({ spec, status, metadata }: ApprovalRequest): string[] {
  const state = status?.state ?? 'Pending';
  if (spec.access !== undefined && state === 'Approved')
    return [`  take it back: kubectl assent revoke ${metadata.name}`];
  if (state !== 'Pending') return [];
  const hidden = notShowable(spec);
  const reason = spec.reasonRequired ? ' --reason TEXT' : '';
  const answer = `  answer: kubectl assent ${hidden ? 'deny' : 'approve|deny'} ${metadata.name}${spec.access === undefined ? '' : ' [--for TIME]'}${reason}`;
  if (!hidden) return [answer];
  const why = refusalReason(hidden.code, { request: metadata.name, about: hidden.about });
  return [`  nobody can approve it: ${why}`, answer];
}
