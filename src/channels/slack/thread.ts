// One line in the thread of a card for each event: the words of the Event that `kubectl describe` shows. Nobody is pinged.
import type { OutboxEntry } from '../../api/approval-request.ts';
import type { Card } from '../../domain/message/card.ts';
import { eventWords } from '../../domain/message/events.ts';
import { toSecond } from '../../domain/message/moment.ts';
import { instant } from '../../domain/request/instant.ts';
import { identified, plainText, type SlackMessage } from './block-types.ts';
import { inertText } from './inert.ts';

const LINE = { points: 700 };

/** The reply for one line of the record. Its block id is made of the line's own id, so that the same line is the same reply. */
export function threadReply(entry: OutboxEntry, card: Card): SlackMessage {
  const { reason, message } = eventWords(entry);
  const told = `${reason}: ${inertText(message, LINE)}`;
  return reply(told, `${reason} (${card.code})`, `${card.uid}:${entry.type}`);
}

/** The reply that reminds of an end: once, shortly before it. */
export function reminderReply(card: Card): SlackMessage {
  const end = card.endsAt === undefined ? 'soon' : `at ${toSecond(instant(card.endsAt))}`;
  const given = card.rows.find(({ key }) => key === 'approvals')?.value ?? '';
  const told = `Reminder: nobody has decided yet (${inertText(given, { points: 32 })}); the request expires ${end}.`;
  return reply(told, `Reminder (${card.code}): the request expires ${end}`, `${card.uid}:reminder`);
}

/** A message that is about no request. */
export function alarmMessage(text: string, key: string): SlackMessage {
  return reply(
    `Assent: ${inertText(text, { points: 1_900, lines: 5 })}`,
    'Assent was tampered with',
    `alarm:${key}`,
  );
}

function reply(told: string, text: string, key: string): SlackMessage {
  return { text, blocks: identified([{ type: 'context', elements: [plainText(told)] }], key, 0) };
}
