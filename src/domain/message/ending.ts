// How a request ends or has ended, the same words on every screen: each state has its own line, since an old deadline
// says nothing.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { supersededBecause } from '../request/supersede.ts';

/** One fact about the end: `expires` and a time, or `superseded` and why. */
export interface Ending {
  /** Lower case, such as `usable until`. */
  readonly key: string;
  /** RFC 3339 text as stored, or a phrase. */
  readonly value: string;
  /** Whether `value` is a time. */
  readonly isTime: boolean;
}

/** The end of a request: none where nothing is known, two for a superseded one (why and when). */
export function endingOf({
  spec,
  status = { state: 'Pending' },
}: Pick<ApprovalRequest, 'spec' | 'status'>): readonly Ending[] {
  const at = (type: string): string | undefined =>
    status.outbox?.findLast((entry) => entry.type === type)?.at;
  switch (status.state) {
    case 'Pending':
      return when('expires', status.expiresAt ?? spec.expiresAt);
    case 'Approved':
      return when(
        APPROVED_UNTIL[spec.access === undefined ? 'change' : 'access'],
        status.usableUntil ?? status.expiresAt,
      );
    case 'Reserved':
    case 'Admitted':
      return when('used', status.reservation?.at ?? at('admitted'));
    case 'Denied':
      return when('denied', at('denied') ?? deniedAt(status));
    case 'Expired':
      return when('expired', at('expired') ?? status.usableUntil ?? spec.expiresAt);
    case 'Superseded':
      return [
        { key: 'superseded', value: supersededBecause(status), isTime: false },
        ...when('ended', at('superseded')),
      ];
    case 'Withdrawn':
      return when('withdrawn', at('withdrawn'));
    case 'Ended':
      return when('ended', status.grant?.endedAt ?? at('ended'));
  }
}

const APPROVED_UNTIL = { change: 'usable until', access: 'lasts until' } as const;
const deniedAt = ({ decisions }: NonNullable<ApprovalRequest['status']>): string | undefined =>
  decisions?.findLast((one) => one.verdict === 'Deny')?.at;

const when = (key: string, value: string | undefined): readonly Ending[] =>
  value === undefined ? [] : [{ key, value, isTime: true }];
