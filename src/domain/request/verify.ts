// Which stored objects Assent itself wrote. A name, a status or a claimed author is never trusted: only a seal is
// (INV-1, INV-3). Signature checking is injected, so that this stays pure.
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Approver } from '../../api/approver.ts';
import type { IdentityLink } from '../../api/identity-link.ts';
import type { Seal } from '../../api/primitives.ts';
import { parseInstant } from './instant.ts';
import {
  approverSealBytes,
  decisionSealBytes,
  linkAccountSealBytes,
  linkSealBytes,
  requestSealBytes,
  reservationSealBytes,
} from './sealed.ts';

/** Checks a signature; false on anything unusual, never throws. */
export type Verify = (bytes: Uint8Array, seal: Seal) => boolean;

/** How far the creation time that the API server stamped may be from the time in the seal. ms. */
const CREATION_SKEW_MS = 30_000;

/** Whether the gate wrote this spec. */
export function isSealedRequest(request: Pick<ApprovalRequest, 'spec'>, verify: Verify): boolean {
  return verify(requestSealBytes(request.spec), request.spec.seal);
}

/** Whether the stamp wrote this decision. */
export function isSealedDecision(decision: Pick<ApprovalDecision, 'spec'>, verify: Verify): boolean {
  const { stamp } = decision.spec;
  return stamp !== undefined && verify(decisionSealBytes(decision.spec), stamp.seal);
}

/** Whether the gate wrote this reservation of this very request. */
export function isSealedReservation(
  request: Pick<ApprovalRequest, 'metadata' | 'status'>,
  verify: Verify,
): boolean {
  const reservation = request.status?.reservation;
  return (
    reservation !== undefined &&
    verify(reservationSealBytes(request.metadata.uid, reservation), reservation.seal)
  );
}

/**
 * Whether the stamp wrote this Approver, and this is the newest version that it wrote. A seal from creation is bound to
 * the creation time, a later one to uid and generation: none of them can be set by a client, so an older sealed spec
 * that is put back, or a deleted object that is created again, does not pass (replay).
 */
export function isSealedApprover(approver: Pick<Approver, 'metadata' | 'spec'>, verify: Verify): boolean {
  const { metadata, spec } = approver;
  const { stamp } = spec;
  if (!stamp || stamp.generation !== metadata.generation) return false;
  if (stamp.uid === '') {
    if (stamp.generation !== 1 || !isOfCreation(metadata.creationTimestamp, stamp.at)) return false;
  } else if (stamp.uid !== metadata.uid) return false;
  return verify(approverSealBytes(metadata.name, spec), stamp.seal);
}

/** Whether a seal that is as old as `at` was made for this creation, and not for one before it (replay). */
function isOfCreation(created: string | undefined, at: string): boolean {
  const [one, other] = [parseInstant(created) ?? Number.NaN, parseInstant(at) ?? Number.NaN];
  return Math.abs(one - other) <= CREATION_SKEW_MS;
}

/** Whether the stamp wrote this link, and for this creation of it. */
export function isSealedLink(link: Pick<IdentityLink, 'metadata' | 'spec'>, verify: Verify): boolean {
  const { metadata, spec } = link;
  const { stamp } = spec;
  return (
    stamp !== undefined &&
    isOfCreation(metadata.creationTimestamp, stamp.at) &&
    verify(linkSealBytes(metadata.name, spec), stamp.seal)
  );
}

/** Whether the account of a link typed its code. Says nothing about who made the link. */
export function isSealedAccount(
  link: Pick<IdentityLink, 'metadata' | 'spec' | 'status'>,
  verify: Verify,
): boolean {
  const { status, metadata, spec } = link;
  if (status?.account === undefined || status.seal === undefined) return false;
  return verify(linkAccountSealBytes({ uid: metadata.uid, channel: spec.channel }, status), status.seal);
}
