// What a human sees: a channel with its threads, a dialog, the question of a confirm dialog; and what in it is live.
import { listOf, shapeOf, textOf } from '../shapes.ts';
import { type Message } from '../state/message.ts';
import { type Modal } from '../state/modal.ts';
import { type World } from '../state/world.ts';
import { blockLines, broken, textSpans, type Line } from './lines.ts';
import { mrkdwn } from './mrkdwn.ts';
import { shown, type LiveKind, type Names, type Span } from './spans.ts';

/** Something in a message that does more than being read. */
export interface Live {
  readonly ts: string;
  readonly kind: LiveKind;
  readonly target: string;
  readonly text: string;
}

/** What the lock screen of a telephone shows of a text. */
export const pushText = (text: string, names: Names): Span[] => mrkdwn(text, { names, verbatim: false });

/** The content of a message as lines: the blocks, or the text when there are none. */
export function contentLines(message: Pick<Message, 'text' | 'blocks'>, names: Names): Line[] {
  return message.blocks.length > 0
    ? message.blocks.flatMap((block) => blockLines(block, names))
    : broken(mrkdwn(message.text, { names, verbatim: false }), '  ');
}

const line = ({ gutter, spans }: Line): string => `${gutter}${shown(spans)}`.trimEnd();

function heading(message: Message): string {
  const { author } = message;
  const who = author.kind === 'app' ? `${author.app.name} [app]` : author.user.realName;
  const at = new Date(Number(message.ts) * 1000).toISOString().slice(11, 19);
  const only = message.onlyFor === undefined ? '' : ' (only visible to you)';
  return `${who} ${at}${message.edited === undefined ? '' : ' (edited)'}${only}`;
}

/** One message as it is seen. */
export function messageText(world: World, message: Message): string {
  if (message.deleted) return 'This message was deleted.';
  return [heading(message), ...contentLines(message, world.names).map(line)].join('\n');
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((row, index) => (index === 0 ? `  ↳ ${row}` : `    ${row}`))
    .join('\n');

/** A channel as one sees it who may read it; `as`: with the messages that only this user sees. */
export function channelScreen(world: World, channel: string, as?: string): string {
  const seen = world.messages.filter(
    (message) => message.channel === channel && (message.onlyFor === undefined || message.onlyFor === as),
  );
  const tops = seen.filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts);
  const texts = tops.flatMap((top) => [
    messageText(world, top),
    ...seen
      .filter((reply) => reply.threadTs === top.ts && reply !== top)
      .map((reply) => indented(messageText(world, reply))),
  ]);
  const { kind, name } = world.channels.get(channel) ?? { kind: 'public', name: channel };
  return [`${kind === 'im' ? '@' : '#'}${name}`, ...texts].join('\n');
}

/** An open dialog. */
export function modalScreen(world: World, modal: Modal): string {
  const { view } = modal;
  const words = (key: string, otherwise: string): string =>
    shapeOf(view[key])['text'] === undefined ? otherwise : shown(textSpans(view[key], world.names));
  const rows = listOf(view['blocks']).flatMap((block) => {
    const wrong = modal.errors[textOf(shapeOf(block)['block_id'])];
    return [...blockLines(block, world.names).map(line), ...(wrong === undefined ? [] : [`! ${wrong}`])];
  });
  const submit = view['submit'] === undefined ? '' : `  [ ${words('submit', 'Submit')} ]`;
  return [`╔ ${words('title', '')}`, ...rows, `╚ [ ${words('close', 'Cancel')} ]${submit}`].join('\n');
}

/** The question of a confirm dialog, with both answers. */
export function confirmScreen(world: World, value: unknown): string {
  const dialog = shapeOf(value);
  const words = (key: string, otherwise: string): string =>
    dialog[key] === undefined ? otherwise : shown(textSpans(dialog[key], world.names));
  return [
    `╔ ${words('title', 'Are you sure?')}`,
    ...broken(textSpans(dialog['text'], world.names), '  ').map(line),
    `╚ [ ${words('deny', 'Cancel')} ]  [ ${words('confirm', 'Yes')} ]`,
  ].join('\n');
}

/** Everything live in a message: on the screen, and in the text of its push. */
export function liveParts(world: World, message: Message): Live[] {
  const spans = [
    ...contentLines(message, world.names).flatMap((row) => row.spans),
    ...(message.blocks.length > 0 ? pushText(message.text, world.names) : []),
  ];
  return spans.flatMap(({ live, text }) => (live ? [{ ts: message.ts, text, ...live }] : []));
}
