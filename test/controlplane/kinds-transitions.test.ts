// The transition rules of the CRDs on a real API server: what was written once stays, whoever writes (INV-2, INV-8).
// Admission policies and webhooks are not installed here: these rules hold without them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestState } from '../../src/api/approval-request.ts';
import { TERMINAL_STATES } from '../../src/api/request-rules.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster } from './cluster.ts';
import {
  accepted,
  aDecision,
  aRequest,
  installKinds,
  pathOf,
  refusalOf,
  senderOf,
  set,
  type Draft,
  type Refusal,
  type Send,
} from './kinds-fixtures.ts';

let cluster: ControlPlane;
let send: Send;

beforeAll(async () => {
  cluster = await startCluster();
  send = senderOf(cluster);
  await installKinds(cluster);
});
afterAll(() => cluster?.stop());

let count = 0;

/** A stored request that has gone through these statuses, one after the other. */
async function stored(...statuses: object[]): Promise<Draft> {
  count += 1;
  const path = pathOf('approvalrequests');
  let request = accepted(await send('admin', 'POST', path, aRequest(`r${count}`)));
  for (const status of statuses) {
    request = accepted(await send('admin', 'PUT', `${path}/r${count}/status`, { ...request, status }));
  }
  return request;
}

const nameOf = (request: Draft): string => (request['metadata'] as { name: string }).name;
const statusPath = (request: Draft): string => pathOf('approvalrequests', nameOf(request), 'status');

/** Tries a status without storing it. */
const attempt = (request: Draft, status: unknown) =>
  send('admin', 'PUT', `${statusPath(request)}?dryRun=All`, set({ ...request }, 'status', status));

const patchStatus = (request: Draft, status: unknown) =>
  send('admin', 'PATCH', statusPath(request), { status });

// Written out, and not taken from the code: the table of DESIGN section 5.
const WAY_TO: Record<RequestState, RequestState[]> = {
  Pending: [],
  Approved: ['Approved'],
  Reserved: ['Approved', 'Reserved'],
  Admitted: ['Approved', 'Reserved', 'Admitted'],
  Denied: ['Denied'],
  Expired: ['Approved', 'Expired'],
  Superseded: ['Superseded'],
  Withdrawn: ['Withdrawn'],
  Ended: ['Approved', 'Ended'],
};
const LEGAL: Record<RequestState, RequestState[]> = {
  Pending: ['Pending', 'Approved', 'Denied', 'Expired', 'Superseded', 'Withdrawn'],
  Approved: ['Approved', 'Reserved', 'Admitted', 'Expired', 'Superseded', 'Withdrawn', 'Ended'],
  Reserved: ['Reserved', 'Admitted', 'Ended'],
  Admitted: ['Admitted'],
  Denied: ['Denied'],
  Expired: ['Expired'],
  Superseded: ['Superseded'],
  Withdrawn: ['Withdrawn'],
  Ended: ['Ended'],
};
const STATES = Object.keys(LEGAL) as RequestState[];

describe('states', () => {
  it.each(STATES)('INV-8: from %s, only legal steps', async (from) => {
    const request = await stored(...WAY_TO[from].map((state) => ({ state })));
    const outcomes = await Promise.all(
      STATES.map(async (to) => [to, (await attempt(request, { state: to })).status] as const),
    );
    const taken = outcomes.filter(([, status]) => status === 200).map(([to]) => to);
    expect(new Set(taken)).toEqual(new Set(LEGAL[from]));
    expect(outcomes.every(([, status]) => status === 200 || status === 422)).toBe(true);
  });

  it('a refused step says from where to where', async () => {
    const request = await stored({ state: 'Approved' }, { state: 'Reserved' });
    expect(refusalOf(await attempt(request, { state: 'Denied' }))).toContain(
      'status.state: Invalid value: a request does not go from Reserved to Denied',
    );
  });

  it.each(TERMINAL_STATES)('INV-8: %s cannot be walked around by dropping the status', async (state) => {
    const request = await stored(...WAY_TO[state as RequestState].map((step) => ({ state: step })));
    const dodges = await Promise.all([
      patchStatus(request, null),
      patchStatus(request, { state: null }),
      attempt(request, undefined),
      attempt(request, {}),
      attempt(request, { attempts: 1 }),
    ]);
    for (const dodge of dodges) {
      expect(dodge.status).toBe(422);
      expect(refusalOf(dodge)).toContain(`a finished request stays as it ended: ${state}`);
    }
  });
});

describe('the initial status', () => {
  it('is Pending in the answer of the create, in a read, and for a field selector', async () => {
    const created = await stored();
    const path = pathOf('approvalrequests', nameOf(created));
    expect((await send('admin', 'GET', path)).json).toMatchObject({ status: { state: 'Pending' } });
    const selector = encodeURIComponent(`status.state=Pending,metadata.name=${nameOf(created)}`);
    const list = await send('admin', 'GET', `${pathOf('approvalrequests')}?fieldSelector=${selector}`);
    expect((list.json as { items: unknown[] }).items).toHaveLength(1);
    expect(created).toMatchObject({ status: { state: 'Pending' } });
  });

  it('a status that is sent along with a create is dropped', async () => {
    const forged = {
      ...aRequest('forged'),
      status: { state: 'Approved', usableUntil: '2030-01-01T00:00:00Z' },
    };
    await send('admin', 'POST', pathOf('approvalrequests'), forged);
    const read = await send('admin', 'GET', pathOf('approvalrequests', 'forged'));
    expect((read.json as Draft)['status']).toEqual({ state: 'Pending' });
  });

  it('survives {"status": null} and a state that is taken away', async () => {
    const request = await stored();
    for (const status of [null, { state: null }]) {
      const answer = await patchStatus(request, status);
      expect([answer.status, (answer.json as Draft)['status']]).toEqual([200, { state: 'Pending' }]);
    }
  });
});

const at = (minute: number): string => `2026-11-22T10:${String(minute).padStart(2, '0')}:00Z`;
const reservation = (minute: number, times: number) => ({
  review: 'u',
  at: at(minute),
  objectVersion: '1',
  objectUid: 'o',
  times,
  seal: { keyId: 'k', signature: 's' },
});
const decision = (name: string) => ({
  name,
  uid: name,
  verdict: 'Approve',
  person: 'alice',
  policies: ['p'],
  channel: 'kubectl',
  at: at(1),
});
const line = (id: string) => ({ id, type: 'requested', at: at(1) });

type Step = [what: string, before: object, after: object, refusal?: string];

const steps: Step[] = [
  ['an end may be set', {}, { usableUntil: at(10) }],
  ['an end may move earlier', { usableUntil: at(10) }, { usableUntil: at(9) }],
  [
    'an end never moves later',
    { usableUntil: at(10) },
    { usableUntil: at(11) },
    'status.usableUntil: Invalid value: the end of an approval never moves later',
  ],
  [
    'not by a millisecond',
    { usableUntil: at(10) },
    { usableUntil: '2026-11-22T10:10:00.001Z' },
    'never moves later',
  ],
  ['an end is never taken away', { usableUntil: at(10) }, {}, 'never moves later and is never taken away'],
  ['a use may be noted', {}, { reservation: reservation(5, 1) }],
  ['a use may be repeated later', { reservation: reservation(5, 1) }, { reservation: reservation(6, 2) }],
  [
    'a use is never taken back',
    { reservation: reservation(5, 1) },
    {},
    'the use of an approval is never taken back',
  ],
  [
    'a use never moves earlier',
    { reservation: reservation(5, 1) },
    { reservation: reservation(4, 1) },
    'status.reservation.at: Invalid value',
  ],
  [
    'uses never decrease',
    { reservation: reservation(5, 2) },
    { reservation: reservation(5, 1) },
    'the number of uses never decreases',
  ],
  ['decisions may be added', { decisions: [decision('a')] }, { decisions: [decision('a'), decision('b')] }],
  [
    'decisions stay',
    { decisions: [decision('a'), decision('b')] },
    { decisions: [decision('a')] },
    'counted decisions stay',
  ],
  [
    'decisions keep their order',
    { decisions: [decision('a'), decision('b')] },
    { decisions: [decision('b'), decision('a')] },
    'in their order',
  ],
  [
    'decisions keep their words',
    { decisions: [decision('a')] },
    { decisions: [{ ...decision('a'), verdict: 'Deny' }] },
    'counted decisions stay',
  ],
  ['decisions are not dropped as a whole', { decisions: [decision('a')] }, {}, 'counted decisions stay'],
  ['lines may be added', { outbox: [line('1')] }, { outbox: [line('1'), line('2')] }],
  ['lines stay', { outbox: [line('1'), line('2')] }, { outbox: [line('2')] }, 'lines of the record stay'],
  ['lines are not dropped as a whole', { outbox: [line('1')] }, {}, 'lines of the record stay'],
  [
    'lines keep their words',
    { outbox: [line('1')] },
    { outbox: [{ ...line('1'), note: 'x' }] },
    'lines of the record stay',
  ],
  ['recorded lines may grow', { recorded: 1 }, { recorded: 2 }],
  [
    'recorded lines never decrease',
    { recorded: 2 },
    { recorded: 1 },
    'the number of recorded lines never decreases',
  ],
  ['attempts may grow', { attempts: 4 }, { attempts: 5 }],
  ['attempts never decrease', { attempts: 5 }, { attempts: 4 }, 'the number of attempts never decreases'],
  ['attempts are not dropped', { attempts: 5 }, {}, 'the number of attempts never decreases'],
];

describe('facts of a request', () => {
  it.each(steps)('%s', async (_what, before, after, refusal) => {
    const request = await stored({ state: 'Approved', ...before });
    const answer = await attempt(request, { state: 'Approved', ...after });
    expect(answer.status).toBe(refusal === undefined ? 200 : 422);
    expect(refusalOf(answer)).toContain(refusal ?? '');
  });

  it('none of them is lost by {"status": null}', async () => {
    const facts = {
      attempts: 1,
      recorded: 1,
      outbox: [line('1')],
      decisions: [decision('a')],
      usableUntil: at(10),
    };
    const answer = await patchStatus(await stored({ state: 'Pending', ...facts }), null);
    expect(answer.status).toBe(422);
    const causes = (answer.json as Refusal).details?.causes ?? [];
    expect(new Set(causes.map((cause) => cause.field))).toEqual(
      new Set(Object.keys(facts).map((field) => `status.${field}`)),
    );
  });
});

describe('a spec is written once', () => {
  const put = (plural: string, draft: Draft) =>
    send('admin', 'PUT', `${pathOf(plural, nameOf(draft))}?dryRun=All`, draft);

  it.each([
    ['a changed word', 'spec.reason', 'other'],
    ['a field that goes', 'spec.reason', undefined],
    ['a field that comes', 'spec.requester.uid', 'u'],
    ['a changed list', 'spec.change.diff', []],
    ['a longer end', 'spec.expiresAt', '2027-01-01T00:00:00Z'],
  ])('of a request: %s', async (_what, path, value) => {
    const answer = await put('approvalrequests', set(await stored(), path, value));
    expect(answer.status).toBe(422);
    expect(refusalOf(answer)).toContain('a request is written once: its spec never changes');
  });

  it.each([
    ['another verdict', 'spec.verdict', 'Deny'],
    ['a reason that goes', 'spec.reason', undefined],
    ['a fingerprint that comes', 'spec.fingerprint', 'v1:00'],
    ['an unknown field that comes', 'spec.unheard', 'x'],
  ])('of a decision: %s', async (_what, path, value) => {
    count += 1;
    const created = accepted(
      await send('admin', 'POST', pathOf('approvaldecisions'), aDecision(`d${count}`)),
    );
    const answer = await put('approvaldecisions', set(created, path, value));
    expect(answer.status).toBe(422);
    expect(refusalOf(answer)).toContain('a decision is written once: its spec never changes');
  });

  it('labels may change', async () => {
    const answer = await put('approvalrequests', set(await stored(), 'metadata.labels', { a: 'b' }));
    expect(answer.status).toBe(200);
  });
});
