// What the gate keeps in memory: policies, the roles they offer, namespace labels and a slim view of requests.
// It says where to look first and when to deny; nothing here admits anything (INV-1).
import type { Access } from '../api/access.ts';
import type { AgentFreeze } from '../api/agent-freeze.ts';
import type { ApprovalRequest, RequestState } from '../api/approval-request.ts';
import type { Review } from '../domain/change/review.ts';
import { objectName, objectNamespace } from '../domain/change/source.ts';
import type { RoleNow } from '../domain/grant/standing.ts';
import type { User } from '../domain/policy/policy.ts';
import type { PolicyIndex } from '../domain/policy/preselect.ts';
import { parseInstant } from '../domain/request/instant.ts';
import { rememberedUntil } from '../domain/request/supersede.ts';

/** The part of a request that the gate keeps: about half a kilobyte instead of five. */
export interface SlimRequest {
  readonly name: string;
  readonly uid: string;
  readonly created: string;
  readonly username: string;
  /** Operation and object, see {@link objectKey}; '' for access. */
  readonly object: string;
  readonly fingerprint: string;
  readonly state: RequestState;
  /** resourceVersion while it is approved: what may be read ahead of its use; '' otherwise. */
  readonly version: string;
  /** When a refusal is forgotten. Epoch ms; 0 when it is not denied. */
  readonly rememberedUntil: number;
  /** When it was last used. Epoch ms; 0 when it was not. */
  readonly usedAt: number;
  /** What it asks for, where it is about access. */
  readonly access?: Pick<Access, 'rules' | 'namespaces' | 'once'>;
}

/** The caches of one replica. */
export interface GateFacts {
  /** Usable policies, indexed for preselection. */
  policies(): PolicyIndex;
  /** Whether the caches are recent enough to decide on, or which one is not. */
  freshness(now: number): { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** Whether policies or freezes left the caches and nobody knows yet why. */
  isInDoubt(): boolean;
  /** Looks why, and says what stays in doubt; undefined: nothing. @throws when the API server does not answer */
  doubt(): Promise<string | undefined>;
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined;
  requestsByFingerprint(fingerprint: string): readonly SlimRequest[];
  requestsByObject(username: string, object: string): readonly SlimRequest[];
  /** The pending requests of an agent. */
  pendingOf(username: string): readonly SlimRequest[];
  /** Every request of an agent for access, whatever became of it. */
  asksOf(username: string): readonly SlimRequest[];
  /** A ClusterRole; undefined when there is none. */
  role(name: string): RoleNow | undefined;
  request(name: string): SlimRequest | undefined;
  /** The freeze that names an agent. */
  freezeOf(user: User): AgentFreeze | undefined;
}

/** Key of "the same object and operation", by which a refusal is remembered whatever the content of the change. */
export function objectKey(change: {
  readonly operation: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly generateName?: string | undefined;
}): string {
  const name = change.generateName === undefined ? change.name : `${change.generateName}*`;
  return [change.operation, change.group, change.resource, change.subresource, change.namespace, name].join(
    '|',
  );
}

/** The key of what a review is about. */
export function reviewKey(review: Review): string {
  const { operation, subResource: subresource } = review;
  const { group, resource } = review.resource;
  const namespace = objectNamespace(review);
  return objectKey({ operation, group, resource, subresource, namespace, ...objectName(review) });
}

/** Projects a request to what the gate keeps of it. */
export function slimRequest(request: ApprovalRequest): SlimRequest {
  const { spec, status, metadata } = request;
  const state = status?.state ?? 'Pending';
  return {
    name: metadata.name,
    uid: metadata.uid,
    created: metadata.creationTimestamp ?? '',
    username: spec.requester.username,
    object: spec.change === undefined ? '' : objectKey(spec.change),
    fingerprint: spec.fingerprint,
    state,
    version: state === 'Approved' ? (metadata.resourceVersion ?? '') : '',
    rememberedUntil: rememberedUntil(request) ?? 0,
    usedAt: parseInstant(status?.reservation?.at) ?? 0,
    ...(spec.access === undefined ? {} : { access: slimAccess(spec.access) }),
  };
}

const slimAccess = ({ rules, namespaces, once }: Access) => ({ rules, namespaces, once });
