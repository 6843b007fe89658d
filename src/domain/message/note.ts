// The sentences in the outbox of a request, which become lines of the record and Events. Metadata only (INV-10).
import type { Verdict } from '../../api/approval-decision.ts';
import type { EndedWhy } from '../../api/access.ts';
import { toSecond } from './moment.ts';
import { cut, line } from './plain-text.ts';

/** What a note tells. Times are RFC 3339 text. */
export type NoteFacts =
  | { readonly type: 'requested'; readonly summary: string }
  | {
      readonly type: 'decided';
      readonly verdict: Verdict;
      readonly channel: string;
      readonly reason: string;
    }
  | {
      readonly type: 'approved';
      readonly approvals: string;
      readonly usableUntil: string;
      readonly isAccess?: boolean;
    }
  | { readonly type: 'denied'; readonly reason: string }
  | { readonly type: 'reserved'; readonly review: string; readonly times: number }
  | { readonly type: 'admitted'; readonly review: string; readonly usedAt: string }
  | { readonly type: 'expired'; readonly wasApproved: boolean }
  | { readonly type: 'superseded'; readonly why: string }
  | { readonly type: 'withdrawn'; readonly why: string }
  | { readonly type: 'granted'; readonly objects: string; readonly until: string }
  | { readonly type: 'used'; readonly what: string; readonly isUp: boolean }
  | { readonly type: 'restored'; readonly what: string }
  | { readonly type: 'ended'; readonly why: EndedWhy }
  | { readonly type: 'gone'; readonly elsewhere: boolean };

/** Longest note. Short, so that 64 lines of a record stay far below the size of an object (DESIGN 3). */
const LONGEST = 160;

/** Why access ended, as a phrase. */
export const ENDED_WORDS: Readonly<Record<EndedWhy, string>> = {
  Used: 'it was used',
  Expired: 'its time is over',
  Revoked: 'it was revoked',
  PolicyChanged: 'a policy behind it changed its meaning or is gone',
  RoleChanged: 'the ClusterRole behind it changed or is gone',
  NamespaceChanged: 'a namespace of it was made after the approval',
  Frozen: 'the agent is frozen',
  RequesterGone: 'the ServiceAccount that asked is gone, or another one has its name now',
};

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
      return `approved (${facts.approvals}), ${facts.isAccess === true ? 'access' : 'usable once'} until ${facts.usableUntil}`;
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
    case 'granted':
      return line(`access granted by ${facts.objects}, until ${facts.until}`, LONGEST);
    case 'used':
      return line(`access used: ${facts.what}${facts.isUp ? '; it is used up' : ''}`, LONGEST);
    case 'restored':
      return line(`${facts.what} was edited or deleted by somebody, and put back`, LONGEST);
    case 'ended':
      return `access taken away: ${ENDED_WORDS[facts.why]}`;
    case 'gone':
      return facts.elsewhere
        ? 'asked again: our access is gone; the requester still has some of it by other bindings'
        : 'asked again: the API server says that the access is gone';
    default:
      return facts satisfies never;
  }
}

function quoted(reason: string): string {
  return reason === '' ? '' : `: "${reason}"`;
}
