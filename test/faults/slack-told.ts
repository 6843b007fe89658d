// What the channel says, from the history of the fake Slack alone: which requests are shown in cards and lists, what was
// posted twice, what a message still claims or offers that is over. What Assent notes of it in its requests is compared, not
// believed.
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { Message } from '../fake-slack/state/message.ts';
import type { SlackSide } from '../builders/slack-side.ts';

/** Words of the states of a request, as people read them. */
const WORDS: Readonly<Record<string, string>> = {
  Pending: 'PENDING',
  Approved: 'APPROVED',
  Reserved: 'USED',
  Admitted: 'USED',
  Denied: 'DENIED',
  Expired: 'EXPIRED',
  Superseded: 'SUPERSEDED',
  Withdrawn: 'WITHDRAWN',
};
/** What a button that decides is called. */
const LIVE = ['assent.approve', 'assent.deny'];

/** A message of Assent that is no reply. */
interface Top {
  readonly message: Message;
  readonly uid: string;
  readonly form: string;
}

interface Sent {
  readonly event_payload?: { readonly uid?: string; readonly attempt?: string; readonly form?: string };
}

const sentOf = ({ metadata }: Message) => (metadata as Sent | undefined)?.event_payload;
const isTop = ({ threadTs, ts }: Message): boolean => threadTs === undefined || threadTs === ts;
const wordOf = ({ status }: ApprovalRequest): string => WORDS[status?.state ?? 'Pending'] ?? '';
const textOf = ({ blocks }: Message): string => JSON.stringify(blocks);

/** The messages of Assent in the channel, oldest first. */
function ours({ slack, app, channel }: SlackSide): readonly Message[] {
  return slack
    .messages(channel.id)
    .filter(({ author, deleted }) => !deleted && author.kind === 'app' && author.app.id === app.id);
}

/** Cards and lists, oldest first. */
export function topsOf(side: SlackSide): readonly Top[] {
  return ours(side)
    .filter(isTop)
    .map((message) => ({ message, uid: sentOf(message)?.uid ?? '', form: sentOf(message)?.form ?? '' }));
}

/** How many requests a list is about, and how many of them wait. */
function countsOf(message: Message): { readonly waiting: number; readonly all: number } {
  const [, waiting = '0', all = '0'] =
    /(\d+) of (\d+) requests wait for an answer/.exec(textOf(message)) ?? [];
  return { waiting: Number(waiting), all: Number(all) };
}

/** How many requests the channel shows, in cards and in lists. */
export const shownIn = (side: SlackSide): number =>
  topsOf(side).reduce((sum, { message, form }) => sum + (form === 'list' ? countsOf(message).all : 1), 0);

/** What was posted more than once: sends that arrived twice, and requests with two cards. */
export function duplicatesIn(side: SlackSide): readonly string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  for (const message of ours(side)) {
    const attempt = sentOf(message)?.attempt ?? '';
    if (attempt === '') found.push(`${message.ts} does not say what it is`);
    else if (seen.has(attempt)) found.push(`${attempt} arrived twice, again as ${message.ts}`);
    seen.add(attempt);
  }
  const shown = new Set<string>();
  for (const { uid, form, message } of topsOf(side)) {
    if (shown.has(uid)) found.push(`${uid} is shown twice, again in the ${form} ${message.ts}`);
    shown.add(uid);
  }
  return found;
}

/**
 * Requests that nobody is told of: those without a message that they say they are in, and those by which a list says too few.
 * @param requests all that there ever were
 */
export function lostIn(side: SlackSide, requests: readonly ApprovalRequest[]): readonly string[] {
  const tops = new Map(topsOf(side).map((top) => [top.message.ts, top]));
  const lists = new Map<string, number>();
  const lost = requests.flatMap(({ metadata, status }) => {
    const notes = status?.notifications?.filter(({ place }) => place === side.channel.id) ?? [];
    const top = notes.length === 1 ? tops.get(notes[0]?.handle ?? '') : undefined;
    if (top === undefined) return [`${metadata.name} is in no message`];
    if (top.form === 'list') lists.set(top.message.ts, (lists.get(top.message.ts) ?? 0) + 1);
    const isOfAnother = top.form === 'card' && top.uid !== metadata.uid;
    return isOfAnother ? [`${metadata.name} says it is in the card of ${top.uid}`] : [];
  });
  for (const { message, form } of tops.values()) {
    const [said, noted] = [countsOf(message).all, lists.get(message.ts) ?? 0];
    if (form === 'list' && said !== noted) lost.push(`the list ${message.ts} says ${said}, not ${noted}`);
  }
  const shown = shownIn(side);
  return shown < requests.length ? [...lost, `the channel shows ${shown} of ${requests.length}`] : lost;
}

/** What a message claims that is not so, or a decision that it offers on what is decided; by message. */
export function wrongIn(side: SlackSide, requests: readonly ApprovalRequest[]): readonly string[] {
  const byUid = new Map(requests.map((request) => [request.metadata.uid, request]));
  return topsOf(side).flatMap(({ message, uid, form }) => {
    const request = byUid.get(uid);
    if (request === undefined) return [`${message.ts} is about no request`];
    const wrong = form === 'list' ? wrongList(message, requests) : wrongCard(message, request);
    return wrong === undefined ? [] : [`${form} ${message.ts}: ${wrong}`];
  });
}

function wrongCard(message: Message, request: ApprovalRequest): string | undefined {
  const [text, word] = [textOf(message), wordOf(request)];
  if (!text.includes(`[${word}]`)) return `${request.metadata.name} is ${word}, and it says otherwise`;
  const live = word === 'PENDING' ? undefined : LIVE.find((action) => text.includes(action));
  return live && `${request.metadata.name} is ${word}, and the button ${live} stands there`;
}

function wrongList(message: Message, requests: readonly ApprovalRequest[]): string | undefined {
  const counts = new Map<string, number>();
  for (const request of requests) {
    if (request.status?.notifications?.some(({ handle }) => handle === message.ts) !== true) continue;
    const word = wordOf(request);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const text = textOf(message);
  const { waiting } = countsOf(message);
  const pending = counts.get('PENDING') ?? 0;
  if (waiting !== pending) return `it says that ${waiting} wait, and ${pending} do`;
  counts.delete('PENDING');
  const untold = [...counts].find(([word, count]) => !text.includes(`${count} ${word.toLowerCase()}`));
  if (untold) return `${untold[1]} are ${untold[0]}, and it says otherwise`;
  return LIVE.some((action) => text.includes(action)) ? 'it offers a decision' : undefined;
}

/** How many lines the threads still lack, or have too many. */
export function linesLeft(side: SlackSide, requests: readonly ApprovalRequest[]): number {
  const byUid = new Map(requests.map((request) => [request.metadata.uid, request]));
  const replies = new Map<string, number>();
  for (const message of ours(side).filter((one) => !isTop(one)))
    replies.set(message.threadTs ?? '', (replies.get(message.threadTs ?? '') ?? 0) + 1);
  return topsOf(side)
    .filter(({ form }) => form === 'card')
    .reduce((sum, { message, uid }) => {
      const lines = byUid.get(uid)?.status?.outbox?.filter(({ type }) => type !== 'requested').length ?? 0;
      return sum + Math.abs(lines - (replies.get(message.ts) ?? 0));
    }, 0);
}
