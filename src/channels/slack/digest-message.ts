// Many requests in one message: from five pending ones on, a channel gets this list instead of a card for each. Nothing
// can be decided from it, since it does not show what changes (INV-9).
import type { Card } from '../../domain/message/card.ts';
import { toSecond } from '../../domain/message/moment.ts';
import { instant } from '../../domain/request/instant.ts';
import { identified, plainText, type Draft, type SlackMessage } from './block-types.ts';
import { inertName } from './inert.ts';

/** How the list is made. */
export interface DigestOptions {
  /** Stable name of this list, at most 64 letters, digits and dashes. */
  readonly key: string;
  /** Counts the contents of this message. */
  readonly revision: number;
}

const MOST_LINES = 15;
const RISKS = ['Critical', 'High', 'Medium', 'Low'] as const;

/** The list: pending ones first, the riskiest and those that end soonest on top. Empty lists say so. */
export function digestMessage(cards: readonly Card[], { key, revision }: DigestOptions): SlackMessage {
  const pending = cards.filter(({ state }) => state === 'Pending').sort(byUrgency);
  const word = pending.length > 0 ? 'PENDING' : 'DECIDED';
  const headline = `[${word}] ${pending.length} of ${cards.length} requests wait for an answer`;
  const shown = pending.slice(0, MOST_LINES).map(pendingLine);
  const left = pending.length - shown.length;
  const lines = [...shown, ...(left > 0 ? [`${left} more`] : [])];
  const drafts: readonly Draft[] = [
    { type: 'header', text: plainText(headline) },
    { type: 'section', text: plainText([risks(pending), requesters(pending)].join('\n')) },
    // Two lists: one text holds 3,000 code points.
    ...[lines.slice(0, 8), lines.slice(8)]
      .filter((part) => part.length > 0)
      .map((part): Draft => ({ type: 'section', text: plainText(part.join('\n')) })),
    ...decided(cards),
    {
      type: 'context',
      elements: [
        plainText(
          'too many at once for buttons; see and decide each: kubectl assent list, show NAME, approve NAME, deny NAME',
        ),
      ],
    },
  ];
  return { text: headline, blocks: identified(drafts, key, revision) };
}

function byUrgency(a: Card, b: Card): number {
  return (
    RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk) ||
    (a.endsAt ?? Number.MAX_SAFE_INTEGER) - (b.endsAt ?? Number.MAX_SAFE_INTEGER) ||
    (a.name < b.name ? -1 : 1)
  );
}

function pendingLine(card: Card): string {
  const end =
    card.endsAt === undefined ? '' : `, expires ${toSecond(instant(card.endsAt)).slice(11, 16)} UTC`;
  return `${card.risk}: ${inertName(card.action, 150)} by ${inertName(card.requester, 80)}${end}, ${inertName(card.name, 70)}`;
}

function risks(pending: readonly Card[]): string {
  const counts = RISKS.map((risk) => [risk, pending.filter((card) => card.risk === risk).length] as const);
  const told = counts.filter(([, n]) => n > 0).map(([risk, n]) => `${n} ${risk}`);
  return `Risk: ${told.length === 0 ? 'none' : told.join(', ')}`;
}

/** Whoever asks most stands first: a burst mostly has one author. */
function requesters(pending: readonly Card[]): string {
  const counts = new Map<string, number>();
  for (const { requester } of pending) counts.set(requester, (counts.get(requester) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const told = sorted.slice(0, 5).map(([who, n]) => `${n} by ${inertName(who, 80)}`);
  const left = sorted.length - told.length;
  return `Requesters: ${told.length === 0 ? 'none' : told.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function decided(cards: readonly Card[]): readonly Draft[] {
  const counts = new Map<string, number>();
  for (const { word } of cards) if (word !== 'PENDING') counts.set(word, (counts.get(word) ?? 0) + 1);
  if (counts.size === 0) return [];
  const told = [...counts].map(([word, n]) => `${n} ${word.toLowerCase()}`).join(', ');
  return [{ type: 'section', text: plainText(`No longer waiting: ${told}`) }];
}
