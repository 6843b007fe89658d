// The port with the real web client against the fake Slack: what arrives, what is answered in trouble, what is never done.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../test/fake-slack/api/faults.ts';
import { stageOf, type Stage } from '../../../test/fake-slack/stage.ts';
import { identified, plainText, type SlackMessage } from './block-types.ts';
import { slackApi, type Post, type SlackApi } from './client.ts';

let stage: Stage;
let api: SlackApi;
let botId: string;
beforeEach(async () => {
  stage = await stageOf();
  stage.slack.rates.enforced = false;
  api = slackApi({ token: stage.app.botToken, apiUrl: stage.slack.apiUrl });
  botId = stage.app.botId;
});
afterEach(() => stage.slack.close());

const message = (words = 'hello'): SlackMessage => ({
  text: words,
  blocks: identified([{ type: 'section', text: plainText(words) }], 'u-1', 0),
});
const post = (more: Partial<Post> = {}): Post => ({
  channel: stage.channel.id,
  message: message(),
  uid: 'u-1',
  attempt: 'a-1',
  form: 'card',
  ...more,
});
/** A server that answers everything with this. */
async function served(body: string): Promise<{ server: Server; apiUrl: string }> {
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, apiUrl: `http://127.0.0.1:${port}/api/` };
}
const posted = (): number => stage.slack.messages(stage.channel.id).length;
const lastArgs = (): unknown => stage.slack.world.calls.at(-1)?.args;
const search = (more: object = {}) =>
  api.findPosts({
    channel: stage.channel.id,
    botId,
    sinceMs: stage.clock.now(),
    ...more,
  });

describe('a message', () => {
  it('is posted with its metadata, without previews of links, and answers where it is', async () => {
    const answer = await api.postMessage(post());
    const [there] = stage.slack.messages(stage.channel.id);
    expect(answer).toEqual({ kind: 'ok', channel: stage.channel.id, ts: there?.ts, warnings: [] });
    expect(there?.metadata).toEqual({
      event_type: 'assent_request',
      event_payload: { uid: 'u-1', attempt: 'a-1', form: 'card' },
    });
    expect(lastArgs()).toMatchObject({ unfurl_links: 'false', unfurl_media: 'false' });
  });

  it('to a person goes into the direct conversation, whose id is answered', async () => {
    const answer = await api.postMessage(post({ channel: stage.alice.user.id }));
    expect(answer).toMatchObject({ kind: 'ok', channel: expect.stringMatching(/^D/) as string });
  });

  it('can answer another one, and be edited', async () => {
    const top = await api.postMessage(post());
    if (top.kind !== 'ok') throw new Error(top.kind);
    expect(await api.postMessage(post({ threadTs: top.ts }))).toMatchObject({ kind: 'ok' });
    expect(stage.slack.messages(stage.channel.id).map(({ threadTs }) => threadTs)).toEqual([
      undefined,
      top.ts,
    ]);
    expect(await api.update(top, message('decided'))).toEqual({
      kind: 'ok',
      channel: top.channel,
      ts: top.ts,
    });
    expect(stage.alice.screen(stage.channel.id)).toContain('decided');
  });

  it('with half a character anywhere arrives with a sign in its place', async () => {
    const broken = 'cut \u{d83d}';
    expect(await api.postMessage(post({ message: message(broken) }))).toMatchObject({ kind: 'ok' });
    const [there] = stage.slack.messages(stage.channel.id);
    expect(there?.text).toBe('cut \ufffd');
    expect(JSON.stringify(there?.blocks)).toContain('cut \ufffd');
  });

  it('whose metadata Slack drops is answered with its warning', async () => {
    Object.assign(stage.app, { keepsMetadata: false });
    expect(await api.postMessage(post())).toMatchObject({ warnings: ['metadata_event_type_unknown'] });
  });
});

describe('trouble', () => {
  it.each<[string, Fault, object, number]>([
    ['a reset after the post', { kind: 'reset', kept: true }, { kind: 'unknown' }, 1],
    ['a reset before it, which looks the same', { kind: 'reset', kept: false }, { kind: 'unknown' }, 0],
    ['status 500', { kind: 'status', status: 500, kept: true }, { kind: 'unknown', why: 'status 500' }, 1],
    ['status 503', { kind: 'status', status: 503, kept: false }, { kind: 'unknown', why: 'status 503' }, 0],
    ['HTML', { kind: 'garbage' }, { kind: 'unknown', why: 'an answer that is not from Slack' }, 0],
    ['fatal_error', { kind: 'error', error: 'fatal_error' }, { kind: 'unknown', why: 'fatal_error' }, 0],
    ['internal_error', { kind: 'error', error: 'internal_error' }, { kind: 'unknown' }, 0],
    ['429 with a time', { kind: 'rate', retryAfter: 7 }, { kind: 'limited', retryAfterMs: 7_000 }, 0],
    ['429 without', { kind: 'rate', retryAfter: undefined }, { kind: 'limited', retryAfterMs: 30_000 }, 0],
    ['429 for ever', { kind: 'rate', retryAfter: 1e9 }, { kind: 'limited', retryAfterMs: 3_600_000 }, 0],
    ['429 for no time', { kind: 'rate', retryAfter: 0 }, { kind: 'limited', retryAfterMs: 1_000 }, 0],
    ['ratelimited', { kind: 'error', error: 'ratelimited' }, { kind: 'limited', retryAfterMs: 30_000 }, 0],
    [
      'a refusal',
      { kind: 'error', error: 'is_archived' },
      { kind: 'refused', code: 'is_archived', isPermanent: true, mender: 'channel owner' },
      0,
    ],
    [
      'a refusal that passes',
      { kind: 'error', error: 'service_unavailable' },
      { kind: 'refused', isPermanent: false, mender: 'slack' },
      0,
    ],
    [
      'a new name',
      { kind: 'error', error: 'moon_is_full' },
      { kind: 'refused', code: 'moon_is_full', isPermanent: false },
      0,
    ],
  ])('of a send: %s', async (_, fault, answer, kept) => {
    stage.slack.faults.order(fault);
    expect(await api.postMessage(post())).toMatchObject(answer);
    expect(posted()).toBe(kept);
    expect(stage.slack.world.calls).toHaveLength(1);
  });

  it('of a server that hangs: nobody knows after the time is up', async () => {
    stage.slack.faults.order({ kind: 'hang', kept: true });
    const quick = slackApi({ token: stage.app.botToken, apiUrl: stage.slack.apiUrl, timeoutMs: 50 });
    expect(await quick.postMessage(post())).toEqual({ kind: 'unknown', why: 'timeout' });
    expect(posted()).toBe(1);
  });

  it('of a server that is not there: certainly not sent', async () => {
    const { server, apiUrl } = await served('');
    server.close();
    await once(server, 'close');
    const away = slackApi({ token: 'xoxb-1', apiUrl });
    expect(await away.postMessage(post())).toEqual({ kind: 'unsent', why: 'ECONNREFUSED' });
  });

  it.each(['{"ok":true}', '{"ok":true,"ts":7,"channel":"C01"}', '{}', 'null', '"ok"', '[]', ''])(
    'of an answer that lacks what it has to say: nobody knows (%s)',
    async (body) => {
      const { server, apiUrl } = await served(body);
      const answer = await slackApi({ token: 'xoxb-1', apiUrl }).postMessage(post());
      server.close();
      expect(answer).toMatchObject({ kind: 'unknown' });
    },
  );

  it.each(['', ' ', 'xoxb-1\nx', 'xoxb-1 2', 'xoxb-ü'])(
    'with a token that is none (%j) is refused before anything is sent',
    async (token) => {
      const nobody = slackApi({ token, apiUrl: stage.slack.apiUrl });
      expect(await nobody.postMessage(post())).toMatchObject({
        code: 'not_authed',
        isPermanent: true,
        mender: 'administrator',
      });
      expect(stage.slack.world.calls).toEqual([]);
    },
  );

  it('is none where a Secret ends with a line break', async () => {
    const lined = slackApi({ token: `${stage.app.botToken}\n`, apiUrl: stage.slack.apiUrl });
    expect(await lined.identity()).toMatchObject({ kind: 'ok' });
  });

  it('of one call does not hold up the next', async () => {
    stage.slack.faults.order({ kind: 'rate', retryAfter: 60 });
    expect(await api.postMessage(post())).toMatchObject({ kind: 'limited' });
    expect(await api.identity()).toMatchObject({ kind: 'ok' });
  });

  it('tells the places that Slack does not take, and the scopes that are missing', async () => {
    const blocks = identified(
      Array.from({ length: 60 }, () => ({ type: 'section', text: plainText('x') }) as const),
      'u',
      0,
    );
    expect(await api.postMessage(post({ message: { text: 'x', blocks } }))).toMatchObject({
      code: 'invalid_blocks',
      mender: 'Assent',
      details: ['[ERROR] no more than 50 items allowed [json-pointer:/blocks]'],
    });
    stage.app.scopes.delete('users:read');
    expect(await api.person(stage.alice.user.id)).toMatchObject({
      code: 'missing_scope',
      mender: 'administrator',
      details: ['needs users:read'],
    });
  });

  it.each(['invalid_auth', 'token_revoked', 'account_inactive'] as const)(
    'with the token (%s) is permanent and for the administrator',
    async (state) => {
      Object.assign(stage.app, { botTokenState: state });
      const answer = await api.identity();
      expect(answer).toMatchObject({ code: state, isPermanent: true, mender: 'administrator' });
      expect(JSON.stringify(answer)).not.toContain(stage.app.botToken);
    },
  );
});

describe('the search for a lost send', () => {
  it('finds it by its attempt, behind many others', async () => {
    stage.slack.faults.order({ kind: 'reset', kept: true });
    await api.postMessage(post());
    const [lost] = stage.slack.messages(stage.channel.id);
    for (let count = 0; count < 201; count += 1) await stage.bob.say(stage.channel.id, 'so much to say');
    const found = { attempt: 'a-1', form: 'card', ts: lost?.ts };
    expect(await search()).toEqual({ kind: 'ok', posts: [found], isComplete: true });
  });

  it('finds all of them, oldest first, with their forms', async () => {
    await api.postMessage(post({ attempt: 'a-1', form: 'list' }));
    await stage.bob.say(stage.channel.id, 'hello');
    await api.postMessage(post({ attempt: 'a-2' }));
    expect(await search()).toMatchObject({
      posts: [
        { attempt: 'a-1', form: 'list' },
        { attempt: 'a-2', form: 'card' },
      ],
    });
  });

  it('does not look before its time, but for what clocks may differ', async () => {
    await api.postMessage(post());
    stage.clock.advance(600_000);
    expect(await search()).toMatchObject({ posts: [], isComplete: true });
    const earlier = await search({ sinceMs: stage.clock.now() - 310_000 });
    expect(earlier).toMatchObject({ posts: [{ attempt: 'a-1' }] });
  });

  it('says when there was more than it looked through', async () => {
    await api.postMessage(post());
    for (let count = 0; count < 1_000; count += 1) await stage.bob.say(stage.channel.id, 'so much to say');
    expect(await search()).toEqual({ kind: 'ok', posts: [], isComplete: false });
    expect(stage.slack.counts('conversations.history')).toEqual({ ok: 5 });
  });

  it('finds a reply in its thread', async () => {
    const top = await api.postMessage(post({ attempt: 'a-0' }));
    if (top.kind !== 'ok') throw new Error(top.kind);
    await api.postMessage(post({ threadTs: top.ts }));
    const [, reply] = stage.slack.messages(stage.channel.id);
    expect(await search()).toMatchObject({ posts: [{ attempt: 'a-0' }] });
    const inside = await search({ threadTs: top.ts });
    expect(inside).toMatchObject({ posts: [{ attempt: 'a-0' }, { attempt: 'a-1', ts: reply?.ts }] });
  });

  it('does not believe the metadata of another app', async () => {
    const other = stage.slack.addApp({ name: 'Other' });
    stage.channel.members.add(other.botUserId);
    const copy = slackApi({ token: other.botToken, apiUrl: stage.slack.apiUrl });
    expect(await copy.postMessage(post())).toMatchObject({ kind: 'ok' });
    expect(await search()).toMatchObject({ posts: [], isComplete: true });
  });

  it('answers trouble as any other call', async () => {
    stage.app.scopes.delete('groups:history');
    expect(await search()).toMatchObject({ kind: 'refused', code: 'missing_scope' });
  });
});

describe('what one person sees', () => {
  it('is a whisper', async () => {
    const answer = await api.postEphemeral({
      channel: stage.channel.id,
      user: stage.alice.user.id,
      message: message('not you'),
    });
    expect(answer).toEqual({ kind: 'ok' });
    expect(stage.alice.screen(stage.channel.id)).toContain('not you');
    expect(stage.bob.screen(stage.channel.id)).not.toContain('not you');
  });

  it('is a dialog, once for each click', async () => {
    const blocks = identified(
      [
        {
          type: 'actions',
          elements: [{ type: 'button', action_id: 'deny', text: plainText('Deny'), value: 'x' }],
        },
      ],
      'u',
      0,
    );
    const place = await api.postMessage(post({ message: { text: 'card', blocks } }));
    if (place.kind !== 'ok') throw new Error(place.kind);
    const { triggerId } = await stage.alice.click(place, 'Deny');
    const view = {
      type: 'modal',
      callback_id: 'c',
      private_metadata: 'm',
      title: plainText('Why \u{d83d}'),
      submit: plainText('Deny'),
      close: plainText('No'),
      blocks: [{ type: 'section', block_id: 'b', text: plainText('What') }],
    } as const;
    const dialog = { ...view, blocks: [...view.blocks] };
    expect(await api.openView(triggerId, dialog)).toEqual({
      kind: 'ok',
      viewId: stage.slack.world.modals[0]?.id,
    });
    expect(stage.alice.dialog()).toContain('What');
    expect(await api.openView(triggerId, dialog)).toMatchObject({
      code: 'exchanged_trigger_id',
      isPermanent: true,
      mender: 'nobody',
    });
  });
});

describe('what Slack knows', () => {
  it.each([
    ['a private one', {}, { kind: 'private', isMember: true, isArchived: false, sharing: 'inside' }],
    ['a shared one', { external: true }, { sharing: 'external' }],
    ['one that others are invited to', { pendingExternal: true }, { sharing: 'pending' }],
    ['an archived one', { archived: true }, { isArchived: true }],
    ['a public one without us', { kind: 'public', members: new Set() }, { kind: 'public', isMember: false }],
  ])('of a channel: %s', async (_, change, facts) => {
    Object.assign(stage.channel, change);
    expect(await api.channel(stage.channel.id)).toMatchObject({
      kind: 'ok',
      channel: { id: stage.channel.id, ...facts },
    });
  });

  it.each([
    ['a member', {}, 'member'],
    ['a guest', { restricted: true }, 'guest'],
    ['a guest of one channel', { ultraRestricted: true }, 'guest'],
    ['a bot', { bot: true }, 'bot'],
    ['somebody who left', { deleted: true }, 'deleted'],
  ])('of a person: %s', async (_, change, standing) => {
    Object.assign(stage.alice.user, change);
    const { id, teamId } = stage.alice.user;
    expect(await api.person(id)).toMatchObject({ kind: 'ok', person: { id, teamId, standing } });
  });

  it('of somebody of another workspace, and of an organisation', async () => {
    const other = stage.slack.addTeam();
    const stranger = stage.slack.addUser({ name: 'eve', teamId: other.id });
    stage.channel.members.add(stranger.user.id);
    stage.channel.connectedTeams.add(other.id);
    expect(await api.person(stranger.user.id)).toMatchObject({ person: { standing: 'stranger' } });
    const grid = stage.slack.addUser({
      name: 'grace',
      enterpriseUser: {
        id: 'W0GRACE',
        enterprise_id: 'E1',
        teams: [stage.slack.team.id],
      },
    });
    expect(await api.person(grid.user.id)).toMatchObject({
      person: { teamId: undefined, enterpriseUserId: 'W0GRACE', standing: 'member' },
    });
  });

  it('of ourselves', async () => {
    expect(await api.identity()).toMatchObject({
      kind: 'ok',
      identity: {
        teamId: stage.slack.team.id,
        enterpriseId: undefined,
        userId: stage.app.botUserId,
        botId,
        isOrganisation: false,
        scopes: expect.arrayContaining(['chat:write']) as string[],
      },
    });
  });
});
