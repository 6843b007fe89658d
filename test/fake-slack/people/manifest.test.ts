// A manifest grants what it asks for and nothing else.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { button, buttons, stageOf, type Stage } from '../stage.ts';
import { readManifest } from './manifest.ts';

const manifest = (more: { settings?: object; features?: object; scopes?: readonly string[] } = {}) => ({
  display_information: { name: 'Gate' },
  features: {
    bot_user: { display_name: 'gate' },
    app_home: { messages_tab_enabled: true },
    ...more.features,
  },
  oauth_config: { scopes: { bot: more.scopes ?? ['chat:write', 'im:history'] } },
  settings: { interactivity: { is_enabled: true }, socket_mode_enabled: true, ...more.settings },
});

let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
});
afterEach(() => stage.slack.close());

function install(more: Parameters<typeof manifest>[0] = {}) {
  const app = stage.slack.installManifest(manifest(more));
  stage.channel.members.add(app.botUserId);
  const client = stage.clientWith({ retryConfig: { retries: 0 } }, app.botToken);
  return { app, client };
}

it('grants the scopes and events that are asked for', () => {
  const { app } = install({
    settings: { socket_mode_enabled: true, event_subscriptions: { bot_events: ['message.im'] } },
  });
  expect([...app.scopes]).toEqual(['chat:write', 'im:history']);
  expect([...app.events]).toEqual(['message.im']);
  expect(app.mode).toBe('socket');
});

describe('what was forgotten', () => {
  it('scope: the method tells', async () => {
    const { client } = install();
    const info = client.users.info({ user: stage.alice.user.id });
    await expect(info).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'users:read' } });
  });

  it('interactivity: a click reaches nobody', async () => {
    const { app, client } = install({ settings: { interactivity: { is_enabled: false } } });
    const blocks = [buttons(button('Go'))];
    const { ts = '' } = await client.chat.postMessage({ channel: stage.channel.id, text: 'x', blocks });
    const click = await stage.alice.click({ channel: stage.channel.id, ts }, 'Go');
    expect(click.attempts).toEqual([]);
    expect(stage.alice.warnings).toEqual([`⚠ ${app.name} is not configured to handle interactive responses`]);
  });

  it('the messages tab: nobody writes to the app, and the app to nobody', async () => {
    const { app, client } = install({ features: { app_home: {} } });
    await expect(stage.alice.sayTo(app, 'hi')).rejects.toThrow('turned off');
    const direct = client.chat.postMessage({ channel: stage.alice.user.id, text: 'x' });
    await expect(direct).rejects.toMatchObject({ data: { error: 'messages_tab_disabled' } });
  });
});

it.each<[string, unknown]>([
  ['must provide an object [json-pointer:/]', 'text'],
  [
    'missing required field: request_url [json-pointer:/settings/interactivity]',
    manifest({ settings: { socket_mode_enabled: false } }),
  ],
  [
    '"message.im" needs the scope im:history [json-pointer:/settings/event_subscriptions/bot_events]',
    manifest({ scopes: [], settings: { event_subscriptions: { bot_events: ['message.im'] } } }),
  ],
  [
    '"commands" is missing [json-pointer:/oauth_config/scopes/bot]',
    manifest({ features: { bot_user: { display_name: 'x' }, slash_commands: [{ command: '/x' }] } }),
  ],
  [
    'missing required field: display_name [json-pointer:/features/bot_user]',
    manifest({ features: { bot_user: {} } }),
  ],
])('is refused: %s', (error, value) => {
  expect(readManifest(value)).toEqual({ ok: false, errors: [error] });
});
