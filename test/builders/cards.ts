// Requests in every state, for the cards of every channel.
import type { ApprovalRequest, ApprovalRequestStatus, DiffEntry } from '../../src/api/approval-request.ts';
import { cardOf, type Card } from '../../src/domain/message/card.ts';
import { aStoredRequest } from './cli.ts';
import { aChange, anAccess, asksFor, SEAL, T0 } from './request-facts.ts';

/** The name of the request of these builders. */
export const NAME = 'update-deployments-api-7k2m9q4tpx';

const AT = '2026-11-22T10:07:00.000Z';
const decision = (verdict: 'Approve' | 'Deny', person: string, reason?: string) => ({
  name: `d-${person}`,
  uid: `d-${person}`,
  verdict,
  person,
  policies: ['prod'],
  channel: 'slack',
  at: AT,
  ...(reason === undefined ? {} : { reason }),
});
const approved = {
  approvals: '1/1',
  decidedBy: 'alice',
  decisions: [decision('Approve', 'alice', 'INC-1412, replaced by api-v2')],
  usableUntil: '2026-11-22T10:37:00Z',
};
const reservation = {
  review: 'review-uid',
  at: '2026-11-22T10:08:00.000Z',
  objectVersion: '7',
  objectUid: 'u',
  times: 1,
  seal: SEAL,
};
const line = (type: 'expired' | 'superseded' | 'denied' | 'withdrawn' | 'gone', note: string) => ({
  outbox: [{ id: '1', type, at: AT, note }],
});

/** A status for every state, and for those that are reached in two ways. */
export const STATUSES: Readonly<Record<string, ApprovalRequestStatus | undefined>> = {
  new: undefined,
  Pending: { state: 'Pending', approvals: '0/1', expiresAt: '2026-11-22T14:05:00Z' },
  Approved: { state: 'Approved', ...approved, expiresAt: approved.usableUntil },
  Reserved: { state: 'Reserved', ...approved, reservation },
  Admitted: { state: 'Admitted', ...approved, reservation },
  Denied: {
    state: 'Denied',
    approvals: '0/1',
    decidedBy: 'bob',
    decisions: [decision('Deny', 'bob', 'wrong cluster')],
    ...line('denied', 'denied: "wrong cluster"'),
  },
  Expired: { state: 'Expired', approvals: '0/1', ...line('expired', 'nobody decided in time') },
  'Expired after approval': { state: 'Expired', ...approved, ...line('expired', 'approved, never used') },
  Superseded: {
    state: 'Superseded',
    supersededBy: 'update-deployments-api-2222222222',
    ...line('superseded', 'the agent sent another change of the same object'),
  },
  Withdrawn: { state: 'Withdrawn', ...line('withdrawn', 'taken back') },
  Ended: {
    state: 'Ended',
    ...line('gone', 'asked again: the API server says that the access is gone'),
    grant: { endedAt: '2026-11-22T10:20:00.000Z', endedWhy: 'Used', goneAt: '2026-11-22T10:20:00.400Z' },
  },
};

const granted = { createdAt: '2026-11-22T10:07:01.000Z' };
const over = { endedAt: '2026-11-22T10:08:01.000Z', goneAt: '2026-11-22T10:08:01.400Z' };
const usedAt = '2026-11-22T10:08:00.000Z';
/** What becomes of access, step by step. */
export const ACCESS_STATUSES: Readonly<Record<string, ApprovalRequestStatus>> = {
  approved: { state: 'Approved', ...approved },
  granted: { state: 'Approved', ...approved, grant: granted },
  used: { state: 'Reserved', ...approved, reservation, grant: { ...granted, usedAt } },
  ended: {
    state: 'Ended',
    ...approved,
    reservation,
    grant: { ...granted, usedAt, ...over, endedWhy: 'Used', elsewhere: false },
  },
  revoked: {
    state: 'Ended',
    ...approved,
    decisions: [...approved.decisions, { ...decision('Approve', 'bob', 'wrong pod'), verdict: 'Revoke' }],
    grant: { ...granted, restored: 1, ...over, endedWhy: 'Revoked', elsewhere: true },
  },
};

const changed = (path: string, from: string, to: string): DiffEntry => ({
  path,
  op: 'Changed',
  from: { shown: from },
  to: { shown: to },
});

/** Eleven paths: shown, masked, added, removed, labels. */
export const DIFF: DiffEntry[] = [
  { path: 'metadata.labels.team', op: 'Added', to: { shown: '"payments"' } },
  changed('spec.replicas', '3', '0'),
  changed(
    'spec.template.spec.containers[name=app].image',
    '"registry.example/api:1.0"',
    '"registry.example/api:2.0"',
  ),
  {
    path: 'spec.template.spec.containers[name=app].env[name=TOKEN].value',
    op: 'Changed',
    from: { masked: { type: 'string', length: 40 } },
    to: { masked: { type: 'string', length: 1 } },
  },
  { path: 'spec.paused', op: 'Added', to: { shown: 'true' } },
  { path: 'spec.strategy', op: 'Removed', from: { masked: { type: 'map', length: 2 } } },
  ...Array.from({ length: 5 }, (_, index) =>
    changed(`spec.template.spec.volumes[${index}].name`, '"a"', '"b"'),
  ),
];

/** A request to update a Deployment, in a state of {@link STATUSES}. */
export function aRequestIn(state: string, spec: Parameters<typeof aStoredRequest>[1] = {}): ApprovalRequest {
  const change = aChange({
    operation: 'UPDATE',
    diff: DIFF,
    masked: 4,
    fieldManager: 'kubectl-client-side-apply',
    managedBy: 'Kustomization flux-system/apps',
  });
  return aStoredRequest(
    NAME,
    {
      action: spec?.change?.operation === 'DELETE' ? 'delete' : 'update',
      change,
      approveMasked: true,
      summary: 'update deployments payments/api',
      reason: 'INC-1412: scale down before the switch.\nSee the runbook.',
      requester: {
        username: 'system:serviceaccount:agents:deploy-bot',
        short: 'sa:agents/deploy-bot',
        groups: [],
        pod: 'bot-0',
      },
      // No change ends so.
      ...(state === 'Ended' ? asksFor() : {}),
      ...spec,
    },
    STATUSES[state],
  );
}

/** The card of a request for access: pending, or at a step of {@link ACCESS_STATUSES}. */
export const anAccessCard = (step = 'pending', access = anAccess()): Card =>
  cardOf(
    aStoredRequest(
      'ask-delete-pods-web-7-7k2m9q4tpx',
      { ...asksFor(access), reason: 'web-7 is stuck since 09:40' },
      ACCESS_STATUSES[step],
    ),
    { cluster: 'prod', now: T0 + 60_000, channel: 'slack' },
  );

/** Its card, a minute after it was made, on the cluster `prod`. */
export const aCardIn = (state: string, spec: Parameters<typeof aStoredRequest>[1] = {}): Card =>
  cardOf(aRequestIn(state, spec), { cluster: 'prod', now: T0 + 60_000, channel: 'slack' });
