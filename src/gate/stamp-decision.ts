// The stamp on decisions: who decided, from the authenticated request or from a proven link, what it counts for, and when.
// decide() runs here, so a wrong decision is refused when it is made, with words (INV-3).
import type { ApprovalDecision, ApprovalDecisionSpec, DecisionStamp } from '../api/approval-decision.ts';
import { API_VERSION } from '../api/group.ts';
import type { Review } from '../domain/change/review.ts';
import { decide } from '../domain/identity/decide.ts';
import { policyDigest } from '../domain/policy/digest.ts';
import { instant } from '../domain/request/instant.ts';
import { decisionSealBytes } from '../domain/request/sealed.ts';
import { isSealedApprover, isSealedDecision, isSealedRequest } from '../domain/request/verify.ts';
import { deciderOf, type Decider } from './decider.ts';
import type { GateApi } from './ports.ts';
import {
  MOST_GROUPS,
  refuseStamp,
  type Moment,
  type StampOutcome,
  type StampPorts,
} from './stamp-outcome.ts';

/** Stamps a decision, or refuses it. @throws when a live read fails; the caller denies */
export async function stampDecision(
  review: Review,
  ports: StampPorts,
  moment: Moment,
): Promise<StampOutcome> {
  // Our kinds hold no number beyond 2^53, so the decoded JSON is the object as its type says; the schema has the last word.
  const spec = review.object?.['spec'] as unknown as ApprovalDecisionSpec | undefined;
  // The schema would say so too, but it is asked later.
  if (typeof spec?.request !== 'string' || spec.request === '')
    return refuseStamp('refused: spec.request has to name an ApprovalRequest');
  if (spec.stamp !== undefined) return refuseStamp('refused: spec.stamp is set by Assent, not by you');
  const judged = await judgeTwice(review, spec, ports, moment);
  if (judged.kind === 'refused') return refuseStamp(judged.words);
  // No seal exists for what is not stored (DESIGN 3).
  if (review.dryRun) return { kind: 'patch', operations: [] };
  const { request, decider, person, policies } = judged;
  const { username, uid, groups } = decider.user;
  const unsealed: Omit<DecisionStamp, 'seal'> = {
    requestUid: request.metadata.uid,
    fingerprint: request.spec.fingerprint,
    username,
    ...(uid === '' ? {} : { userUid: uid }),
    groups: groups.slice(0, MOST_GROUPS),
    person,
    policies: [...policies],
    channel: decider.channel,
    at: instant(moment.now),
  };
  const seal = ports.sealer.sign(decisionSealBytes({ ...spec, stamp: unsealed }));
  return {
    kind: 'patch',
    operations: [
      { op: 'add', path: '/spec/stamp', value: { ...unsealed, seal } },
      // Decisions go with their request; nobody else may delete them.
      { op: 'add', path: '/metadata/ownerReferences', value: [ownerReference(request.metadata)] },
    ],
  };
}

const ownerReference = ({ name, uid }: { readonly name: string; readonly uid: string }) => ({
  apiVersion: API_VERSION,
  kind: 'ApprovalRequest',
  name,
  uid,
});

/** Any version of a list that the API server has in its memory, in practice milliseconds old: it waits for nothing. */
const ANY = '0';

/**
 * A yes on lists as they are at hand, a no only on lists as of now. The API server asks etcd for its newest version at most
 * every 100 ms: who waits for that here makes the use of the approval wait for the next time (ADR 0011). What a yes overlooks,
 * a vote that was cast or an Approver that was written a moment ago, the fold and the gate's recount see.
 */
async function judgeTwice(
  review: Review,
  spec: ApprovalDecisionSpec,
  ports: StampPorts,
  moment: Moment,
): Promise<Judged> {
  const first = await judge(review, spec, ports, { ...moment, notOlderThan: ANY });
  return first.kind === 'refused' ? judge(review, spec, ports, moment) : first;
}

interface Reading extends Moment {
  /** Of the lists; left out: as of now. */
  readonly notOlderThan?: string;
}

/** Collects facts and asks decide(). Only the lists may be old. */
async function judge(
  review: Review,
  spec: ApprovalDecisionSpec,
  ports: StampPorts,
  reading: Reading,
): Promise<Judged> {
  const { api, sealer } = ports;
  const { now, signal } = reading;
  // Who decides and what is decided need nothing of each other.
  const [{ request, digests, decisions }, { approvers, decider }] = await Promise.all([
    decided(spec.request, ports, reading),
    whoDecides(review, ports, reading),
  ]);
  if (decider.kind === 'refused') return decider;
  const { user, channel } = decider;
  const names = request?.spec.policies.map((policy) => policy.name) ?? [];
  const mayApprove = await Promise.all(
    names.map(async (name) => [name, await api.mayApprove(user, name, signal)] as const),
  );
  const outcome = decide(
    {
      request: request && {
        name: request.metadata.name,
        uid: request.metadata.uid,
        spec: request.spec,
        status: request.status,
        sealed: isSealedRequest(request, sealer.verify),
      },
      requestName: spec.request,
      verdict: spec.verdict,
      givenFingerprint: spec.fingerprint,
      reason: spec.reason,
      forSeconds: spec.forSeconds,
      channel,
      user,
      approvers,
      isAgent: ports.isAgent(user),
      mayApprove: new Map(mayApprove),
      liveDigests: new Map(digests),
      earlier: decisions.filter((one: ApprovalDecision) => isSealedDecision(one, sealer.verify)),
    },
    now,
  );
  return judgement(outcome, decider, request);
}

/** The request, its policies as they are, and what was decided about it so far. */
async function decided(name: string, { api }: StampPorts, { signal, notOlderThan }: Reading) {
  const request = await api.getRequest(name, signal);
  if (!request) return { request, digests: [], decisions: [] };
  const digest = async (policy: string) => [policy, digestOf(await api.getPolicy(policy, signal))] as const;
  const [digests, decisions] = await Promise.all([
    Promise.all(request.spec.policies.map((policy) => digest(policy.name))),
    api.listDecisions(request.metadata.name, { signal, notOlderThan }),
  ]);
  return { request, digests, decisions };
}

/** Who decides, and the Approvers whose seal holds. */
async function whoDecides(review: Review, ports: StampPorts, { now, signal, notOlderThan }: Reading) {
  const all = await ports.api.listApprovers({ signal, notOlderThan });
  const approvers = all.filter((one) => isSealedApprover(one, ports.sealer.verify));
  return { approvers, decider: await deciderOf(review, approvers, ports, { now, signal }) };
}

type Judged =
  | { readonly kind: 'refused'; readonly words: string }
  | {
      readonly kind: 'accepted';
      readonly decider: Decider & { kind: 'user' };
      readonly request: NonNullable<Awaited<ReturnType<GateApi['getRequest']>>>;
      readonly person: string;
      readonly policies: readonly { readonly name: string; readonly digest: string }[];
    };

function judgement(
  outcome: ReturnType<typeof decide>,
  decider: Decider & { kind: 'user' },
  request: Awaited<ReturnType<GateApi['getRequest']>>,
): Judged {
  if (outcome.kind === 'refused') return outcome;
  if (!request) return { kind: 'refused', words: 'refused: there is no such request' };
  return { kind: 'accepted', decider, request, person: outcome.person, policies: outcome.policies };
}

const digestOf = (policy: Awaited<ReturnType<GateApi['getPolicy']>>): string | undefined =>
  policy && policyDigest(policy.spec);
