// Which buttons a card has: Approve only where it may be approved (INV-9), none at all once it is decided.
import type { Card } from '../../domain/message/card.ts';
import { plainText, type Button, type Draft } from './block-types.ts';
import type { CardOptions } from './blocks.ts';
import { ACTIONS, buttonValue } from './button-value.ts';
import { inertName } from './inert.ts';

/** The row of buttons of a card; undefined when it has none. */
export function cardButtons(card: Card, options: CardOptions): Draft | undefined {
  if (card.state !== 'Pending') return undefined;
  const value = buttonValue(options.installation, card.uid, card.digest);
  const { approve, deny } = card.answers;
  const elements: readonly Button[] = [
    ...(approve ? [approveButton(card, value)] : []),
    ...(deny ? [plainButton(ACTIONS.deny, 'Deny…', { value, style: 'danger' })] : []),
    plainButton(ACTIONS.details, 'Details', {
      value,
      ...(options.detailsUrl === undefined ? {} : { url: options.detailsUrl }),
    }),
  ];
  return { type: 'actions', elements: [...elements] };
}

function plainButton(action: string, label: string, more: Pick<Button, 'value' | 'url' | 'style'>): Button {
  return { type: 'button', action_id: action, text: plainText(label), ...more };
}

/** A dialog that asks for a reason names verb and object itself; otherwise the question before the click does. */
function approveButton(card: Card, value: string): Button {
  if (card.reasonRequired)
    return plainButton(ACTIONS.approveWithReason, 'Approve…', { value, style: 'primary' });
  return {
    ...plainButton(ACTIONS.approve, 'Approve', { value, style: 'primary' }),
    confirm: {
      title: plainText(card.access === undefined ? 'Approve this change?' : 'Approve this access?'),
      text: plainText(
        `${inertName(card.action, 160)}\nfor ${inertName(card.requester, 80)}, on ${inertName(card.cluster, 40)}`,
      ),
      confirm: plainText('Approve'),
      deny: plainText('Not now'),
      style: 'primary',
    },
  };
}
