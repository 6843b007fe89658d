// Uses a grant for one write. The cache says which requests to look at; each is read live, with its seals, its decisions and
// its policies, before it lets anything through (INV-1, INV-4). One that is for a single use is used by compare-and-swap (INV-2).
import type { Access } from '../api/access.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Change } from '../domain/change/change.ts';
import type { Review } from '../domain/change/review.ts';
import { accessCovers, type Write } from '../domain/grant/covers.ts';
import { grantStanding } from '../domain/grant/standing.ts';
import { ENDED_WORDS } from '../domain/message/note.ts';
import { freezeOf } from '../domain/policy/frozen.ts';
import { WINDOW_MS } from '../domain/request/reserve.ts';
import { reservationSealBytes } from '../domain/request/sealed.ts';
import { transition } from '../domain/request/transition.ts';
import { useAccess, type AccessOutcome, type AccessUse } from '../domain/request/use-access.ts';
import { isSealedRequest, isSealedReservation } from '../domain/request/verify.ts';
import { isOtherAccount, useOf, type AskPorts } from './ask.ts';
import type { SlimRequest } from './facts.ts';
import { allKnown, readGrounds } from './grounds.ts';
import { liveDigests, recounted } from './recounted.ts';
import type { AskingPolicy } from './reserve.ts';

/** One write that needs a grant. */
export interface GrantInput {
  readonly review: Review;
  /** All that the grant has to cover: the write, and what comes of it where that is offered (offers.ts). */
  readonly writes: readonly Write[];
  readonly change: Change;
  /** Of the write: under today's key first, then under those before it. */
  readonly fingerprints: readonly string[];
  /** Policies that the grant must have been asked of, each as it is now. */
  readonly needed: readonly AskingPolicy[];
  /** The write in words, for the record. */
  readonly what: string;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** A request for access to such a write that does not let it through, and why. */
export interface Unusable {
  readonly request: ApprovalRequest;
  /** A word for what is told of its status, or a phrase. */
  readonly why: 'pending' | 'used' | 'ended' | { readonly words: string };
}

/** A request that lets the write through once its use is stored, if that needs to be. */
export interface Usable {
  readonly request: ApprovalRequest;
  readonly outcome: Exclude<AccessOutcome, { kind: 'not-usable' }>;
}

/** What was found. */
export interface Looked {
  readonly usable: Usable | undefined;
  readonly unusable: readonly Unusable[];
}

/** What came of wanting to use a grant. */
export type GrantOutcome =
  | { readonly kind: 'admitted'; readonly request: string }
  | { readonly kind: 'none'; readonly unusable: readonly Unusable[] };

/** How often a lost race is looked at again. */
const TRIES = 8;
/** Most requests that are read for one write. */
const MOST_LOOKS = 16;
/** Most of them that are read for words alone. */
const MOST_REFUSED = 4;

/**
 * Uses the first grant that lets the write through.
 * @throws when anything cannot be read or written; the caller denies
 */
export async function useGrant(input: GrantInput, ports: AskPorts): Promise<GrantOutcome> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { usable, unusable } = await findGrant(input, ports);
    if (usable === undefined) return { kind: 'none', unusable };
    if (await taken(usable, input, ports)) return { kind: 'admitted', request: usable.request.metadata.name };
  }
  throw new Error('the grant for this write kept moving');
}

/**
 * Looks for a grant that would let the write through, and uses nothing.
 * @throws when anything cannot be read; the caller denies
 */
export async function findGrant(input: GrantInput, ports: AskPorts): Promise<Looked> {
  const unusable: Unusable[] = [];
  for (const { name } of worthALook(input, ports)) {
    const request = await ports.api.getRequest(name, input.signal);
    if (request === undefined || !isCovering(request, input, ports)) continue;
    const judged = await judgedLive(request, input, ports);
    if ('outcome' in judged) return { usable: judged, unusable };
    unusable.push(judged);
  }
  return { usable: undefined, unusable };
}

/** Requests of this agent that may cover the write, in the order in which they are looked at. */
function worthALook({ review, writes, now }: GrantInput, { facts }: AskPorts): SlimRequest[] {
  const covering = facts
    .asksOf(review.userInfo.username)
    .filter(({ access }) => access !== undefined && covers(access, writes))
    .sort((a, b) => (a.created < b.created ? -1 : 1));
  const placed = covering.flatMap((one) => {
    const place = placeOf(one, now);
    return place === undefined ? [] : [{ one, place }];
  });
  const looked = placed.sort((a, b) => a.place - b.place).slice(0, MOST_LOOKS);
  // For the words of the denial: those that a person refused a moment ago, and the last one that is over.
  const over = covering.filter((one) => placeOf(one, now) === undefined);
  const refused = over.filter(({ rememberedUntil }) => now < rememberedUntil).slice(-MOST_REFUSED);
  const last = over.slice(-1).filter((one) => !refused.includes(one));
  return [...looked.map(({ one }) => one), ...refused, ...last];
}

/** First what may have been used by an earlier pass of this write, last what nobody had decided when the cache heard of it. */
function placeOf({ state, usedAt, access }: SlimRequest, now: number): number | undefined {
  if (usedAt > 0) return now - usedAt <= WINDOW_MS ? 0 : undefined;
  if (state === 'Approved') return access?.once === true ? 2 : 1;
  return state === 'Pending' ? 3 : undefined;
}

type AccessRequest = ApprovalRequest & { readonly spec: { readonly access: Access } };

/** Whether a live request is ours, of this cluster and of this account, and about access that covers the write. */
function isCovering(
  request: ApprovalRequest,
  { review, writes }: GrantInput,
  { cluster, sealer }: AskPorts,
): request is AccessRequest {
  const { spec } = request;
  if (spec.cluster !== cluster || !isSealedRequest(request, sealer.verify)) return false;
  if (spec.requester.username !== review.userInfo.username || isOtherAccount(request, review)) return false;
  return spec.access !== undefined && covers(spec.access, writes);
}

function covers(access: Pick<Access, 'rules' | 'namespaces'>, writes: readonly Write[]): boolean {
  return writes.length > 0 && writes.every((write) => accessCovers(access, write));
}

async function judgedLive(
  request: AccessRequest,
  input: GrantInput,
  ports: AskPorts,
): Promise<Usable | Unusable> {
  const use: AccessUse = {
    ...useOf(input.review, input.change),
    fingerprints: input.fingerprints,
    reservationSealed: isSealedReservation(request, ports.sealer.verify),
  };
  const outcome = useAccess(request, use, input.now);
  if (outcome.kind === 'not-usable') return { request, why: outcome.why };
  // Within its window a sealed use stands by itself: half-deleted objects must finish (DESIGN 5).
  if (outcome.kind === 'readmit') return { request, outcome };
  const words = notAskedOf(request, input.needed) ?? (await objection(request, input, ports));
  return words === undefined ? { request, outcome } : { request, why: { words } };
}

function notAskedOf({ spec }: ApprovalRequest, needed: readonly AskingPolicy[]): string | undefined {
  const missing = needed.find(
    ({ uid, digest }) => !spec.policies.some((ref) => ref.uid === uid && ref.digest === digest),
  );
  return missing && `it was not asked of policy ${missing.name} as it is now`;
}

/** Why the grant does not stand after all, from live policies and sealed decisions; undefined when it does. */
async function objection(
  request: AccessRequest,
  { review, now, signal }: GrantInput,
  { api, sealer }: AskPorts,
): Promise<string | undefined> {
  const { name, resourceVersion: version } = request.metadata;
  const { spec, status } = request;
  const policies = spec.policies.map((one) => one.name);
  // All of it live: a cache may be a minute behind, and whatever lets a write through is read as it is now (INV-1).
  const [grounds, role, freezes, madeAt] = await allKnown([
    readGrounds({ request: name, version, policies }, { api, signal, asOfNow: true }),
    api.getRole(spec.access.role, signal),
    api.listFreezes(signal),
    Promise.all(spec.access.namespaces.map((namespace) => api.namespaceMadeAt(namespace, signal))),
  ]);
  const count = recounted(request, grounds, { verify: sealer.verify, now });
  const standing = grantStanding(
    {
      spec,
      status: status ?? { state: 'Pending' },
      count,
      policies: liveDigests(request, grounds),
      role: role ?? 'gone',
      // As it asked, and as it comes now: its groups may be others.
      isFrozen: [spec.requester, review.userInfo].some((user) => freezeOf(freezes, user) !== undefined),
      // Of any of them: where one place is not what was approved, the access is over in all of them.
      newestNamespace: Math.max(0, ...madeAt.map((time) => time ?? 0)),
    },
    now,
  );
  if (standing.kind === 'stands') return undefined;
  return standing.kind === 'unapproved'
    ? `only ${count.text} approvals are sealed`
    : ENDED_WORDS[standing.why];
}

/** Stores the use, where that is needed; false when somebody else wrote the request meanwhile. */
export async function taken(
  { request, outcome }: Usable,
  { what, now, signal }: GrantInput,
  { api, sealer }: AskPorts,
): Promise<boolean> {
  if (outcome.kind !== 'reserve') return true;
  const seal = sealer.sign(reservationSealBytes(request.metadata.uid, outcome.reservation));
  const { status, changed } = transition(request, { type: 'used', outcome, seal, what }, now);
  return changed && (await api.replaceStatus({ ...request, status }, signal)) !== undefined;
}
