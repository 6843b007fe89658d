// The code under test, the real thing, over calls that can be stopped: a gate that answers a review, a gate that writes
// down attempts, the controller that looks at a request, and the stamp that turns a click into a sealed decision.
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { API_VERSION, GROUP } from '../../src/api/group.ts';
import type { RequestPorts } from '../../src/controllers/requests/ports.ts';
import { reconcileRequest } from '../../src/controllers/requests/reconcile.ts';
import { requestView } from '../../src/controllers/requests/view.ts';
import type { Review } from '../../src/domain/change/review.ts';
import { policyDigest } from '../../src/domain/policy/digest.ts';
import { ask } from '../../src/gate/ask.ts';
import { Attempts } from '../../src/gate/attempts.ts';
import { slimRequest, type GateFacts } from '../../src/gate/facts.ts';
import { Opener } from '../../src/gate/open-request.ts';
import type { GateApi } from '../../src/gate/ports.ts';
import { Quota } from '../../src/gate/quota.ts';
import { Reserver } from '../../src/gate/reserve.ts';
import { stampDecision } from '../../src/gate/stamp-decision.ts';
import { reviewOf } from '../builders/reviews.ts';
import { ASKING, CLUSTER, FINGERPRINT_KEY, FOREVER, PERSON, POLICY, SEALER } from './stage.ts';
import type { CallApi, Code } from './stopped-code.ts';

/** What a gate says to a review. */
export type GateAnswer =
  | { readonly kind: 'allow'; readonly request: string; readonly again: boolean }
  | { readonly kind: 'deny'; readonly why: string };

/** What a process knows from its caches when it starts. */
export interface Cache {
  readonly requests: readonly ApprovalRequest[];
  readonly decisions: readonly ApprovalDecision[];
}

/** The gate's port. Nobody changes policies, Approvers or ledgers here, so those calls are answered at once. */
function gateApi(call: CallApi): GateApi {
  return {
    getRequest: (name) => call({ kind: 'get', name }),
    createRequest: (name, spec) => call({ kind: 'create', name, spec }),
    replaceStatus: (request) => call({ kind: 'put', request }),
    listDecisions: (request) => call({ kind: 'decisions', request }),
    getObject: () => call({ kind: 'look' }),
    getPolicy: () => Promise.resolve(POLICY),
    listApprovers: () => Promise.resolve([]),
    listLinks: () => Promise.resolve([]),
    getRole: () => Promise.resolve(undefined),
    listFreezes: () => Promise.resolve([]),
    namespaceMadeAt: () => Promise.resolve(0),
    mayApprove: () => Promise.resolve(true),
    readLedger: () => Promise.resolve({ value: '', version: '' }),
    writeLedger: (_, ledger) => Promise.resolve({ ...ledger, version: '1' }),
  };
}

/** A gate answers a review: `ask()` and all that it uses. What it throws is a denial, as in gate.ts. */
export function answerReview(review: Review, now: number, cache: Cache): Code<GateAnswer> {
  return async (call) => {
    const api = gateApi(call);
    const facts = cachedFacts(cache.requests);
    const ports = {
      api,
      facts,
      sealer: SEALER,
      reserver: new Reserver(api, SEALER),
      opener: new Opener({ api, facts, sealer: SEALER, quota: new Quota(api), cluster: CLUSTER }),
      attempts: new Attempts(
        api,
        () => now,
        () => undefined,
      ),
      keys: () => [FINGERPRINT_KEY],
      cluster: CLUSTER,
    };
    try {
      const outcome = await ask({ review, asking: ASKING, now, signal: FOREVER }, ports);
      if (outcome.kind === 'denied') return { kind: 'deny', why: outcome.facts.kind };
      return { kind: 'allow', request: outcome.request, again: outcome.again };
    } catch {
      return { kind: 'deny', why: 'error' };
    }
  };
}

function cachedFacts(requests: readonly ApprovalRequest[]): GateFacts {
  const slim = requests.map(slimRequest);
  return {
    policies: notNeeded,
    freshness: () => ({ ok: true }),
    isInDoubt: () => false,
    doubt: () => Promise.resolve(undefined),
    namespaceLabels: () => undefined,
    requestsByFingerprint: (fingerprint) => slim.filter((one) => one.fingerprint === fingerprint),
    requestsByObject: (_, object) => slim.filter((one) => one.object === object),
    pendingOf: () => slim.filter((one) => one.state === 'Pending'),
    asksOf: () => [],
    freezeOf: () => undefined,
    role: () => undefined,
    request: (name) => slim.find((one) => one.name === name),
  };
}

/** A gate writes down that the change was tried once more. */
export function flushAttempts(request: ApprovalRequest, now: number): Code<'done'> {
  return async (call) => {
    const attempts = new Attempts(
      gateApi(call),
      () => now,
      () => undefined,
    );
    attempts.add(request);
    await attempts.flush(FOREVER);
    return 'done';
  };
}

/** The controller looks at a request once, whatever comes of it; the queue would look again. */
export function lookAtRequest(name: string, now: number, cache: Cache): Code<'done'> {
  return async (call) => {
    const digest = policyDigest(POLICY.spec);
    const ports: RequestPorts = {
      now: () => now,
      verify: SEALER.verify,
      // Old as soon as somebody writes before this look goes on.
      remembered: (wanted) => cache.requests.find((one) => one.metadata.name === wanted),
      getRequest: (wanted) => call({ kind: 'get', name: wanted }),
      replaceStatus: (request) => call({ kind: 'put', request }),
      forget: notNeeded,
      mayApprove: () => Promise.resolve(true),
      policyDigest: () => Promise.resolve(digest),
      knownDigest: () => digest,
      decisionsOf: (request) => cache.decisions.filter((one) => one.spec.request === request),
      approvers: () => [],
      requestsWithQuestion: (question) =>
        cache.requests.map(requestView).filter((one) => one.question === question),
      isAgent: () => false,
      // Nothing is put off, so that each write that there can be is made.
      linesOut: ({ status }) => status?.recorded ?? 0,
      recordedDueAt: () => 0,
      publish: () => Promise.resolve(),
      refused: () => undefined,
    };
    await reconcileRequest(name, ports).catch(() => undefined);
    return 'done';
  };
}

/** A person decides by `kubectl`: the stamp judges it and seals it. Undefined when it refuses. */
export async function decideAs(
  verdict: 'Approve' | 'Deny',
  name: string,
  request: ApprovalRequest,
  cache: Cache,
  now: number,
): Promise<ApprovalDecision | undefined> {
  const spec = { request: request.metadata.name, verdict };
  const served = { group: GROUP, version: 'v1alpha1', resource: 'approvaldecisions' };
  const review = reviewOf({
    operation: 'CREATE',
    resource: served,
    name,
    namespace: '',
    userInfo: { username: PERSON, uid: '', groups: [], extra: {} },
    object: { spec },
  });
  const api: GateApi = {
    ...gateApi(notNeeded),
    getRequest: () => Promise.resolve(request),
    listDecisions: () =>
      Promise.resolve(cache.decisions.filter((one) => one.spec.request === request.metadata.name)),
  };
  const own = { gate: 'gate', controller: 'controller' };
  const ports = { api, sealer: SEALER, own, isAgent: () => false, areAgentsGroups: () => false };
  const outcome = await stampDecision(review, ports, { now, signal: FOREVER });
  if (outcome.kind !== 'patch') return undefined;
  const stamped = outcome.operations.find(({ path }) => path === '/spec/stamp')?.value;
  return {
    apiVersion: API_VERSION,
    kind: 'ApprovalDecision',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1' },
    spec: { ...spec, stamp: stamped as NonNullable<ApprovalDecision['spec']['stamp']> },
  };
}

/** For ports that nothing here uses. */
function notNeeded(): never {
  throw new Error('nothing here should need this');
}
