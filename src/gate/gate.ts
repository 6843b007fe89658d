// The gate: from the bytes of a review to the bytes of an answer. No policy concerned: allow, from the head alone. Otherwise
// decode, judge, and deny unless a rule here says allow; every error is a denial (INV-1, INV-7).
import { performance } from 'node:perf_hooks';
import type { AgentFreeze } from '../api/agent-freeze.ts';
import { GROUP } from '../api/group.ts';
import { isDryRun } from '../domain/change/dry-run.ts';
import { memberAt } from '../domain/change/json-tree.ts';
import { isNoOp } from '../domain/change/no-op.ts';
import type { Review, ReviewHead } from '../domain/change/review.ts';
import { denial, type DenialFacts } from '../domain/message/denial.ts';
import type { DenialCode } from '../domain/message/denial-catalog.ts';
import { targetText } from '../domain/message/target.ts';
import { warningText } from '../domain/message/warning.ts';
import { judge, type Judgement, type Matched } from '../domain/policy/judge.ts';
import { confirmNamespaces } from '../domain/policy/namespaces.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { guarding, offering, preselect } from '../domain/policy/preselect.ts';
import { confirmReleases } from '../domain/policy/releases.ts';
import { touchedBy } from '../domain/policy/touched.ts';
import { allow, deny } from './answer.ts';
import { ask, type AskPorts, type Asking } from './ask.ts';
import type { ReviewContext, ReviewRoute } from './exchange.ts';
import { frozenDenial } from './frozen.ts';
import { notedOf, type Noted } from './noted.ts';
import { readReview } from './read-review.ts';
import { underGrant, wouldUse, type OfferedOutcome } from './under-grant.ts';
import { celVariables, shownVariables } from './variables.ts';

/** What an answer was, for metrics and for the audit annotation `gate.assent.dev/decision`. */
export type Decision =
  'allowed' | 'denied' | 'asked' | 'reserved' | 'granted' | 'noop' | 'dryrun' | 'warned' | 'canary' | 'error';

/** What came of a review. */
export interface Outcome {
  readonly decision: Decision;
  /** Of a denial. */
  readonly code?: DenialCode;
  /** Name of the request that it is about. */
  readonly request?: string;
  /** The request was made for it. */
  readonly opened?: boolean;
  /** What is broken, of the decision `error`. */
  readonly broken?: string;
}

/** Told about each answer. */
export interface GateObserver {
  /** @param seconds left out for most answers of the fast path, and for canaries */
  answered(path: 'fast' | 'judged' | 'error', decision: Decision, seconds?: number): void;
  opened(): void;
  /** Told what was judged, with the uid by which the API server's audit log knows it. */
  judged(review: ReviewHead, outcome: Outcome): void;
  /** A condition that could not be evaluated, or a policy in mode Audit or Warn, or an Allow, matched. */
  noted(review: ReviewHead, noted: Noted): void;
  failed(error: unknown, uid: string): void;
}

/** What the gate needs. */
export interface GatePorts extends AskPorts {
  /** The clock of this machine, epoch ms: for the age of what it has cached. */
  readonly now: () => number;
  /** The API server's clock, which all replicas share, epoch ms: for everything that is stored and compared. */
  readonly sharedNow: (signal: AbortSignal) => Promise<number>;
  readonly observer: GateObserver;
}

/** One in so many answers from the head is timed: timing costs as much as deciding. */
const TIMED = 32;

/** The route `gate`. */
export function gateRoute(ports: GatePorts): ReviewRoute {
  let fast = 0;
  return {
    fromHead(head) {
      const started = fast % TIMED === 0 ? performance.now() : undefined;
      fast += 1;
      if (isCanary(head) || ports.facts.isInDoubt()) return undefined;
      if (!ports.facts.freshness(ports.now()).ok || concerned(head, ports).length > 0) return undefined;
      if (isOfOffers(head, ports)) return undefined;
      const answer = allow(head.uid);
      const seconds = started === undefined ? undefined : (performance.now() - started) / 1_000;
      ports.observer.answered('fast', 'allowed', seconds);
      return answer;
    },
    async full(body, context) {
      const started = performance.now();
      const answer = await answerBody(body, context, ports);
      const { path, decision } = answer;
      // Canaries are quick: among few changes of agents they would hide how long those take.
      const seconds = decision === 'canary' ? undefined : (performance.now() - started) / 1_000;
      ports.observer.answered(path, decision, seconds);
      return answer.bytes;
    },
  };
}

/**
 * Our own kinds are compiled for the canary alone, which gets its refusal whatever else is known: it asks whether the API server
 * asks us, and not whether we can decide.
 */
const isCanary = ({ resource }: ReviewHead): boolean => resource.group === GROUP;

const concerned = (head: ReviewHead, ports: GatePorts) =>
  preselect(ports.facts.policies(), head, (name) => ports.facts.namespaceLabels(name));

/** Whether, as far as its head tells, it is about what policies offer as access. */
function isOfOffers(head: ReviewHead, { facts }: GatePorts): boolean {
  const index = facts.policies();
  return offering(index, head).length > 0 || guarding(index, head).length > 0;
}

interface Answer extends Outcome {
  readonly path: 'judged' | 'error';
  readonly bytes: Buffer;
}

/** Answers a whole body; never throws. */
async function answerBody(body: Buffer, context: ReviewContext, ports: GatePorts): Promise<Answer> {
  const read = readReview(body);
  if (!read.ok) return refuse(read.uid, { kind: 'malformed', why: read.why }, 'error');
  const { review } = read;
  if (isCanary(review)) return refuse(review.uid, { kind: 'canary' }, 'judged');
  const answer = await answerReview(review, context, ports).catch((error: unknown) => {
    ports.observer.failed(error, review.uid);
    return refuse(review.uid, cannotDecide(review, 'the cluster did not answer'), 'error');
  });
  ports.observer.judged(review, answer);
  return answer;
}

async function answerReview(review: Review, context: ReviewContext, ports: GatePorts): Promise<Answer> {
  const broken = await brokenIn(ports);
  if (broken !== undefined) return refuse(review.uid, cannotDecide(review, broken), 'error');
  const touched = touchedBy(review);
  const guards = guarding(ports.facts.policies(), review, touched);
  const matching = confirmReleases(confirmNamespaces(concerned(review, ports), review), review);
  const policies = byName([...new Set([...matching, ...guards])]);
  const offers = offering(ports.facts.policies(), review, touched);
  const isConcerned = policies.length > 0 || offers.length > 0;
  // Before judging: a no-op needs no opinion, and GitOps clients send little else (DESIGN 2).
  if (!isConcerned || isNoOp(review)) return admit(review, isConcerned ? 'noop' : 'allowed');
  const freeze = isUnderWay(review) ? undefined : ports.facts.freezeOf(review.userInfo);
  if (freeze) return frozen(review, freeze);
  const variables = celVariables(review);
  const shown = shownVariables(review, variables);
  const judged = judge(policies, { variables, shown, head: review, touched, guarding: guards });
  const noted = notedOf(judged, offers);
  if (noted !== undefined) ports.observer.noted(review, noted);
  const warnings = [...wouldBe(judged.warn), ...wouldNeed(offers)];
  const held = offers.filter(({ spec }) => spec.mode === 'Enforce');
  if (held.length === 0 || judged.verdict === 'Deny')
    return verdictOn(review, { judged, warnings }, context, ports);
  return holdOffered(review, { judged, held, warnings }, context, ports);
}

/** What keeps the gate from judging by what it knows; undefined: nothing. */
function brokenIn({ facts, now }: GatePorts): Promise<string | undefined> | string | undefined {
  const fresh = facts.freshness(now());
  if (!fresh.ok) return fresh.why;
  // What went with the definition of its kind was taken back by nobody: without it nothing can be judged.
  return facts.isInDoubt() ? facts.doubt() : undefined;
}

const byName = (policies: readonly Policy[]): Policy[] =>
  policies.toSorted((one, other) => (one.name < other.name ? -1 : 1));

/** A deletion that began goes on: its later passes carry an object that is going already (DESIGN 5). */
const isUnderWay = ({ operation, oldObject }: Review): boolean =>
  operation === 'DELETE' && (memberAt(oldObject, 'metadata', 'deletionTimestamp') ?? null) !== null;

function frozen(review: Review, freeze: AgentFreeze): Answer {
  if (isDryRun(review)) return admit(review, 'dryrun', [warningText({ kind: 'frozen' })]);
  return refuse(review.uid, frozenDenial(whatOf(review), freeze), 'judged');
}

/** A judgement, and what the agent is told beside it. */
interface Judged<J extends Judgement = Judgement> {
  readonly judged: J;
  readonly warnings: readonly string[];
}

function verdictOn(
  review: Review,
  { judged, warnings }: Judged,
  context: ReviewContext,
  ports: GatePorts,
): Answer | Promise<Answer> {
  if (judged.verdict === 'None') return admit(review, warnings.length > 0 ? 'warned' : 'allowed', warnings);
  if (judged.verdict === 'Allow') return admit(review, 'allowed', warnings);
  // Dry-runs neither open, reserve nor notify; denied ones stop Flux for good (gitops.md 1).
  if (isDryRun(review)) return admit(review, 'dryrun', [...judged.policies.map(onDryRun), ...warnings]);
  if (judged.verdict === 'Ask') return askFor(review, { judged, warnings }, context, ports);
  const policies = judged.policies.map(({ policy }) => policy.name);
  return refuse(review.uid, { kind: 'policy-denies', what: whatOf(review), policies }, 'judged');
}

/** What no policy denies, and at least one that enforces offers as access. */
async function holdOffered(
  review: Review,
  {
    judged,
    held,
    warnings,
  }: Judged<Exclude<Judgement, { verdict: 'Deny' }>> & { readonly held: readonly Policy[] },
  { signal }: ReviewContext,
  ports: GatePorts,
): Promise<Answer> {
  const asks = judged.verdict === 'Ask' ? judged : undefined;
  if (isDryRun(review)) {
    const told = await dryRunOffered(review, { held, asks }, signal, ports);
    return admit(review, 'dryrun', [...told, ...warnings]);
  }
  const asking = asks && askingOf(asks);
  const now = await ports.sharedNow(signal);
  const what = whatOf(review);
  const outcome = await underGrant({ review, offering: held, asking, what, now, signal }, ports);
  return answerOf(review, outcome, warnings, ports);
}

type AskJudgement = Extract<Judgement, { verdict: 'Ask' }>;

/** What the real change would need or use. Nothing is used, and what cannot be read is told as missing: nothing is let through. */
async function dryRunOffered(
  review: Review,
  { held, asks }: { readonly held: readonly Policy[]; readonly asks: AskJudgement | undefined },
  signal: AbortSignal,
  ports: GatePorts,
): Promise<readonly string[]> {
  const asking = asks && askingOf(asks);
  const asked = (asks?.policies ?? []).map(onDryRun);
  const needed = held.map(({ name }) => warningText({ kind: 'dry-run', verdict: 'Grant', policy: name }));
  try {
    const now = await ports.sharedNow(signal);
    const what = whatOf(review);
    const found = await wouldUse({ review, offering: held, asking, what, now, signal }, ports);
    if (found === undefined) return [...needed, ...asked];
    return [warningText({ kind: 'would-use', request: found.request }), ...(found.covers ? [] : asked)];
  } catch (error) {
    ports.observer.failed(error, review.uid);
    return [...needed, ...asked];
  }
}

const askingOf = ({ policies, terms, summary }: AskJudgement): Asking => ({
  policies: policies.map(({ policy, owners }) => ({ ...policy, owners })),
  ignore: terms.ignore,
  reveal: terms.reveal,
  bindsObject: terms.binding === 'Object',
  limits: terms.limits,
  summary,
});

async function askFor(
  review: Review,
  { judged, warnings }: Judged<AskJudgement>,
  { signal }: ReviewContext,
  ports: GatePorts,
): Promise<Answer> {
  const asking = askingOf(judged);
  const now = await ports.sharedNow(signal);
  return answerOf(review, await ask({ review, asking, now, signal }, ports), warnings, ports);
}

function answerOf(
  review: Review,
  outcome: OfferedOutcome,
  warnings: readonly string[],
  ports: GatePorts,
): Answer {
  const { fingerprint = '', request = '', grant = '' } = outcome;
  const annotations = { request, fingerprint, grant };
  if (outcome.kind === 'admitted')
    return admit(review, grant !== '' && grant === request ? 'granted' : 'reserved', warnings, annotations);
  if (outcome.opened) ports.observer.opened();
  const answer = refuse(review.uid, outcome.facts, 'judged', annotations);
  return { ...answer, opened: outcome.opened ?? false };
}

function admit(
  review: Review,
  decision: Decision,
  warnings: readonly string[] = [],
  annotations: Readonly<Record<string, string>> = {},
): Answer {
  const auditAnnotations = { decision, review: review.uid, ...filled(annotations) };
  const { request = '' } = annotations;
  return { path: 'judged', decision, request, bytes: allow(review.uid, { warnings, auditAnnotations }) };
}

/** A canary is told apart, so that nobody takes what Assent sends itself for an agent's. */
function decisionOn(facts: DenialFacts): Decision {
  if (facts.kind === 'canary') return 'canary';
  return 'request' in facts ? 'asked' : 'denied';
}

function refuse(
  uid: string,
  facts: DenialFacts,
  path: Answer['path'],
  annotations: Readonly<Record<string, string>> = {},
): Answer {
  const { code, httpCode, reason, message, causes } = denial(facts);
  const decision = path === 'error' ? 'error' : decisionOn(facts);
  const auditAnnotations = { decision, code, ...filled({ review: uid, ...annotations }) };
  const { request = '' } = annotations;
  return {
    path,
    decision,
    code,
    request,
    ...('broken' in facts ? { broken: facts.broken } : {}),
    bytes: deny(uid, { code: httpCode, reason, message, causes, auditAnnotations }),
  };
}

const filled = (annotations: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== ''));

/** What policies in mode Warn would have done. */
const wouldBe = (warn: readonly Matched[]): string[] =>
  warn.flatMap(({ policy: { name, spec } }) =>
    spec.action === 'Allow' ? [] : [warningText({ kind: 'warn-mode', verdict: spec.action, policy: name })],
  );

/** The same, for policies in mode Warn that offer access. */
const wouldNeed = (offers: readonly Policy[]): string[] =>
  offers.flatMap(({ name, spec }) =>
    spec.mode === 'Warn' ? [warningText({ kind: 'warn-mode', verdict: 'Grant', policy: name })] : [],
  );

const onDryRun = ({ policy }: Matched): string =>
  warningText({
    kind: 'dry-run',
    verdict: policy.spec.action === 'Deny' ? 'Deny' : 'Ask',
    policy: policy.name,
  });

function whatOf(review: Review): string {
  const { resource, subResource: subresource, namespace, name, operation } = review;
  return `${operation.toLowerCase()} ${targetText({ resource: resource.resource, subresource, namespace, name })}`;
}

/** The only denial that is not the requester's to solve. */
export function cannotDecide(review: Review, broken: string): DenialFacts {
  return { kind: 'cannot-decide', what: whatOf(review), broken, tell: 'whoever runs Assent in this cluster' };
}
