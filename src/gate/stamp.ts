// The stamp: writes into a decision who made it, and into an Approver who wrote this version, both from the authenticated
// request, and seals it (INV-3). decide() runs here, so a wrong decision is refused when it is made, with words.
import { createHash } from 'node:crypto';
import type { ApprovalDecision, ApprovalDecisionSpec, DecisionStamp } from '../api/approval-decision.ts';
import type { Approver, ApproverSpec } from '../api/approver.ts';
import { API_VERSION, RESOURCES } from '../api/group.ts';
import type { Seal } from '../api/primitives.ts';
import { canonicalJson, type Json } from '../domain/change/json.ts';
import type { Review } from '../domain/change/review.ts';
import { decide } from '../domain/identity/decide.ts';
import { machineKind } from '../domain/identity/person.ts';
import { policyDigest } from '../domain/policy/digest.ts';
import { instant } from '../domain/request/instant.ts';
import { approverSealBytes, decisionSealBytes, toJson } from '../domain/request/sealed.ts';
import { isSealedApprover, isSealedDecision, isSealedRequest } from '../domain/request/verify.ts';
import type { GateApi } from './ports.ts';
import type { Sealer } from './reserve.ts';

/** One operation of a JSON patch. */
export interface PatchOperation {
  readonly op: 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** What the stamp answers. */
export type StampOutcome =
  | { readonly kind: 'patch'; readonly operations: readonly PatchOperation[] }
  | { readonly kind: 'refuse'; readonly words: string };

/** What the stamp needs. */
export interface StampPorts {
  readonly api: GateApi;
  readonly sealer: Sealer;
  /** Whether any policy names the user as an agent. */
  readonly isAgent: (user: { readonly username: string; readonly groups: readonly string[] }) => boolean;
}

/** Channel of everything that is sent to the Kubernetes API. */
const CHANNEL = 'kubectl';
/** More groups than any token carries; the schema allows no more. */
const MOST_GROUPS = 256;

/**
 * Stamps a decision or an Approver, or refuses it.
 * @param now epoch ms
 * @throws when a live read fails; the caller denies
 */
export async function stamp(
  review: Review,
  ports: StampPorts,
  now: number,
  signal: AbortSignal,
): Promise<StampOutcome> {
  const spec = review.object?.['spec'];
  if (spec === null || typeof spec !== 'object') return { kind: 'refuse', words: 'the object has no spec' };
  // Our kinds hold no number beyond 2^53, so the decoded JSON is the object as its type says; the schema has the last word.
  if (review.resource.resource === RESOURCES.decisions) {
    return stampDecision(review, spec as unknown as ApprovalDecisionSpec, ports, { now, signal });
  }
  return stampApprover(review, spec as unknown as ApproverSpec, ports.sealer, now);
}

interface Moment {
  readonly now: number;
  readonly signal: AbortSignal;
}

async function stampDecision(
  review: Review,
  spec: ApprovalDecisionSpec,
  ports: StampPorts,
  moment: Moment,
): Promise<StampOutcome> {
  if (spec.stamp !== undefined)
    return { kind: 'refuse', words: 'refused: spec.stamp is set by Assent, not by you' };
  const { username, uid, groups } = review.userInfo;
  const judged = await judge(review, spec, ports, moment);
  if (judged.outcome.kind === 'refused' || !judged.request) {
    const words =
      judged.outcome.kind === 'refused' ? judged.outcome.words : 'refused: there is no such request';
    return { kind: 'refuse', words };
  }
  // No seal exists for what is not stored (DESIGN 3).
  if (review.dryRun) return { kind: 'patch', operations: [] };
  const { metadata, spec: requested } = judged.request;
  const unsealed: Omit<DecisionStamp, 'seal'> = {
    requestUid: metadata.uid,
    fingerprint: requested.change.fingerprint,
    username,
    ...(uid === '' ? {} : { userUid: uid }),
    groups: groups.slice(0, MOST_GROUPS),
    person: judged.outcome.person,
    policies: [...judged.outcome.policies],
    channel: CHANNEL,
    at: instant(moment.now),
  };
  const seal = ports.sealer.sign(decisionSealBytes({ ...spec, stamp: unsealed }));
  return {
    kind: 'patch',
    operations: [
      { op: 'add', path: '/spec/stamp', value: { ...unsealed, seal } },
      // Decisions go with their request; nobody else may delete them.
      { op: 'add', path: '/metadata/ownerReferences', value: [ownerReference(metadata)] },
    ],
  };
}

const ownerReference = ({ name, uid }: { readonly name: string; readonly uid: string }) => ({
  apiVersion: API_VERSION,
  kind: 'ApprovalRequest',
  name,
  uid,
});

/** Collects live facts and asks decide(). */
async function judge(review: Review, spec: ApprovalDecisionSpec, ports: StampPorts, { now, signal }: Moment) {
  const { api, sealer } = ports;
  const user = review.userInfo;
  const request = await api.getRequest(spec.request, signal);
  const names = request?.spec.policies.map((policy) => policy.name) ?? [];
  const [mayApprove, digests, approvers, decisions] = await Promise.all([
    Promise.all(names.map(async (name) => [name, await api.mayApprove(user, name, signal)] as const)),
    Promise.all(names.map(async (name) => [name, digestOf(await api.getPolicy(name, signal))] as const)),
    api.listApprovers({ signal }),
    request ? api.listDecisions(request.metadata.name, { signal }) : [],
  ]);
  const decided = request && {
    name: request.metadata.name,
    uid: request.metadata.uid,
    spec: request.spec,
    status: request.status,
    sealed: isSealedRequest(request, sealer.verify),
  };
  const outcome = decide(
    {
      request: decided,
      requestName: spec.request,
      verdict: spec.verdict,
      givenFingerprint: spec.fingerprint,
      reason: spec.reason,
      user,
      approvers: approvers.filter((one: Approver) => isSealedApprover(one, sealer.verify)),
      isAgent: ports.isAgent(user),
      mayApprove: new Map(mayApprove),
      liveDigests: new Map(digests),
      earlier: decisions.filter((one: ApprovalDecision) => isSealedDecision(one, sealer.verify)),
    },
    now,
  );
  return { outcome, request };
}

const digestOf = (policy: Awaited<ReturnType<GateApi['getPolicy']>>): string | undefined =>
  policy && policyDigest(policy.spec);

function stampApprover(review: Review, spec: ApproverSpec, sealer: Sealer, now: number): StampOutcome {
  const words = machineKind(review.userInfo);
  if (words) return { kind: 'refuse', words: 'refused: only people write Approvers' };
  // The seal binds the name, and the API server makes up a name only after this webhook.
  if (review.name === '')
    return { kind: 'refuse', words: 'refused: an Approver needs a name; generateName gives it none yet' };
  const { stamp: given, ...identity } = spec;
  const old = review.oldObject?.['spec'] as unknown as ApproverSpec | undefined;
  if (old && isSame(identity, withoutStamp(old))) {
    // Nothing that is sealed changes: the stamp of that version stays, whatever was submitted.
    return { kind: 'patch', operations: set(old.stamp, given !== undefined) };
  }
  if (review.dryRun) return { kind: 'patch', operations: set(undefined, given !== undefined) };
  const metadata = review.oldObject?.['metadata'] as
    { readonly uid?: string; readonly generation?: number } | undefined;
  const unsealed = {
    // The API server raises the generation by one when the spec changes.
    generation: (metadata?.generation ?? 0) + 1,
    uid: metadata?.uid ?? '',
    at: instant(now),
    by: review.userInfo.username,
  };
  const seal: Seal = sealer.sign(approverSealBytes(review.name, { ...identity, stamp: unsealed }));
  return { kind: 'patch', operations: set({ ...unsealed, seal }, given !== undefined) };
}

function set(stampValue: ApproverSpec['stamp'], isPresent: boolean): PatchOperation[] {
  if (stampValue) return [{ op: 'add', path: '/spec/stamp', value: stampValue }];
  return isPresent ? [{ op: 'remove', path: '/spec/stamp' }] : [];
}

function withoutStamp(spec: ApproverSpec): Omit<ApproverSpec, 'stamp'> {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'stamp')) as Omit<
    ApproverSpec,
    'stamp'
  >;
}

const isSame = (a: unknown, b: unknown): boolean => digest(toJson(a)) === digest(toJson(b));
const digest = (value: Json): string => createHash('sha256').update(canonicalJson(value)).digest('hex');
