// Which messages a place needs next: cards, lists, edits, lines in threads. Sends nothing twice that may have arrived, and
// nothing about a request that ended before anybody was told (DESIGN 7).
import type { Copy, PlaceRequest, SendKey } from './copy.ts';
import { listsOf, type OpenList } from './lists.ts';

/** One thing to do in a place. */
export type Step =
  /** Find out whether a send arrived: nobody saw its answer. `thread` is the handle of its card. */
  | {
      readonly kind: 'look';
      readonly what: 'post' | 'line' | 'remind';
      readonly request: string;
      readonly key: SendKey;
      readonly thread?: string;
    }
  /** A message that cannot be sent twice without being seen twice. */
  | { readonly kind: 'post'; readonly request: string; readonly key: SendKey; readonly form: Copy['form'] }
  | {
      readonly kind: 'line';
      readonly request: string;
      readonly key: SendKey;
      readonly thread: string;
      readonly line: number;
    }
  | { readonly kind: 'remind'; readonly request: string; readonly key: SendKey; readonly thread: string }
  /** An edit; to do it twice does no harm. */
  | { readonly kind: 'edit'; readonly request: string; readonly handle: string }
  | {
      readonly kind: 'edit-list';
      readonly request: string;
      readonly handle: string;
      readonly members: readonly string[];
    }
  /** Nothing is sent: the request is noted as one of a list, which is edited afterwards. */
  | { readonly kind: 'join'; readonly request: string; readonly handle: string };

/** Everything about one place. */
export interface PlaceFacts {
  readonly requests: readonly PlaceRequest[];
  /** Digest of what a list of these requests would show now. */
  readonly listContent: (members: readonly PlaceRequest[]) => string;
  /** Whether nobody knows if this send arrived. */
  readonly isUnsure: (key: SendKey) => boolean;
}

/** From how many pending requests on a place gets a list. */
const LIST_FROM = 5;

const postKey = ({ uid }: PlaceRequest): SendKey => `${uid}:post`;
const remindKey = ({ uid }: PlaceRequest): SendKey => `${uid}:remind`;
const lineKey = ({ uid }: PlaceRequest, line: number): SendKey => `${uid}:line-${line}`;

/**
 * What a place needs, the most urgent first, at most one step for each request: cards that still offer a decision which was
 * made, what nobody was told of yet, other edits, reminders, and the threads.
 * @param now epoch ms
 */
export function stepsOf(facts: PlaceFacts, now: number): readonly Step[] {
  const oldestFirst = facts.requests.toSorted((a, b) => a.since - b.since || (a.uid < b.uid ? -1 : 1));
  const told = oldestFirst.filter(({ copy }) => copy !== undefined);
  const cards = told.filter(({ copy }) => copy?.form === 'card');
  const lists = listsOf(told);
  const edits = cards.filter(({ copy, content }) => copy?.content !== content);
  const listEdits = lists.flatMap((list) => listEdit(list, facts));
  const busy = new Set(edits);
  const free = cards.filter((one) => !busy.has(one));
  return [
    ...edits.filter(({ isPending }) => !isPending).flatMap(edit),
    ...untold(oldestFirst, lists, facts),
    ...listEdits,
    ...edits.filter(({ isPending }) => isPending).flatMap(edit),
    ...free.flatMap((one) => reminder(one, facts, now)),
    ...free.flatMap((one) => threadLine(one, facts, now)),
  ];
}

function edit({ name, copy }: PlaceRequest): Step[] {
  return copy === undefined ? [] : [{ kind: 'edit', request: name, handle: copy.handle }];
}

function listEdit({ handle, opener, members }: OpenList, facts: PlaceFacts): Step[] {
  if (opener === undefined || facts.listContent(members) === opener.copy?.content) return [];
  return [{ kind: 'edit-list', request: opener.name, handle, members: members.map(({ name }) => name) }];
}

/**
 * Those that the place does not know, or not for sure: a card may stand there that nobody noted, and offer a decision that was
 * made since. Only one new message at a time: whether the next request joins it shows afterwards.
 */
function untold(requests: readonly PlaceRequest[], lists: readonly OpenList[], facts: PlaceFacts): Step[] {
  const lost = new Set(lists.flatMap(({ opener, members }) => (opener === undefined ? members : [])));
  const unknown = requests.filter((one) => one.copy === undefined || lost.has(one));
  const unsure = unknown.find((one) => facts.isUnsure(postKey(one)));
  if (unsure) return [{ kind: 'look', what: 'post', request: unsure.name, key: postKey(unsure) }];
  const waiting = unknown.filter(({ isPending }) => isPending);
  const [first] = waiting;
  if (first === undefined) return [];
  const post = { kind: 'post', request: first.name, key: postKey(first) } as const;
  const pending = requests.filter(({ isPending }) => isPending).length;
  if (pending - waiting.length + 1 < LIST_FROM) return [{ ...post, form: 'card' }];
  const open = lists.findLast(
    ({ opener, members }) => opener !== undefined && members.some(({ isPending }) => isPending),
  );
  if (open === undefined) return [{ ...post, form: 'list' }];
  return waiting.map(({ name }) => ({ kind: 'join', request: name, handle: open.handle }));
}

function reminder(request: PlaceRequest, facts: PlaceFacts, now: number): Step[] {
  if (!isReminderDue(request, now) || request.copy === undefined) return [];
  const step = { request: request.name, key: remindKey(request), thread: request.copy.handle };
  return [facts.isUnsure(step.key) ? { kind: 'look', what: 'remind', ...step } : { kind: 'remind', ...step }];
}

function isReminderDue({ copy, isPending, remindAt }: PlaceRequest, now: number): boolean {
  return copy?.isReminded === false && isPending && remindAt !== undefined && now >= remindAt;
}

function threadLine(request: PlaceRequest, facts: PlaceFacts, now: number): Step[] {
  const { copy, lines, name } = request;
  if (copy === undefined || copy.lines >= lines || isReminderDue(request, now)) return [];
  const line = copy.lines;
  const step = { request: name, key: lineKey(request, line), thread: copy.handle };
  return [
    facts.isUnsure(step.key) ? { kind: 'look', what: 'line', ...step } : { kind: 'line', ...step, line },
  ];
}
