// Which sealed decisions of a request count as votes: made about this change, in time, by a person who stands far enough
// from the requester, each person once (INV-3).
import type { ApprovalDecision, DecisionStamp, Verdict } from '../../api/approval-decision.ts';
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import type { RefusalCode } from '../message/refusal.ts';
import { parseInstant } from '../request/instant.ts';
import { channelObjection } from './channels.ts';
import { kinship } from './kinship.ts';
import { machineKind, personNames, type ApproverFacts } from './person.ts';
import { notShowable } from './showable.ts';

/** A decision whose seal the caller verified. Without that, nothing here means anything. */
export type VerifiedDecision = Pick<ApprovalDecision, 'metadata' | 'spec'>;

/** Why a sealed decision does not count. */
export type IgnoredWhy = RefusalCode | 'no-stamp' | 'other-request' | 'too-late' | 'from-the-future';

/** A sealed decision that does not count. */
export interface Ignored {
  /** Name of the ApprovalDecision. */
  readonly name: string;
  readonly why: IgnoredWhy;
}

/** A decision that counts. */
export interface Vote {
  readonly decision: VerifiedDecision;
  readonly stamp: DecisionStamp;
  /** Epoch ms. */
  readonly at: number;
  /** Everything by which this person is recognised again. */
  readonly keys: readonly string[];
  /** Policies of the request that this decision counts for. */
  readonly policies: readonly string[];
}

/** The request that votes are about. */
export interface Subject {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: ApprovalRequestSpec;
}

/** A clock of ours may run this far behind that of another replica. ms. */
const SKEW_MS = 60_000;
/** Most votes but for a first denial: one fewer than the schema holds, so that a denial always finds room. */
export const MOST_VOTES = 31;

/**
 * Everything by which a person is recognised: the user name, every Approver that claims it, and the Approver that was
 * stamped, so that an Approver that is deleted or split later does not make two people of one.
 * @param stampedPerson empty when there is none
 */
export function personKeys(
  username: string,
  stampedPerson: string,
  approvers: readonly ApproverFacts[],
): readonly string[] {
  const persons = [...personNames(username, approvers), ...(stampedPerson === '' ? [] : [stampedPerson])];
  return [`user:${username}`, ...persons.map((one) => `person:${one}`)];
}

/**
 * Sorts the decisions of a request into votes, oldest first, and those that do not count.
 * @param now epoch ms
 */
export function castVotes(
  request: Subject,
  decisions: readonly VerifiedDecision[],
  approvers: readonly ApproverFacts[],
  now: number,
): { readonly votes: readonly Vote[]; readonly ignored: readonly Ignored[] } {
  const votes: Vote[] = [];
  const ignored: Ignored[] = [];
  for (const decision of decisions.toSorted(byTime)) {
    const vote = castVote(request, decision, approvers, now);
    const why = typeof vote === 'string' ? vote : repetition(vote, votes);
    if (why !== undefined) ignored.push({ name: decision.metadata.name, why });
    else if (typeof vote !== 'string') votes.push(vote);
  }
  return { votes, ignored };
}

function byTime(a: VerifiedDecision, b: VerifiedDecision): number {
  const [left, right] = [a, b].map((one) => parseInstant(one.spec.stamp?.at) ?? 0);
  return (left ?? 0) - (right ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** What a decision counts for by itself, or why it does not count. */
function castVote(
  request: Subject,
  decision: VerifiedDecision,
  approvers: readonly ApproverFacts[],
  now: number,
): Vote | IgnoredWhy {
  const { spec } = request;
  const { stamp } = decision.spec;
  if (!stamp) return 'no-stamp';
  const at = parseInstant(stamp.at);
  const isRevoked = decision.spec.verdict === 'Revoke';
  const misfit = wrongSubject(request, decision, stamp) ?? wrongTime(isRevoked ? undefined : spec, at, now);
  if (misfit !== undefined || at === undefined) return misfit ?? 'too-late';
  const policies = policiesOf(spec, decision.spec.verdict, stamp);
  if (typeof policies === 'string') return policies;
  const user = { username: stamp.username, uid: stamp.userUid, groups: stamp.groups };
  const decider = { user, verdict: decision.spec.verdict, stampedPerson: stamp.person };
  const objection =
    machineKind(user) ?? kinship(spec, decider, approvers)?.code ?? incomplete(spec, decision);
  if (objection !== undefined) return objection;
  return { decision, stamp, at, policies, keys: personKeys(stamp.username, stamp.person, approvers) };
}

/** The policies that a decision counts for, or why it counts for none. */
function policiesOf(
  spec: ApprovalRequestSpec,
  verdict: Verdict,
  stamp: DecisionStamp,
): readonly string[] | IgnoredWhy {
  const stamped = spec.policies.filter((policy) =>
    stamp.policies.some((one) => one.name === policy.name && one.digest === policy.digest),
  );
  const objections = stamped.map((policy) => channelObjection(policy, stamp.channel, verdict));
  const policies = stamped.filter((_, index) => objections[index] === undefined).map(({ name }) => name);
  return policies.length > 0 ? policies : (objections[0] ?? 'policy-changed');
}

function wrongSubject(
  request: Subject,
  decision: VerifiedDecision,
  stamp: DecisionStamp,
): IgnoredWhy | undefined {
  const { fingerprint } = request.spec;
  if (decision.spec.request !== request.metadata.name || stamp.requestUid !== request.metadata.uid)
    return 'other-request';
  return stamp.fingerprint === fingerprint && (decision.spec.fingerprint ?? fingerprint) === fingerprint
    ? undefined
    : 'other-change';
}

/** An approval is taken back at any time: then there is no `spec` whose end counts. */
function wrongTime(
  spec: ApprovalRequestSpec | undefined,
  at: number | undefined,
  now: number,
): IgnoredWhy | undefined {
  const end = spec === undefined ? Infinity : parseInstant(spec.expiresAt);
  if (at === undefined || end === undefined || at > end) return 'too-late';
  return at > now + SKEW_MS ? 'from-the-future' : undefined;
}

function incomplete(spec: ApprovalRequestSpec, decision: VerifiedDecision): IgnoredWhy | undefined {
  if (decision.spec.verdict !== 'Approve') return undefined;
  if (spec.reasonRequired && (decision.spec.reason ?? '').trim() === '') return 'reason-required';
  return notShowable(spec)?.code;
}

/** Each person counts once; only from yes to no may they change their mind. */
function repetition(vote: Vote, votes: readonly Vote[]): IgnoredWhy | undefined {
  const { verdict } = vote.decision.spec;
  const isRepeated = votes.some(
    (one) =>
      one.keys.some((key) => vote.keys.includes(key)) &&
      (verdict === 'Approve' || one.decision.spec.verdict !== 'Approve'),
  );
  if (isRepeated) return 'already-voted';
  const isFirstDenial =
    verdict !== 'Approve' && votes.every((one) => one.decision.spec.verdict === 'Approve');
  return votes.length >= MOST_VOTES && !isFirstDenial ? 'enough-decisions' : undefined;
}
