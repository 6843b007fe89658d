import { describe, expect, it } from 'vitest';
import { asksFor, anAccess, aRequest, MINUTE, SEAL, T0 } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestStatus } from '../../api/approval-request.ts';
import { transition, type Reserve } from './transition.ts';

const NOW = T0 + 5 * MINUTE;
const USE: Reserve = {
  kind: 'reserve',
  state: 'Reserved',
  reservation: { review: 'r', at: '2026-11-22T10:10:00.000Z', objectVersion: '1', objectUid: 'u', times: 1 },
};
const APPROVED: ApprovalRequestStatus = {
  state: 'Approved',
  usableUntil: '2026-11-22T10:15:00Z',
  expiresAt: '2026-11-22T10:15:00Z',
  outbox: [{ id: 'u.1', type: 'requested', at: '2026-11-22T10:05:00.000Z' }],
};
const after = (
  events: readonly Parameters<typeof transition>[1][],
  { status = APPROVED, once = true, now = NOW } = {},
) =>
  events.reduce<ApprovalRequestStatus>(
    (so, event) => transition(aRequest(asksFor(anAccess({ once })), so), event, now).status,
    status,
  );
const granted = { type: 'granted', objects: 'RoleBinding shop/assent-grant-u', at: NOW } as const;
const ended = { type: 'ended', why: 'Used', by: 'agent', at: NOW + 1 } as const;
const gone = { type: 'gone', elsewhere: false, at: NOW + 2 } as const;
const used = { type: 'used', outcome: USE, seal: SEAL, what: 'delete pods shop/web-7' } as const;
const types = (status: ApprovalRequestStatus) => status.outbox?.map(({ type }) => type);
const condition = (status: ApprovalRequestStatus, type: string) =>
  status.conditions?.find((one) => one.type === type);

describe('access that is approved', () => {
  it('INV-5: is granted, used, taken away and gone, each with its one line', () => {
    const story = after([granted, granted, used, ended, ended, gone, gone]);
    expect(types(story)).toEqual(['requested', 'granted', 'used', 'ended', 'gone']);
    expect(story).toMatchObject({
      state: 'Ended',
      grant: {
        createdAt: '2026-11-22T10:10:00.000Z',
        usedAt: '2026-11-22T10:10:00.000Z',
        endedAt: '2026-11-22T10:10:00.001Z',
        endedWhy: 'Used',
        goneAt: '2026-11-22T10:10:00.002Z',
        elsewhere: false,
      },
    });
  });

  it('INV-4: ends when its binding is gone, and never before', () => {
    const hour = T0 + 60 * MINUTE;
    const superseded = { type: 'superseded', by: 'prod', why: 'policy prod changed' } as const;
    for (const event of [{ type: 'tick' } as const, superseded, { type: 'withdrawn', by: 'x' } as const])
      expect(after([granted, event], { now: hour }).state).toBe('Approved');
    expect(after([gone]).state, 'nobody looked for a binding').toBe('Approved');
    expect(after([ended]).state).toBe('Approved');
    expect(after([ended, gone]).state, 'never granted').toBe('Ended');
  });

  it('INV-8: is not granted again once it was taken away', () => {
    expect(after([granted, ended, granted]).grant).toMatchObject({ endedWhy: 'Used' });
    expect(types(after([ended, granted]))).toEqual(['requested', 'ended']);
    expect(types(after([ended, { type: 'restored', what: 'Role shop/x', at: T0 }]))).toEqual([
      'requested',
      'ended',
    ]);
  });

  it('INV-2: for one use is Reserved by whatever kind of write; for several it stays Approved', () => {
    const burnt = { ...used, outcome: { ...USE, state: 'Admitted' } } as const;
    expect(after([granted, burnt])).toMatchObject({ state: 'Reserved', reservation: { review: 'r' } });
    const several = after([granted, used], { once: false });
    expect(several).toMatchObject({ state: 'Approved', grant: { usedAt: '2026-11-22T10:10:00.000Z' } });
    expect(several.reservation).toBeUndefined();
  });

  it('says what hinders it while it is to stand, and no longer', () => {
    const where = [{ namespace: 'shop', why: 'GrantRefused' as const, words: 'the ceiling lacks it' }];
    const hindered = { type: 'hindered', where } as const;
    const active = (...events: Parameters<typeof after>[0][]) =>
      condition(after(events.flat()), 'GrantActive');
    expect(active([hindered])).toMatchObject({
      status: 'False',
      reason: 'GrantRefused',
      message: 'Not granted in shop: the ceiling lacks it.',
    });
    expect(active([granted, hindered]), 'it is its only namespace').toMatchObject({ status: 'False' });
    expect(active([hindered, granted, { type: 'hindered', where: [] }])).toMatchObject({
      status: 'True',
      reason: 'Approved',
    });
    expect(active([hindered, ended])).toMatchObject({ status: 'False', reason: 'Approved' });
    expect(active([hindered, ended, gone])).toMatchObject({ reason: 'Ended' });
    expect(active([ended, hindered])).toEqual(active([ended]));
    expect(types(after([hindered]))).toEqual(['requested']);
  });

  it('says in its conditions whether it stands', () => {
    expect(condition(after([]), 'GrantActive')).toBeUndefined();
    const before = after([{ type: 'observed' }]);
    expect(condition(before, 'GrantActive')).toMatchObject({
      status: 'False',
      message: 'The access is approved and about to be granted.',
    });
    expect(condition(after([granted]), 'GrantActive')).toMatchObject({ status: 'True' });
    expect(condition(after([granted, ended]), 'GrantActive')).toMatchObject({
      status: 'False',
      message: 'The access ended at 2026-11-22T10:10:00Z: it was used.',
    });
    expect(condition(after([granted, ended, gone]), 'Decided')).toMatchObject({ status: 'True' });
  });
});
