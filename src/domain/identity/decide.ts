// The one place that says whether somebody's decision is accepted, for every channel (INV-3). It runs when a decision is
// made and again when it is folded; then `now` is the time of the stamp and `earlier` holds the other decisions.
import type { Verdict } from '../../api/approval-decision.ts';
import type { ApprovalRequestSpec, ApprovalRequestStatus } from '../../api/approval-request.ts';
import { exactly } from '../message/moment.ts';
import { refusalWords, type RefusalCode } from '../message/refusal.ts';
import { parseInstant } from '../request/instant.ts';
import { policiesChanged, versionChanged } from '../request/supersede.ts';
import { channelObjection } from './channels.ts';
import { closedRefusal, irrevocable, type Refusal } from './closed.ts';
import { kinship } from './kinship.ts';
import { machineKind, personNames, type ApproverFacts, type User } from './person.ts';
import { notShowable } from './showable.ts';
import { castVotes, MOST_VOTES, personKeys, type VerifiedDecision } from './votes.ts';

/** The request that somebody decides about. */
export interface DecidedRequest {
  readonly name: string;
  readonly uid: string;
  readonly spec: ApprovalRequestSpec;
  readonly status?: ApprovalRequestStatus | undefined;
  /** Whether the gate's seal over the spec holds. */
  readonly sealed: boolean;
}

/** Everything a decision is judged by. */
export interface DecideFacts {
  /** Undefined when there is no such request. */
  readonly request: DecidedRequest | undefined;
  /** The name that was asked for, for the words when there is no such request. */
  readonly requestName?: string | undefined;
  readonly verdict: Verdict;
  /** Fingerprint of the change that the person looked at, where they said so. */
  readonly givenFingerprint?: string | undefined;
  readonly reason?: string | undefined;
  /** How long the access is to last, where the person says so. Seconds. */
  readonly forSeconds?: number | undefined;
  /** Where the person decides. */
  readonly channel: string;
  readonly user: User;
  /** Approvers whose seal the caller verified. */
  readonly approvers: readonly ApproverFacts[];
  /** Whether any policy names this user as an agent. */
  readonly isAgent: boolean;
  /** Answers of the API server about the verb `approve`, by policy; a policy that is missing counts as no. */
  readonly mayApprove: ReadonlyMap<string, boolean>;
  /** Digest of each live policy by name; undefined or missing when it is gone. */
  readonly liveDigests: ReadonlyMap<string, string | undefined>;
  /** Decisions about this request whose seal the caller verified, without the one that is judged. */
  readonly earlier: readonly VerifiedDecision[];
}

/** The answer. */
export type Outcome =
  | {
      readonly kind: 'accepted';
      /** Name of the Approver; empty when there is none. */
      readonly person: string;
      /** Policies that the decision counts for, as the stamp names them. */
      readonly policies: readonly { readonly name: string; readonly digest: string }[];
    }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly words: string };

type Known = DecideFacts & { readonly request: DecidedRequest };
type Check = (facts: Known, now: number) => Refusal | undefined;

/**
 * In the order in which they are told: whether the request can be decided at all, who the person is, whether they hold the
 * right, whether anybody may approve this change. Only then whether they must be listed as an Approver: nobody is sent to an
 * administrator for what would be refused all the same. Last, what the person can mend alone, by answering again.
 */
const CHECKS: readonly Check[] = [
  (facts) => (facts.request.sealed ? undefined : { code: 'broken-seal' }),
  stateRefusal,
  personRefusal,
  rightRefusal,
  channelRefusal,
  changeRefusal,
  (facts) => (kinOf(facts)?.code === 'no-approver' ? { code: 'no-approver' } : undefined),
  answerRefusal,
  voteRefusal,
];

/**
 * Judges one person's decision.
 * @param now epoch ms; the time of the decision
 */
export function decide(facts: DecideFacts, now: number): Outcome {
  const { request } = facts;
  if (!request) return refused({ code: 'unknown-request' }, facts.requestName ?? '');
  const known: Known = { ...facts, request };
  for (const check of CHECKS) {
    const refusal = check(known, now);
    if (refusal) return refused(refusal, request.name);
  }
  return {
    kind: 'accepted',
    person: personNames(facts.user.username, facts.approvers)[0] ?? '',
    policies: countingPolicies(known).map(({ name, digest }) => ({ name, digest })),
  };
}

function refused(refusal: Refusal, request: string): Outcome {
  return {
    kind: 'refused',
    code: refusal.code,
    words: refusalWords(refusal.code, { request, ...refusal.facts }),
  };
}

function heldPolicies(facts: Known): ApprovalRequestSpec['policies'] {
  return facts.request.spec.policies.filter((policy) => facts.mayApprove.get(policy.name) === true);
}

/** Those of them that take this verdict from this channel. */
function countingPolicies(facts: Known): ApprovalRequestSpec['policies'] {
  const { channel, verdict } = facts;
  return heldPolicies(facts).filter((policy) => channelObjection(policy, channel, verdict) === undefined);
}

function stateRefusal({ request, verdict }: Known, now: number): Refusal | undefined {
  if (verdict === 'Revoke') return irrevocable(request);
  const closed = closedRefusal(request);
  if (closed !== undefined) return closed;
  const end = parseInstant(request.spec.expiresAt);
  return end === undefined || now > end ? { code: 'expired' } : undefined;
}

function kinOf({ user, verdict, request, approvers }: Known) {
  return kinship(request.spec, { user, verdict, stampedPerson: '' }, approvers);
}

function personRefusal(facts: Known): Refusal | undefined {
  const { user, request } = facts;
  const kin = kinOf(facts);
  // The plainest reason first: an agent that approves its own change is told just that, and as whom it asked.
  if (kin?.code === 'self-approval')
    return { code: kin.code, facts: { about: request.spec.requester.short } };
  const machine = machineKind(user);
  if (machine) return { code: machine };
  if (facts.isAgent) return { code: 'agent' };
  return kin && kin.code !== 'no-approver' ? { code: kin.code, facts: { about: kin.about } } : undefined;
}

function rightRefusal(facts: Known): Refusal | undefined {
  if (heldPolicies(facts).length > 0) return undefined;
  const names = facts.request.spec.policies.map((policy) => policy.name);
  return { code: 'no-right', facts: { about: names.map((name) => `policy ${name}`).join(' or ') } };
}

function channelRefusal(facts: Known): Refusal | undefined {
  if (countingPolicies(facts).length > 0) return undefined;
  const [policy] = heldPolicies(facts);
  const code = policy && channelObjection(policy, facts.channel, facts.verdict);
  return code && { code, facts: { about: `policy ${policy.name}` } };
}

function changeRefusal({ request, liveDigests, verdict }: Known): Refusal | undefined {
  // Whatever became of its policies: to take back is never too late.
  if (verdict === 'Revoke') return undefined;
  const version = versionChanged(request);
  if (version !== undefined) {
    return { code: 'superseded', facts: { about: version, hasNoSuccessor: true } };
  }
  const changed = policiesChanged(request, liveDigests);
  if (changed) return { code: 'policy-changed', facts: { about: changed.words } };
  const hidden = verdict === 'Approve' ? notShowable(request.spec) : undefined;
  return hidden ? { code: hidden.code, facts: { about: hidden.about } } : undefined;
}

function answerRefusal({ request, givenFingerprint, reason, forSeconds }: Known): Refusal | undefined {
  const { fingerprint, reasonRequired, access } = request.spec;
  if (forSeconds !== undefined && access === undefined) return { code: 'not-access' };
  if (access !== undefined && forSeconds !== undefined && forSeconds > access.seconds)
    return { code: 'wider', facts: { about: exactly(access.seconds) } };
  if (givenFingerprint !== undefined && givenFingerprint !== fingerprint) return { code: 'other-change' };
  return reasonRequired && (reason ?? '').trim() === '' ? { code: 'reason-required' } : undefined;
}

/** A person may still turn their yes into a no: that only makes it stricter. */
function voteRefusal(facts: Known, now: number): Refusal | undefined {
  const { request, user, approvers, verdict } = facts;
  const { name, uid, spec } = request;
  const { votes } = castVotes({ metadata: { name, uid }, spec }, facts.earlier, approvers, now);
  const keys = personKeys(user.username, '', approvers);
  const mine = votes.filter((vote) => vote.keys.some((key) => keys.includes(key)));
  if (mine.some((vote) => verdict === 'Approve' || vote.decision.spec.verdict !== 'Approve')) {
    return { code: 'already-voted' };
  }
  return votes.length >= MOST_VOTES && verdict === 'Approve'
    ? { code: 'enough-decisions', facts: { about: String(MOST_VOTES) } }
    : undefined;
}
