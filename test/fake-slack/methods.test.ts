// The Web API by its rules: which error for what, which scope for what, how many calls in which time, and which content a
// message has after an edit.
import { ErrorCode, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineClock } from './clock.ts';
import { FakeSlack } from './fake-slack.ts';
import { listOf, shapeOf, textOf } from './shapes.ts';
import { button, buttons, section, stageOf, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
});
afterEach(() => stage.slack.close());

/** The error of a call. */
const errorOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'ok',
    (thrown: { data?: { error?: string }; message: string }) => thrown.data?.error ?? thrown.message,
  );
const post = (more: object = {}, client = stage.client) =>
  client.chat.postMessage({ channel: stage.channel.id, text: 'hello', ...more });
const limited = { code: ErrorCode.RateLimitedError };

describe('a call is refused', () => {
  it.each<[string, (stage: Stage) => Promise<unknown>]>([
    ['channel_not_found', () => post({ channel: 'C404' })],
    ['no_text', () => post({ text: '' })],
    ['invalid_blocks_format', () => post({ blocks: ['x'] })],
    ['invalid_blocks', () => post({ blocks: [buttons(button('A'), button('A'))] })],
    [
      'msg_blocks_too_long',
      () => post({ blocks: Array.from({ length: 5 }, () => section('x'.repeat(3000))) }),
    ],
    ['invalid_metadata_format', () => post({ metadata: { event_type: 'x', event_payload: 'y' } })],
    [
      'invalid_metadata_schema',
      () => post({ metadata: { event_type: 'x', event_payload: { a: { b: { c: 1 } } } } }),
    ],
    [
      'metadata_too_large',
      () => post({ metadata: { event_type: 'x', event_payload: { a: 'y'.repeat(8000) } } }),
    ],
    ['thread_not_found', () => post({ thread_ts: '1.000001' })],
    ['fake_slack_does_not_know_attachments', () => post({ attachments: [{ text: 'x' }] })],
    ['user_not_found', ({ client }) => client.users.info({ user: 'U404' })],
    ['user_not_found', ({ client }) => client.conversations.open({ users: 'U404' })],
    ['users_list_not_supplied', ({ client }) => client.conversations.open({ users: '' })],
    [
      'user_not_in_channel',
      ({ client, channel }) => client.chat.postEphemeral({ channel: channel.id, user: 'U404', text: 'x' }),
    ],
    [
      'message_not_found',
      ({ client, channel }) => client.chat.update({ channel: channel.id, ts: '1.000001', text: 'x' }),
    ],
    [
      'message_not_found',
      ({ client, channel }) => client.chat.getPermalink({ channel: channel.id, message_ts: '1.000001' }),
    ],
    [
      'thread_not_found',
      ({ client, channel }) => client.conversations.replies({ channel: channel.id, ts: '1.000001' }),
    ],
    [
      'invalid_ts_oldest',
      ({ client, channel }) => client.conversations.history({ channel: channel.id, oldest: 'x' }),
    ],
    ['unknown_method', ({ client }) => client.apiCall('chat.shout')],
    ['invalid_auth', ({ clientWith }) => post({}, clientWith({}, 'xoxb-other'))],
    ['not_authed', ({ clientWith }) => post({}, clientWith({}, ''))],
    ['not_allowed_token_type', ({ clientWith, app }) => post({}, clientWith({}, app.appToken))],
  ])('with %s (%#)', async (error, call) => {
    expect(await errorOf(call(stage))).toBe(error);
  });

  it.each(['token_revoked', 'account_inactive', 'invalid_auth'] as const)(
    'with %s in the middle of a run',
    async (state) => {
      await post();
      stage.app.botTokenState = state;
      expect(await errorOf(post())).toBe(state);
      stage.app.botTokenState = 'good';
      expect(await errorOf(post())).toBe('ok');
    },
  );

  it.each([
    ['is_archived', { archived: true, kind: 'public' }],
    ['not_in_channel', { kind: 'public', members: [] }],
    ['channel_not_found', { kind: 'private', members: [] }],
  ] as const)('with %s', async (error, facts) => {
    const channel = stage.slack.addChannel({ name: 'other', members: [stage.app.botUserId], ...facts });
    expect(await errorOf(post({ channel: channel.id }))).toBe(error);
  });

  it('with missing_scope, which tells what is needed and what was given', async () => {
    stage.app.scopes.delete('chat:write');
    const provided = [...stage.app.scopes].join(',');
    await expect(post()).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: 'chat:write', provided },
    });
    stage.app.scopes.delete('groups:history');
    const history = stage.client.conversations.history({ channel: stage.channel.id });
    await expect(history).rejects.toMatchObject({ data: { needed: 'groups:history' } });
  });

  it('with cant_update_message for what another app or a person wrote, or only one sees', async () => {
    const other = stage.slack.addApp({ name: 'Lookalike' });
    stage.channel.members.add(other.botUserId);
    const { ts = '' } = await post({}, stage.clientWith({}, other.botToken));
    await stage.alice.say(stage.channel.id, 'mine');
    const theirs = stage.slack.messages(stage.channel.id).at(-1)!.ts;
    const whisper = { channel: stage.channel.id, user: stage.alice.user.id, text: 'x' };
    const { message_ts: hidden = '' } = await stage.client.chat.postEphemeral(whisper);
    for (const one of [ts, theirs, hidden]) {
      const update = stage.client.chat.update({ channel: stage.channel.id, ts: one, text: 'y' });
      expect(await errorOf(update)).toBe('cant_update_message');
    }
  });

  it('with what a long text deserves: an edit is refused, a post is cut', async () => {
    const { ts = '' } = await post();
    const update = (length: number) =>
      stage.client.chat.update({ channel: stage.channel.id, ts, text: '🔒'.repeat(length) });
    expect(await errorOf(update(4000))).toBe('ok');
    expect(await errorOf(update(4001))).toBe('msg_too_long');
    const cut = await post({ text: 'x'.repeat(40_001) });
    expect(cut.message?.text).toHaveLength(40_000);
    expect(cut).toMatchObject({ warning: 'message_truncated' });
  });
});

it('refuses the history of a channel that the app is not in', async () => {
  const { id: channel } = stage.slack.addChannel({ name: 'open' });
  expect(await errorOf(stage.client.conversations.history({ channel }))).toBe('not_in_channel');
  expect(await errorOf(stage.client.conversations.info({ channel }))).toBe('ok');
});

describe('an edit', () => {
  it('needs what stays: a text alone takes the blocks away, blocks alone keep the text', async () => {
    const { ts = '' } = await post({ blocks: [section('body')] });
    const at = { channel: stage.channel.id, ts };
    const message = () => stage.slack.messages(stage.channel.id)[0]!;
    await stage.client.chat.update({ ...at, blocks: [section('new')] });
    expect(message()).toMatchObject({ text: 'hello', edited: undefined });
    await stage.client.chat.update({ ...at, text: 'plain' });
    expect(message().blocks).toEqual([]);
    expect(stage.slack.screen(stage.channel.id)).toContain('(edited)\n  plain');
    expect(message().revisions).toHaveLength(3);
  });

  it('of a message that a person deleted is refused; replies keep a tombstone', async () => {
    const { ts = '' } = await post();
    await post({ text: 'reply', thread_ts: ts });
    stage.slack.deleteMessage(stage.channel.id, ts);
    expect(await errorOf(stage.client.chat.update({ channel: stage.channel.id, ts, text: 'x' }))).toBe(
      'message_not_found',
    );
    const { messages } = await stage.client.conversations.replies({ channel: stage.channel.id, ts });
    expect(messages?.map(({ text }) => text)).toEqual(['This message was deleted.', 'reply']);
    expect(stage.slack.screen(stage.channel.id)).toContain('This message was deleted.\n  ↳ Assent [app]');
  });

  it('in an archived channel is refused as is_inactive', async () => {
    const { ts = '' } = await post();
    stage.channel.archived = true;
    expect(await errorOf(stage.client.chat.update({ channel: stage.channel.id, ts, text: 'x' }))).toBe(
      'is_inactive',
    );
  });
});

describe('what is read', () => {
  it('is paged, newest first, within the times that are asked for, without replies', async () => {
    stage.slack.rates.enforced = false;
    const stamps: string[] = [];
    for (const text of ['1', '2', '3', '4']) stamps.push((await post({ text })).ts ?? '');
    await post({ text: 'reply', thread_ts: stamps[0] });
    const of = { channel: stage.channel.id };
    const pages: string[][] = [];
    for await (const page of stage.client.paginate('conversations.history', { ...of, limit: 3 }))
      pages.push(listOf(shapeOf(page)['messages']).map((message) => textOf(shapeOf(message)['text'])));
    expect(pages).toEqual([['4', '3', '2'], ['1']]);
    const { messages } = await stage.client.conversations.history({
      ...of,
      oldest: stamps[1]!,
      latest: stamps[3]!,
    });
    expect(messages?.map(({ text }) => text)).toEqual(['3']);
  });

  it('tells of a channel whether it is shared with others', async () => {
    const facts = { external: true, pendingExternal: true, members: [stage.app.botUserId] };
    const shared = stage.slack.addChannel({ name: 'shared', ...facts });
    const { channel } = await stage.client.conversations.info({ channel: shared.id });
    expect(channel).toMatchObject({ is_ext_shared: true, is_pending_ext_shared: true, is_member: true });
  });

  it('tells of guests, bots and the deleted what they are; e-mail only with its scope', async () => {
    const carol = stage.slack.addUser({
      name: 'carol',
      restricted: true,
      ultraRestricted: true,
      deleted: true,
    });
    const about = async () => (await stage.client.users.info({ user: carol.user.id })).user;
    expect(await about()).toMatchObject({ is_restricted: true, is_ultra_restricted: true, deleted: true });
    expect((await about())?.profile).not.toHaveProperty('email');
    stage.app.scopes.add('users:read.email');
    expect((await about())?.profile).toMatchObject({ email: 'carol@acme.example' });
  });

  it('has no metadata where the event type is not declared, only a warning', async () => {
    stage.app.keepsMetadata = false;
    const answer = await post({ metadata: { event_type: 'x', event_payload: { uid: '1' } } });
    expect(answer.response_metadata?.warnings).toEqual(['metadata_event_type_unknown']);
    const history = { channel: stage.channel.id, include_all_metadata: true };
    const { messages } = await stage.client.conversations.history(history);
    expect(messages?.[0]).not.toHaveProperty('metadata');
  });

  it('links to a message in its thread', async () => {
    const { ts = '' } = await post();
    const { ts: reply = '' } = await post({ thread_ts: ts });
    const { permalink } = await stage.client.chat.getPermalink({
      channel: stage.channel.id,
      message_ts: reply,
    });
    expect(permalink).toMatch(/^https:\/\/acme\.slack\.com\/archives\/C\w+\/p\d{16}\?thread_ts=/);
  });
});

describe('rates', () => {
  it('allow one message a second in a channel, with a short burst, and other channels meanwhile', async () => {
    for (let count = 0; count < 3; count += 1) await post();
    await expect(post()).rejects.toMatchObject({ ...limited, retryAfter: 1 });
    expect((await post({ channel: stage.alice.user.id })).ok).toBe(true);
    stage.clock.advance(1000);
    expect((await post()).ok).toBe(true);
    await expect(post()).rejects.toMatchObject(limited);
    expect(stage.slack.counts('chat.postMessage')).toEqual({ ok: 5, ratelimited: 2 });
  });

  it('allow so many edits in any minute', async () => {
    const { ts = '' } = await post();
    const update = () => stage.client.chat.update({ channel: stage.channel.id, ts, text: 'x' });
    for (let count = 0; count < 50; count += 1) await update();
    stage.clock.advance(59_000);
    await expect(update()).rejects.toMatchObject({ ...limited, retryAfter: 1 });
    stage.clock.advance(1000);
    expect((await update()).ok).toBe(true);
  });

  it('allow so many messages of a workspace in any minute', async () => {
    stage.slack.rates.posting = { perChannelPerSecond: 1, burst: 3, perWorkspacePerMinute: 2 };
    await post();
    await post({ channel: stage.alice.user.id });
    await expect(post({ channel: stage.bob.user.id })).rejects.toMatchObject({ ...limited, retryAfter: 60 });
  });

  it('can storm for a while, whatever is asked', async () => {
    stage.slack.faults.order({ kind: 'rate', retryAfter: 5 }, { forMs: 10_000 });
    for (let count = 0; count < 4; count += 1)
      await expect(stage.client.auth.test()).rejects.toMatchObject(limited);
    stage.clock.advance(10_000);
    expect(await stage.client.auth.test()).toMatchObject({
      ok: true,
      team: 'Acme',
      user_id: stage.app.botUserId,
    });
  });
});

it('gives blocks back with what it fills in', async () => {
  const { message } = await post({ blocks: [section('body'), buttons(button('Go'))] });
  expect(message?.blocks).toMatchObject([
    { block_id: expect.stringMatching(/^\w+$/) as string, text: { text: 'body', verbatim: false } },
    { elements: [{ action_id: 'go', text: { text: 'Go', emoji: true } }] },
  ]);
});

it('takes JSON bodies, and the token in a form', async () => {
  const { botToken } = stage.app;
  const form = new URLSearchParams({ token: botToken });
  expect(
    await (await fetch(`${stage.slack.apiUrl}auth.test`, { method: 'POST', body: form })).json(),
  ).toMatchObject({ ok: true });
  const answer = await fetch(`${stage.slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${botToken}` },
    body: JSON.stringify({ channel: stage.channel.id, blocks: [section('body')] }),
  });
  expect(await answer.json()).toMatchObject({ ok: true, message: { blocks: [{ type: 'section' }] } });
});

it('goes by the clock of this machine too', async () => {
  const slack = await FakeSlack.start({ clock: machineClock });
  const app = slack.addApp({ name: 'Assent' });
  const before = Date.now();
  const channel = slack.addChannel({ name: 'a', members: [app.botUserId] });
  const client = new WebClient(app.botToken, { slackApiUrl: slack.apiUrl });
  const { ts } = await client.chat.postMessage({ channel: channel.id, text: 'x' });
  expect(Number(ts) * 1000).toBeGreaterThanOrEqual(before);
  await slack.close();
});
