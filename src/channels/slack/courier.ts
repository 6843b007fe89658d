// Slack as a channel: turns requests into its messages, and its answers into what the delivery goes by. What a message shows
// is known by the digest of exactly its blocks, whose ids follow from what they show, so that an edit gets new ones.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { cardOf, type Card } from '../../domain/message/card.ts';
import { slackMentions } from '../../domain/message/routes.ts';
import type { Address, Channel, Posted, Told } from '../channel.ts';
import type { Answer, Failure } from './answers.ts';
import type { SlackMessage } from './block-types.ts';
import { cardMessage } from './blocks.ts';
import type { Post, SlackApi } from './client.ts';
import { blocksDigest } from './digest.ts';
import { digestMessage } from './digest-message.ts';
import { outsidersIn, type Objection } from './outsiders.ts';
import { alarmMessage, reminderReply, threadReply } from './thread.ts';

/** The name of this channel, as stamps and policies say it. */
export const SLACK = 'slack';

/** What the courier is made with. */
export interface CourierOptions {
  readonly api: SlackApi;
  /** Our own bot, once Slack said which one it is. */
  readonly botId: () => string | undefined;
  /** Name of this installation, as in the buttons. */
  readonly installation: string;
  /** Name of the cluster, for people. */
  readonly cluster: string;
  /** Epoch ms. */
  readonly now: () => number;
}

/** What our messages show, each with its digest. */
function screens({ installation, cluster, now }: CourierOptions) {
  const card = (request: ApprovalRequest): Card => cardOf(request, { cluster, now: now(), channel: SLACK });
  return {
    card,
    cardShown: (request: ApprovalRequest) =>
      shown((revision) =>
        cardMessage(card(request), {
          installation,
          revision,
          mentions: slackMentions(request.spec),
        }),
      ),
    listShown: (requests: readonly ApprovalRequest[]) =>
      shown((revision) => digestMessage(requests.map(card), { key: 'list', revision })),
  };
}

/** Makes the channel. */
export function slackChannel(options: CourierOptions): Channel {
  const { api } = options;
  const { card, cardShown, listShown } = screens(options);
  const outsiders = outsidersIn(api, options.now);
  const post = async (
    { place, key }: Address,
    uid: string,
    { message, content }: Shown,
    more: Pick<Post, 'form' | 'threadTs'>,
  ): Promise<Told<Posted>> => {
    // Whoever is told directly is one of ours.
    const objection = more.form === 'notice' ? undefined : await outsiders(place);
    if (objection) return objected(objection);
    const answer = await api.postMessage({ channel: place, message, uid, attempt: key, ...more });
    return told(answer, ({ ts }) => ({ handle: ts, content }));
  };
  const edit = async (
    place: string,
    handle: string,
    { message, content }: Shown,
  ): Promise<Told<Pick<Posted, 'content'>>> =>
    told(await api.update({ channel: place, ts: handle }, message), () => ({ content }));
  const say = (address: Address, threadTs: string, { metadata }: ApprovalRequest, message: SlackMessage) =>
    post(address, metadata.uid, { message, content: '' }, { form: 'card', threadTs });
  return {
    name: SLACK,
    cardContent: (request) => cardShown(request).content,
    listContent: (requests) => listShown(requests).content,
    postCard: (address, request) => post(address, request.metadata.uid, cardShown(request), { form: 'card' }),
    postList: (address, requests) =>
      post(address, requests[0]?.metadata.uid ?? '', listShown(requests), { form: 'list' }),
    editCard: (place, handle, request) => edit(place, handle, cardShown(request)),
    editList: (place, handle, requests) => edit(place, handle, listShown(requests)),
    notice: (address, request) => post(address, request.metadata.uid, cardShown(request), { form: 'notice' }),
    reply: (address, thread, request, line) =>
      say(address, thread, request, threadReply(line, card(request))),
    remind: (address, thread, request) => say(address, thread, request, reminderReply(card(request))),
    alarm: (address, text) =>
      post(address, '', { message: alarmMessage(text, address.key), content: '' }, { form: 'alarm' }),
    async find(place, sinceMs, thread) {
      const botId = options.botId();
      if (botId === undefined) return { kind: 'unsent', why: 'Slack has not said yet who the app is' };
      const answer = await api.findPosts({ channel: place, botId, sinceMs, threadTs: thread });
      return told(answer, ({ posts, isComplete }) => ({
        handles: new Map(posts.map(({ attempt, ts, form }) => [attempt, { handle: ts, form }])),
        isComplete,
      }));
    },
  };
}

interface Shown {
  readonly message: SlackMessage;
  /** Its digest. */
  readonly content: string;
}

/** A message whose ids are made of what it shows. */
function shown(make: (revision: number) => SlackMessage): Shown {
  const revision = Number.parseInt(blocksDigest(make(0).blocks).slice('sha256:'.length).slice(0, 8), 16);
  const message = make(revision);
  return { message, content: blocksDigest(message.blocks) };
}

function told<T extends object, R extends object>(answer: Answer<T>, read: (result: T) => R): Told<R> {
  return answer.kind === 'ok' ? { kind: 'done', ...read(answer) } : notDone(answer);
}

/** Nothing was sent: a question whose answer was lost is asked again. */
function objected(objection: Objection): Told<never> {
  if (objection.kind === 'shared') return { kind: 'refused', why: objection.why, isOfPlace: true };
  const failed = notDone(objection.failure);
  return failed.kind === 'unsure' ? { kind: 'unsent', why: failed.why } : failed;
}

const GONE: ReadonlySet<string> = new Set(['message_not_found', 'thread_not_found']);

function notDone(failure: Failure): Told<never> {
  switch (failure.kind) {
    case 'limited':
      return { kind: 'limited', retryAfterMs: failure.retryAfterMs };
    case 'unknown':
      return { kind: 'unsure', why: failure.why };
    case 'unsent':
      return { kind: 'unsent', why: failure.why };
    case 'refused':
      if (GONE.has(failure.code)) return { kind: 'gone' };
      if (!failure.isPermanent) return { kind: 'unsent', why: failure.code };
      return {
        kind: 'refused',
        why: `${failure.code}: ${failure.remedy}`,
        isOfPlace: failure.mender !== 'Assent' && failure.mender !== 'nobody',
      };
  }
}
