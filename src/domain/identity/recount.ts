// Counts people, from sealed decisions alone: what `status` says about decisions never admits anything (INV-1, INV-3).
// The controller folds by it and the gate recounts by it before each reservation. It asks about seals and people; the
// right to approve was asked when the decision was made and when it was folded.
import type { ApprovalRequestSpec, CountedDecision } from '../../api/approval-request.ts';
import { line } from '../message/plain-text.ts';
import type { ApproverFacts } from './person.ts';
import { approvalsText } from '../request/approvals.ts';
import { castVotes, type Ignored, type Subject, type VerifiedDecision, type Vote } from './votes.ts';

/** What the sealed decisions of one request amount to. */
export interface Recount {
  /** Every policy has the people it needs and nobody denied. An empty list of policies is never satisfied (T64). */
  readonly satisfied: boolean;
  /** The first denial, or the first time that the approval was taken back; one is enough. */
  readonly denied?: CountedDecision;
  /** Decisions that count, oldest first; at most 32. */
  readonly counted: readonly CountedDecision[];
  readonly perPolicy: readonly { readonly name: string; readonly have: number; readonly need: number }[];
  /** People who approved and people needed, such as 1/2; with several policies, those satisfied, such as 0/2 policies. */
  readonly text: string;
  /** When the denial or the last needed approval was made. Epoch ms. */
  readonly decidedAt?: number;
  /** How long the approval may be used, from `decidedAt`: for access the shortest time that anybody approved. Seconds. */
  readonly usableSeconds: number;
  /** Sealed decisions that do not count, with the reason. */
  readonly ignored: readonly Ignored[];
}

/** Longest reason kept in the status; the decision has all of it. */
const REASON_KEPT = 200;

/**
 * Counts the decisions of a request.
 * @param decisions those whose seal the caller verified, in any order
 * @param approvers those whose seal the caller verified, as they are now
 * @param now epoch ms
 */
export function recount(
  request: Subject,
  decisions: readonly VerifiedDecision[],
  approvers: readonly ApproverFacts[],
  now: number,
): Recount {
  const { votes, ignored } = castVotes(request, decisions, approvers, now);
  return tally(request.spec, votes, ignored);
}

function tally(spec: ApprovalRequestSpec, votes: readonly Vote[], ignored: readonly Ignored[]): Recount {
  const denial = votes.find((vote) => vote.decision.spec.verdict !== 'Approve');
  const needed = spec.policies.map((policy) => {
    const times = votes
      .filter((vote) => vote.decision.spec.verdict === 'Approve' && vote.policies.includes(policy.name))
      .map((vote) => vote.at);
    return {
      name: policy.name,
      have: times.length,
      need: policy.required,
      metAt: times[policy.required - 1],
    };
  });
  const isMet = needed.length > 0 && needed.every((one) => one.metAt !== undefined);
  const decidedAt = denial ? denial.at : isMet ? Math.max(...needed.map((one) => one.metAt ?? 0)) : undefined;
  return {
    satisfied: isMet && !denial,
    ...(denial ? { denied: countedDecision(denial) } : {}),
    counted: votes.map(countedDecision),
    perPolicy: needed.map(({ name, have: people, need }) => ({ name, have: people, need })),
    text: approvalsText(needed),
    ...(decidedAt === undefined ? {} : { decidedAt }),
    usableSeconds: Math.min(spec.usableForSeconds, ...votes.map(({ decision }) => shortened(spec, decision))),
    ignored,
  };
}

/** Nobody makes it longer than it was asked for. */
function shortened({ access }: ApprovalRequestSpec, { spec }: Vote['decision']): number {
  const { verdict, forSeconds } = spec;
  return access === undefined || verdict !== 'Approve' ? Infinity : (forSeconds ?? Infinity);
}

function countedDecision(vote: Vote): CountedDecision {
  const { metadata, spec } = vote.decision;
  const person = vote.keys.find((key) => key.startsWith('person:'))?.slice('person:'.length);
  return {
    name: metadata.name,
    uid: metadata.uid,
    verdict: spec.verdict,
    person: line(person ?? vote.stamp.username, 256),
    policies: [...vote.policies],
    channel: line(vote.stamp.channel, 32),
    at: vote.stamp.at,
    ...(spec.reason === undefined ? {} : { reason: line(spec.reason, REASON_KEPT) }),
    ...(spec.forSeconds === undefined ? {} : { forSeconds: spec.forSeconds }),
  };
}
