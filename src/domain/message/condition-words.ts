// The sentences in the conditions of a request: `kubectl describe` reads them as a story.
import type { RequestState } from '../../api/approval-request.ts';
import type { GrantStatus } from '../../api/access.ts';
import { approvalsGiven } from '../request/approvals.ts';
import { hinderedText } from './hindered.ts';
import { toSecond } from './moment.ts';
import { ENDED_WORDS } from './note.ts';
import { line } from './plain-text.ts';

/** Conditions that are computed from the state of a request. */
export type ConditionType = 'Approved' | 'Denied' | 'Expired' | 'Decided' | 'Admitted' | 'GrantActive';

/** What the sentences speak about. Times are RFC 3339 text. */
export interface ConditionFacts {
  readonly state: RequestState;
  /** See `approvalsText`. */
  readonly approvals: string;
  /** Who decided, for people; empty when nobody did. */
  readonly decidedBy: string;
  /** Reason of the last decision; empty when there is none. */
  readonly reason: string;
  readonly expiresAt: string;
  /** Undefined when it was never approved. */
  readonly usableUntil: string | undefined;
  /** When the approval was used; undefined when it was not. */
  readonly usedAt: string | undefined;
  /** Why it was superseded, as a phrase; told only where it was. */
  readonly superseded: string;
  /** Whether access was asked for. */
  readonly isAccess: boolean;
  /** What became of it. */
  readonly grant: GrantStatus | undefined;
}

/** The full sentence for one condition. At most 1024 characters. */
export function conditionWords(type: ConditionType, facts: ConditionFacts): string {
  return line(SENTENCES[type][facts.state](facts), 1_000);
}

type Sentence = (facts: ConditionFacts) => string;

const used: Sentence = (f) => `Approved by ${f.decidedBy}${because(f)}, and used.`;
const ended: Sentence = (f) =>
  f.usableUntil === undefined
    ? 'It was not approved.'
    : 'It was approved, but the approval can no longer be used.';
const notDenied: Sentence = () => 'Nobody has denied it.';
const admitted: Sentence = (f) =>
  f.usedAt === undefined
    ? 'The change has not been let through.'
    : `The change was let through at ${toSecond(f.usedAt)}; an approval admits one execution.`;

const inEveryState = (sentence: Sentence): Readonly<Record<RequestState, Sentence>> => ({
  Pending: sentence,
  Approved: sentence,
  Reserved: sentence,
  Admitted: sentence,
  Denied: sentence,
  Expired: sentence,
  Superseded: sentence,
  Withdrawn: sentence,
  Ended: sentence,
});

const SENTENCES: Readonly<Record<ConditionType, Readonly<Record<RequestState, Sentence>>>> = {
  Approved: {
    ...inEveryState(ended),
    Pending: (f) =>
      `Waiting for approval: ${approvalsGiven(f.approvals)}; the request expires at ${f.expiresAt}.`,
    Approved: (f) =>
      f.isAccess
        ? `Approved by ${f.decidedBy}${because(f)}; the access ends at ${f.usableUntil ?? f.expiresAt}.`
        : `Approved by ${f.decidedBy}${because(f)}; send the same request again before ${f.usableUntil ?? f.expiresAt}, it is admitted once.`,
    Reserved: used,
    Admitted: used,
    Ended: (f) => `Approved by ${f.decidedBy}${because(f)}; ${endedWords(f)}.`,
  },
  Denied: { ...inEveryState(notDenied), Denied: (f) => `Denied by ${f.decidedBy}${because(f)}.` },
  Expired: {
    ...inEveryState(() => 'It did not expire.'),
    Pending: (f) => `It expires at ${f.expiresAt} if nobody decides.`,
    Approved: (f) =>
      `The ${f.isAccess ? 'access lasts' : 'approval can be used'} until ${f.usableUntil ?? f.expiresAt}.`,
    Expired: (f) =>
      f.usableUntil === undefined
        ? 'Nobody decided in time.'
        : `Approved, never used: the approval ended at ${f.usableUntil}.`,
    Ended: () => 'It was answered in time.',
  },
  Decided: {
    ...inEveryState((f) => `The answer is yes: approved by ${f.decidedBy}.`),
    Pending: (f) => `No answer yet: ${approvalsGiven(f.approvals)}.`,
    Denied: (f) => `The answer is no: denied by ${f.decidedBy}${because(f)}.`,
    Expired: (f) => noAnswer(f.usableUntil === undefined ? 'nobody decided in time' : 'approved, never used'),
    Superseded: (f) => noAnswer(f.superseded),
    Withdrawn: () => noAnswer('it was withdrawn'),
    Ended: (f) => `The answer was yes, and ${endedWords(f)}.`,
  },
  Admitted: inEveryState(admitted),
  GrantActive: {
    ...inEveryState(() => 'Nothing is granted.'),
    Approved: grantWords,
    Reserved: grantWords,
    Ended: (f) => `${sentence(endedWords(f))}${goneWords(f)}`,
  },
};

function grantWords(f: ConditionFacts): string {
  if (f.grant?.endedAt !== undefined) return sentence(endedWords(f));
  const { createdAt, usedAt } = f.grant ?? {};
  if (f.state === 'Reserved' && createdAt !== undefined && usedAt !== undefined)
    return `Access was granted at ${toSecond(createdAt)} and used up at ${toSecond(usedAt)}; it is being taken away.`;
  const hindered = hinderedText(f.grant?.hindered);
  const words = standingWords(f);
  if (hindered === '') return words;
  return createdAt === undefined ? sentence(hindered) : `${sentence(hindered)} ${words}`;
}

const standingWords: Sentence = ({ grant, usableUntil, expiresAt }) =>
  grant?.createdAt === undefined
    ? 'The access is approved and about to be granted.'
    : `Access was granted at ${toSecond(grant.createdAt)} and ends at ${usableUntil ?? expiresAt}.`;

function endedWords({ grant }: ConditionFacts): string {
  const why = grant?.endedWhy === undefined ? '' : `: ${ENDED_WORDS[grant.endedWhy]}`;
  return `the access ended${grant?.endedAt === undefined ? '' : ` at ${toSecond(grant.endedAt)}`}${why}`;
}

function goneWords({ grant }: ConditionFacts): string {
  if (grant?.goneAt === undefined) return '';
  return grant.elsewhere === true
    ? ' The API server was asked: the requester still has some of it by other bindings, which are not of this request.'
    : ` The API server was asked at ${toSecond(grant.goneAt)}, and says that it is gone.`;
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

function noAnswer(why: string): string {
  return `There is no answer to wait for: ${why}.`;
}

function because(facts: ConditionFacts): string {
  return facts.reason === '' ? '' : ` ("${facts.reason}")`;
}
