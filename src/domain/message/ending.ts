// How a request ends or has ended, the same words on every screen: each state has its own line, since an old deadline
// says nothing.
import type { ApprovalRequest, OutboxEntry, RequestState } from '../../api/approval-request.ts';
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

type Ended = Pick<ApprovalRequest, 'spec'> & { readonly status: NonNullable<ApprovalRequest['status']> };

/** The end of a request: none where nothing is known, two for a superseded one (why and when). */
export function endingOf({
  spec,
  status = { state: 'Pending' },
}: Pick<ApprovalRequest, 'spec' | 'status'>): readonly Ending[] {
  return ENDINGS[status.state]({ spec, status });
}

const used = ({ status }: Ended): readonly Ending[] =>
  when('used', status.reservation?.at ?? lineAt(status, 'admitted'));

const ENDINGS: Readonly<Record<RequestState, (request: Ended) => readonly Ending[]>> = {
  Pending: ({ spec, status }) => when('expires', status.expiresAt ?? spec.expiresAt),
  Approved: ({ spec, status }) =>
    when(spec.access === undefined ? 'usable until' : 'lasts until', status.usableUntil ?? status.expiresAt),
  Reserved: used,
  Admitted: used,
  Denied: ({ status }) => when('denied', lineAt(status, 'denied') ?? deniedAt(status)),
  Expired: ({ spec, status }) =>
    when('expired', lineAt(status, 'expired') ?? status.usableUntil ?? spec.expiresAt),
  Superseded: ({ status }) => [
    { key: 'superseded', value: supersededBecause(status), isTime: false },
    ...when('ended', lineAt(status, 'superseded')),
  ],
  Withdrawn: ({ status }) => when('withdrawn', lineAt(status, 'withdrawn')),
  Ended: ({ status }) => when('ended', status.grant?.endedAt ?? lineAt(status, 'ended')),
};

const lineAt = ({ outbox }: Ended['status'], type: OutboxEntry['type']): string | undefined =>
  outbox?.findLast((entry) => entry.type === type)?.at;
const deniedAt = ({ decisions }: Ended['status']): string | undefined =>
  decisions?.findLast((one) => one.verdict === 'Deny')?.at;

const when = (key: string, value: string | undefined): readonly Ending[] =>
  value === undefined ? [] : [{ key, value, isTime: true }];
