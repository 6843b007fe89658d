// Builds the spec of a new request from what the gate judged. What decides is stored exactly or the build is refused;
// what only informs is cleaned and cut. Metadata and masked values only (INV-10), within every bound of the schema.
import type { ApprovalRequestSpec, RequestedChange } from '../../api/approval-request.ts';
import type { ReviewHead } from '../change/review.ts';
import { line } from '../message/plain-text.ts';
import { summaryOf } from '../message/summary.ts';
import { targetText } from '../message/target.ts';
import { approvalTerms } from '../policy/strictest.ts';
import { deadline, instant } from './instant.ts';
import { jsonBytes, SPEC_BYTES } from './size.ts';
import {
  exactPolicies,
  LONGEST_REASON,
  oddText,
  optional,
  policyRefs,
  policyTrouble,
  requester,
  type AskingPolicy,
  type Built,
  type ExactText,
} from './parts.ts';
import { storedDiff, type MaskedDiff } from './stored-diff.ts';

/** Everything a request is made of. */
export interface BuildFacts {
  /** uid of the kube-system namespace. */
  readonly cluster: string;
  readonly review: Pick<
    ReviewHead,
    'kind' | 'resource' | 'subResource' | 'namespace' | 'operation' | 'userInfo'
  >;
  /** Name of the object; empty when the API server makes it up, and then the prefix. */
  readonly name: string;
  readonly generateName?: string | undefined;
  /** From the change: what it does in one word, and the uid of the object (empty when there is none). */
  readonly change: { readonly action: string; readonly objectUid: string };
  readonly fingerprint: string;
  readonly mask: MaskedDiff;
  readonly policies: readonly AskingPolicy[];
  /** What a policy's `summary` yielded. */
  readonly summary?: string | undefined;
  /** Stated by the agent. */
  readonly reason?: string | undefined;
  readonly fieldManager?: string | undefined;
  readonly managedBy?: string | undefined;
  /** An approved request for another change of the same object by the same agent, and where the two differ. */
  readonly differs?: { readonly from: string; readonly paths: readonly string[] } | undefined;
  /** metadata.uid of the previous request for the same change; empty for the first. */
  readonly predecessor: string;
}

const MOST_DIFFERING = 16;
const LONGEST_DIFFERING = 160;

/**
 * Builds the spec of a request.
 * @param now epoch ms
 */
export function buildRequestSpec(facts: BuildFacts, now: number): Built {
  const why = policyTrouble(facts.policies) ?? inexact(facts);
  if (why !== undefined) return { ok: false, why };
  const terms = approvalTerms(facts.policies.map(({ spec }) => spec));
  if (!terms) return { ok: false, why: 'a policy has a duration that cannot be read' };
  const { pendingFor, usableFor, coolDown, ...flags } = terms;
  const { action, target, change } = described(facts);
  const base: Omit<ApprovalRequestSpec, 'seal'> = {
    cluster: facts.cluster,
    requester: requester(facts.review.userInfo),
    policies: policyRefs(facts.policies),
    summary: summaryOf(facts.summary, { ...change, action, diff: facts.mask.diff }),
    action,
    target,
    fingerprint: facts.fingerprint,
    change,
    ...optional('reason', facts.reason, LONGEST_REASON),
    ...differing(facts.differs),
    ...flags,
    requestedAt: instant(now),
    expiresAt: deadline(now + pendingFor * 1_000),
    usableForSeconds: usableFor,
    coolDownSeconds: coolDown,
    predecessor: facts.predecessor,
  };
  const room = SPEC_BYTES - jsonBytes(base);
  if (room < 0) return { ok: false, why: 'the names of its policies and owners are too long to store' };
  return { ok: true, spec: { ...base, change: { ...change, ...storedDiff(facts.mask, room) } } };
}

/** What decides must be stored to the letter, so it must fit, and nobody may be shown something else than it is. */
function inexact(facts: BuildFacts): string | undefined {
  const { review, policies } = facts;
  const { userInfo, resource } = review;
  const exact: readonly ExactText[] = [
    ['uid of the cluster', facts.cluster, 64],
    ['user name', userInfo.username, 256],
    ['uid of the user', userInfo.uid, 256],
    ['API group', resource.group, 253],
    ['API version', resource.version, 63],
    ['resource', resource.resource, 253],
    ['subresource', review.subResource, 63],
    ['kind', review.kind.kind, 63],
    ['namespace', review.namespace, 63],
    ['name of the object', facts.name, 253],
    ['generateName of the object', facts.generateName ?? '', 253],
    ['uid of the object', facts.change.objectUid, 64],
    ['fingerprint', facts.fingerprint, 80],
    ['uid of the predecessor', facts.predecessor, 64],
    ...exactPolicies(policies),
  ];
  return oddText(exact);
}

/** The change without its diff. */
function described(facts: BuildFacts): {
  readonly action: string;
  readonly target: string;
  readonly change: RequestedChange;
} {
  const { review, generateName = '' } = facts;
  const target = {
    subresource: review.subResource,
    namespace: review.namespace,
    name: facts.name,
    ...(facts.name === '' && generateName !== '' ? { generateName } : {}),
  };
  const change: RequestedChange = {
    operation: review.operation,
    ...review.resource,
    ...target,
    kind: review.kind.kind,
    ...(facts.change.objectUid === '' ? {} : { objectUid: facts.change.objectUid }),
    diff: [],
    masked: facts.mask.masked,
    cut: facts.mask.cut,
    ...optional('fieldManager', facts.fieldManager, 128),
    ...optional('managedBy', facts.managedBy, 256),
  };
  return {
    action: line(facts.change.action, 64),
    target: targetText({ ...target, resource: review.resource.resource }),
    change,
  };
}

/** It informs: paths beyond the first are told by the diff itself. */
function differing(differs: BuildFacts['differs']): Pick<ApprovalRequestSpec, 'differs'> {
  const paths = differs?.paths.slice(0, MOST_DIFFERING).map((path) => line(path, LONGEST_DIFFERING)) ?? [];
  return differs === undefined || paths.length === 0 ? {} : { differs: { from: differs.from, paths } };
}
