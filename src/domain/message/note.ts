// The sentences in the outbox of a request, which become lines of the record and Events. Metadata only (INV-10).
import { toSecond } from './moment.ts';
import { cut, line } from './plain-text.ts';

/** What a note tells. Times are RFC 3339 text. */
export type NoteFacts =
  | { readonly type: 'requested'; readonly summary: string }
  | {
      readonly type: 'decided';
      readonly verdict: 'Approve' | 'Deny';
      readonly channel: string;
      readonly reason: string;
    }
  | { readonly type: 'approved'; readonly approvals: string; readonly usableUntil: string }
  | { readonly type: 'denied'; readonly reason: string }
  | { readonly type: 'reserved'; readonly review: string; readonly times: number }
  | { readonly type: 'admitted'; readonly review: string; readonly usedAt: string }
  | { readonly type: 'expired'; readonly wasApproved: boolean }
  | { readonly type: 'superseded'; readonly why: string }
  | { readonly type: 'withdrawn'; readonly why: string };

/** Longest note. Short, so that 64 lines of a record stay far below the size of an object (DESIGN 3). */
const LONGEST = 160;

/** One sentence for people; at most 160 characters. */
export function noteWords(facts: NoteFacts): string {
  return cut(sentence(facts), LONGEST);
}

function sentence(facts: NoteFacts): string {
  switch (facts.type) {
    case 'requested':
      return line(`asks for: ${facts.summary}`, LONGEST);
    case 'decided':
      return line(`${facts.verdict} through ${facts.channel}${quoted(facts.reason)}`, LONGEST);
    case 'approved':
      return `approved (${facts.approvals}), usable once until ${facts.usableUntil}`;
    case 'denied':
      return line(`denied${quoted(facts.reason)}`, LONGEST);
    case 'reserved':
      return facts.times === 1
        ? `let through in review ${line(facts.review, 64)}`
        : `let through again in review ${line(facts.review, 64)}, time ${facts.times}: nothing came of those before`;
    case 'admitted':
      return `used at ${toSecond(facts.usedAt)} in review ${line(facts.review, 64)}; the approval is spent`;
    case 'expired':
      return facts.wasApproved ? 'approved, never used' : 'nobody decided in time';
    case 'superseded':
    case 'withdrawn':
      return line(facts.why, LONGEST);
    default:
      return facts satisfies never;
  }
}

function quoted(reason: string): string {
  return reason === '' ? '' : `: "${reason}"`;
}
