// What people do with the cards of an app, and what the app gets of it: clicks, dialogs, commands, signed requests, and the
// rights that come with a click and run out.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shapeOf, textOf, type Shape } from './shapes.ts';
import { button, buttons, section, stageOf, type Stage } from './stage.ts';
import { signature } from './wire/deliveries.ts';

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The payload of an interaction. */
  readonly payload: Shape;
}

let stage: Stage;
let server: Server;
let received: Received[];
/** What the app answers to the next requests. */
let respond: (payload: Shape) => { status?: number; body?: object } | undefined;

beforeEach(async () => {
  stage = await stageOf();
  received = [];
  respond = () => ({});
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const payload = shapeOf(JSON.parse(new URLSearchParams(body).get('payload') ?? '{}'));
    received.push({ headers: request.headers, body, payload });
    const answer = respond(payload);
    if (answer) response.writeHead(answer.status ?? 200).end(answer.body ? JSON.stringify(answer.body) : '');
  };
  server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(stage.app, {
    mode: 'http',
    interactivityUrl: `${url}/i`,
    commandsUrl: `${url}/c`,
    eventsUrl: `${url}/e`,
  });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await stage.slack.close();
});

const confirm = {
  title: { type: 'plain_text', text: 'Approve as you?' },
  text: { type: 'mrkdwn', text: 'Delete *Deployment* payments/api' },
  confirm: { type: 'plain_text', text: 'Approve' },
  deny: { type: 'plain_text', text: 'Back' },
};
async function card(...elements: Parameters<typeof buttons>): Promise<{ channel: string; ts: string }> {
  const { id } = stage.channel;
  const blocks = [section('Delete it?'), buttons(...elements)];
  const { ts = '' } = await stage.client.chat.postMessage({ channel: id, text: 'card', blocks });
  return { channel: id, ts };
}
const modal = (more: object = {}) => ({
  type: 'modal' as const,
  callback_id: 'deny',
  private_metadata: 'uid-1',
  title: { type: 'plain_text' as const, text: 'Deny request' },
  submit: { type: 'plain_text' as const, text: 'Deny' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'why',
      label: { type: 'plain_text' as const, text: 'Reason' },
      element: {
        type: 'radio_buttons' as const,
        action_id: 'preset',
        options: ['Too broad', 'Not now'].map((text) => ({
          text: { type: 'plain_text' as const, text },
          value: text.toLowerCase().replace(' ', '-'),
        })),
      },
    },
    {
      type: 'input' as const,
      block_id: 'more',
      optional: true,
      label: { type: 'plain_text' as const, text: 'In your words' },
      element: { type: 'plain_text_input' as const, action_id: 'words', max_length: 5 },
    },
  ],
  ...more,
});
/** Alice clicks Deny, and the app opens the dialog. */
async function denial(): Promise<void> {
  const { triggerId } = await stage.alice.click(await card(button('Deny')), 'Deny');
  await stage.client.views.open({ trigger_id: triggerId, view: modal() });
}

it('signs as the example of the reference does', () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&' +
    'channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&' +
    'response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&' +
    'trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  expect(signature('8f742231b10e8888abcd99yyyzzz85a5', '1531420618', body)).toBe(
    'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  );
});

describe('a click', () => {
  it('is a signed form that tells who, where, and which button', async () => {
    const place = await card(button('Approve', { value: 'v1:uid:digest' }));
    const { acknowledged, triggerId } = await stage.alice.click(place, 'Approve');
    expect(acknowledged).toBe(true);
    const [{ headers, body, payload } = { headers: {}, body: '', payload: {} }] = received;
    const timestamp = String(headers['x-slack-request-timestamp']);
    expect(Number(timestamp) * 1000).toBe(stage.clock.now());
    expect(headers['x-slack-signature']).toBe(signature(stage.app.signingSecret, timestamp, body));
    expect(payload).toMatchObject({
      type: 'block_actions',
      user: { id: stage.alice.user.id, team_id: stage.slack.team.id },
      team: { id: stage.slack.team.id, domain: 'acme' },
      enterprise: null,
      api_app_id: stage.app.id,
      channel: { id: place.channel, name: 'approvals' },
      container: { message_ts: place.ts, is_ephemeral: false },
      message: { ts: place.ts, app_id: stage.app.id },
      trigger_id: triggerId,
      actions: [{ action_id: 'approve', value: 'v1:uid:digest', type: 'button' }],
    });
  });

  it('asks first where there is a confirm dialog; no is never told', async () => {
    const place = await card(button('Approve', { confirm }));
    const { dialog, declined } = await stage.alice.click(place, 'Approve', { confirm: 'no' });
    expect(declined).toBe(true);
    expect(received).toEqual([]);
    expect(dialog).toBe('╔ Approve as you?\n  Delete Deployment payments/api\n╚ [ Back ]  [ Approve ]');
    expect((await stage.alice.click(place, 'Approve')).acknowledged).toBe(true);
  });

  it('can hit what stood there before an edit', async () => {
    const place = await card(button('Approve'));
    await stage.client.chat.update({ ...place, text: 'done', blocks: [section('Approved')] });
    await expect(stage.alice.click(place, 'Approve')).rejects.toThrow('no button');
    const { acknowledged } = await stage.alice.click(place, 'Approve', { revision: 0 });
    expect(acknowledged).toBe(true);
    expect(received[0]?.payload).toMatchObject({
      message: { text: 'done' },
      actions: [{ value: 'v1:Approve' }],
    });
  });

  it.each([
    ['refused', { status: 401 }],
    ['refused', { status: 500 }],
  ] as const)('is %s by the app with %j: the person is warned', async (outcome, answer) => {
    respond = () => answer;
    const { attempts } = await stage.alice.click(await card(button('Approve')), 'Approve');
    expect(attempts).toMatchObject([{ outcome, ...answer }]);
    expect(stage.alice.warnings).toHaveLength(1);
  });

  it('that is not answered in three seconds is over', async () => {
    respond = () => undefined;
    const click = stage.alice.click(await card(button('Approve')), 'Approve');
    await stage.slack.until(() => stage.slack.world.story.includes('told interactive http'));
    stage.clock.advance(3000);
    expect((await click).attempts).toMatchObject([{ outcome: 'timeout' }]);
  });

  it('is possible for who sees the channel only', async () => {
    const place = await card(button('Approve'));
    const carol = stage.slack.addUser({ name: 'carol' });
    await expect(carol.click(place, 'Approve')).rejects.toThrow('does not see');
    stage.channel.members.add(carol.user.id);
    carol.user.deleted = true;
    await expect(carol.click(place, 'Approve')).rejects.toThrow('cannot log in');
  });

  it('of a stranger and of somebody of the Grid tells their own identifiers', async () => {
    const other = stage.slack.addTeam({ name: 'Other', enterprise: { id: 'E9', name: 'Big' } });
    const enterprise_id = 'E9';
    const stranger = stage.slack.addUser({ name: 'stan', teamId: other.id });
    const grid = stage.slack.addUser({
      name: 'gwen',
      enterpriseUser: { id: 'W9', enterprise_id, teams: [stage.slack.team.id] },
    });
    for (const { user } of [stranger, grid]) stage.channel.members.add(user.id);
    const place = await card(button('Approve'));
    await stranger.click(place, 'Approve');
    await grid.click(place, 'Approve');
    expect(received.map(({ payload }) => shapeOf(payload['user'])['team_id'])).toEqual([
      other.id,
      stage.slack.team.id,
    ]);
    const about = async (user: string) => (await stage.client.users.info({ user })).user;
    expect(await about(stranger.user.id)).toMatchObject({ is_stranger: true, team_id: other.id });
    expect(await about(grid.user.id)).toMatchObject({ enterprise_user: { id: 'W9' } });
    expect(await about(grid.user.id)).not.toHaveProperty('team_id');
  });
});

describe('a trigger', () => {
  it('works for three seconds, and is dead after that', async () => {
    const place = await card(button('Deny'));
    const [first, second] = [await stage.alice.click(place, 'Deny'), await stage.bob.click(place, 'Deny')];
    stage.clock.advance(3000);
    const opened = await stage.client.views.open({ trigger_id: first.triggerId, view: modal() });
    expect(opened.view).toMatchObject({ callback_id: 'deny', state: { values: {} } });
    stage.clock.advance(1);
    const late = stage.client.views.open({ trigger_id: second.triggerId, view: modal() });
    await expect(late).rejects.toMatchObject({ data: { error: 'expired_trigger_id' } });
  });

  it('opens one dialog; one that never was opens none', async () => {
    await denial();
    const { trigger_id: used } = received[0]?.payload ?? {};
    for (const [trigger_id, error] of [
      [textOf(used), 'exchanged_trigger_id'],
      ['1.2.x', 'invalid_trigger_id'],
    ] as const)
      await expect(stage.client.views.open({ trigger_id, view: modal() })).rejects.toMatchObject({
        data: { error },
      });
  });
});

describe('a dialog', () => {
  it('is seen, filled in and submitted', async () => {
    await denial();
    expect(stage.alice.dialog()).toMatch(/^╔ Deny request\n\? Reason\n▷ \( \) Too broad\n▷ \( \) Not now/);
    await stage.alice.submit({ Reason: 'Too broad', words: 'no' });
    expect(received[1]?.payload).toMatchObject({
      type: 'view_submission',
      user: { id: stage.alice.user.id },
      view: {
        callback_id: 'deny',
        private_metadata: 'uid-1',
        state: {
          values: {
            why: { preset: { selected_option: { value: 'too-broad' } } },
            more: { words: { value: 'no' } },
          },
        },
      },
    });
    expect(stage.alice.dialog()).toBe('');
  });

  it('stays with the errors that the app answers, and goes with `clear`', async () => {
    await denial();
    respond = () => ({ body: { response_action: 'errors', errors: { why: 'Say more' } } });
    await stage.alice.submit({ Reason: 'Not now' });
    expect(stage.alice.dialog()).toContain('! Say more');
    respond = () => ({ body: { response_action: 'errors', errors: { nowhere: 'x' } } });
    await stage.alice.submit({ Reason: 'Not now' });
    expect(stage.alice.warnings).toHaveLength(1);
    respond = () => ({ body: { response_action: 'clear' } });
    await stage.alice.submit({ Reason: 'Not now' });
    expect(stage.alice.dialog()).toBe('');
  });

  it('lets nobody submit what the client would not', async () => {
    await denial();
    await expect(stage.alice.submit()).rejects.toThrow('"Reason" has to be filled in');
    await expect(stage.alice.submit({ Reason: 'Other' })).rejects.toThrow('no option');
    await expect(stage.alice.submit({ Reason: 'Not now', words: 'too long' })).rejects.toThrow('at most 5');
    await expect(stage.bob.submit()).rejects.toThrow('no dialog open');
    expect(received).toHaveLength(1);
  });

  it('can be replaced while it is open, by its hash', async () => {
    const { triggerId } = await stage.alice.click(await card(button('Deny')), 'Deny');
    const { view } = await stage.client.views.open({ trigger_id: triggerId, view: modal() });
    const next = modal({ title: { type: 'plain_text', text: 'Too late' } });
    const of = { view_id: view?.id ?? '', view: next };
    await expect(stage.client.views.update({ ...of, hash: 'old' })).rejects.toMatchObject({
      data: { error: 'hash_conflict' },
    });
    await stage.client.views.update({ ...of, hash: view?.hash ?? '' });
    expect(stage.alice.dialog()).toContain('╔ Too late');
    await stage.alice.closeDialog();
    await expect(stage.client.views.update(of)).rejects.toMatchObject({ data: { error: 'not_found' } });
  });
});

describe('a response_url', () => {
  const use = async (url: string, body: object): Promise<readonly [number, string]> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return [answer.status, await answer.text()];
  };

  it('is good for five uses', async () => {
    const { responseUrl } = await stage.alice.click(await card(button('Approve')), 'Approve');
    for (let count = 0; count < 5; count += 1)
      expect(await use(responseUrl, { text: 'no' })).toEqual([200, 'ok']);
    expect(await use(responseUrl, { text: 'no' })).toEqual([404, '{"ok":false,"error":"used_url"}']);
    expect(stage.slack.ephemerals(stage.alice.user.id)).toHaveLength(5);
    expect(stage.bob.screen(stage.channel.id)).not.toContain('only visible to you');
  });

  it('is good for half an hour, and can replace the card', async () => {
    const place = await card(button('Approve'));
    const { responseUrl } = await stage.alice.click(place, 'Approve');
    stage.clock.advance(30 * 60_000);
    expect(await use(responseUrl, { text: 'gone', replace_original: true })).toEqual([200, 'ok']);
    expect(stage.slack.screen(place.channel)).toContain('\n  gone');
    stage.clock.advance(1);
    expect((await use(responseUrl, { text: 'late' }))[0]).toBe(404);
  });
});

describe('words of a person', () => {
  it('reach the app directly, escaped, and as a mention when it is subscribed', async () => {
    await stage.alice.sayTo(stage.app, 'link <ABC> & more');
    await expect(stage.alice.say(stage.channel.id, 'hey @Assent')).resolves.toBeUndefined();
    stage.app.events.add('app_mention');
    stage.app.scopes.add('app_mentions:read');
    await stage.alice.say(stage.channel.id, 'hey @Assent');
    expect(received.map(({ body }) => shapeOf(shapeOf(JSON.parse(body))['event']))).toMatchObject([
      { type: 'message', channel_type: 'im', text: 'link &lt;ABC&gt; &amp; more', user: stage.alice.user.id },
      { type: 'app_mention', text: `hey <@${stage.app.botUserId}>` },
    ]);
  });

  it('are a command where the app has one', async () => {
    await expect(stage.alice.command(stage.channel.id, '/assent')).rejects.toThrow('not a valid command');
    stage.app.commands.add('/assent');
    await stage.alice.command(stage.channel.id, '/assent', 'link 12');
    expect(Object.fromEntries(new URLSearchParams(received[0]?.body))).toMatchObject({
      command: '/assent',
      text: 'link 12',
      user_id: stage.alice.user.id,
    });
  });
});
