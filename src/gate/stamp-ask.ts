// The stamp on an ask for access: judges it by live reads, fills in everything that the agent may not say, and seals it. An
// ask that is too wide, was answered already, or is one too many is refused with words (INV-3, INV-4).
import type { Access, AccessRule } from '../api/access.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../api/approval-request.ts';
import type { Seal } from '../api/primitives.ts';
import { canonicalJson, type Json, type JsonObject } from '../domain/change/json.ts';
import { isObject } from '../domain/change/json-tree.ts';
import type { Review } from '../domain/change/review.ts';
import { judgeAsk, type AskedPolicy } from '../domain/grant/ask.ts';
import { accessFingerprint } from '../domain/grant/fingerprint.ts';
import { namespacesToLookFor } from '../domain/grant/narrow.ts';
import { offersHolding, offersTo, type OfferingPolicy } from '../domain/grant/offers.ts';
import { isSameAccess } from '../domain/grant/rules.ts';
import { readAsk, type Draft } from '../domain/grant/read-ask.ts';
import { askCommands } from '../domain/message/ask-command.ts';
import { askRefusalWords, type AskRefusal } from '../domain/message/ask-refusal.ts';
import { accessText } from '../domain/message/asked.ts';
import { isInForce } from '../domain/policy/in-force.ts';
import { changeTerms } from '../domain/policy/strictest.ts';
import { buildAccessSpec } from '../domain/request/build-access.ts';
import { notBefore, parseInstant } from '../domain/request/instant.ts';
import { requestName } from '../domain/request/name.ts';
import { requestSealBytes } from '../domain/request/sealed.ts';
import { rememberedUntil } from '../domain/request/supersede.ts';
import { isSealedRequest } from '../domain/request/verify.ts';
import type { GateFacts } from './facts.ts';
import { frozenDenial } from './frozen.ts';
import { findRequest, type Found } from './find.ts';
import type { ReadAccessGrounds } from './live-access.ts';
import type { Quota } from './quota.ts';
import type { Refusals } from './refusals.ts';
import type { Moment, PatchOperation, StampOutcome, StampPorts } from './stamp-outcome.ts';
import { refusalBefore, refusalOf } from './standing-words.ts';

/** What asks need beside what every stamp needs. */
export interface AskStampPorts extends StampPorts {
  readonly asks: {
    readonly facts: Pick<
      GateFacts,
      'asksOf' | 'freezeOf' | 'freshness' | 'pendingOf' | 'request' | 'requestsByFingerprint'
    >;
    /** All loaded policies. */
    readonly policies: () => readonly OfferingPolicy[];
    readonly grounds: ReadAccessGrounds;
    readonly quota: Quota;
    readonly refusals: Refusals;
    /** Key of the fingerprint now, then the one before it. */
    readonly keys: () => readonly Uint8Array[];
    /** uid of the kube-system namespace. */
    readonly cluster: string;
    /** Where Assent itself runs. */
    readonly namespace: string;
    /** The clock of this machine, epoch ms: for the age of what is cached. */
    readonly now: () => number;
    /** A request was sealed. */
    readonly opened: () => void;
  };
}

/** How the names of asks begin. */
const PREFIX = 'ask-';
const NAMED_BY_US: AskRefusal = {
  code: 'not-yours',
  about: `metadata.name (leave it out, or say generateName: ${PREFIX})`,
};
/** Nobody edits a request, so that what hangs on it would stay; and what is written on it should be Assent's own words. */
const FOREIGN_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;
/** What the schema puts there. */
const FRESH_STATUS = canonicalJson({ state: 'Pending' });
/** On dry-run nothing is sealed; this is no key's name. */
const NO_SEAL: Seal = { keyId: 'dry-run', signature: '' };

/** Stamps an ask, or refuses it. @throws when a live read fails; the caller denies */
export async function stampAsk(review: Review, ports: AskStampPorts, moment: Moment): Promise<StampOutcome> {
  const { asks } = ports;
  const fresh = asks.facts.freshness(asks.now());
  if (!fresh.ok) throw new Error(fresh.why);
  const foreign = foreignPart(review.object);
  if (foreign !== undefined) return refuse(foreign);
  const read = readAsk(review.object?.['spec']);
  if (!read.ok) return refuse(read.refusal);
  const { userInfo: requester } = review;
  if (isAccountWithoutUid(requester)) return refuse({ code: 'malformed', about: NO_UID });
  const freeze = asks.facts.freezeOf(requester);
  if (freeze) return { kind: 'deny', facts: frozenDenial('access', freeze) };
  if (offersTo(asks.policies(), requester).length === 0) return refuse({ code: 'no-offer', about: '' });
  const taken = asks.refusals.take(requester.username, moment.now);
  if (taken.kind === 'none-left')
    return refuse({ code: 'too-many-refused', about: notBefore(taken.retryAt) });
  return judged(review, read.draft, ports, moment);
}

/** By its uid it would be seen that an account was made again under its name; impersonation says none (T46). */
const isAccountWithoutUid = ({ username, uid }: Review['userInfo']): boolean =>
  username.startsWith('system:serviceaccount:') && uid === '';
const NO_UID = 'a ServiceAccount asks with a token of its own; one that is impersonated has no uid';

/** Judges a well-formed ask of an agent to whom something is offered. */
async function judged(
  review: Review,
  draft: Draft,
  ports: AskStampPorts,
  moment: Moment,
): Promise<StampOutcome> {
  const { asks } = ports;
  const { userInfo: requester } = review;
  const policies = asks.policies();
  const offers = offersHolding(policies, requester);
  const roles = offers.map(({ role }) => role);
  const namespaces = namespacesToLookFor(draft, offers);
  const grounds = await asks.grounds({ roles, namespaces }, moment.signal);
  const facts = { requester, policies, ownNamespace: asks.namespace, ...grounds };
  const judgement = judgeAsk(draft, facts);
  if (judgement.kind === 'refused') return refuse(judgement.refusal, judgement.instead.flatMap(askCommands));
  const { access, policies: asked } = judgement;
  const idle = await notInForce(asked, ports, moment);
  if (idle !== undefined) return refuse({ code: 'not-in-force', about: idle });
  return open({ review, access, asked, reason: draft.reason }, ports, moment);
}

/** The first policy that may hold less than it offers; undefined where all are as they should be. */
async function notInForce(
  asked: readonly AskedPolicy[],
  { api }: AskStampPorts,
  { signal }: Moment,
): Promise<string | undefined> {
  const stored = await Promise.all(asked.map(({ policy }) => api.getPolicy(policy.name, signal)));
  return asked.find(({ policy }, at) => !isInForce(stored[at], policy))?.policy.name;
}

function refuse({ code, about }: AskRefusal, instead: readonly string[] = [], until?: string): StampOutcome {
  const request = code === 'asked-already' ? about : undefined;
  return {
    kind: 'deny',
    facts: { kind: 'ask-refused', why: askRefusalWords({ code, about }), code, instead, request, until },
  };
}

/** What stands beside the spec and is not for the agent to set. */
function foreignPart(object: JsonObject | null): AskRefusal | undefined {
  const { metadata, status = null } = object ?? {};
  const given = isObject(metadata) ? metadata : {};
  const field = FOREIGN_METADATA.find((key) => !isEmpty(given[key] ?? null));
  if (field !== undefined) return { code: 'not-yours', about: `metadata.${field}` };
  if (status !== null && !isEmpty(status) && canonicalJson(status) !== FRESH_STATUS)
    return { code: 'not-yours', about: 'status' };
  return foreignName(given);
}

/** A name that cannot be Assent's. One that begins like it is looked at once its name is known. */
function foreignName({ name = '', generateName = '' }: JsonObject): AskRefusal | undefined {
  if (!isOfAsk(name)) return NAMED_BY_US;
  return isOfAsk(generateName)
    ? undefined
    : { code: 'not-yours', about: `metadata.generateName (say ${PREFIX})` };
}

/** What the API server refuses behind us would make no request, and cost the agent nothing. */
const OF_ASK = /^(?:ask-[a-z0-9-]{0,200})?$/;
const isOfAsk = (name: Json): boolean => typeof name === 'string' && OF_ASK.test(name);

const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** An ask that is granted if somebody approves. */
interface Accepted {
  readonly review: Review;
  readonly access: Access;
  readonly asked: readonly AskedPolicy[];
  readonly reason: string;
}

/** Opens the request, unless the question was asked already, or too many were. */
async function open(accepted: Accepted, ports: AskStampPorts, moment: Moment): Promise<StampOutcome> {
  const { review, access, asked } = accepted;
  const { asks, sealer } = ports;
  const found = await standing(accepted, ports, moment);
  if (found.kind === 'answered') return answerOf(found.request);
  const before = await rememberedNo(accepted, ports, moment);
  if (before) return { kind: 'deny', facts: refusalBefore(before, accessText(access)) };
  const { name } = found.next;
  // A name is what people see first, and what the ledger counts by: one that says something else, or is given again, would
  // mislead both. Who knows the right one may say it, as a client does that sends what it read.
  const given = (review.object?.['metadata'] as { readonly name?: string } | undefined)?.name ?? '';
  if (given !== '' && given !== name) return refuse(NAMED_BY_US);
  const built = buildAccessSpec(
    {
      cluster: asks.cluster,
      user: review.userInfo,
      access,
      policies: asked.map(({ policy, owners }) => ({ ...policy, owners })),
      fingerprint: found.fingerprint,
      reason: accepted.reason,
      predecessor: found.next.predecessor,
    },
    moment.now,
  );
  if (!built.ok) return refuse({ code: 'unstorable', about: built.why });
  if (review.dryRun) return filledIn({ ...built.spec, seal: NO_SEAL }, name);
  const crowd = await claim(accepted, name, { ports, moment });
  if (crowd !== undefined) return crowd;
  asks.opened();
  return filledIn({ ...built.spec, seal: sealer.sign(requestSealBytes(built.spec)) }, name);
}

function filledIn(spec: ApprovalRequestSpec, name: string): StampOutcome {
  const operations: PatchOperation[] = [
    { op: 'add', path: '/spec', value: spec },
    { op: 'add', path: '/metadata/name', value: name },
  ];
  return { kind: 'patch', operations };
}

type Standing =
  | { readonly kind: 'answered'; readonly request: ApprovalRequest }
  | { readonly kind: 'new'; readonly fingerprint: string; readonly next: Found['next'] };

/** Where this very question stands: under the key before the present one, too. */
async function standing(
  { review, access }: Accepted,
  ports: AskStampPorts,
  moment: Moment,
): Promise<Standing> {
  const { asks, api, sealer } = ports;
  const { username } = review.userInfo;
  let last: Standing | undefined;
  for (const key of asks.keys().toReversed()) {
    const fingerprint = accessFingerprint(key, { cluster: asks.cluster, username, access });
    const found = await findRequest({
      fingerprint,
      now: moment.now,
      cached: asks.facts.requestsByFingerprint(fingerprint),
      nameAfter: (predecessor) => requestName(named(access), fingerprint, predecessor),
      get: (name) => api.getRequest(name, moment.signal),
      isSealed: (request) => request.spec.cluster === asks.cluster && isSealedRequest(request, sealer.verify),
      stands: (request) => stands(request, moment.now),
    });
    if (found.current) return { kind: 'answered', request: found.current };
    last = { kind: 'new', fingerprint, next: found.next };
  }
  if (last === undefined) throw new Error('there is no fingerprint key');
  return last;
}

/** A "no" to the same deeds in the same places is remembered, whatever the time that is asked for (DESIGN 2). */
async function rememberedNo(
  { review, access }: Accepted,
  { api, asks, sealer }: AskStampPorts,
  { now, signal }: Moment,
): Promise<ApprovalRequest | undefined> {
  for (const slim of asks.facts.asksOf(review.userInfo.username)) {
    const isSame = slim.access !== undefined && isSameAccess(slim.access, access);
    if (!isSame || now >= slim.rememberedUntil) continue;
    const request = await api.getRequest(slim.name, signal);
    const isSealed = request !== undefined && isSealedRequest(request, sealer.verify);
    if (isSealed && now < (rememberedUntil(request) ?? 0)) return request;
  }
  return undefined;
}

/** Such as ask-delete-pods-web-7. Of several rules every verb is said, so that no read hides a deletion, and no name. */
function named({ role, whole, rules }: Access) {
  if (whole) return { action: 'ask', resource: role, name: '' };
  const all = (of: (rule: AccessRule) => readonly string[]) => [...new Set(rules.flatMap(of))];
  const resource = [...all(({ verbs }) => verbs).sort(), ...all(({ resources }) => resources)].join('-');
  const [{ resourceNames = [] } = {}, ...more] = rules;
  return { action: 'ask', resource, name: more.length > 0 ? '' : resourceNames.join('-') };
}

/** Whether a request answers the same ask now. */
function stands(request: ApprovalRequest, now: number): boolean {
  const { spec, status } = request;
  const until = (time: string | undefined): number => parseInstant(time) ?? 0;
  switch (status?.state ?? 'Pending') {
    case 'Pending':
      return now < until(spec.expiresAt);
    case 'Approved':
      return status?.grant?.endedAt === undefined && now < until(status?.usableUntil);
    case 'Denied':
      return now < (rememberedUntil(request) ?? 0);
    default:
      return false;
  }
}

function answerOf(request: ApprovalRequest): StampOutcome {
  const state = request.status?.state ?? 'Pending';
  if (state === 'Denied') return { kind: 'deny', facts: refusalOf(request) };
  const about = request.metadata.name;
  if (state !== 'Approved') return refuse({ code: 'asked-already', about });
  return refuse({ code: 'held-already', about }, [], request.status?.usableUntil);
}

/** Claims one of the agent's slots; the refusal where none is left. */
async function claim(
  { review, access, asked }: Accepted,
  name: string,
  { ports, moment }: { readonly ports: AskStampPorts; readonly moment: Moment },
): Promise<StampOutcome | undefined> {
  const { quota, facts } = ports.asks;
  const { username } = review.userInfo;
  const claimed = await quota.claim({
    username,
    name,
    limits: changeTerms(asked.map(({ policy }) => policy.spec)).limits,
    view: {
      pending: new Set(facts.pendingOf(username).map((one) => one.name)),
      finished: (one) => (facts.request(one)?.state ?? 'Pending') !== 'Pending',
    },
    ...moment,
  });
  const what = accessText(access);
  if (claimed.kind === 'too-many-pending') return { kind: 'deny', facts: { ...claimed, what } };
  if (claimed.kind === 'open') {
    // It makes a request, so that it is no refusal; a slot that was claimed before made none. A dry-run never comes here.
    if (claimed.isNew) ports.asks.refusals.giveBack(username, moment.now);
    return undefined;
  }
  const { limit, retryAt } = claimed;
  return { kind: 'deny', facts: { kind: 'too-many-new', what, limit, retryAt: notBefore(retryAt) } };
}
