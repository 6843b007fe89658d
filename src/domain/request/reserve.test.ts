import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRequest, MINUTE, SEAL, T0 } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestStatus, RequestState, Reservation } from '../../api/approval-request.ts';
import { deadline, instant } from './instant.ts';
import { useApproval, type ChangeKind, type Use } from './reserve.ts';

const USED = T0 + 10 * MINUTE;
const END = T0 + 31 * MINUTE;
const use = (over: Partial<Use> = {}): Use => ({
  review: 'review-1',
  kind: 'update',
  objectVersion: '5',
  objectUid: 'object-uid',
  terminating: false,
  reservationSealed: true,
  ...over,
});
const reservation = (over: Partial<Reservation> = {}): Reservation => ({
  review: 'review-1',
  at: instant(USED),
  objectVersion: '5',
  objectUid: 'object-uid',
  times: 1,
  seal: SEAL,
  ...over,
});
const inState = (state: RequestState, over: Partial<ApprovalRequestStatus> = {}) =>
  aRequest({}, { state, usableUntil: deadline(END), ...over });
const reserved = (over: Partial<Reservation> = {}, state: RequestState = 'Reserved') =>
  inState(state, { reservation: reservation(over) });

const OBSERVED: ChangeKind[] = ['update', 'scale', 'delete', 'evict'];
const BURNT: ChangeKind[] = ['create', 'connect', 'token', 'portforward'];

describe('the first use', () => {
  it.each([
    ...OBSERVED.map((kind) => [kind, 'Reserved'] as const),
    ...BURNT.map((kind) => [kind, 'Admitted'] as const),
  ])('of a %s goes to %s and remembers review, object and time', (kind, state) => {
    expect(useApproval(inState('Approved'), use({ kind, reservationSealed: false }), USED)).toEqual({
      kind: 'reserve',
      state,
      reservation: {
        review: 'review-1',
        at: instant(USED),
        objectVersion: '5',
        objectUid: 'object-uid',
        times: 1,
      },
    });
  });

  it('is possible until the approval ends, and not at its end', () => {
    expect(useApproval(inState('Approved'), use(), END - 1).kind).toBe('reserve');
    expect(useApproval(inState('Approved'), use(), END)).toEqual({ kind: 'not-usable', why: 'expired' });
  });

  it.each([
    ['without an end', inState('Approved', { usableUntil: undefined })],
    ['with an end that cannot be read', inState('Approved', { usableUntil: 'later' })],
  ])('is not possible %s', (_case, request) => {
    expect(useApproval(request, use(), USED)).toEqual({ kind: 'not-usable', why: 'expired' });
  });

  it('is not possible when a status that says Approved has been used before', () => {
    const forged = inState('Approved', { reservation: reservation() });
    expect(useApproval(forged, use(), USED)).toEqual({ kind: 'spent', at: instant(USED) });
  });

  it('is not possible when its line of the record would find no room (INV-5)', () => {
    const line = { id: 'x', type: 'decided' as const, at: instant(T0) };
    const full = inState('Approved', { outbox: Array.from({ length: 63 }, () => line) });
    expect(useApproval(full, use(), USED)).toEqual({ kind: 'spent', at: undefined });
  });

  it.each<[RequestState | undefined, string, number?]>([
    [undefined, 'pending'],
    ['Pending', 'pending'],
    ['Pending', 'expired', T0 + 240 * MINUTE],
    ['Denied', 'denied'],
    ['Expired', 'expired'],
    ['Superseded', 'superseded'],
    ['Withdrawn', 'withdrawn'],
  ])('is not possible in state %s: %s', (state, why, now = USED) => {
    const request = state === undefined ? aRequest() : inState(state);
    expect(useApproval(request, use(), now)).toEqual({ kind: 'not-usable', why });
  });
});

describe('within the window', () => {
  it.each(OBSERVED)(
    'a %s with another review of the same object goes on, also after the approval ended',
    (kind) => {
      const next = use({ kind, review: 'review-2', objectVersion: '9', terminating: true });
      for (const state of ['Reserved', 'Admitted'] as const) {
        expect(useApproval(reserved({}, state), next, USED + 37_000)).toEqual({ kind: 'readmit' });
        const late = reserved({ at: instant(END - 1) }, state);
        expect(useApproval(late, next, END + 36_000)).toEqual({ kind: 'readmit' });
      }
    },
  );

  it.each(OBSERVED)('a %s of another object of that name does not', (kind) => {
    const other = use({ kind, review: 'review-2', objectUid: 'recreated' });
    expect(useApproval(reserved(), other, USED + 1_000).kind).toBe('spent');
  });

  it.each(BURNT)('a %s goes on only for the same review', (kind) => {
    const request = reserved({}, 'Admitted');
    expect(useApproval(request, use({ kind }), USED + 37_000)).toEqual({ kind: 'readmit' });
    expect(useApproval(request, use({ kind }), USED + 37_001).kind).toBe('spent');
    const second = useApproval(request, use({ kind, review: 'review-2' }), USED + 2_001);
    expect(second).toEqual({ kind: 'spent', at: instant(USED) });
  });

  it('a port-forward may come twice, within five seconds by clocks that are three apart', () => {
    const fallback = use({ kind: 'portforward', review: 'review-2' });
    expect(useApproval(reserved({}, 'Admitted'), fallback, USED + 2_000)).toEqual({ kind: 'readmit' });
    expect(useApproval(reserved({}, 'Admitted'), fallback, USED + 2_001).kind).toBe('spent');
  });

  const later = (over: Partial<Use> = {}) => use({ kind: 'delete', review: 'review-2', ...over });
  const lateStart = USED + 3_001;

  it('a deletion whose last pass may come after the window gets a window of its own, and is not left half done', () => {
    expect(useApproval(reserved(), later(), lateStart - 1)).toEqual({ kind: 'readmit' });
    expect(useApproval(reserved(), later(), lateStart)).toMatchObject({
      kind: 'reserve',
      reservation: { review: 'review-2', times: 2, at: instant(lateStart) },
    });
    expect(useApproval(reserved(), later({ terminating: true }), lateStart)).toEqual({ kind: 'readmit' });
    expect(useApproval(reserved(), later({ review: 'review-1' }), lateStart)).toEqual({ kind: 'readmit' });
  });

  it('a deletion that would be left half done, and can get no window, does not begin', () => {
    const ended = reserved({ at: instant(END - 1_000) });
    expect(useApproval(ended, later(), END + 6_000).kind).toBe('spent');
  });

  it('nothing goes on under a reservation that the gate did not sign', () => {
    expect(useApproval(reserved(), use({ reservationSealed: false }), USED + 1).kind).toBe('spent');
  });
});

describe('after the window', () => {
  const LATER = USED + 37_001;
  it.each<[why: string, over: Partial<Use>, expected: string]>([
    ['an update of an object that did not move', {}, 'reserve'],
    ['a scale of an object that did not move', { kind: 'scale' }, 'reserve'],
    ['an update of an object that moved', { objectVersion: '6' }, 'spent'],
    ['an update without a version', { objectVersion: '' }, 'spent'],
    ['a delete of the same object, whatever its version', { kind: 'delete', objectVersion: '9' }, 'reserve'],
    ['a delete of an object that is going already', { kind: 'delete', terminating: true }, 'spent'],
    ['a delete of another object', { kind: 'delete', objectUid: 'recreated' }, 'spent'],
    ['an eviction that a disruption budget refused', { kind: 'evict' }, 'reserve'],
    ['an eviction of a pod that is going already', { kind: 'evict', terminating: true }, 'spent'],
    ['an eviction of nothing in particular', { kind: 'evict', objectUid: '' }, 'spent'],
    ['a create', { kind: 'create' }, 'spent'],
    ['a connect', { kind: 'connect' }, 'spent'],
    ['a token', { kind: 'token' }, 'spent'],
    ['an update under a reservation that is not ours', { reservationSealed: false }, 'spent'],
  ])('%s: %s', (_case, over, expected) => {
    const outcome = useApproval(reserved(), use({ review: 'review-2', ...over }), LATER);
    expect(outcome.kind).toBe(expected);
  });

  it('reserves with the next number and its own time', () => {
    expect(useApproval(reserved(), use({ review: 'review-2' }), LATER)).toMatchObject({
      reservation: { review: 'review-2', times: 2, at: instant(LATER) },
    });
  });

  it('INV-5: nothing is re-opened when its lines of the record would find no room', () => {
    const outbox = (length: number) => {
      const line = { id: 'x', type: 'decided' as const, at: instant(T0) };
      return inState('Reserved', { reservation: reservation(), outbox: Array.from({ length }, () => line) });
    };
    expect(useApproval(outbox(62), use(), LATER).kind).toBe('reserve');
    expect(useApproval(outbox(63), use(), LATER)).toEqual({ kind: 'spent', at: instant(USED) });
  });

  it('nothing is re-opened once the approval ended, once it is terminal, or after too many times', () => {
    expect(useApproval(reserved(), use(), END).kind).toBe('spent');
    expect(useApproval(reserved({}, 'Admitted'), use(), LATER).kind).toBe('spent');
    expect(useApproval(reserved({ times: 1_000 }), use(), LATER).kind).toBe('spent');
  });
});

describe('a clock that goes wrong', () => {
  it.each([
    ['three seconds back: within the window', USED - 3_000, {}, 'readmit'],
    ['more than that: spent, since nobody knows how old it is', USED - 3_001, {}, 'spent'],
    ['more than that, a deletion: spent', USED - 3_001, { kind: 'delete' }, 'spent'],
  ] as const)('%s', (_case, now, over, expected) => {
    expect(useApproval(reserved(), use(over), now).kind).toBe(expected);
  });

  it.each([
    ['an update', 'update', 40_000],
    ['a deletion that goes on', 'delete', 40_000],
    ['a port-forward', 'portforward', 5_000],
  ] as const)(
    'INV-2: %s is not let through again later than promised, however clocks differ',
    (_, kind, promised) => {
      const skew = fc.integer({ min: -1_500, max: 1_500 });
      fc.assert(
        fc.property(skew, skew, fc.nat({ max: 100_000 }), (writer, reader, late) => {
          const request = reserved(
            { at: instant(USED + writer) },
            kind === 'portforward' ? 'Admitted' : 'Reserved',
          );
          const again = use({ kind, review: 'review-2', objectVersion: '9', terminating: true });
          const outcome = useApproval(request, again, USED + promised + 1 + late + reader);
          expect(outcome.kind).toBe('spent');
        }),
      );
    },
  );

  it('INV-2: no pass of one API request is refused, however clocks differ', () => {
    const skew = fc.integer({ min: -1_500, max: 1_500 });
    fc.assert(
      fc.property(skew, skew, fc.nat({ max: 34_000 }), (writer, reader, later) => {
        const pass = use({ review: 'review-2', objectVersion: '9', terminating: true });
        const request = reserved({ at: instant(USED + writer) });
        for (const kind of OBSERVED)
          expect(useApproval(request, { ...pass, kind }, USED + later + reader).kind).toBe('readmit');
      }),
    );
  });

  it.each(['', 'then', '2026-13-01T00:00:00Z'])('a reservation made at %j is spent', (at) => {
    expect(useApproval(reserved({ at }), use(), USED)).toEqual({ kind: 'spent', at });
  });

  it('a used request without any reservation is spent, at a time that cannot be told', () => {
    expect(useApproval(inState('Admitted'), use(), USED)).toEqual({ kind: 'spent', at: undefined });
  });
});

describe('an approval ends', () => {
  const anyKind = fc.constantFrom(...OBSERVED, ...BURNT);
  const anyPlace = fc.record({
    objectVersion: fc.constantFrom('', '5', '6'),
    objectUid: fc.constantFrom('', 'object-uid', 'other'),
    terminating: fc.boolean(),
    review: fc.constantFrom('review-1', 'review-2'),
  });

  it('INV-4: is never reserved, for the first time or again, at or after its end', () => {
    fc.assert(
      fc.property(
        anyKind,
        anyPlace,
        fc.nat({ max: 2 * 60 * MINUTE }),
        fc.boolean(),
        (kind, place, late, isFirst) => {
          const request = isFirst ? inState('Approved') : reserved();
          const now = END + late;
          expect(useApproval(request, use({ kind, ...place }), now).kind).not.toBe('reserve');
        },
      ),
    );
  });

  it('INV-4: is readmitted after its end only within the window of a use that began before it', () => {
    fc.assert(
      fc.property(anyKind, anyPlace, fc.nat({ max: 10 * MINUTE }), (kind, place, late) => {
        const at = END - 1_000;
        const now = at + 40_001 + late;
        const request = reserved({ at: instant(at) });
        expect(useApproval(request, use({ kind, ...place }), now).kind).not.toBe('readmit');
      }),
    );
  });
});
