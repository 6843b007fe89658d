// The eight sorts of change, as an agent sends them and the API server carries them out: what the review says, and what
// storing does. Taken from experiments with a real API server (one delete is two reviews, evictions are creations, ...).
import type { ChangeKind } from '../../src/domain/change/change.ts';
import type { JsonObject } from '../../src/domain/change/json.ts';
import { isNoOp } from '../../src/domain/change/no-op.ts';
import type { Review } from '../../src/domain/change/review.ts';
import { aUser } from '../builders/policies.ts';

/** The object that the change is about, as far as it matters. */
export interface Stored {
  readonly uid: string;
  /** resourceVersion: no two objects ever share one. */
  readonly version: number;
  /** The approved change of an update or scale takes it from old to new. */
  readonly x: 'old' | 'new';
  readonly terminating: boolean;
}

/** What storing an admitted change comes to. */
export type Landing =
  /** Nothing is stored, and nothing comes after: the object is gone, or is there already. */
  | { readonly kind: 'nothing' }
  /** Somebody else wrote meanwhile: the API server reads again and asks again. */
  | { readonly kind: 'conflict' }
  /** `on` tells effects apart. With `again`, the same API request has one more pass to go. */
  | {
      readonly kind: 'stored';
      readonly object: Stored | undefined;
      readonly on: string;
      readonly again: boolean;
    };

interface Target {
  readonly group?: string;
  readonly resource: string;
  readonly kind: string;
  readonly name: string;
  readonly subResource?: string;
}

const NAMESPACE = 'default';
const USER = aUser();

function reviewOf(target: Target, rest: Pick<Review, 'uid' | 'operation'> & Partial<Review>): Review {
  const { group = '', resource, kind, name, subResource = '' } = target;
  const served = { group, version: 'v1', resource };
  const subKinds = { group: subResource === 'scale' ? 'autoscaling' : group, version: 'v1', kind };
  return {
    kind: subKinds,
    resource: served,
    subResource,
    requestResource: served,
    requestSubResource: subResource,
    name,
    namespace: NAMESPACE,
    userInfo: USER,
    object: null,
    oldObject: null,
    options: null,
    dryRun: false,
    ...rest,
  };
}

function asObject(kind: string, name: string, stored: Stored | undefined, rest: JsonObject): JsonObject {
  const { uid, version, terminating } = stored ?? { uid: '', version: 0, terminating: false };
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace: NAMESPACE,
      ...(uid === '' ? {} : { uid }),
      ...(version === 0 ? {} : { resourceVersion: `${version}` }),
      ...(terminating ? { deletionTimestamp: '2026-11-22T10:05:00Z', deletionGracePeriodSeconds: 0 } : {}),
    },
    ...rest,
  };
}

const MAP: Target = { resource: 'configmaps', kind: 'ConfigMap', name: 'settings' };
const POD: Target = { resource: 'pods', kind: 'Pod', name: 'web' };
const SCALE: Target = {
  group: 'apps',
  resource: 'deployments',
  kind: 'Scale',
  name: 'web',
  subResource: 'scale',
};

const settings = (stored: Stored | undefined, x: string) =>
  asObject('ConfigMap', 'settings', stored, { data: { x } });
const scale = (stored: Stored, x: string) =>
  asObject('Scale', 'web', stored, { spec: { replicas: x === 'old' ? 1 : 3 } });
const pod = (stored: Stored) =>
  asObject('Pod', 'web', stored, { spec: { containers: [{ name: 'web', image: 'web:1' }] } });

/** The review of one pass over the object as the API server has just read it; undefined when there is nothing to ask. */
export function reviewFor(kind: ChangeKind, uid: string, stored: Stored | undefined): Review | undefined {
  if (kind === 'create') {
    return reviewOf(MAP, { uid, operation: 'CREATE', object: settings(undefined, 'new') });
  }
  // 404, and nobody is asked.
  if (!stored) return undefined;
  switch (kind) {
    case 'update':
      return unlessNoOp(
        reviewOf(MAP, {
          uid,
          operation: 'UPDATE',
          object: settings(stored, 'new'),
          oldObject: settings(stored, stored.x),
        }),
      );
    case 'scale':
      return unlessNoOp(
        reviewOf(SCALE, {
          uid,
          operation: 'UPDATE',
          object: scale(stored, 'new'),
          oldObject: scale(stored, stored.x),
        }),
      );
    case 'delete':
      return reviewOf(POD, { uid, operation: 'DELETE', oldObject: pod(stored) });
    case 'evict': {
      const eviction = asObject('Eviction', 'web', undefined, {});
      return reviewOf(
        { ...POD, kind: 'Eviction', subResource: 'eviction' },
        { uid, operation: 'CREATE', object: eviction },
      );
    }
    case 'connect': {
      const options = { kind: 'PodExecOptions', apiVersion: 'v1', container: 'web', command: ['date'] };
      const target = { ...POD, kind: 'PodExecOptions', subResource: 'exec' };
      return reviewOf(target, { uid, operation: 'CONNECT', object: options });
    }
    case 'portforward': {
      const options = { kind: 'PodPortForwardOptions', apiVersion: 'v1' };
      const target = { ...POD, kind: 'PodPortForwardOptions', subResource: 'portforward' };
      return reviewOf(target, { uid, operation: 'CONNECT', object: options });
    }
    case 'token': {
      const target = { resource: 'serviceaccounts', kind: 'TokenRequest', name: 'web', subResource: 'token' };
      const asked = asObject('TokenRequest', 'web', undefined, { spec: { audiences: ['a'] } });
      return reviewOf(target, { uid, operation: 'CREATE', object: asked });
    }
    default:
      return kind satisfies never;
  }
}

/** The compiled condition of the webhook lets no-ops pass unasked, and they store nothing. */
const unlessNoOp = (review: Review): Review | undefined => (isNoOp(review) ? undefined : review);

/** The live object, for changes that do not carry it. */
export function liveObject(kind: ChangeKind, stored: Stored | undefined): JsonObject | undefined {
  if (!stored) return undefined;
  return kind === 'token' ? asObject('ServiceAccount', 'web', stored, {}) : pod(stored);
}

/** The object at the start. */
export const firstObject = (kind: ChangeKind): Stored | undefined =>
  kind === 'create' ? undefined : { uid: 'object-1', version: 10, x: 'old', terminating: false };

/**
 * Stores an admitted change.
 * @param seen the object as the review showed it
 * @param request names the API request, `serial` the next object that is made
 */
export function land(
  kind: ChangeKind,
  now: Stored | undefined,
  seen: Stored | undefined,
  names: { readonly request: string; readonly serial: number },
): Landing {
  if (kind === 'create') return now ? { kind: 'nothing' } : created(names.serial);
  if (!now) return { kind: 'nothing' };
  switch (kind) {
    case 'update':
    case 'scale':
      if (now.version !== seen?.version) return { kind: 'conflict' };
      return written({ ...now, x: 'new' }, now.uid, false);
    case 'delete':
      if (now.version !== seen?.version) return { kind: 'conflict' };
      // A pod that no kubelet knows goes in two passes: the first one marks it.
      if (!now.terminating) return written({ ...now, terminating: true }, now.uid, true);
      return { kind: 'stored', object: undefined, on: now.uid, again: false };
    case 'evict':
      if (now.uid !== seen?.uid) return { kind: 'nothing' };
      return written({ ...now, terminating: true }, now.uid, false);
    case 'connect':
    case 'token':
      return { kind: 'stored', object: now, on: names.request, again: false };
    // The client falls back to a second connection when its first one fails: the same forwarding once more.
    case 'portforward':
      return { kind: 'stored', object: now, on: 'the port', again: false };
    default:
      return kind satisfies never;
  }
}

function created(serial: number): Landing {
  const object: Stored = { uid: `object-${serial}`, version: 10 * serial, x: 'new', terminating: false };
  return { kind: 'stored', object, on: object.uid, again: false };
}

function written(object: Stored, on: string, again: boolean): Landing {
  return { kind: 'stored', object: { ...object, version: object.version + 1 }, on, again };
}
