// The Ask path: from a change to one of four answers - admitted by an approval, pending, refused, or a request opened.
// It denies unless a live, sealed request with this very fingerprint is approved and can be reserved (INV-1, INV-2).
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Change } from '../domain/change/change.ts';
import { describeChange } from '../domain/change/describe.ts';
import { fingerprint } from '../domain/change/fingerprint.ts';
import { neededLook } from '../domain/change/look.ts';
import type { Review } from '../domain/change/review.ts';
import { objectName } from '../domain/change/source.ts';
import { changeSubject } from '../domain/change/subject.ts';
import type { DenialFacts } from '../domain/message/denial.ts';
import { targetText } from '../domain/message/target.ts';
import type { AskingPolicy } from '../domain/request/parts.ts';
import { requestName } from '../domain/request/name.ts';
import { rememberedUntil } from '../domain/request/supersede.ts';
import { isSealedRequest } from '../domain/request/verify.ts';
import type { Attempts } from './attempts.ts';
import { reviewKey, type GateFacts } from './facts.ts';
import { findRequest, type Found } from './find.ts';
import { allKnown, groundsAhead, type GroundsAhead } from './grounds.ts';
import { askedText, type Opener } from './open-request.ts';
import type { GateApi } from './ports.ts';
import type { Reserver, Sealer } from './reserve.ts';
import { denialFor, refusalBefore, refusalOf } from './standing-words.ts';

/** What the asking policies, taken together, want of a change. */
export interface Asking {
  readonly policies: readonly AskingPolicy[];
  /** Paths that every asking policy leaves out of the fingerprint. */
  readonly ignore: readonly string[];
  /** Paths that every asking policy reveals. */
  readonly reveal: readonly string[];
  /** Whether any of them pins the whole old object. */
  readonly bindsObject: boolean;
  readonly limits: { readonly pending: number; readonly newPerMinute: number };
  readonly summary?: string | undefined;
}

/** One review that asks. */
export interface AskInput {
  readonly review: Review;
  readonly asking: Asking;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** The answer. */
export type AskOutcome =
  | {
      readonly kind: 'admitted';
      readonly request: string;
      readonly fingerprint: string;
      readonly again: boolean;
    }
  | {
      readonly kind: 'denied';
      readonly facts: DenialFacts;
      readonly request?: string;
      readonly fingerprint?: string;
      readonly opened: boolean;
    };

/** Everything that asking needs. */
export interface AskPorts {
  readonly api: GateApi;
  readonly facts: GateFacts;
  readonly sealer: Sealer;
  readonly reserver: Reserver;
  readonly opener: Opener;
  readonly attempts: Attempts;
  /** Key of the fingerprint now, then the one before it. */
  readonly keys: () => readonly Uint8Array[];
  /** uid of the kube-system namespace. */
  readonly cluster: string;
}

/** A change with its fingerprint under one key. */
export interface Fingerprinted {
  readonly change: Change;
  readonly fingerprint: string;
}

/** How often a lost race is looked at again before the change is denied as undecidable. */
const TRIES = 8;

/**
 * Answers a change that needs approval.
 * @throws when anything cannot be read or written; the caller denies
 */
export async function ask(input: AskInput, ports: AskPorts): Promise<AskOutcome> {
  const { review, asking } = input;
  const look = neededLook(review);
  const live = look && ((await ports.api.getObject(look, input.signal)) ?? null);
  const described = describeChange(review, live, { ignore: asking.ignore, now: input.now });
  if (!described.ok) return { kind: 'denied', facts: indescribable(input, described), opened: false };
  const { change } = described;
  const subject = changeSubject(review, change, { cluster: ports.cluster, bindsObject: asking.bindsObject });
  const prints = ports.keys().map((key) => fingerprint(key, subject));
  // The oldest key first: it only finds what is there; new requests carry the current one.
  for (const [i, print] of prints.toReversed().entries()) {
    const isCurrent = i === prints.length - 1;
    const outcome = await answer(input, { change, fingerprint: print }, ports, isCurrent);
    if (outcome) return outcome;
  }
  throw new Error('there is no fingerprint key');
}

/** Answers under one fingerprint; undefined when nothing stands under it and no request may be opened for it. */
async function answer(
  input: AskInput,
  known: Fingerprinted,
  ports: AskPorts,
  mayOpen: boolean,
): Promise<AskOutcome | undefined> {
  // Requests that turned out not to hold, although their status says so.
  const rejected = new Map<string, string>();
  // Nothing in the cache: the create looks as well as a read would, since its name is taken if there is a request.
  let mustLook = !mayOpen || ports.facts.requestsByFingerprint(known.fingerprint).length > 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const found = mustLook ? await lookUp(input, known, ports, { rejected, tries }) : unseen(input, known);
    if (found.current) {
      const outcome = await answerFrom(found.current, input, { ...known, ahead: found.ahead }, ports);
      if (outcome.kind === 'rejected') rejected.set(found.current.metadata.uid, outcome.why);
      else if (outcome.kind !== 'moved') return outcome;
      continue;
    }
    if (!mayOpen) return undefined;
    const opened = await open(input, known, ports, { found, rejected });
    // No cap refuses a change that was not looked for.
    const isAnswer = opened !== undefined && (mustLook || opened.request !== undefined);
    if (isAnswer) return opened;
    mustLook = true;
  }
  throw new Error('the request for this change kept moving');
}

type Denied = Extract<AskOutcome, { kind: 'denied' }>;

/** Opens the next request and denies with it; undefined when another replica opened it a moment ago. */
async function open(
  input: AskInput,
  known: Fingerprinted,
  ports: AskPorts,
  { found, rejected }: { readonly found: Found; readonly rejected: ReadonlyMap<string, string> },
): Promise<Denied | undefined> {
  const { fingerprint: print } = known;
  const before = await rememberedNo(input, known.change, ports);
  if (before) return { kind: 'denied', facts: before, opened: false, fingerprint: print };
  const opened = await ports.opener.open(input, known, found.next);
  if (opened.kind === 'exists') return undefined;
  if (opened.kind === 'refused') return { kind: 'denied', facts: opened.facts, opened: false };
  ports.attempts.add(opened.request);
  const last = found.last && { request: found.last, objection: rejected.get(found.last.metadata.uid) };
  const facts = await denialFor(opened.request, last, { input, known, ports });
  const { name } = opened.request.metadata;
  return { kind: 'denied', facts, request: name, fingerprint: print, opened: opened.isNew };
}

/** Where a change stands that no cache knows: at the start of its chain. */
function unseen(input: AskInput, known: Fingerprinted): Looked {
  return { next: { name: nameAfter(input, known)(''), predecessor: '' } };
}

const nameAfter = ({ review }: AskInput, known: Fingerprinted) => {
  const named = { action: known.change.action, resource: review.resource.resource, ...objectName(review) };
  return (predecessor: string): string => requestName(named, known.fingerprint, predecessor);
};

type FromRequest =
  AskOutcome | { readonly kind: 'moved' } | { readonly kind: 'rejected'; readonly why: string };

/** The answer that a standing request gives. */
async function answerFrom(
  request: ApprovalRequest,
  input: AskInput,
  known: Fingerprinted & { readonly ahead: GroundsAhead | undefined },
  ports: AskPorts,
): Promise<FromRequest> {
  const { name } = request.metadata;
  const state = request.status?.state ?? 'Pending';
  if (state === 'Pending' || state === 'Denied') {
    ports.attempts.add(request);
    const facts =
      state === 'Denied'
        ? refusalOf(request)
        : await denialFor(request, await predecessorOf(request, input, ports), { input, known, ports });
    return { kind: 'denied', facts, request: name, fingerprint: known.fingerprint, opened: false };
  }
  const { now, signal, asking } = input;
  const use = useOf(input.review, known.change);
  const { ahead } = known;
  const outcome = await ports.reserver.reserve({ request, use, asking: asking.policies, ahead, now, signal });
  if (outcome.kind === 'moved') return outcome;
  if (outcome.kind === 'not-usable') return { kind: 'rejected', why: outcome.why };
  return { kind: 'admitted', request: name, fingerprint: known.fingerprint, again: outcome.again };
}

/** The finished request that a pending one follows, for its words: every attempt is told, not only the one that opened it. */
async function predecessorOf({ spec }: ApprovalRequest, { signal }: AskInput, ports: AskPorts) {
  const slim = ports.facts
    .requestsByFingerprint(spec.fingerprint)
    .find(({ uid }) => uid === spec.predecessor);
  const request = slim && (await ports.api.getRequest(slim.name, signal));
  const isSealed = request !== undefined && isSealedRequest(request, ports.sealer.verify);
  return isSealed && request.metadata.uid === spec.predecessor
    ? { request, objection: undefined }
    : undefined;
}

interface Looked extends Found {
  /** What the approval stands on, if it was read beside the request. */
  readonly ahead?: GroundsAhead | undefined;
}

/** Where a change stands, and, where the cache says that it is approved, what that stands on: read at the same time. */
async function lookUp(
  input: AskInput,
  known: Fingerprinted,
  ports: AskPorts,
  { rejected, tries }: { readonly rejected: ReadonlyMap<string, string>; readonly tries: number },
): Promise<Looked> {
  // After a lost race the cache is behind, and what it points at would be read for nothing.
  const cached = tries === 0 ? ports.facts.requestsByFingerprint(known.fingerprint) : [];
  const names = input.asking.policies.map(({ name }) => name);
  const [found, ahead] = await allKnown([
    find(input, known, ports, rejected),
    groundsAhead(cached, names, { api: ports.api, signal: input.signal }),
  ]);
  return { ...found, ahead };
}

async function find(
  input: AskInput,
  known: Fingerprinted,
  ports: AskPorts,
  rejected: ReadonlyMap<string, string>,
): Promise<Found> {
  const { review, now, signal } = input;
  const use = useOf(review, known.change);
  return findRequest({
    fingerprint: known.fingerprint,
    now,
    cached: ports.facts.requestsByFingerprint(known.fingerprint),
    nameAfter: nameAfter(input, known),
    get: (name) => ports.api.getRequest(name, signal),
    isSealed: (request) =>
      request.spec.cluster === ports.cluster && isSealedRequest(request, ports.sealer.verify),
    stands: (request) => {
      if (rejected.has(request.metadata.uid) || isOtherAccount(request, review)) return false;
      const outlook = ports.reserver.outlook(request, use, now);
      if (outlook.kind === 'readmit') return true;
      if (outlook.kind === 'spent') return false;
      if (outlook.kind === 'reserve' || outlook.why === 'pending')
        return isAskedBySame(request, input.asking);
      return outlook.why === 'denied' && now < (rememberedUntil(request) ?? 0);
    },
  });
}

/** Whether the account that asked was deleted and made again under its name; impersonated ones have no uid (DESIGN 4). */
export function isOtherAccount({ spec }: Pick<ApprovalRequest, 'spec'>, { userInfo }: Review): boolean {
  const { uid = '' } = spec.requester;
  return uid !== '' && userInfo.uid !== '' && uid !== userInfo.uid;
}

/** Whether exactly the policies that ask now are the ones that the request was made for. */
function isAskedBySame(request: ApprovalRequest, asking: Asking): boolean {
  const key = (policy: { readonly uid: string; readonly digest: string }) => `${policy.uid} ${policy.digest}`;
  const asked = new Set(asking.policies.map(key));
  const made = new Set(request.spec.policies.map(key));
  return asked.size === made.size && [...asked].every((one) => made.has(one));
}

/** A "no" to the same agent, object and operation is remembered, whatever the content (DESIGN 2). */
async function rememberedNo(
  input: AskInput,
  change: Change,
  ports: AskPorts,
): Promise<DenialFacts | undefined> {
  const { review, now, signal } = input;
  for (const slim of ports.facts.requestsByObject(review.userInfo.username, reviewKey(review))) {
    if (now >= slim.rememberedUntil) continue;
    const request = await ports.api.getRequest(slim.name, signal);
    const isSealed = request !== undefined && isSealedRequest(request, ports.sealer.verify);
    if (isSealed && now < (rememberedUntil(request) ?? 0))
      return refusalBefore(request, askedText(input, change));
  }
  return undefined;
}

/** One review as a use of an approval. */
export function useOf(review: Review, change: Change) {
  const { kind, objectVersion, objectUid, terminating } = change;
  return { review: review.uid, kind, objectVersion, objectUid, terminating };
}

/** The denial of a change that nobody could be shown. */
export function indescribable(
  { review }: Pick<AskInput, 'review'>,
  described: { readonly code: 'collection' | 'unsupported' | 'unreadable'; readonly why: string },
): DenialFacts {
  const { resource, namespace, operation } = review;
  const target = {
    resource: resource.resource,
    subresource: review.subResource,
    namespace,
    name: review.name,
  };
  const what = `${operation.toLowerCase()} ${targetText(target)}`;
  if (described.code === 'collection') return { kind: 'collection', what };
  if (described.code === 'unsupported') return { kind: 'unsupported', what, why: described.why };
  return { kind: 'cannot-decide', what, broken: described.why, tell: 'whoever runs Assent' };
}
