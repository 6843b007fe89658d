// Whether an approval admits this very review (INV-2, DESIGN 5). One client request is several reviews, and "allowed" is
// not "persisted": so a use reserves the approval for a window, and afterwards only proof that nothing happened re-opens it.
import type { Reservation } from '../../api/approval-request.ts';
import { instant, parseInstant } from './instant.ts';
import { hasRoom } from './outbox.ts';
import type { RequestFacts } from './state.ts';

/** What a change does to its object, as the change model names it; it decides what may be seen of its effect. */
export type ChangeKind =
  'create' | 'update' | 'scale' | 'delete' | 'evict' | 'connect' | 'portforward' | 'token';

/** One review that wants to use an approval. The caller found the request by the sealed fingerprint of this change. */
export interface Use {
  /** uid of the review. */
  readonly review: string;
  readonly kind: ChangeKind;
  /** resourceVersion of oldObject; empty when there is none. */
  readonly objectVersion: string;
  /** uid of the object; empty when there is none. */
  readonly objectUid: string;
  /** Whether the object is being deleted already. */
  readonly terminating: boolean;
  /** Whether the seal of the stored reservation holds; of no account while there is none. */
  readonly reservationSealed: boolean;
}

/** What the review may do. */
export type UseOutcome =
  /** Allowed, without a write: the same use goes on. */
  | { readonly kind: 'readmit' }
  /** Allowed once this reservation is stored, sealed, guarded by resourceVersion. */
  | {
      readonly kind: 'reserve';
      readonly reservation: Omit<Reservation, 'seal'>;
      readonly state: 'Reserved' | 'Admitted';
    }
  /** Used before; `at` is RFC 3339, undefined when it cannot be told. */
  | { readonly kind: 'spent'; readonly at: string | undefined }
  | {
      readonly kind: 'not-usable';
      readonly why: 'pending' | 'denied' | 'expired' | 'superseded' | 'withdrawn' | 'ended';
    };

/** No request lives longer in the API server (experiments.md 12). ms. */
const LIFETIME_MS = 34_000;
/** Longer than any request may live. ms. */
export const WINDOW_MS = 40_000;
/** kubectl port-forward falls back to a second request when its first one fails (experiments.md 11). ms. */
export const PORT_FORWARD_WINDOW_MS = 5_000;
/**
 * How far the clocks of two gates may be apart: they follow that of the API server, which tells it to the second. What lies
 * further in the future has no age that could be believed, and by clocks a window ends so much sooner than promised. ms.
 */
export const CLOCK_SKEW_MS = 3_000;
/** Most reservations of one approval, as the schema bounds `times`. */
const MOST_TIMES = 1_000;

const UNUSABLE = {
  Pending: 'pending',
  Denied: 'denied',
  Expired: 'expired',
  Superseded: 'superseded',
  Withdrawn: 'withdrawn',
  Ended: 'ended',
} as const;

/** Burnt on first use: what they do cannot be observed, or is done at once. */
const BURNT: ReadonlySet<ChangeKind> = new Set(['create', 'connect', 'portforward', 'token']);

/**
 * Judges a use of an approval from the request alone. Seals and quorum are the caller's to verify before it reserves.
 * @param now epoch ms, by the clock of the API server; the time that the reservation will carry
 */
export function useApproval(request: RequestFacts, use: Use, now: number): UseOutcome {
  const state = request.status?.state ?? 'Pending';
  if (state === 'Approved') return firstUse(request, use, now);
  if (state === 'Reserved' || state === 'Admitted') return laterUse(request, use, now);
  const end = parseInstant(request.spec.expiresAt);
  const isOver = state === 'Pending' && (end === undefined || now >= end);
  return { kind: 'not-usable', why: isOver ? 'expired' : UNUSABLE[state] };
}

function firstUse(request: RequestFacts, use: Use, now: number): UseOutcome {
  const { status } = request;
  // The state machine makes neither; a status that says so is forged, and a use without its line breaks INV-5.
  if (status?.reservation || !hasRoom(status ?? {}, 2)) return { kind: 'spent', at: status?.reservation?.at };
  if (!isStillUsable(request, now)) return { kind: 'not-usable', why: 'expired' };
  return reserveAs(use, 1, now);
}

function laterUse(request: RequestFacts, use: Use, now: number): UseOutcome {
  const reservation = request.status?.reservation;
  const spent: UseOutcome = { kind: 'spent', at: reservation?.at };
  const age = ageOf(reservation, use, now);
  if (!reservation || age === undefined) return spent;
  if (age <= WINDOW_MS - CLOCK_SKEW_MS) {
    if (!isSameRun(use, reservation, age)) return spent;
    if (!outlastsWindow(use, reservation, age)) return { kind: 'readmit' };
  }
  const isOpen = mayReserveAgain(request, reservation, now) && nothingHappened(use, reservation);
  // The schema lets no time of a use move earlier, whichever of the two clocks is ahead (INV-8).
  const time = Math.max(now, parseInstant(reservation.at) ?? now);
  return isOpen ? reserveAs(use, reservation.times + 1, time) : spent;
}

/**
 * How long ago it was made, in ms; undefined when the seal does not hold, or when it was made in the future: that age cannot
 * be told, and a use that takes over its time, which must not move earlier, would have a window in the future.
 */
export function ageOf(reservation: Reservation | undefined, use: Use, now: number): number | undefined {
  const at = parseInstant(reservation?.at);
  if (at === undefined || !use.reservationSealed) return undefined;
  return at > now + CLOCK_SKEW_MS ? undefined : now - at;
}

function mayReserveAgain(request: RequestFacts, reservation: Reservation, now: number): boolean {
  return (
    request.status?.state === 'Reserved' &&
    isStillUsable(request, now) &&
    reservation.times < MOST_TIMES &&
    hasRoom(request.status, 2)
  );
}

/** Within the window: may this be one more pass of the client request that reserved? */
export function isSameRun(use: Use, reservation: Reservation, age: number): boolean {
  if (use.review === reservation.review) return true;
  if (use.kind === 'portforward') return age <= PORT_FORWARD_WINDOW_MS - CLOCK_SKEW_MS;
  // Another uid is another object of that name: no pass of the same request can see it.
  return !BURNT.has(use.kind) && use.objectUid === reservation.objectUid;
}

/**
 * Whether this may be the first of several passes, the last of which comes after the window: a deletion that is begun by
 * another request of the client, and would be left half done. It gets a window of its own.
 */
export function outlastsWindow(use: Use, reservation: Reservation, age: number): boolean {
  const isBegun = use.terminating || use.review === reservation.review;
  return use.kind === 'delete' && !isBegun && age + LIFETIME_MS > WINDOW_MS - CLOCK_SKEW_MS;
}

/** After the window: does the object prove that the earlier use changed nothing? */
function nothingHappened(use: Use, reservation: Reservation): boolean {
  if (BURNT.has(use.kind) || use.objectUid === '' || use.objectUid !== reservation.objectUid) return false;
  if (use.kind === 'delete' || use.kind === 'evict') return !use.terminating;
  return use.objectVersion !== '' && use.objectVersion === reservation.objectVersion;
}

/** Whether the approval has not ended yet, as its status says it. */
export function isStillUsable(request: RequestFacts, now: number): boolean {
  const end = parseInstant(request.status?.usableUntil);
  return end !== undefined && now < end;
}

function reserveAs(use: Use, times: number, now: number): UseOutcome {
  const { review, objectVersion, objectUid } = use;
  return {
    kind: 'reserve',
    reservation: { review, at: instant(now), objectVersion, objectUid, times },
    state: BURNT.has(use.kind) ? 'Admitted' : 'Reserved',
  };
}
