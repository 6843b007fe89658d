// The `text` of a message: what a lock screen shows and a screen reader reads. Slack reads it as mrkdwn whatever we do, so
// it holds words of ours and names beyond doubt, and nothing else.
import type { Card } from '../../domain/message/card.ts';
import { toSecond } from '../../domain/message/moment.ts';
import { instant } from '../../domain/request/instant.ts';
import { tameName, tameWords } from './inert.ts';

/** `Approval needed: delete deployments payments/api in prod by sa:agents/deploy-bot, expires 14:05 UTC`. */
export function notificationText(card: Card): string {
  const action =
    card.access === undefined
      ? tameWords(card.action, 'a change (its name is in the message)')
      : tameWords(`access to ${card.access.target}`, 'access (what for is in the message)');
  const where = `in ${tameWords(card.cluster, 'a cluster named in the message')}`;
  const who = `by ${tameName(card.requester, 'a requester named in the message')}`;
  if (card.state !== 'Pending')
    return `${capitalised(card.word)}: ${action} ${where} ${who}${deciders(card)}`;
  const head = card.answers.approve ? 'Approval needed' : 'Decision needed';
  return `${head}: ${action} ${where} ${who}${expiry(card)}`;
}

function expiry({ endsAt }: Card): string {
  return endsAt === undefined ? '' : `, expires ${toSecond(instant(endsAt)).slice(11, 16)} UTC`;
}

function deciders({ decisions }: Card): string {
  const last = decisions.at(-1);
  if (last === undefined) return '';
  return `, last decision by ${tameName(last.person, 'a person named in the message')}`;
}

const capitalised = (word: string): string => `${word.charAt(0)}${word.slice(1).toLowerCase()}`;
