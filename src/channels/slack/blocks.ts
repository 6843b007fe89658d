// A card as a Slack message: state and action, facts, what will change, what approval allows, what the agent says, how to
// tell it apart, buttons. Text of others stands in plain or preformatted text alone, cut to its place and saying so; a
// decided card has no button, and none can be approved that hides what decides (INV-9).
import type { Card, CardDecision } from '../../domain/message/card.ts';
import type { CardChange } from '../../domain/message/card-changes.ts';
import { MOST_ACCESS_TEXT } from '../../domain/message/card-access.ts';
import type { CardRow } from '../../domain/message/card-rows.ts';
import {
  identified,
  plainText,
  type Draft,
  type Markup,
  type SlackMessage,
  type Text,
} from './block-types.ts';
import { cardButtons } from './buttons.ts';
import { inertName, inertText, shares } from './inert.ts';
import { notificationText } from './notification.ts';

/** How the message is made. */
export interface CardOptions {
  /** Name of this installation: letters, digits, dots and dashes, at most 63. */
  readonly installation: string;
  /** Counts the contents of this message: each edit has blocks with new ids. */
  readonly revision: number;
  /** Web page of the request, where there is one. */
  readonly detailsUrl?: string | undefined;
  /** Ids of Slack's user groups and users who are mentioned while it waits. */
  readonly mentions?: readonly string[] | undefined;
}

// Code points. All of it together stays below 13,000, where Slack refuses a message.
const HEADER = 150;
const FIELD = 240;
const ACTION = 700;
const SUMMARY = 400;
const CHANGES = 1_600;
const DIFFERING = 100;
const REASON = { points: 400, lines: 8 };
const DECIDER_REASON = { points: 200 };
const SENTENCE = { points: 600 };
const ENTITLES = { points: 1_000 };
const STATED = 'Stated by the agent, not verified';
/** Slack's own limit is ten. */
const MOST_FIELDS = 10;
const MOST_DECISIONS = 4;
const MOST_MENTIONS = 16;

/** Lays a card out. */
export function cardMessage(card: Card, options: CardOptions): SlackMessage {
  const drafts: readonly (Draft | undefined)[] = [
    { type: 'header', text: plainText(headline(card)) },
    called(card, options),
    facts(card),
    changes(card),
    access(card),
    differs(card),
    card.answers.approve ? titled('If approved', inertText(card.entitles, ENTITLES)) : undefined,
    stated(card),
    decisions(card),
    card.answers.why === ''
      ? undefined
      : titled('Nobody can approve it here', inertText(card.answers.why, SENTENCE)),
    context(card, options),
    cardButtons(card, options),
  ];
  const present = drafts.filter((draft) => draft !== undefined);
  return { text: notificationText(card), blocks: identified(present, card.uid, options.revision) };
}

function headline({ word, action }: Card): string {
  const state = `[${word}] `;
  return `${state}${inertName(action, HEADER - state.length)}`;
}

function titled(title: string, words: string): Draft {
  return { type: 'section', text: plainText(`${title}\n${words}`) };
}

/** The whole action is told once more where the header has no room for it: which object it is decides. */
function facts(card: Card): Draft {
  const whole = inertName(card.action, ACTION);
  const isCut = !headline(card).endsWith(whole);
  const rows: readonly (Text | undefined)[] = [
    isCut ? plainText(`Action\n${whole}`) : undefined,
    ...card.rows.map(field),
  ];
  const fields = rows.filter((row) => row !== undefined).slice(0, MOST_FIELDS);
  if (card.summary === undefined) return { type: 'section', fields };
  const words = `In the words of the policy: ${inertText(card.summary, { points: SUMMARY })}`;
  return { type: 'section', text: plainText(words), fields };
}

/** Times are shown in the reader's own zone too: a sequence of ours around a number of ours. */
function field({ label, value, at }: CardRow): Text {
  if (at === undefined) return plainText(`${label}\n${inertName(value, FIELD)}`);
  const seconds = Math.floor(at / 1_000);
  const utc = /^[0-9TZ:.-]{1,35}$/.test(value) ? value : 'unknown';
  return {
    type: 'mrkdwn',
    text: `${label}\n${utc} (<!date^${seconds}^{date_short_pretty} {time}|${utc}>)`,
    verbatim: true,
  };
}

const SIGNS = { Added: '+', Removed: '-', Changed: '~' } as const;

function changes(card: Card): Draft | undefined {
  const { lead, entries, more, left, notes } = card.changes;
  const lines = [
    ...(lead === undefined ? [] : [`- ${lead}`]),
    ...changeLines(entries),
    ...(left === 0
      ? []
      : [`+ ${left} more: ${more.map((one) => `${one.paths} in ${inertName(one.below, 80)}`).join(', ')}`]),
    ...notes,
  ];
  const title = card.answers.deny ? 'What will change' : 'The change';
  return lines.length === 0 ? undefined : titled(title, lines.join('\n'));
}

/** Each line whole: those that there is no room for are counted, and then there is no Approve. */
function access({ access: asked, answers }: Card): Draft | undefined {
  if (asked === undefined) return undefined;
  const lines = asked.lines.map((one) => inertName(one, MOST_ACCESS_TEXT));
  const more = asked.left === 0 ? [] : [`+ ${asked.left} more, not shown`];
  return titled(answers.deny ? 'What is asked for' : 'The access', [...lines, ...more].join('\n'));
}

/** Paths and values share the room; none is so long that another one is not seen. */
function changeLines(entries: readonly CardChange[]): readonly string[] {
  const parts = entries.flatMap(({ path, from, to }) => [path, from ?? '', to ?? '']);
  const lengths = parts.map((part) => inertName(part, CHANGES).length);
  const budgets = shares(lengths, CHANGES);
  const fitted = parts.map((part, index) => inertName(part, budgets[index] ?? 32));
  return entries.map(({ op, from, to }, index) => {
    const [path = '', before = '', after = ''] = fitted.slice(3 * index);
    const values = [...(from === undefined ? [] : [before]), ...(to === undefined ? [] : [after])];
    return `${SIGNS[op]} ${path}: ${values.join(' -> ')}`;
  });
}

function differs({ differs: other }: Card): Draft | undefined {
  if (other === undefined) return undefined;
  const paths = other.paths.slice(0, 8).map((path) => inertName(path, DIFFERING));
  const left = other.paths.length - paths.length;
  return titled(
    'Not what was approved before',
    `${inertName(other.from, 253)} is approved for the same object; this one differs in ${paths.join(', ')}${left > 0 ? ` and ${left} more` : ''}`,
  );
}

function stated({ stated: reason }: Card): Draft | undefined {
  if (reason === undefined || reason.trim() === '') return undefined;
  return {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_section', elements: [{ type: 'text', text: STATED, style: { bold: true } }] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: inertText(reason, REASON) }] },
    ],
  };
}

function decisions({ decisions: all, outcome }: Card): Draft | undefined {
  const shown = all.slice(-MOST_DECISIONS).map(decisionLine);
  const earlier = all.length - shown.length;
  const lines = [
    ...(earlier > 0 ? [`${earlier} earlier decisions are not shown`] : []),
    ...shown,
    ...(outcome === '' ? [] : [inertText(outcome, SENTENCE)]),
  ];
  return lines.length === 0 ? undefined : { type: 'section', text: plainText(lines.join('\n')) };
}

function decisionLine({ verdict, person, at, channel, reason }: CardDecision): string {
  const verb = { Approve: 'Approved', Deny: 'Denied', Revoke: 'Revoked' }[verdict];
  const why = reason === '' ? '' : `: ${inertText(reason, DECIDER_REASON)}`;
  return `${verb} by ${inertName(person, 120)} at ${inertName(at, 40)} through ${inertName(channel, 32)}${why}`;
}

/** A mention in an edit pings nobody. Ids are checked, so that nothing else can stand in the sequence. */
function called({ state }: Card, { mentions = [] }: CardOptions): Draft | undefined {
  const ids = mentions.filter((id) => /^[SUW][A-Z0-9]{2,30}$/.test(id)).slice(0, MOST_MENTIONS);
  if (state !== 'Pending' || ids.length === 0) return undefined;
  const text = ids.map((id) => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`)).join(', ');
  return { type: 'context', elements: [{ type: 'mrkdwn', text: `For ${text}`, verbatim: true }] };
}

function context(card: Card, { detailsUrl }: CardOptions): Draft {
  const isDecided = card.state !== 'Pending';
  const link = isDecided && detailsUrl !== undefined && /^https?:\/\/[^\s<>|"]+$/.test(detailsUrl);
  const markup: readonly Markup[] = link
    ? [{ type: 'mrkdwn', text: `<${detailsUrl}|Details>`, verbatim: true }]
    : [];
  const told = `code ${card.code}, digest ${card.digest.slice(7, 23)}, ${inertName(card.command, 300)}`;
  return { type: 'context', elements: [plainText(told), ...markup] };
}
