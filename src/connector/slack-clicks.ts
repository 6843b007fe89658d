// What a click or a filled-in dialog in Slack leads to: a dialog, a decision, a link, or words for the one who clicked. The
// account is who Slack says it is, a full member of our own workspace; whose it is and what they may do, the gate finds out.
import { createHash } from 'node:crypto';
import type { Verdict } from '../api/approval-decision.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { SlackMessage } from '../channels/slack/block-types.ts';
import type { MessagePlace, SlackApi } from '../channels/slack/client.ts';
import { digest16, buttonValue, type ButtonTarget } from '../channels/slack/button-value.ts';
import { SLACK } from '../channels/slack/courier.ts';
import type { Telling } from '../channels/slack/envelopes.ts';
import {
  readInteraction,
  type Actor,
  type Click,
  type Interaction,
  type Submission,
} from '../channels/slack/interaction.ts';
import { codeError, codeView, confirmView, saidView, typedCode } from '../channels/slack/link-view.ts';
import { messageIn, readReason, reasonView } from '../channels/slack/reason-view.ts';
import type { Shape } from '../channels/slack/shape.ts';
import { detailsWhisper, whisper } from '../channels/slack/whisper.ts';
import type { ChatAccount } from '../domain/identity/account.ts';
import { closedRefusal } from '../domain/identity/closed.ts';
import { codeDigest, readLinkCode } from '../domain/identity/link-code.ts';
import { cardOf } from '../domain/message/card.ts';
import { refusalWords, type RefusalCode } from '../domain/message/refusal.ts';
import type { DeedOutcome, Deeds } from './deeds.ts';

/** What the handler needs. */
export interface ClickPorts {
  readonly deeds: Deeds;
  readonly slack: Pick<SlackApi, 'openView' | 'postEphemeral' | 'person'>;
  /** Name of this installation, as in the buttons. */
  readonly installation: string;
  readonly cluster: string;
  /** Our workspace or organisation, and our app, once Slack said so. */
  readonly self: () => { readonly teams: readonly string[]; readonly appId: string | undefined } | undefined;
  /** Epoch ms. */
  readonly now: () => number;
  readonly counted: (action: string, outcome: ClickOutcome) => void;
}

/** What a click came to, for a counter. */
export type ClickOutcome =
  | 'decided'
  | 'dialog'
  | 'linked'
  | 'shown'
  | 'refused'
  | 'unavailable'
  | 'foreign'
  | 'unreadable'
  | 'unrelated';

type Answer = { readonly outcome: ClickOutcome; readonly ack?: Shape };

/** Handles one payload of Slack. @returns the body of the acknowledgement. @throws never for what a payload holds */
export async function handleClick(
  payload: unknown,
  telling: Telling,
  ports: ClickPorts,
): Promise<Shape | undefined> {
  const read = readInteraction(payload);
  const { outcome, ack } = await answered(read, telling, ports);
  ports.counted('action' in read ? read.action : read.kind, outcome);
  return ack;
}

async function answered(read: Interaction, telling: Telling, ports: ClickPorts): Promise<Answer> {
  if (read.kind === 'unrelated') return { outcome: 'unrelated' };
  if (read.kind === 'refused') return { outcome: 'unreadable' };
  const self = ports.self();
  if (self?.appId !== undefined && self.appId !== read.appId) return { outcome: 'foreign' };
  if (read.target.installation !== ports.installation) return foreign(read, ports);
  const account = accountOf(read.actor);
  return read.kind === 'click' ? click(read, account, ports) : submission(read, account, telling, ports);
}

/** Two installations behind one app: Slack tells either of them. */
async function foreign(read: Click | Submission, ports: ClickPorts): Promise<Answer> {
  const words = `This message belongs to another installation of Assent (${read.target.installation}), and its clicks arrive at ${ports.installation}: each needs a Slack app of its own.`;
  if (read.kind === 'submission') return { outcome: 'foreign', ack: updated(saidView('Not here', words)) };
  await say(read, words, ports);
  return { outcome: 'foreign' };
}

/** By the ids of the person's own workspace; whoever is of another one is recognised below. */
const accountOf = ({ user, userTeam, team, enterprise }: Actor): ChatAccount => ({
  channel: SLACK,
  team: userTeam ?? team ?? enterprise ?? '',
  user,
});

async function click(read: Click, account: ChatAccount, ports: ClickPorts): Promise<Answer> {
  const { deeds, slack, installation, cluster, now } = ports;
  const value = valueOf(read.target);
  // Dialogs come before anything else: Slack gives three seconds for them.
  if (!deeds.isKnown(account))
    return opened(read, await slack.openView(read.triggerId, codeView(value)), ports);
  const request = await deeds.requestOf(read.target.uid);
  if (request === undefined) return refused(read, 'unknown-request', 'of this message', ports);
  if (read.action === 'details') {
    await tell(read, detailsWhisper(request), ports);
    return { outcome: 'shown' };
  }
  const closed = closedRefusal(request);
  if (closed) {
    // Nobody is asked for a reason that nothing is done with.
    await say(read, refusalWords(closed.code, { request: request.metadata.name, ...closed.facts }), ports);
    return { outcome: 'refused' };
  }
  if (read.action === 'deny' || read.action === 'approveWithReason') {
    const card = cardOf(request, { cluster, now: now(), channel: SLACK });
    const message = { channel: read.channel, ts: read.messageTs };
    const view = reasonView(card, read.action === 'deny' ? 'Deny' : 'Approve', { installation, message });
    return opened(read, await slack.openView(read.triggerId, view), ports);
  }
  if (read.action !== 'approve') return { outcome: 'unrelated' };
  const outcome = await decided(
    request,
    {
      verdict: 'Approve',
      account,
      target: read.target,
      message: { channel: read.channel, ts: read.messageTs },
    },
    ports,
  );
  if (outcome.kind !== 'done') await say(read, wordsOf(outcome, request), ports);
  return { outcome: NAMES[outcome.kind] };
}

async function submission(
  read: Submission,
  account: ChatAccount,
  telling: Telling,
  ports: ClickPorts,
): Promise<Answer> {
  switch (read.action) {
    case 'link':
      return askedWho(read, ports);
    case 'confirmLink':
      return linked(read, account, ports);
    case 'deny':
    case 'approveWithReason':
      return reasoned(read, account, telling, ports);
    default:
      return { outcome: 'unrelated' };
  }
}

async function reasoned(
  read: Submission,
  account: ChatAccount,
  telling: Telling,
  ports: ClickPorts,
): Promise<Answer> {
  const verdict = read.action === 'deny' ? 'Deny' : 'Approve';
  const answer = readReason(verdict, read.values);
  if (!answer.ok) return { outcome: 'refused', ack: { response_action: 'errors', errors: answer.errors } };
  const request = await ports.deeds.requestOf(read.target.uid);
  const outcome: DeedOutcome = request
    ? await decided(
        request,
        {
          verdict,
          account,
          target: read.target,
          reason: answer.reason,
          message: messageIn(read.carried),
        },
        ports,
      )
    : { kind: 'refused', words: refusalWords('unknown-request', { request: 'of this message' }) };
  if (outcome.kind === 'done') return { outcome: 'decided' };
  const words = wordsOf(outcome, request);
  if (telling.isLate() && request) await sayWhereShown(account.user, request, words, ports);
  return { outcome: NAMES[outcome.kind], ack: updated(saidView('Not decided', words)) };
}

interface Said {
  readonly verdict: Verdict;
  readonly account: ChatAccount;
  readonly target: ButtonTarget;
  readonly reason?: string;
  /** The message that was clicked. */
  readonly message: MessagePlace | undefined;
}

/** Sends what somebody decided, bound to what they saw. */
async function decided(request: ApprovalRequest, said: Said, ports: ClickPorts): Promise<DeedOutcome> {
  const { verdict, account, target, reason } = said;
  const { metadata, spec, status } = request;
  const refuse = (code: RefusalCode): DeedOutcome => ({
    kind: 'refused',
    words: refusalWords(code, { request: metadata.name }),
  });
  const card = cardOf(request, { cluster: ports.cluster, now: ports.now(), channel: SLACK });
  if (digest16(card.digest) !== target.digest16) return refuse('other-change');
  // A button of ours under any other message shows nobody what is decided (INV-9).
  const shown = status?.notifications?.find(
    ({ channel, form, place, handle }) =>
      channel === SLACK && form === 'card' && place === said.message?.channel && handle === said.message.ts,
  )?.content;
  // Nobody has noted the message yet: it was sent a moment ago.
  if (shown === undefined || !shown.startsWith('sha256:')) return refuse('not-noted');
  const standing = await standingOf(account, ports);
  if (standing !== undefined) return standing;
  const via = { channel: SLACK, team: account.team, user: account.user, shown } as const;
  return ports.deeds.decide(decisionName(request, verdict, account), {
    request: metadata.name,
    verdict,
    fingerprint: spec.fingerprint,
    ...(reason === undefined ? {} : { reason }),
    via,
  });
}

/** Only a full member of our own workspace decides; where Slack does not say so plainly, nobody does (INV-7). */
async function standingOf({ user, team }: ChatAccount, ports: ClickPorts): Promise<DeedOutcome | undefined> {
  const self = ports.self();
  const answer = await ports.slack.person(user);
  if (self === undefined || answer.kind !== 'ok') return { kind: 'unavailable' };
  const { standing, teamId } = answer.person;
  const isOurs = [team, teamId ?? team].every((one) => self.teams.includes(one));
  const isMember = standing === 'member' && isOurs;
  return isMember ? undefined : { kind: 'refused', words: refusalWords('not-a-member', { request: '' }) };
}

/** The same for the same click, so that what is told twice is decided once. */
function decisionName({ metadata }: ApprovalRequest, verdict: Verdict, account: ChatAccount): string {
  const who = createHash('sha256').update(`${metadata.uid} ${account.team} ${account.user}`).digest('hex');
  return `${verdict.toLowerCase()}-${metadata.name}`.slice(0, 230) + `-${who.slice(0, 12)}`;
}

const valueOf = ({ installation, uid, digest16: digest }: ButtonTarget): string =>
  buttonValue(installation, uid, `sha256:${digest}`);

async function askedWho(read: Submission, ports: ClickPorts): Promise<Answer> {
  const typed = readLinkCode(typedCode(read.values));
  const link = typed === undefined ? undefined : ports.deeds.waitingLink(codeDigest(typed));
  const username = link?.spec.stamp?.username;
  if (typed === undefined || link === undefined || username === undefined) {
    const words =
      'No link waits for this code. Run kubectl assent link slack again: a code lives ten minutes.';
    return { outcome: 'refused', ack: { response_action: 'errors', errors: codeError(words) } };
  }
  const carried = `${typed} ${link.metadata.uid}`;
  return { outcome: 'dialog', ack: updated(confirmView(valueOf(read.target), carried, username)) };
}

async function linked(read: Submission, account: ChatAccount, ports: ClickPorts): Promise<Answer> {
  const [typed = '', uid] = read.carried.split(' ');
  const code = readLinkCode(typed);
  const link = code === undefined ? undefined : ports.deeds.waitingLink(codeDigest(code));
  // The digest of a code can be read and copied: only the link whose user was named gets the account.
  if (code === undefined || link === undefined || link.metadata.uid !== uid)
    return { outcome: 'refused', ack: updated(saidView('Not linked', 'The link is not there any more.')) };
  const outcome = (await standingOf(account, ports)) ?? (await ports.deeds.confirm(link, code, account));
  if (outcome.kind !== 'done')
    return {
      outcome: NAMES[outcome.kind],
      ack: updated(saidView('Not linked', wordsOf(outcome, undefined))),
    };
  const words = 'Your account is linked. Press the button under the message again.';
  return { outcome: 'linked', ack: updated(saidView('Linked', words)) };
}

const NAMES = { done: 'decided', refused: 'refused', unavailable: 'unavailable' } as const;

const updated = (view: object): Shape => ({ response_action: 'update', view });

/** Nothing was decided where the answer is not known; the same click again does no harm. */
function wordsOf(outcome: DeedOutcome, request: ApprovalRequest | undefined): string {
  if (outcome.kind === 'refused') return outcome.words;
  const instead = request ? `, or use kubectl assent show ${request.metadata.name}` : '';
  return `Nobody can say now whether this was stored. Try again in a moment${instead}.`;
}

async function opened(
  read: Click,
  answer: Awaited<ReturnType<SlackApi['openView']>>,
  ports: ClickPorts,
): Promise<Answer> {
  if (answer.kind === 'ok') return { outcome: 'dialog' };
  await say(read, 'The dialog could not be opened in time. Click again.', ports);
  return { outcome: 'unavailable' };
}

async function refused(read: Click, code: RefusalCode, request: string, ports: ClickPorts): Promise<Answer> {
  await say(read, refusalWords(code, { request }), ports);
  return { outcome: 'refused' };
}

/** Words that only the one who clicked sees. Slack does not promise to show them; the state of the card says the rest. */
const say = (read: Click, words: string, ports: ClickPorts): Promise<void> =>
  tell(read, whisper(words), ports);

async function tell(
  { actor, channel, threadTs }: Click,
  message: SlackMessage,
  { slack }: ClickPorts,
): Promise<void> {
  await slack.postEphemeral({ channel, user: actor.user, message, threadTs });
}

async function sayWhereShown(
  user: string,
  { status }: ApprovalRequest,
  words: string,
  { slack }: ClickPorts,
): Promise<void> {
  const place = status?.notifications?.find(
    ({ channel, form }) => channel === SLACK && form !== 'notice',
  )?.place;
  if (place !== undefined) await slack.postEphemeral({ channel: place, user, message: whisper(words) });
}
