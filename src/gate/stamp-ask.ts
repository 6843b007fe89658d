// The stamp on an ask for access: judges it by live reads, fills in everything that the agent may not say, and seals it. An
// ask that is too wide, was answered already, or is one too many is refused with words (INV-3, INV-4).
import type { Access } from '../api/access.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../api/approval-request.ts';
import type { Seal } from '../api/primitives.ts';
import { canonicalJson, type JsonObject } from '../domain/change/json.ts';
import { isObject } from '../domain/change/json-tree.ts';
import type { Review } from '../domain/change/review.ts';
import { judgeAsk, type AskedPolicy } from '../domain/grant/ask.ts';
import { accessFingerprint } from '../domain/grant/fingerprint.ts';
import { offersTo, type OfferingPolicy } from '../domain/grant/offers.ts';
import { isSameAccess } from '../domain/grant/rules.ts';
import { readAsk } from '../domain/grant/read-ask.ts';
import { askCommands } from '../domain/message/ask-command.ts';
import { askRefusalWords, type AskRefusal } from '../domain/message/ask-refusal.ts';
import { accessText } from '../domain/message/asked.ts';
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

/** Names that agents give begin like those that are made for them. */
const NAME = /^ask-[a-z0-9](?:[-a-z0-9]{0,57}[a-z0-9])?$/;
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
  const freeze = asks.facts.freezeOf(requester);
  if (freeze) return { kind: 'deny', facts: frozenDenial('access', freeze) };
  const policies = asks.policies();
  const roles = offersTo(policies, requester).map(({ role }) => role);
  if (roles.length === 0) return refuse({ code: 'no-offer', about: '' });
  const grounds = await asks.grounds(roles, moment.signal);
  const facts = { requester, policies, ownNamespace: asks.namespace, ...grounds };
  const judged = judgeAsk(read.draft, facts);
  if (judged.kind === 'refused') return refuse(judged.refusal, judged.instead.flatMap(askCommands));
  const { access } = judged;
  return open({ review, access, asked: judged.policies, reason: read.draft.reason }, ports, moment);
}

function refuse({ code, about }: AskRefusal, instead: readonly string[] = []): StampOutcome {
  const request = code === 'asked-already' ? about : undefined;
  return {
    kind: 'deny',
    facts: { kind: 'ask-refused', why: askRefusalWords({ code, about }), code, instead, request },
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
  const name = given['name'] ?? '';
  if (name !== '' && (typeof name !== 'string' || !NAME.test(name)))
    return {
      code: 'malformed',
      about: 'metadata.name must begin with ask- and be a DNS label, or be left out',
    };
  return undefined;
}

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
  const given = (review.object?.['metadata'] as { readonly name?: string } | undefined)?.name ?? '';
  const name = given === '' ? found.next.name : given;
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

/** Such as ask-delete-pods-web-7. */
function named({ role, whole, rules }: Access) {
  const [rule] = rules;
  if (whole || rule === undefined) return { action: 'ask', resource: role, name: '' };
  const { verbs, resources, resourceNames = [] } = rule;
  return { action: 'ask', resource: [...verbs, ...resources].join('-'), name: resourceNames.join('-') };
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
  const code = state === 'Approved' ? 'held-already' : 'asked-already';
  return refuse({ code, about: request.metadata.name });
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
  if (claimed.kind === 'open') return undefined;
  const { limit, retryAt } = claimed;
  return { kind: 'deny', facts: { kind: 'too-many-new', what, limit, retryAt: notBefore(retryAt) } };
}
