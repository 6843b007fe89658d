// What a place should be told about a request: when to remind, and which lines of the record its thread tells. The card
// itself is the request; everything that happened to it since is a line.
import type { ApprovalRequest, OutboxEntry } from '../../api/approval-request.ts';
import { parseInstant } from '../../domain/request/instant.ts';
import type { Copy, PlaceRequest } from './copy.ts';

/** A reminder comes this long before the end, or at three quarters of a shorter time. ms. */
const REMIND_BEFORE_MS = 15 * 60_000;

/** The lines of the record that a thread tells, oldest first. The record only grows, so they keep their places. */
export function threadLines({ status }: Pick<ApprovalRequest, 'status'>): readonly OutboxEntry[] {
  return status?.outbox?.filter(({ type }) => type !== 'requested') ?? [];
}

/**
 * A request for a place.
 * @param content digest of what a card of its own would show now
 * @param copy what the place was told so far
 */
export function placeRequest(
  request: ApprovalRequest,
  content: string,
  copy: Copy | undefined,
): PlaceRequest {
  const { metadata, spec, status } = request;
  const since = parseInstant(spec.requestedAt) ?? 0;
  const end = parseInstant(spec.expiresAt);
  return {
    name: metadata.name,
    uid: metadata.uid,
    isPending: (status?.state ?? 'Pending') === 'Pending',
    since,
    content,
    lines: threadLines(request).length,
    remindAt: end === undefined ? undefined : remindAt(since, end),
    copy,
  };
}

function remindAt(since: number, end: number): number {
  return end - Math.min(REMIND_BEFORE_MS, (end - since) / 4);
}
