// Who may decide by a click, as far as the connector itself looks: what Slack says of the person.
import { expect, it } from 'vitest';
import { aStoredRequest } from '../../test/builders/cli.ts';
import { ACTIONS, buttonValue } from '../channels/slack/button-value.ts';
import type { PersonFacts } from '../channels/slack/lookups.ts';
import { cardOf } from '../domain/message/card.ts';
import { handleClick, type ClickPorts } from './slack-clicks.ts';

const REQUEST = aStoredRequest(
  'r',
  {},
  {
    state: 'Pending',
    notifications: [
      {
        channel: 'slack',
        place: 'C0PLACE',
        form: 'card',
        handle: '1.1',
        content: `sha256:${'a'.repeat(64)}`,
      },
    ],
  },
);
const NOW = Date.parse(REQUEST.spec.requestedAt);

/** What a click came to whose payload names our workspace, and not that of the person. */
async function clicked(teamId: string | undefined): Promise<string> {
  const card = cardOf(REQUEST, { cluster: 'prod', now: NOW, channel: 'slack' });
  const person: PersonFacts = { id: 'U0PERSON', teamId, enterpriseUserId: undefined, standing: 'member' };
  let outcome = '';
  const ports: ClickPorts = {
    deeds: {
      requestOf: () => Promise.resolve(REQUEST),
      isKnown: () => true,
      waitingLink: () => undefined,
      decide: () => Promise.resolve({ kind: 'done' }),
      confirm: () => Promise.resolve({ kind: 'done' }),
    },
    slack: {
      openView: () => Promise.resolve({ kind: 'ok', viewId: 'V1' }),
      postEphemeral: () => Promise.resolve({ kind: 'ok' }),
      person: () => Promise.resolve({ kind: 'ok', person }),
    },
    installation: 'prod',
    cluster: 'prod',
    self: () => ({ teams: ['T0OURS'], appId: undefined }),
    now: () => NOW,
    counted: (_, what) => void (outcome = what),
  };
  const payload = {
    type: 'block_actions',
    api_app_id: 'A0APP',
    user: { id: 'U0PERSON' },
    team: { id: 'T0OURS' },
    trigger_id: '1.2.3',
    container: { type: 'message', channel_id: 'C0PLACE', message_ts: '1.1' },
    channel: { id: 'C0PLACE' },
    message: { ts: '1.1' },
    actions: [
      { type: 'button', action_id: ACTIONS.approve, value: buttonValue('prod', card.uid, card.digest) },
    ],
  };
  await handleClick(payload, { type: 'interactive', isLate: () => false }, ports);
  return outcome;
}

it.each([
  ['our workspace', 'T0OURS', 'decided'],
  ['no workspace', undefined, 'decided'],
  // In a shared channel Slack does not call such a person a stranger.
  ['another workspace', 'T0OTHER', 'refused'],
])(
  'INV-3: a click of a person who is of %s, by what Slack says of the person',
  async (_, teamId, outcome) => {
    expect(await clicked(teamId)).toBe(outcome);
  },
);
