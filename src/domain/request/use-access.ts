// Whether approved access lets this very write through (INV-2, INV-4). For one use, the use is a reservation that carries the
// fingerprint of the write: further passes of the same client request go through for a window, and nothing re-opens it.
import { instant } from './instant.ts';
import { hasRoom } from './outbox.ts';
import {
  ageOf,
  CLOCK_SKEW_MS,
  isSameRun,
  isStillUsable,
  outlastsWindow,
  WINDOW_MS,
  type Use,
  type UseOutcome,
} from './reserve.ts';
import type { RequestFacts } from './state.ts';

/** One review that wants to use access. */
export interface AccessUse extends Use {
  /** Of the write: under today's key first, then under those before it. */
  readonly fingerprints: readonly string[];
}

/** What the review may do. The caller verifies seals and judges whether the grant stands, but for `readmit`. */
export type AccessOutcome =
  /** A further pass of the write that used it up: allowed, whatever became of the grant meanwhile. */
  | { readonly kind: 'readmit' }
  /** Allowed if the grant stands; its use has been told before, so that nothing is stored. */
  | { readonly kind: 'unstored' }
  /** Allowed if the grant stands, once this is stored. */
  | Extract<UseOutcome, { kind: 'reserve' }>
  /** Not allowed. `pending`: nobody decided yet. */
  | { readonly kind: 'not-usable'; readonly why: 'pending' | 'used' | 'ended' };

/**
 * Judges a use of access from its request alone.
 * @param now epoch ms, by the clock of the API server; the time that the use will carry
 */
export function useAccess(request: RequestFacts, use: AccessUse, now: number): AccessOutcome {
  const status = request.status ?? { state: 'Pending' as const };
  if (status.state === 'Pending') return { kind: 'not-usable', why: 'pending' };
  if (isLaterPass(request, use, now)) return { kind: 'readmit' };
  const isOnce = request.spec.access?.once !== false;
  if (isOnce && status.reservation !== undefined) return { kind: 'not-usable', why: 'used' };
  if (isOver(request, now)) return { kind: 'not-usable', why: 'ended' };
  const isTold = status.grant?.usedAt !== undefined;
  return isTold && !isOnce ? { kind: 'unstored' } : firstUse(request, use, now);
}

/** Whether it was taken away or is past its end, as its status says: what claims more time is not believed. */
function isOver(request: RequestFacts, now: number): boolean {
  const { status } = request;
  return status?.state !== 'Approved' || status.grant?.endedAt !== undefined || !isStillUsable(request, now);
}

function firstUse({ status }: RequestFacts, use: AccessUse, now: number): AccessOutcome {
  // Its end and its proof need lines of their own; a use without its line breaks INV-5.
  if (!hasRoom(status ?? {}, 3)) return { kind: 'not-usable', why: 'ended' };
  const { review, objectVersion, objectUid, fingerprints } = use;
  const fingerprint = fingerprints[0] ?? '';
  const at = instant(now);
  return {
    kind: 'reserve',
    reservation: { review, at, objectVersion, objectUid, fingerprint, times: 1 },
    state: 'Reserved',
  };
}

/** Whether this is one more pass of the client request that used the access up. */
function isLaterPass({ status }: RequestFacts, use: AccessUse, now: number): boolean {
  const reservation = status?.reservation;
  const age = ageOf(reservation, use, now);
  if (reservation?.fingerprint === undefined || age === undefined) return false;
  return (
    age <= WINDOW_MS - CLOCK_SKEW_MS &&
    use.fingerprints.includes(reservation.fingerprint) &&
    isSameRun(use, reservation, age) &&
    // Its later passes would come when the window is over, and nothing re-opens it.
    !outlastsWindow(use, reservation, age)
  );
}
