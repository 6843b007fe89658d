// One line of the API server's audit log (audit.k8s.io/v1) as the oracle needs it: who did what to which object, and what
// came of it. Bodies are dropped except for the few kinds that the oracle reads later.
import { createHash } from 'node:crypto';
import { at, canonical, list, number, text, texts } from './value.ts';

/** Operation as admission names it. */
type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What a request is about. Empty strings where there is none. */
export interface Target {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The object in an answer. */
export interface Outcome {
  readonly uid: string;
  /** resourceVersion; 0n when the answer carries none, as a Status does. */
  readonly version: bigint;
  /** Digest without what the API server keeps books in, and the type it was written in. */
  readonly digest: string;
  /** spec.replicas, of a Scale or of what is scaled. */
  readonly replicas: unknown;
  /** A Scale: another view of the object with the same uid and version. */
  readonly isScale: boolean;
  /** Terminating with nothing left to wait for: such an object is never stored, so this request removed it. */
  readonly removed: boolean;
}

/** One finished request that could change something. Times are microseconds since the epoch. */
export interface Deed {
  readonly id: string;
  readonly received: number;
  readonly completed: number;
  readonly actor: { readonly username: string; readonly groups: readonly string[] };
  readonly userAgent: string;
  readonly operation: Operation;
  readonly collection: boolean;
  readonly target: Target;
  readonly code: number;
  readonly message: string;
  readonly dryRun: boolean;
  /** What our gate wrote beside the event: its decision, the ApprovalRequest it used, the fingerprint it saw. */
  readonly gate: {
    readonly decision: string;
    readonly request: string;
    readonly fingerprint: string;
    /** The ApprovalRequest by which access was used. */
    readonly grant: string;
  };
  readonly outcome: Outcome | undefined;
  /** Objects of a deleted collection; undefined when the log does not say. */
  readonly items: readonly string[] | undefined;
  /** The answer's body, kept for the kinds that the oracle reads and for what rests on an approval; the request's where a timeout left no other. */
  readonly body: unknown;
}

const CONNECTS = new Set(['exec', 'attach', 'portforward', 'proxy']);
const VERBS: Readonly<Record<string, Operation>> = {
  create: 'CREATE',
  update: 'UPDATE',
  patch: 'UPDATE',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};
const KEPT = new Set([
  'approvalpolicies',
  'approvalrequests',
  'approvaldecisions',
  'identitylinks',
  'validatingwebhookconfigurations',
  'clusterroles',
]);
/** Status of a request of which nobody can tell whether it was stored. */
export const TIMED_OUT = 504;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Microseconds since the epoch of an RFC 3339 time with up to six decimals. */
function micros(time: string): number {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

function operationOf(verb: string, subresource: string, code: number): Operation | undefined {
  if (CONNECTS.has(subresource)) return 'CONNECT';
  // A PUT or PATCH that makes the object answers 201, and admission saw a CREATE.
  if ((verb === 'update' || verb === 'patch') && code === 201) return 'CREATE';
  return Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
}

function outcomeOf(body: unknown): Outcome | undefined {
  if (text(body, 'kind') === 'Status') {
    const uid = text(body, 'details', 'uid');
    const nothing = { version: 0n, digest: '', replicas: undefined, isScale: false, removed: false };
    return uid === '' ? undefined : { uid, ...nothing };
  }
  const metadata = at(body, 'metadata');
  const uid = text(metadata, 'uid');
  if (uid === '' || typeof body !== 'object' || body === null) return undefined;
  const annotations = { ...(at(metadata, 'annotations') as object | undefined), [LAST_APPLIED]: undefined };
  const books = { resourceVersion: undefined, generation: undefined, managedFields: undefined };
  const rest = { ...body, metadata: { ...(metadata as object), ...books, annotations } };
  const version = text(metadata, 'resourceVersion');
  return {
    uid,
    version: /^\d+$/.test(version) ? BigInt(version) : 0n,
    digest: createHash('sha256').update(canonical(rest)).digest('base64'),
    replicas: at(body, 'spec', 'replicas'),
    isScale: text(body, 'kind') === 'Scale',
    removed:
      text(metadata, 'deletionTimestamp') !== '' &&
      at(metadata, 'deletionGracePeriodSeconds') === 0 &&
      list(metadata, 'finalizers').length === 0,
  };
}

/**
 * Whether the API server took it for a dry-run. The options of a deletion are read from its body or, without one, from the
 * query; an eviction carries those of its deletion; a token is handed out and a connection made whatever is said.
 */
function isDryRun(event: unknown, operation: Operation): boolean {
  const { group, resource, subresource } = targetOf(event, undefined);
  const path = `${group}/${resource}/${subresource}`;
  const query = new URL(text(event, 'requestURI'), 'https://api').searchParams.getAll('dryRun');
  const body = at(event, 'requestObject');
  if (path === '/serviceaccounts/token') return false;
  if (operation === 'CONNECT')
    return query.includes('All') && number(event, 'responseStatus', 'code') === 400;
  if (operation === 'DELETE' && body !== undefined) return texts(body, 'dryRun').includes('All');
  const isEviction = path === '/pods/eviction' && texts(body, 'deleteOptions', 'dryRun').includes('All');
  return query.includes('All') || (operation === 'CREATE' && isEviction);
}

function targetOf(event: unknown, body: unknown): Target {
  const reference = at(event, 'objectRef');
  return {
    group: text(reference, 'apiGroup'),
    resource: text(reference, 'resource'),
    subresource: text(reference, 'subresource'),
    namespace: text(reference, 'namespace'),
    name: text(reference, 'name') || text(body, 'metadata', 'name'),
  };
}

/** Names of the objects in the answer to a deletecollection. */
function itemsOf(collection: boolean, body: unknown): readonly string[] | undefined {
  if (!collection || !Array.isArray(at(body, 'items'))) return undefined;
  return list(body, 'items').map((item) => text(item, 'metadata', 'name'));
}

/**
 * Reads one event. Undefined for those that change nothing (reads) and for stages that come too early; a CONNECT counts
 * from ResponseStarted, since its end may never be logged.
 */
export function readDeed(event: unknown): Deed | undefined {
  const stage = text(event, 'stage');
  const code = number(event, 'responseStatus', 'code');
  const verb = text(event, 'verb');
  const operation = operationOf(verb, text(event, 'objectRef', 'subresource'), code);
  const finished = stage === 'ResponseComplete' || (stage === 'ResponseStarted' && operation === 'CONNECT');
  if (!finished || operation === undefined) return undefined;
  const body = at(event, 'responseObject');
  const target = targetOf(event, body);
  const user = at(event, 'impersonatedUser') ?? at(event, 'user');
  const annotations = at(event, 'annotations');
  const collection = verb === 'deletecollection';
  const isKept =
    KEPT.has(target.resource) || (text(annotations, 'gate.assent.dev/request') !== '' && code < 300);
  return {
    id: text(event, 'auditID'),
    received: micros(text(event, 'requestReceivedTimestamp')),
    completed: micros(text(event, 'stageTimestamp')),
    actor: { username: text(user, 'username'), groups: texts(user, 'groups') },
    userAgent: text(event, 'userAgent'),
    operation,
    collection,
    target,
    code,
    message: text(event, 'responseStatus', 'message'),
    dryRun: isDryRun(event, operation),
    gate: {
      decision: text(annotations, 'gate.assent.dev/decision'),
      request: text(annotations, 'gate.assent.dev/request'),
      fingerprint: text(annotations, 'gate.assent.dev/fingerprint'),
      grant: text(annotations, 'gate.assent.dev/grant'),
    },
    outcome: outcomeOf(body),
    items: itemsOf(collection, body),
    body: isKept ? (code === TIMED_OUT ? at(event, 'requestObject') : body) : undefined,
  };
}

/** Whether the API server said yes. A CONNECT that fails behind admission (no kubelet) was let through all the same. */
export function isLetThrough(deed: Deed): boolean {
  if (deed.operation !== 'CONNECT') return deed.code >= 200 && deed.code < 300;
  // The API server ended while its webhooks were asked: whatever one of them admits leaves its annotation.
  if (deed.code === TIMED_OUT && deed.gate.decision === '') return false;
  const byWebhook = /admission webhook .* denied the request|failed calling webhook/.test(deed.message);
  return deed.code !== 401 && deed.code !== 403 && deed.code !== 429 && !byWebhook;
}
