import { describe, expect, it } from 'vitest';
import { anAccess, aRequest, asksFor, MINUTE, SEAL, T0 } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestStatus, Reservation } from '../../api/approval-request.ts';
import { instant } from './instant.ts';
import { useAccess, type AccessUse } from './use-access.ts';

const NOW = T0 + 5 * MINUTE;
const APPROVED: ApprovalRequestStatus = {
  state: 'Approved',
  usableUntil: '2026-11-22T10:15:00Z',
  outbox: [],
};
const USE: AccessUse = {
  review: 'r',
  kind: 'delete',
  objectVersion: '7',
  objectUid: 'u',
  terminating: false,
  fingerprints: ['v1:new', 'v1:old'],
  reservationSealed: true,
};
const reserved = (over: Partial<Reservation> = {}, state: 'Reserved' | 'Ended' = 'Reserved') => ({
  ...APPROVED,
  state,
  reservation: {
    review: 'r',
    at: instant(NOW - 1_000),
    objectVersion: '7',
    objectUid: 'u',
    fingerprint: 'v1:new',
    times: 1,
    seal: SEAL,
    ...over,
  },
});
const outcome = (status: ApprovalRequestStatus, { use = {}, once = true, now = NOW } = {}) => {
  const { kind, ...more } = useAccess(aRequest(asksFor(anAccess({ once })), status), { ...USE, ...use }, now);
  return 'why' in more ? more.why : kind;
};

describe('useAccess', () => {
  it('reserves the first use, with the fingerprint of the write under the key of today', () => {
    const first = useAccess(aRequest(asksFor(), APPROVED), USE, NOW);
    expect(first).toEqual({
      kind: 'reserve',
      state: 'Reserved',
      reservation: {
        review: 'r',
        at: instant(NOW),
        objectVersion: '7',
        objectUid: 'u',
        fingerprint: 'v1:new',
        times: 1,
      },
    });
  });

  it.each<[string, ApprovalRequestStatus, Parameters<typeof outcome>[1], string]>([
    ['one that waits', { state: 'Pending' }, {}, 'pending'],
    ['one that was denied', { state: 'Denied' }, {}, 'ended'],
    ['one at its end', APPROVED, { now: T0 + 10 * MINUTE }, 'ended'],
    ['one a moment before', APPROVED, { now: T0 + 10 * MINUTE - 1 }, 'reserve'],
    ['one whose binding was taken away', { ...APPROVED, grant: { endedAt: 'x' } }, {}, 'ended'],
    [
      'one without room for its lines',
      {
        ...APPROVED,
        outbox: Array.from({ length: 62 }, () => ({ id: 'i', type: 'decided' as const, at: 'x' })),
      },
      {},
      'ended',
    ],
    ['the first of several uses', APPROVED, { once: false }, 'reserve'],
    ['a later one of several', { ...APPROVED, grant: { usedAt: 'x' } }, { once: false }, 'unstored'],
    [
      'a later one past the end',
      { ...APPROVED, grant: { usedAt: 'x' } },
      { once: false, now: T0 + 10 * MINUTE },
      'ended',
    ],
  ])('%s', (_, status, how, expected) => {
    expect(outcome(status, how)).toBe(expected);
  });

  it.each<[string, ApprovalRequestStatus, Partial<AccessUse>, string]>([
    ['the same review', reserved(), {}, 'readmit'],
    ['another pass of it', reserved({ review: 'x' }), { terminating: true }, 'readmit'],
    ['when the access is gone already', reserved({ review: 'x' }, 'Ended'), { terminating: true }, 'readmit'],
    ['under the key before', reserved({ fingerprint: 'v1:old' }), {}, 'readmit'],
    ['of another change', reserved({ fingerprint: 'v1:else' }), {}, 'used'],
    ['of no change', reserved({ fingerprint: undefined }), {}, 'used'],
    ['of another object', reserved({ review: 'x' }), { objectUid: 'v' }, 'used'],
    ['whose seal is not ours', reserved(), { reservationSealed: false }, 'used'],
    ['from the future', reserved({ at: instant(NOW + 10_000) }), {}, 'used'],
    ['after the window', reserved({ at: instant(NOW - 37_001) }), {}, 'used'],
    ['at its end', reserved({ at: instant(NOW - 37_000) }), {}, 'readmit'],
    [
      'a deletion that begins too late to finish',
      reserved({ review: 'x', at: instant(NOW - 3_001) }),
      {},
      'used',
    ],
    ['a second creation', reserved({ review: 'x' }), { kind: 'create' }, 'used'],
  ])('used once, then %s', (_, status, use, expected) => {
    expect(outcome(status, { use })).toBe(expected);
  });
});
