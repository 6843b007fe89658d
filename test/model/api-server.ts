// The API server's storage of our kinds: reads, creations, and status writes that only succeed on the version they were
// made from. The rules of the CRD are left out on purpose: the code must not even try what they would refuse.
import type { ApprovalRequest, ApprovalRequestStatus } from '../../src/api/approval-request.ts';
import { API_VERSION } from '../../src/api/group.ts';
import { liveObject } from './changes.ts';
import { intern, numberOf, numbersOf } from './intern.ts';
import type { Call, Reply } from './stopped-code.ts';
import type { Bounds, World } from './world.ts';

/** A call, carried out. */
export interface Performed {
  readonly reply: Reply;
  readonly world: World;
}

/** The reply to a call that fails. */
export const NO_REPLY: Reply = { ok: false, key: 'failed' };

/** Carries out a call, whole. */
export function perform(world: World, call: Call, { kind, approvals }: Bounds): Performed {
  switch (call.kind) {
    case 'get': {
      const value = world.requests.find((one) => one.metadata.name === call.name);
      return { world, reply: found('get', value) };
    }
    case 'decisions': {
      const value = world.decisions.filter((one) => one.spec.request === call.request);
      return { world, reply: { ok: true, key: `decisions ${numbersOf(value)}`, value } };
    }
    case 'look': {
      const live = liveObject(kind, world.object);
      return { world, reply: found('look', live && intern(live)) };
    }
    case 'create':
      return create(world, call, approvals);
    case 'put':
      return put(world, call.request);
    default:
      return call satisfies never;
  }
}

const found = (what: string, value: object | undefined): Reply => ({
  ok: true,
  key: `${what} ${value ? numberOf(value) : 'nothing'}`,
  value,
});

function create(world: World, call: Extract<Call, { kind: 'create' }>, room: number): Performed {
  const { requests } = world;
  if (requests.some((one) => one.metadata.name === call.name)) {
    return { world, reply: { ok: true, key: 'exists', value: { kind: 'exists' } } };
  }
  if (requests.length >= room) return { world, reply: NO_REPLY };
  const request = intern<ApprovalRequest>({
    apiVersion: API_VERSION,
    kind: 'ApprovalRequest',
    metadata: {
      name: call.name,
      uid: `request-${requests.length + 1}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: call.spec.requestedAt,
    },
    spec: call.spec,
    // The default of the CRD.
    status: { state: 'Pending' },
  });
  const reply: Reply = {
    ok: true,
    key: `created ${numberOf(request)}`,
    value: { kind: 'created', request },
  };
  return { world: { ...world, requests: [...requests, request] }, reply };
}

function put(world: World, request: ApprovalRequest): Performed {
  const stored = world.requests.find((one) => one.metadata.name === request.metadata.name);
  if (stored?.metadata.resourceVersion !== request.metadata.resourceVersion) {
    return { world, reply: found('put', undefined) };
  }
  const written = afterWrite(request);
  const requests = world.requests.map((one) => (one === stored ? written : one));
  return { world: { ...world, requests }, reply: found('put', written) };
}

const writes = new WeakMap<ApprovalRequest, ApprovalRequest>();

/** The request as it is stored after this write. */
function afterWrite(request: ApprovalRequest): ApprovalRequest {
  let written = writes.get(request);
  if (!written) {
    const resourceVersion = `${Number(request.metadata.resourceVersion) + 1}`;
    const metadata = { ...request.metadata, resourceVersion };
    written = intern({
      ...request,
      metadata,
      ...(request.status ? { status: untimed(request.status) } : {}),
    });
    writes.set(request, written);
  }
  return written;
}

const NO_TIME = '2026-11-22T00:00:00.000Z';

/**
 * A status without the times that only tell and that no code reads again before a week is over: of lines of the record
 * and of conditions. Without them far fewer states differ.
 */
export function untimed(status: ApprovalRequestStatus): ApprovalRequestStatus {
  const { outbox, conditions, ...rest } = status;
  return {
    ...rest,
    ...(outbox ? { outbox: outbox.map((line) => ({ ...line, at: NO_TIME })) } : {}),
    ...(conditions ? { conditions: conditions.map((one) => ({ ...one, lastTransitionTime: NO_TIME })) } : {}),
  };
}
