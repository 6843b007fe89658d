// What is told about an approval that does not fit: the paths that differ, or an upgrade of Assent. Nothing is admitted.
import { describe, expect, it } from 'vitest';
import { aSealer, GateWorld } from '../../test/builders/gate-world.ts';
import { aChange, aSpec, AGENT, MINUTE, T0 } from '../../test/builders/request-facts.ts';
import { reviewOf } from '../../test/builders/reviews.ts';
import type {
  ApprovalRequest,
  ApprovalRequestStatus,
  DiffEntry,
  RequestedChange,
} from '../api/approval-request.ts';
import { requestSealBytes } from '../domain/request/sealed.ts';
import type { AskInput } from './ask.ts';
import { slimRequest, type GateFacts } from './facts.ts';
import { approvedOther, ofOtherVersion, pendingBefore, whatDiffers } from './other-approval.ts';

const sealer = aSealer();
const NEW = 'v1:beef';

function stored(
  { fingerprint = 'v1:f00d', ...change }: Partial<RequestedChange> & { readonly fingerprint?: string },
  status: Partial<ApprovalRequestStatus> = {},
  isSealed = true,
): ApprovalRequest {
  const { seal, ...spec } = aSpec({ fingerprint, change: aChange({ name: 'api', ...change }) });
  return {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name: 'before', uid: 'uid-of-before', resourceVersion: '1', generation: 1 },
    spec: { ...spec, seal: isSealed ? sealer.sign(requestSealBytes(spec)) : seal },
    status: { state: 'Approved', usableUntil: '2026-11-22T14:00:00Z', ...status },
  };
}

function look(request: ApprovalRequest, now = T0 + MINUTE) {
  const world = new GateWorld();
  world.requests.set(request.metadata.name, request);
  const facts = { requestsByObject: () => [slimRequest(request)] } as unknown as GateFacts;
  const input = {
    review: reviewOf({ operation: 'DELETE', userInfo: { username: AGENT, uid: '', groups: [], extra: {} } }),
    now,
    signal: AbortSignal.timeout(5_000),
  } as AskInput;
  const ports = { api: world, facts, sealer };
  return {
    approved: async () => (await approvedOther(input, NEW, ports))?.metadata.name,
    older: async () => (await ofOtherVersion(input, ports))?.metadata.name,
  };
}

describe('a pending request whose place a newer one takes', () => {
  const at = (second: number) => new Date(T0 + second * 1_000).toISOString();
  const made = (name: string, second: number, change: Partial<RequestedChange> = {}, state = 'Pending') => {
    const { spec: whole, ...rest } = stored({ fingerprint: `v1:${name}`, ...change }, { state } as never);
    const { seal: _seal, ...spec } = { ...whole, requestedAt: at(second) };
    const seal = sealer.sign(requestSealBytes(spec));
    return { ...rest, metadata: { ...rest.metadata, name, uid: name }, spec: { ...spec, seal } };
  };
  it.each<[string, ApprovalRequest, string | undefined]>([
    ['one before it', made('a', 1), 'a'],
    ['not itself', made('new', 3), undefined],
    ['not a newer one', made('c', 4), undefined],
    ['not one that was decided', made('d', 1, {}, 'Approved'), undefined],
    ['not one of another object', made('e', 1, { name: 'other' }), undefined],
  ])('is %s', async (_, other, found) => {
    const world = new GateWorld();
    world.requests.set(other.metadata.name, other);
    const facts = { requestsByObject: () => [slimRequest(other)] } as unknown as GateFacts;
    const input = { review: reviewOf({ operation: 'DELETE' }), signal: AbortSignal.timeout(5_000) };
    const before = pendingBefore(made('new', 3), input as AskInput, { api: world, facts, sealer });
    expect((await before)?.metadata.name).toBe(found);
  });
});

describe('an approval that does not fit', () => {
  it.each<[string, ApprovalRequest, string | undefined]>([
    ['of another change', stored({ fingerprint: 'v1:dead' }), 'before'],
    ['of this very change', stored({ fingerprint: NEW }), undefined],
    ['that is pending', stored({ fingerprint: 'v1:dead' }, { state: 'Pending' }), undefined],
    ['without a seal', stored({ fingerprint: 'v1:dead' }, {}, false), undefined],
    ['of another version', stored({ fingerprint: 'v0:dead' }), undefined],
  ])('%s', async (_, request, found) => {
    expect(await look(request).approved()).toBe(found);
  });
});

describe('a request from before an upgrade', () => {
  it.each<[string, ApprovalRequest, string | undefined]>([
    ['approved', stored({ fingerprint: 'v0:dead' }), 'before'],
    ['pending', stored({ fingerprint: 'v0:dead' }, { state: 'Pending' }), 'before'],
    ['superseded by then', stored({ fingerprint: 'v0:dead' }, { state: 'Superseded' }), 'before'],
    ['used', stored({ fingerprint: 'v0:dead' }, { state: 'Admitted' }), undefined],
    ['without a seal', stored({ fingerprint: 'v0:dead' }, {}, false), undefined],
    ['of this version', stored({ fingerprint: 'v1:dead' }), undefined],
  ])('%s', async (_, request, found) => {
    expect(await look(request).older()).toBe(found);
  });

  it('is not spoken of once it would have ended anyway', async () => {
    const request = stored({ fingerprint: 'v0:dead' });
    expect(await look(request, Date.UTC(2026, 10, 22, 13, 59)).older()).toBe('before');
    expect(await look(request, Date.UTC(2026, 10, 22, 14)).older()).toBeUndefined();
  });
});

describe('what differs', () => {
  const diff = (...entries: [path: string, to: string][]): DiffEntry[] =>
    entries.map(([path, to]) => ({ path, op: 'Changed', to: { shown: to } }));
  const masked: DiffEntry = {
    path: 'data.key',
    op: 'Changed',
    to: { masked: { type: 'string', length: 8 } },
  };

  it('is the paths whose lines differ, or that only one of them has', () => {
    const one = aChange({ diff: diff(['a', '1'], ['b', '1'], ['c', '1']) });
    const other = aChange({ diff: diff(['a', '1'], ['b', '2'], ['d', '1']) });
    expect(whatDiffers({ change: one }, { change: other }, false)).toEqual(['b', 'c', 'd']);
  });

  it.each<[string, Partial<RequestedChange>, boolean, RegExp]>([
    ['a value of the same type and length', { diff: [masked], masked: 1 }, false, /values that are masked/],
    ['what found no room', { cut: 3 }, false, /not stored/],
    ['the images of a pod', { operation: 'CONNECT' }, false, /images/],
    ['an element by its place', { diff: diff(['rules[0].verbs', '1']) }, false, /rest of a list/],
    ['an element by its key', { diff: diff(['ports[port=80/TCP].nodePort', '1']) }, false, /do not show/],
    ['the rest of the object', {}, true, /rest of the object/],
    ['nothing that is known', {}, false, /do not show/],
  ])('is said in words where the paths look alike: %s', (_, over, bindsObject, words) => {
    const change = aChange(over);
    expect(whatDiffers({ change }, { change }, bindsObject).join()).toMatch(words);
  });

  it('is the object itself, where that was made again', () => {
    const [one, other] = ['a', 'b'].map((objectUid) => ({ change: aChange({ objectUid }) }));
    expect(whatDiffers(one!, other!, true)).toEqual(['the object itself, it was deleted and made again']);
  });
});
