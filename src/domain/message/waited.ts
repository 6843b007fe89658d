// What somebody reads who waited for the answer to a request: its state, why, and what to do next. A state alone tells whoever
// asked neither.
import type { EndedWhy } from '../../api/access.ts';
import type { ApprovalRequest, ApprovalRequestStatus } from '../../api/approval-request.ts';
import { notBefore } from '../request/instant.ts';
import { hasNoSuccessor, rememberedUntil, supersededBecause } from '../request/supersede.ts';
import { hinderedText } from './hindered.ts';
import { toSecond } from './moment.ts';
import { ENDED_WORDS } from './note.ts';
import { line } from './plain-text.ts';

type Waited = Pick<ApprovalRequest, 'metadata' | 'spec' | 'status'>;

/** Longest reason of somebody. Characters. */
const LONGEST_REASON = 300;

/** Such as `Denied by alice: "not that one"; do not ask again before 2026-11-22T10:45:00Z`. One line. */
export function waitedText(request: Waited): string {
  const { spec, status = { state: 'Pending' } } = request;
  const { state } = status;
  const isAccess = spec.access !== undefined;
  const again = isAccess ? 'ask again' : 'send the change again';
  switch (state) {
    case 'Pending':
      return `Pending, not answered yet; it expires at ${toSecond(status.expiresAt ?? spec.expiresAt)}`;
    case 'Approved':
      return isAccess ? approvedText(status) : state;
    case 'Reserved':
      return isAccess ? 'Reserved, its one write was made' : state;
    case 'Admitted':
      return state;
    case 'Denied':
      return deniedText(request, isAccess ? 'do not ask again' : 'do not send the change again');
    case 'Expired':
      return `Expired, ${status.usableUntil === undefined ? 'nobody answered in time' : 'approved and never used'}: ${again}`;
    case 'Superseded':
      return `Superseded, ${line(supersededBecause(status), 200)}${hasNoSuccessor(request) ? `: ${again}` : ''}`;
    case 'Withdrawn':
      return `Withdrawn${told(status, 'withdrawn')}`;
    case 'Ended':
      return `Ended, ${endedText(status)}`;
    default:
      return state satisfies never;
  }
}

function approvedText(status: ApprovalRequestStatus): string {
  const { grant, usableUntil = '' } = status;
  if (grant?.endedAt !== undefined) return `Approved, and ended: ${endedText(status)}`;
  const hindered = hinderedText(grant?.hindered);
  return grant?.createdAt === undefined
    ? `Approved, ${hindered === '' ? 'not granted yet' : hindered}`
    : `Approved, granted until ${usableUntil}`;
}

function deniedText(request: Waited, never: string): string {
  const denial = request.status?.decisions?.findLast(({ verdict }) => verdict === 'Deny');
  const by = denial === undefined ? '' : ` by ${line(denial.person, 256)}`;
  const until = rememberedUntil(request);
  return `Denied${by}${quoted(denial?.reason)}${until === undefined ? '' : `; ${never} before ${notBefore(until)}`}`;
}

/** What to do about an end; where the access was used, there is nothing more to do. */
const NEXT: Readonly<Record<EndedWhy, string>> = {
  Used: '',
  Expired: '; ask again if you still need it',
  Revoked: '',
  PolicyChanged: '; ask again',
  RoleChanged: '; ask again',
  NamespaceChanged: '; ask again',
  Frozen: '; stop, and tell the person who runs you',
  RequesterGone: '; ask again',
};

function endedText({ grant, decisions }: ApprovalRequestStatus): string {
  const { endedWhy } = grant ?? {};
  if (endedWhy === undefined) return 'nothing says why';
  const revoked = decisions?.findLast(({ verdict }) => verdict === 'Revoke');
  const reason = endedWhy === 'Revoked' ? quoted(revoked?.reason) : '';
  return `${ENDED_WORDS[endedWhy]}${reason}${NEXT[endedWhy]}`;
}

const quoted = (reason = ''): string => (reason === '' ? '' : `: "${line(reason, LONGEST_REASON)}"`);

function told({ outbox }: ApprovalRequestStatus, type: 'withdrawn'): string {
  const note = outbox?.findLast((entry) => entry.type === type)?.note;
  return note === undefined ? '' : `, ${line(note, 200)}`;
}
