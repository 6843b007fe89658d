// Clicks and dialogs as the fake Slack tells them, read back; then everything that is not quite one.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stageOf, type Stage } from '../../../test/fake-slack/stage.ts';
import { identified, plainText } from './block-types.ts';
import { ACTIONS, buttonValue } from './button-value.ts';
import { slackApi } from './client.ts';
import { readInteraction } from './interaction.ts';

const VALUE = buttonValue('prod', 'u-1', `sha256:${'ab'.repeat(32)}`);
const TARGET = { installation: 'prod', uid: 'u-1', digest16: 'ab'.repeat(8) };

describe('of the fake Slack', () => {
  let stage: Stage;
  let told: unknown[] = [];
  beforeEach(async () => {
    stage = await stageOf();
    told = [];
    const { deliveries } = stage.slack;
    const tell = deliveries.tell.bind(deliveries);
    deliveries.tell = (app, telling) => {
      told.push(structuredClone(telling.payload));
      return tell(app, telling);
    };
  });
  afterEach(() => stage.slack.close());

  const card = async (action: string, channel = stage.channel.id) => {
    const api = slackApi({ token: stage.app.botToken, apiUrl: stage.slack.apiUrl });
    const row = {
      type: 'actions',
      elements: [{ type: 'button', action_id: action, text: plainText('Press'), value: VALUE }],
    } as const;
    const blocks = identified([{ ...row, elements: [...row.elements] }], 'u-1', 0);
    const place = await api.postMessage({
      channel,
      message: { text: 'card', blocks },
      uid: 'u-1',
      attempt: 'a',
      form: 'card',
    });
    if (place.kind !== 'ok') throw new Error(JSON.stringify(place));
    return place;
  };

  it('a click says who clicked which button of which message', async () => {
    const place = await card(ACTIONS.approve);
    const { triggerId } = await stage.alice.click(place, 'Press');
    expect(readInteraction(told[0])).toEqual({
      kind: 'click',
      action: 'approve',
      actor: {
        user: stage.alice.user.id,
        userTeam: stage.slack.team.id,
        team: stage.slack.team.id,
        enterprise: undefined,
        isOrganisation: false,
      },
      appId: stage.app.id,
      target: TARGET,
      channel: place.channel,
      messageTs: place.ts,
      threadTs: undefined,
      isEphemeral: false,
      triggerId,
    });
    expect(JSON.stringify(readInteraction(told[0]))).not.toContain('/actions/');
  });

  it('a click in a direct conversation, and by a stranger', async () => {
    const direct = await card(ACTIONS.details, stage.bob.user.id);
    await stage.bob.click(direct, 'Press');
    expect(readInteraction(told[0])).toMatchObject({ action: 'details', channel: direct.channel });
    const other = stage.slack.addTeam();
    const eve = stage.slack.addUser({ name: 'eve', teamId: other.id });
    stage.channel.members.add(eve.user.id);
    stage.channel.connectedTeams.add(other.id);
    await eve.click(await card(ACTIONS.approve), 'Press');
    expect(readInteraction(told[1])).toMatchObject({
      actor: { user: eve.user.id, userTeam: other.id, team: stage.slack.team.id },
    });
  });

  it('a dialog says who submitted it and what was filled in', async () => {
    const api = slackApi({ token: stage.app.botToken, apiUrl: stage.slack.apiUrl });
    const { triggerId } = await stage.alice.click(await card(ACTIONS.deny), 'Press');
    const view = {
      type: 'modal',
      callback_id: ACTIONS.deny,
      private_metadata: VALUE,
      title: plainText('Deny'),
      submit: plainText('Deny'),
      close: plainText('No'),
      blocks: [
        {
          type: 'input',
          block_id: 'words',
          label: plainText('Why'),
          optional: false,
          element: {
            type: 'plain_text_input',
            action_id: 'words',
            multiline: true,
            max_length: 500,
            placeholder: plainText('p'),
          },
        },
      ],
    } as const;
    const opened = await api.openView(triggerId, { ...view, blocks: [...view.blocks] });
    expect(opened).toMatchObject({ kind: 'ok' });
    await stage.alice.submit({ words: 'too much' });
    expect(readInteraction(told[1])).toMatchObject({
      kind: 'submission',
      action: 'deny',
      actor: { user: stage.alice.user.id },
      appId: stage.app.id,
      target: TARGET,
      viewId: stage.slack.world.modals[0]?.id,
      values: { words: { words: { value: 'too much' } } },
    });
  });
});

const click = {
  type: 'block_actions',
  user: { id: 'U01', team_id: 'T01', name: 'alice' },
  api_app_id: 'A01',
  trigger_id: '1.2.abc',
  team: { id: 'T01', domain: 'acme', enterprise_id: 'E01' },
  enterprise: { id: 'E01', name: 'Acme' },
  is_enterprise_install: false,
  container: { type: 'message', message_ts: '17.000001', channel_id: 'C01', is_ephemeral: false },
  channel: { id: 'C01', name: 'approvals' },
  message: { ts: '17.000001', text: 'card' },
  response_url: 'https://hooks.slack.com/actions/T01/1/secret',
  actions: [{ type: 'button', action_id: ACTIONS.approve, value: VALUE, action_ts: '18.000001' }],
};
const submission = {
  type: 'view_submission',
  user: { id: 'U01', team_id: 'T01' },
  api_app_id: 'A01',
  trigger_id: '1.2.abc',
  team: { id: 'T01' },
  enterprise: null,
  view: {
    id: 'V01',
    app_id: 'A01',
    callback_id: ACTIONS.deny,
    private_metadata: VALUE,
    state: { values: { words: { words: { value: 'no' } } } },
  },
};
const button = click.actions[0];

describe('a click', () => {
  it('of an organisation names it', () => {
    expect(readInteraction(click)).toMatchObject({ kind: 'click', actor: { enterprise: 'E01' } });
    const wide = { ...click, team: null, is_enterprise_install: true };
    expect(readInteraction(wide)).toMatchObject({
      actor: { team: undefined, enterprise: 'E01', isOrganisation: true },
    });
  });

  it('of a message that one person sees has no message', () => {
    const { message: _, ...rest } = click;
    const container = { ...click.container, is_ephemeral: true, thread_ts: '16.000001' };
    expect(readInteraction({ ...rest, container })).toMatchObject({
      isEphemeral: true,
      threadTs: '16.000001',
    });
    expect(readInteraction(rest)).toMatchObject({ why: 'place' });
  });

  it.each([
    ['no user', { user: undefined }, 'actor'],
    ['a user by name', { user: { id: 'alice', team_id: 'T01' } }, 'actor'],
    ['a user with a tail', { user: { id: 'U01\n', team_id: 'T01' } }, 'actor'],
    ['a user in a list', { user: [{ id: 'U01' }] }, 'actor'],
    ['a team of another form', { user: { id: 'U01', team_id: 7 } }, 'actor'],
    ['no workspace and no organisation', { team: null, enterprise: null }, 'actor'],
    ['two organisations', { enterprise: { id: 'E02' } }, 'actor'],
    ['no app', { api_app_id: undefined }, 'app'],
    ['an app by name', { api_app_id: 'Assent' }, 'app'],
    ['no button', { actions: [] }, 'actions'],
    ['two buttons', { actions: [button, button] }, 'actions'],
    ['a button that is none', { actions: ['x'] }, 'actions'],
    ['buttons in no list', { actions: { 0: button, length: 1 } }, 'actions'],
    ['a menu with our name', { actions: [{ ...button, type: 'static_select' }] }, 'actions'],
    ['no value', { actions: [{ ...button, value: undefined }] }, 'value'],
    ['a value of somebody else', { actions: [{ ...button, value: 'v2:x' }] }, 'value'],
    ['a value with a tail', { actions: [{ ...button, value: `${VALUE}0` }] }, 'value'],
    ['no trigger', { trigger_id: undefined }, 'trigger'],
    ['a trigger that is too long', { trigger_id: 'x'.repeat(256) }, 'trigger'],
    ['no container', { container: undefined }, 'place'],
    ['a container that is a view', { container: { ...click.container, type: 'view' } }, 'place'],
    ['another channel than its container', { channel: { id: 'C02' } }, 'place'],
    ['another message than its container', { message: { ts: '17.000002' } }, 'place'],
    ['a message without a time', { message: { text: 'card' } }, 'place'],
    ['a thread of another form', { container: { ...click.container, thread_ts: 'now' } }, 'place'],
    ['a channel by name', { container: { ...click.container, channel_id: '#approvals' } }, 'place'],
  ])('with %s is refused', (_, change, why) => {
    expect(readInteraction({ ...click, ...change })).toEqual({ kind: 'refused', why });
  });

  it('of a button that is not ours is none of ours', () => {
    for (const id of ['other', 'toString', undefined, 7])
      expect(readInteraction({ ...click, actions: [{ ...button, action_id: id }] })).toEqual({
        kind: 'unrelated',
        type: 'block_actions',
      });
  });
});

describe('a dialog', () => {
  const view = (change: object): unknown => ({ ...submission, view: { ...submission.view, ...change } });

  it.each([
    ['no view', { ...submission, view: undefined }, 'unrelated'],
    ['another name', view({ callback_id: 'other' }), 'unrelated'],
    ['no target', view({ private_metadata: '' }), 'value'],
    ['no id', view({ id: undefined }), 'view'],
    ['no values', view({ state: {} }), 'view'],
    ['values in a list', view({ state: { values: [] } }), 'view'],
    ['another app', view({ app_id: 'A02' }), 'view'],
    ['no user', { ...submission, user: {} }, 'actor'],
    ['no app', { ...submission, api_app_id: '' }, 'app'],
  ])('with %s is not taken', (_, payload, outcome) => {
    expect(readInteraction(submission)).toMatchObject({ kind: 'submission', action: 'deny' });
    const read = readInteraction(payload);
    expect(read.kind === 'refused' ? read.why : read.kind).toBe(outcome);
  });
});

describe('anything else', () => {
  it.each([null, undefined, 'text', 7, [], [click]])('is no interaction: %j', (payload) => {
    expect(readInteraction(payload)).toEqual({ kind: 'refused', why: 'not-an-object' });
  });

  it('of Slack is named and left alone', () => {
    expect(readInteraction({ ...submission, type: 'view_closed' })).toEqual({
      kind: 'unrelated',
      type: 'view_closed',
    });
    for (const type of [undefined, 7, '<!channel>', 'x'.repeat(41)])
      expect(readInteraction({ type })).toEqual({ kind: 'unrelated', type: 'unknown' });
  });

  const deep = (depth: number): unknown => {
    let value: unknown = 'end';
    for (let level = 0; level < depth; level += 1) value = { value };
    return value;
  };
  it.each([
    ['long', { text: 'x'.repeat(300_001) }],
    ['long in its names', { ['x'.repeat(300_001)]: 1 }],
    ['long in sum', { texts: Array.from({ length: 301 }, () => 'x'.repeat(1_000)) }],
    ['wide', { list: Array.from({ length: 200_000 }, () => 0) }],
    ['wide all over', { list: Array.from({ length: 150 }, () => Array.from({ length: 150 }, () => 0)) }],
    ['deep', { deep: deep(100_000) }],
  ])('that is too %s is refused before it is read', (_, more) => {
    expect(readInteraction({ ...click, ...more })).toEqual({ kind: 'refused', why: 'oversized' });
  });

  it('INV-7: never throws, whatever JSON it is, and takes none of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(['refused', 'unrelated']).toContain(readInteraction(json).kind);
      }),
    );
  });

  it('INV-7: never throws for anything in any place of a good one, and reads only good values', () => {
    const paths = [...pathsOf(click)];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, json) => {
        const read = readInteraction(replaced(click, path, json));
        const values =
          read.kind === 'click' ? [read.actor.user, read.appId, read.channel, read.messageTs] : [];
        for (const value of values) expect(value).toMatch(/^[UWACGD][A-Z0-9]{2,30}$|^\d+\.\d+$/);
      }),
      { numRuns: 500 },
    );
  });
});

/** Every place in a value. */
function* pathsOf(value: unknown, at: readonly string[] = []): Generator<readonly string[]> {
  if (at.length > 0) yield at;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) yield* pathsOf(part, [...at, key]);
}
/** A copy with another value in one place. */
function replaced(value: object, path: readonly string[], by: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  place[path.at(-1) ?? ''] = by;
  return copy;
}
