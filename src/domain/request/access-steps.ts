// What happens to a request for access once it is approved: granted, used, taken away, proven gone. Each step is one line of
// the record, in the write that stores it (INV-5). `Ended` comes last, when nothing of the access is left (INV-4).
import type { EndedWhy, GrantStatus, Hindered } from '../../api/access.ts';
import type { ApprovalRequestStatus } from '../../api/approval-request.ts';
import type { Seal } from '../../api/primitives.ts';
import type { NoteFacts } from '../message/note.ts';
import { instant } from './instant.ts';
import { withLine } from './outbox.ts';
import type { UseOutcome } from './reserve.ts';
import type { Step } from './state.ts';

/** What the controller of grants reports. Times are epoch ms, by the clock of the API server. */
export type AccessEvent =
  /** The binding stands. `objects` names it for people. */
  | { readonly type: 'granted'; readonly objects: string; readonly at: number }
  /** At `at` the newest of what was put back was made. */
  | { readonly type: 'restored'; readonly what: string; readonly at: number }
  /** What could not be granted at the last try; nothing where everything stands. Of it there is no line: it may come and go. */
  | { readonly type: 'hindered'; readonly where: readonly Hindered[] }
  /** The binding is gone, or never was. */
  | { readonly type: 'ended'; readonly why: EndedWhy; readonly by: string; readonly at: number }
  /** The API server was asked. `elsewhere`: the requester has some of it by other bindings. */
  | { readonly type: 'gone'; readonly elsewhere: boolean; readonly at: number };

const isOpen = ({ status }: Step): boolean => status.state === 'Approved' || status.state === 'Reserved';

/** The status after a report; unchanged where it does not fit, so that a report may come twice. */
export function accessChanged(step: Step, event: AccessEvent): ApprovalRequestStatus {
  const { status, request } = step;
  const grant = status.grant ?? {};
  if (request.spec.access === undefined || !isOpen(step)) return status;
  switch (event.type) {
    case 'granted': {
      if (grant.createdAt !== undefined || grant.endedAt !== undefined) return status;
      const note: NoteFacts = { type: 'granted', objects: event.objects, until: status.usableUntil ?? '' };
      return told(step, { createdAt: instant(event.at) }, note);
    }
    case 'restored': {
      if (grant.endedAt !== undefined) return status;
      const facts = { restored: (grant.restored ?? 0) + 1, restoredAt: instant(event.at) };
      return told(step, facts, { type: 'restored', what: event.what });
    }
    case 'hindered':
      return hinderedAccess(status, event.where);
    case 'ended': {
      if (grant.endedAt !== undefined) return status;
      const facts = { endedAt: instant(event.at), endedWhy: event.why };
      return told(step, facts, { type: 'ended', why: event.why }, event.by);
    }
    case 'gone': {
      if (grant.endedAt === undefined) return status;
      const facts = { goneAt: instant(event.at), elsewhere: event.elsewhere };
      const over = told(step, facts, { type: 'gone', elsewhere: event.elsewhere });
      return { ...over, state: 'Ended', expiresAt: undefined };
    }
  }
}

function hinderedAccess(status: ApprovalRequestStatus, where: readonly Hindered[]): ApprovalRequestStatus {
  const { hindered: _, ...grant } = status.grant ?? {};
  if (grant.endedAt !== undefined) return status;
  return { ...status, grant: where.length === 0 ? grant : { ...grant, hindered: [...where] } };
}

/** The first write under a grant. One that lasts for a single use is Reserved by it, whatever kind of write it is. */
export function usedAccess(
  step: Step,
  outcome: Extract<UseOutcome, { kind: 'reserve' }>,
  seal: Seal,
  what: string,
): ApprovalRequestStatus {
  const { status, request } = step;
  const { access } = request.spec;
  if (status.state !== 'Approved' || access === undefined) return status;
  const { at } = outcome.reservation;
  const by = request.spec.requester.username;
  const note: NoteFacts = { type: 'used', what, isUp: access.once };
  const next = told(step, { usedAt: at }, note, by);
  return access.once ? { ...next, state: 'Reserved', reservation: { ...outcome.reservation, seal } } : next;
}

function told(step: Step, facts: GrantStatus, note: NoteFacts, by = ''): ApprovalRequestStatus {
  const { status, request, now } = step;
  const next: ApprovalRequestStatus = { ...status, grant: { ...status.grant, ...facts } };
  return withLine(next, request.metadata.uid, { note, by }, now);
}
