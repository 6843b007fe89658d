// Lines of the record that a request carries until they are written out. Whoever changes a state appends the line in
// the same status, so that one API write holds both (INV-5). Lines are only ever appended.
import type { ApprovalRequestStatus, OutboxEntry } from '../../api/approval-request.ts';
import { line } from '../message/plain-text.ts';
import { noteWords, type NoteFacts } from '../message/note.ts';
import { instant } from './instant.ts';

/** Most lines that the schema holds. */
export const OUTBOX_MAX = 64;

/** Whether `lines` more lines fit. */
export function hasRoom(status: Pick<ApprovalRequestStatus, 'outbox'>, lines: number): boolean {
  return (status.outbox?.length ?? 0) + lines <= OUTBOX_MAX;
}

/**
 * The status with one more line.
 * @param uid metadata.uid of the request; ids count up from it, so a repeated append of the same line has the same id
 * @param by who did it; empty when nobody did
 * @returns the same status when the outbox is full: an end must not wait for room. What opens anything asks {@link hasRoom} first
 */
export function withLine(
  status: ApprovalRequestStatus,
  uid: string,
  entry: { readonly note: NoteFacts; readonly by: string },
  now: number,
): ApprovalRequestStatus {
  if (!hasRoom(status, 1)) return status;
  const outbox = status.outbox ?? [];
  const written: OutboxEntry = {
    id: `${uid}.${outbox.length + 1}`,
    type: entry.note.type,
    at: instant(now),
    ...(entry.by === '' ? {} : { by: line(entry.by, 256) }),
    note: noteWords(entry.note),
  };
  return { ...status, outbox: [...outbox, written] };
}
