// Kubernetes Events on a request, one for each line of its record: `kubectl describe` tells the story.
import type { OutboxEntry } from '../../api/approval-request.ts';
import { line } from './plain-text.ts';

/** The words of an Event. */
export interface EventWords {
  /** CamelCase, for programs. */
  readonly reason: string;
  readonly type: 'Normal' | 'Warning';
  /** A sentence; at most 1024 characters, the limit of an Event. */
  readonly message: string;
}

const KINDS: Readonly<Record<OutboxEntry['type'], Omit<EventWords, 'message'>>> = {
  requested: { reason: 'Requested', type: 'Normal' },
  decided: { reason: 'Decided', type: 'Normal' },
  approved: { reason: 'Approved', type: 'Normal' },
  denied: { reason: 'Denied', type: 'Warning' },
  reserved: { reason: 'Reserved', type: 'Normal' },
  admitted: { reason: 'Admitted', type: 'Normal' },
  expired: { reason: 'Expired', type: 'Warning' },
  superseded: { reason: 'Superseded', type: 'Normal' },
  withdrawn: { reason: 'Withdrawn', type: 'Normal' },
  granted: { reason: 'GrantCreated', type: 'Normal' },
  used: { reason: 'GrantUsed', type: 'Normal' },
  restored: { reason: 'GrantRestored', type: 'Warning' },
  ended: { reason: 'GrantEnded', type: 'Normal' },
  gone: { reason: 'GrantGone', type: 'Normal' },
};

/** The Event for one line of the record. */
export function eventWords(entry: OutboxEntry): EventWords {
  const who = entry.by === undefined || entry.by === '' ? '' : `${entry.by}: `;
  const what = entry.note === undefined || entry.note === '' ? entry.type : entry.note;
  return { ...KINDS[entry.type], message: line(`${who}${what.replace(/\.+$/, '')}.`, 1_024) };
}
