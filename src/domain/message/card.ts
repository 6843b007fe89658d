// One request as every channel shows it, as data: state first, then trusted facts, then what an agent or a client wrote,
// told apart. Says whether it may be approved and why not (INV-9); holds nothing that the sealed request does not (INV-10).
import { createHash } from 'node:crypto';
import type { Verdict } from '../../api/approval-decision.ts';
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { channelObjection } from '../identity/channels.ts';
import { notShowable } from '../identity/showable.ts';
import { conditionFacts } from '../request/conditions.ts';
import { instant, parseInstant } from '../request/instant.ts';
import { requestSealBytes } from '../request/sealed.ts';
import { rememberedUntil } from '../request/supersede.ts';
import { cardAccess, type CardAccess } from './card-access.ts';
import { cardChanges, type CardChanges } from './card-changes.ts';
import { cardRows, type CardRow } from './card-rows.ts';
import { conditionWords } from './condition-words.ts';
import { exactly, toSecond } from './moment.ts';
import { refusalReason } from './refusal.ts';
import { count } from './value-text.ts';
import { accessEntitles } from './access-words.ts';
import { accessTarget, askedSummary, askedText } from './asked.ts';
import { grantStory } from './grant-story.ts';

/** The word that stands first on a card. Nothing but the state of the request chooses it. */
export const STATE_WORDS = {
  Pending: 'PENDING',
  Approved: 'APPROVED',
  Reserved: 'USED',
  Admitted: 'USED',
  Denied: 'DENIED',
  Expired: 'EXPIRED',
  Superseded: 'SUPERSEDED',
  Withdrawn: 'WITHDRAWN',
  Ended: 'ENDED',
} as const satisfies Readonly<Record<RequestState, string>>;
/** One of the words. */
export type StateWord = (typeof STATE_WORDS)[RequestState];

/** A counted decision. */
export interface CardDecision {
  readonly verdict: Verdict;
  /** Name of the Approver, or the user name where there is none. */
  readonly person: string;
  /** RFC 3339, to the second. */
  readonly at: string;
  readonly channel: string;
  /** In the words of the person; empty when there are none. */
  readonly reason: string;
}

/** What can be answered here and now. */
export interface CardAnswers {
  readonly approve: boolean;
  readonly deny: boolean;
  /** Why it cannot be approved, as a phrase; empty when it can, or when it is decided. */
  readonly why: string;
}

/** One request, ready to be laid out by a channel. No text is escaped for any channel yet. */
export interface Card {
  /** Name and uid of the ApprovalRequest. */
  readonly name: string;
  readonly uid: string;
  /** `sha256:` and hex, over the whole sealed spec: what was asked and what of it is shown. */
  readonly digest: string;
  /** Eight characters of the digest in two groups, for people to compare. */
  readonly code: string;
  readonly state: RequestState;
  readonly word: StateWord;
  /** What happens to what, from the admission review: `delete deployments payments/api`. */
  readonly action: string;
  readonly cluster: string;
  readonly requester: string;
  readonly risk: ApprovalRequest['spec']['risk'];
  /** The line of a policy's `summary`, where it says something else than `action`. May quote the object. */
  readonly summary: string | undefined;
  readonly rows: readonly CardRow[];
  readonly changes: CardChanges;
  /** What access is asked for; undefined where it is about a change. */
  readonly access: CardAccess | undefined;
  /** The approved request that this one is not, and where they differ. */
  readonly differs: { readonly from: string; readonly paths: readonly string[] } | undefined;
  /** What an approval would allow, to whom, how often, how long. */
  readonly entitles: string;
  /** Stated by the agent, not verified. */
  readonly stated: string | undefined;
  /** Oldest first. */
  readonly decisions: readonly CardDecision[];
  /** How it went on, in sentences; empty while it is pending. */
  readonly outcome: string;
  readonly answers: CardAnswers;
  /** Whether an approval, too, needs a reason. */
  readonly reasonRequired: boolean;
  /** When the present state ends by itself. Epoch ms; undefined when it does not. */
  readonly endsAt: number | undefined;
  /** What to type to see everything. */
  readonly command: string;
}

/** What the card cannot know from the request. */
export interface CardFacts {
  /** Name of the cluster, as its administrator calls it. */
  readonly cluster: string;
  /** Epoch ms. Past the end of a pending request nothing can be answered; nothing else depends on it. */
  readonly now: number;
  /** Where the card is shown, and answered: a policy may take no decision from there. */
  readonly channel: string;
}

/** Makes the card of a request. */
export function cardOf(request: ApprovalRequest, facts: CardFacts): Card {
  const { spec, metadata } = request;
  const state = request.status?.state ?? 'Pending';
  const digest = createHash('sha256').update(requestSealBytes(spec)).digest();
  const changes = cardChanges(spec.change);
  const access = spec.access && cardAccess(spec.access, accessTarget(spec.access));
  return {
    name: metadata.name,
    uid: metadata.uid,
    digest: `sha256:${digest.toString('hex')}`,
    code: codeOf(digest),
    state,
    word: STATE_WORDS[state],
    action: askedSummary(spec),
    cluster: facts.cluster,
    requester: spec.requester.short,
    risk: spec.risk,
    summary: [askedText(spec), askedSummary(spec)].includes(spec.summary) ? undefined : spec.summary,
    rows: cardRows(request, facts.cluster),
    changes,
    access,
    differs: spec.differs,
    entitles: entitles(request),
    stated: spec.reason,
    decisions: (request.status?.decisions ?? []).map(({ verdict, person, at, channel, reason }) => {
      return { verdict, person, at: toSecond(at), channel, reason: reason ?? '' };
    }),
    outcome: outcomeOf(request, state),
    answers: namedAnswers(answersOf(request, state, facts), unnamedIn(changes, access), metadata.name),
    reasonRequired: spec.reasonRequired,
    endsAt: endOf(request, state),
    command: `kubectl assent show ${metadata.name}`,
  };
}

/** Crockford's base32, upper case: nothing in it is mistaken for something else. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function codeOf(digest: Uint8Array): string {
  const signs = Array.from(digest.subarray(0, 8), (byte) => ALPHABET.charAt(byte % 32)).join('');
  return `${signs.slice(0, 4)}-${signs.slice(4)}`;
}

function endOf({ spec, status }: ApprovalRequest, state: RequestState): number | undefined {
  if (state === 'Pending') return parseInstant(status?.expiresAt ?? spec.expiresAt);
  return state === 'Approved' ? parseInstant(status?.usableUntil) : undefined;
}

function entitles({ spec }: ApprovalRequest): string {
  const { access } = spec;
  if (access !== undefined) return `${accessEntitles(spec.requester.short, access)}${people(spec)}`;
  return `${spec.requester.short} may make exactly this change, once, within ${exactly(spec.usableForSeconds)} of the approval. Nothing else is granted.${people(spec)}`;
}

function people({ policies }: ApprovalRequest['spec']): string {
  const [only, ...others] = policies;
  if (others.length > 0)
    return ` Needs approval under ${policies.length} policies; one person may count under several.`;
  return only && only.required > 1 ? ` Needs ${only.required} approvals.` : '';
}

/** The deadline is judged strictly: a time that cannot be read has passed. */
function answersOf({ spec, metadata }: ApprovalRequest, state: RequestState, facts: CardFacts): CardAnswers {
  const none = (why: string): CardAnswers => ({ approve: false, deny: false, why });
  if (state !== 'Pending') return none('');
  const named = { request: metadata.name };
  if (facts.now >= (parseInstant(spec.expiresAt) ?? 0)) return none(refusalReason('expired', named));
  const [toApprove, toDeny] = (['Approve', 'Deny'] as const).map((verdict) =>
    closedBy(spec, facts.channel, verdict),
  );
  const hidden = notShowable(spec) ?? toApprove;
  return {
    approve: hidden === undefined,
    deny: toDeny === undefined,
    why: hidden === undefined ? '' : refusalReason(hidden.code, { ...named, about: hidden.about }),
  };
}

/** What a card has no room for, as a count with its noun; undefined where all of it is there. */
function unnamedIn({ unnamed }: CardChanges, access: CardAccess | undefined): string | undefined {
  if (access !== undefined && access.left > 0) return count(access.left, 'more rule');
  return unnamed === 0 ? undefined : count(unnamed, 'changed path');
}

/** A card has no room for everything: whoever wants to approve looks at all of it first. */
function namedAnswers(answers: CardAnswers, unnamed: string | undefined, name: string): CardAnswers {
  if (unnamed === undefined || !answers.approve) return answers;
  const why = `there is more than a message can name (${unnamed}); look at all of it and approve with kubectl assent approve ${name}`;
  return { ...answers, approve: false, why };
}

/** Why no policy takes this verdict from a channel, by the first of them; undefined when one does. */
function closedBy({ policies }: ApprovalRequest['spec'], channel: string, verdict: Verdict) {
  const codes = policies.map((policy) => channelObjection(policy, channel, verdict));
  const [code] = codes;
  return code === undefined || codes.includes(undefined)
    ? undefined
    : { code, about: `policy ${policies[0]?.name ?? ''}` };
}

function outcomeOf(request: ApprovalRequest, state: RequestState): string {
  const { status = { state }, spec } = request;
  const isGranted = spec.access !== undefined && ['Approved', 'Reserved', 'Ended'].includes(state);
  if (isGranted)
    return grantStory(status.grant) || conditionWords('GrantActive', conditionFacts(status, spec));
  const facts = conditionFacts(status, spec);
  switch (state) {
    case 'Pending':
      return '';
    case 'Approved':
      return conditionWords('Expired', facts);
    case 'Reserved':
    case 'Admitted':
      return conditionWords('Admitted', facts);
    case 'Denied': {
      const until = rememberedUntil(request);
      return until === undefined ? '' : `The question is not asked again before ${toSecond(instant(until))}.`;
    }
    case 'Expired':
    case 'Superseded':
    case 'Withdrawn':
    case 'Ended':
      return conditionWords('Decided', facts);
  }
}
