// What a channel told where, as it is noted in the status of the request: read as copies, written back as notes. A copy is
// final once it shows how the request ended and its thread tells all of it; nobody looks at it again.
import type { ApprovalRequest, Notification } from '../../api/approval-request.ts';
import { isTerminal } from '../../domain/request/state.ts';
import type { Copy } from './copy.ts';
import { threadLines } from './told.ts';

/** What is noted of one place, undefined when nothing is. */
export function noteOf(
  { status }: Pick<ApprovalRequest, 'status'>,
  channel: string,
  place: string,
): Notification | undefined {
  return status?.notifications?.find((one) => one.channel === channel && one.place === place);
}

/** A note as a copy; undefined while nothing stands in the place. */
export function copyOf(note: Notification | undefined): Copy | undefined {
  if (note?.handle === undefined || note.form === 'notice') return undefined;
  const { form = 'card', handle, content = '', lines = 0, isReminded = false } = note;
  return { form, handle, content, lines, isReminded };
}

/** Places that hold something of a request, or in which it could not be told. */
export function notedPlaces({ status }: Pick<ApprovalRequest, 'status'>, channel: string): readonly string[] {
  return (status?.notifications ?? [])
    .filter((one) => one.channel === channel && one.form !== 'notice')
    .map(({ place }) => place);
}

/** Whether nothing is left to be told about a request: nobody was told, or every copy is final. */
export function isSettled({ status }: Pick<ApprovalRequest, 'status'>, channel: string): boolean {
  if (!isTerminal(status?.state ?? 'Pending')) return false;
  return (status?.notifications ?? []).every((one) => one.channel !== channel || one.isFinal === true);
}

/** What is noted of all places but one. */
export function notesBeside(
  { status }: Pick<ApprovalRequest, 'status'>,
  channel: string,
  place: string,
): readonly Notification[] {
  return (status?.notifications ?? []).filter((one) => one.channel !== channel || one.place !== place);
}

/** What is to be noted of a place. */
export interface Noted {
  readonly channel: string;
  readonly place: string;
  /** Undefined: nothing stands there. */
  readonly copy: Copy | undefined;
  /** Why nothing could be told there; undefined when it could. */
  readonly trouble?: string | undefined;
  /** Digest of what a card would show now. */
  readonly content: string;
}

/** The notes of a request after one of them changed; the others stay as they are. */
export function withNote(request: ApprovalRequest, noted: Noted): readonly Notification[] {
  const { channel, place, copy, trouble } = noted;
  const others = notesBeside(request, channel, place);
  if (copy === undefined && trouble === undefined) return others;
  const note: Notification = {
    channel,
    place,
    ...copy,
    ...(trouble === undefined ? {} : { trouble }),
    ...(copy && isFinal(request, copy, noted.content) ? { isFinal: true } : {}),
  };
  return [...others, note];
}

/** A list changes with each of its members, so it is final with none of them. */
function isFinal(request: ApprovalRequest, copy: Copy, content: string): boolean {
  const isOver = copy.form === 'card' && isTerminal(request.status?.state ?? 'Pending');
  return isOver && copy.content === content && copy.lines >= threadLines(request).length;
}
