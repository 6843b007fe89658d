// The doctor against the fake Slack, with the real client: each thing that can be wrong is found, named in one plain line with
// who can mend it, and nothing that is right is blamed.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { stageOf, type Stage } from '../../../test/fake-slack/stage.ts';
import { examined, type Patient } from './doctor.ts';
import type { Finding, Given } from './finding.ts';
import { SCOPES } from './scopes.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
  stage.app.scopes.clear();
  for (const { name } of SCOPES) stage.app.scopes.add(name);
});
afterEach(() => stage.slack.close());

const held = (text: string): Given => ({ kind: 'text', text });
const patient = (): Patient => ({
  apiUrl: stage.slack.apiUrl,
  // A Secret that was made with echo ends with a line break.
  botToken: held(`${stage.app.botToken}\n`),
  channel: stage.channel.id,
  appToken: held(stage.app.appToken),
  signingSecrets: undefined,
});
const lines = (findings: readonly Finding[]): string[] =>
  findings.map(({ check, verdict, says, remedy }) =>
    [verdict, check, says, ...(remedy ? [remedy.mender, remedy.words] : [])].join(' | '),
  );
const looked = async (more: Partial<Patient> = {}): Promise<string[]> =>
  lines(await examined({ ...patient(), ...more }));
const TYPES =
  'administrator | Check which token is which: the bot token begins with xoxb-, the app token with xapp-.';
const REINSTALL = 'administrator | Install the Slack app again and put its tokens into the Secret of Assent.';
const SCOPES_AGAIN = 'administrator | Give the Slack app the scopes of its manifest and install it again.';
const SKIPPED = ['scopes', 'channel'].map(
  (check) => `skipped | ${check} | not looked at without a bot token that works`,
);

it('says of a good setup that everything is ok, and does nothing in Slack but look', async () => {
  const { channel, slack, app } = stage;
  expect(await looked()).toEqual([
    `ok | bot token | assent in the workspace Acme (${slack.team.id})`,
    'ok | scopes | all that the manifest asks for',
    `ok | channel | ${channel.id} (#approvals): the app is in it, and nobody from outside`,
    `ok | clicks | by socket, for the app ${app.id}`,
  ]);
  const asked = new Set(slack.world.calls.map(({ method }) => method));
  expect([...asked]).toEqual(['auth.test', 'conversations.info', 'apps.connections.open', 'bots.info']);
  expect(slack.sockets.of(app)).toEqual([]);
});

describe('the bot token', () => {
  it.each<[string, () => Given, string]>([
    [
      'no file',
      () => ({ kind: 'unread', why: 'the file x is not there' }),
      'the file x is not there | administrator | Check the path, and that the file may be read.',
    ],
    ['an empty file', () => held(' \n'), `the file is empty | ${TYPES}`],
    ['the app token', () => held(stage.app.appToken), `the file holds no bot token | ${TYPES}`],
    ['two lines', () => held(`${stage.app.botToken}\nx`), `the file holds no bot token | ${TYPES}`],
    [
      'a token that ends',
      () => held('xoxe.xoxb-1-abc'),
      'the file holds a token that ends after twelve hours: token rotation is on | administrator | Make the Slack app anew from its manifest: once on, rotation cannot be switched off.',
    ],
    ['a token of nobody', () => held('xoxb-1-2-3'), `not good: Slack says invalid_auth | ${REINSTALL}`],
  ])('is missed: %s', async (_, given, words) => {
    const found = await looked({ botToken: given() });
    expect(found.slice(0, 3)).toEqual([`broken | bot token | ${words}`, ...SKIPPED]);
    expect(found[3]).toMatch(/^ok \| clicks/);
  });

  it.each(['token_revoked', 'account_inactive'] as const)('is refused: %s', async (state) => {
    stage.app.botTokenState = state;
    expect((await looked())[0]).toBe(`broken | bot token | not good: Slack says ${state} | ${REINSTALL}`);
  });

  it('of which Slack gives no answer is not judged', async () => {
    stage.slack.down();
    const [first] = await looked();
    expect(first).toMatch(
      /^broken \| bot token \| not judged: no answer from Slack \(\w+\) \| administrator \| Look whether/,
    );
  });

  it('waits where Slack wants a pause', async () => {
    stage.slack.faults.order({ kind: 'rate', retryAfter: 7 });
    expect((await looked())[0]).toBe(
      'broken | bot token | not judged: Slack wants a pause | slack | Try again in a minute.',
    );
  });
});

describe('the scopes', () => {
  it('are those of the manifests, in their order', async () => {
    for (const name of ['socket', 'http']) {
      const url = new URL(`../../../manifests/slack/${name}.yaml`, import.meta.url);
      const manifest = parse(await readFile(url, 'utf8')) as { oauth_config: { scopes: { bot: string[] } } };
      expect(SCOPES.map((scope) => scope.name)).toEqual(manifest.oauth_config.scopes.bot);
    }
  });

  it.each([
    ['chat:write', 'broken'],
    ['users:read', 'broken'],
    ['channels:read', 'warning'],
    ['groups:read', 'broken'],
    ['channels:history', 'warning'],
    ['groups:history', 'warning'],
  ])('are short of %s: %s in a private channel', async (name, verdict) => {
    stage.app.scopes.delete(name);
    const without = SCOPES.find((scope) => scope.name === name)?.without ?? '';
    const found = (await looked()).filter((line) => line.includes('| scopes |'));
    expect(found).toEqual([`${verdict} | scopes | without ${name}: ${without} | ${SCOPES_AGAIN}`]);
  });

  it('are more than needed: a note', async () => {
    stage.app.scopes.add('chat:write.public');
    const note = 'note | scopes | more than Assent needs: chat:write.public; the manifest asks for less';
    expect((await looked()).slice(1, 3)).toEqual(['ok | scopes | all that the manifest asks for', note]);
  });
});

describe('the channel', () => {
  const owner = 'channel owner | ';
  it.each<[string, (stage: Stage) => void, string]>([
    [
      'archived',
      ({ channel }) => (channel.archived = true),
      `it is archived | ${owner}Unarchive the channel, or route the policy to another one.`,
    ],
    [
      'shared',
      ({ channel }) => (channel.external = true),
      `people of other organisations are in it, and would read every request | ${owner}Take a channel that is not shared by Slack Connect.`,
    ],
    [
      'to be shared',
      ({ channel }) => (channel.pendingExternal = true),
      `people of other organisations are invited to it | ${owner}Take a channel that is not shared by Slack Connect.`,
    ],
  ])('is %s', async (_, breaks, words) => {
    breaks(stage);
    const found = (await looked()).filter((line) => line.includes('| channel |'));
    expect(found).toEqual([`broken | channel | ${stage.channel.id} (#approvals): ${words}`]);
  });

  it('is one that the app cannot see', async () => {
    stage.channel.members.delete(stage.app.botUserId);
    const why = 'Check the id of the channel, and invite the app if the channel is private.';
    expect((await looked())[2]).toBe(
      `broken | channel | ${stage.channel.id}: Slack says channel_not_found | ${owner}${why}`,
    );
  });

  it('is a public one, without the app', async () => {
    const { id } = stage.slack.addChannel({ name: 'a\u202eb' });
    expect((await looked({ channel: id })).filter((line) => line.includes('| channel |'))).toEqual([
      `broken | channel | ${id} (#ab): the app is not in it | ${owner}Invite the app into the channel.`,
      `note | channel | ${id} (#ab) is public: everybody in the workspace can read the requests`,
    ]);
  });

  it('is a public one that is as it should be: ok, and a note', async () => {
    const { id } = stage.slack.addChannel({ name: 'open', members: [stage.app.botUserId] });
    const verdicts = (await looked({ channel: id })).filter((line) => line.includes('| channel |'));
    expect(verdicts.map((line) => line.split(' | ')[0])).toEqual(['ok', 'note']);
  });

  it('cannot be looked at without the scope for it', async () => {
    stage.app.scopes.delete('groups:read');
    expect((await looked())[2]).toBe(
      `broken | channel | ${stage.channel.id}: Slack says missing_scope, needs groups:read | ${SCOPES_AGAIN}`,
    );
  });
});

describe('the way of clicks by socket', () => {
  it.each<[string, (stage: Stage) => Partial<Patient>, string]>([
    [
      'no file',
      () => ({ appToken: { kind: 'unread', why: 'the file y is a folder' } }),
      'the file y is a folder | administrator | Check the path, and that the file may be read.',
    ],
    ['an empty file', () => ({ appToken: held('') }), `the file of the app token is empty | ${TYPES}`],
    [
      'the bot token',
      ({ app }) => ({ appToken: held(app.botToken) }),
      `the file holds no app token | ${TYPES}`,
    ],
    [
      'a token of nobody',
      () => ({ appToken: held('xapp-1-A1-x') }),
      'app token: Slack says invalid_auth | administrator | Make a new app-level token ("Basic Information", "App-Level Tokens") and put it into slack.appTokenFile.',
    ],
    [
      'no scope',
      ({ app }) => (app.appScopes.clear(), {}),
      'app token: without connections:write | administrator | Make an app-level token with the scope connections:write.',
    ],
    [
      'Socket Mode off',
      ({ app }) => ((app.mode = 'http'), {}),
      'app token: Slack says forbidden_team | administrator | Switch Socket Mode on in the settings of the Slack app.',
    ],
  ])('is closed: %s', async (_, breaks, words) => {
    const more = breaks(stage);
    expect((await looked(more)).at(-1)).toBe(`broken | clicks | ${words}`);
  });

  it('is of another app', async () => {
    const other = stage.slack.addApp({ name: 'Other' });
    expect((await looked({ appToken: held(other.appToken) })).at(-1)).toBe(
      `broken | clicks | the app token is of the app ${other.id}, the bot token of ${stage.app.id}: clicks would go elsewhere | administrator | Take both tokens from the same Slack app.`,
    );
  });

  it('is of an app of which nobody says which one: told so', async () => {
    stage.app.appToken = 'xapp-of-a-new-form';
    const untold = 'ok | clicks | by socket; whether both tokens are of one app cannot be told';
    expect((await looked()).at(-1)).toBe(untold);
    stage.app.botTokenState = 'token_revoked';
    expect((await looked()).at(-1)).toBe(untold);
  });
});

describe('the way of clicks by callback', () => {
  const copy =
    'administrator | Copy the signing secret of the Slack app: "Basic Information", "App Credentials".';
  const by = (signingSecrets: Given): Partial<Patient> => ({ appToken: undefined, signingSecrets });

  it('is ok with a secret of the right form, and with an old one beside it', async () => {
    const { signingSecret } = stage.app;
    const ok = 'ok | clicks | by signed callbacks; whether Slack reaches them, only a click shows';
    expect((await looked(by(held(signingSecret)))).at(-1)).toBe(ok);
    expect((await looked(by(held(`${signingSecret}\n${'0'.repeat(32)}\n`)))).at(-1)).toBe(ok);
  });

  it.each<[string, () => Given, string]>([
    [
      'no file',
      () => ({ kind: 'unread', why: 'the file z is not there' }),
      'broken | clicks | the file z is not there | administrator | Check the path, and that the file may be read.',
    ],
    ['an empty file', () => held('\n\n'), `broken | clicks | the file holds no signing secret | ${copy}`],
    ['too short', () => held('abc'), `broken | clicks | the file holds no signing secret | ${copy}`],
    [
      'a token',
      () => held(stage.app.botToken),
      `broken | clicks | the file holds a token in the place of a signing secret | ${copy}`,
    ],
    [
      'another form',
      () => held('client-secret-of-32-digits-or-so'),
      `warning | clicks | by signed callbacks; but a secret of Slack's has 32 digits of 0-9 and a-f | ${copy}`,
    ],
  ])('is closed: %s', async (_, given, line) => {
    expect((await looked(by(given()))).at(-1)).toBe(line);
  });

  it('is not there, nor a socket: a warning', async () => {
    expect((await looked({ appToken: undefined })).at(-1)).toBe(
      'warning | clicks | neither an app token nor a signing secret: requests are shown, and nothing can be decided in Slack | administrator | Set slack.appTokenFile, or slack.signingSecretFile where Slack can reach Assent.',
    );
  });
});

describe('what Slack does not say, or says otherwise', () => {
  const auth = { ok: true, team: 'Acme', team_id: 'T1AB', user: 'assent', user_id: 'U1AB', bot_id: 'B1AB' };
  const inside = { is_ext_shared: false, is_pending_ext_shared: false };
  const channel = { id: 'C1AB', name: 'a', is_private: true, is_member: true, is_archived: false, ...inside };
  let server: Server;
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  /** Looks at a Slack that answers with these, by method; the granted scopes stand in a header. */
  async function answered(answers: Readonly<Record<string, object>>, scopes: string): Promise<string[]> {
    server = createServer((request, response) => {
      const method = request.url?.replace('/api/', '') ?? '';
      const headers = { 'content-type': 'application/json', ...(scopes ? { 'x-oauth-scopes': scopes } : {}) };
      response
        .writeHead(200, headers)
        .end(JSON.stringify(answers[method] ?? { ok: false, error: 'unknown_method' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
    return looked({ apiUrl, channel: 'C1AB', appToken: undefined });
  }
  const all = SCOPES.map(({ name }) => name).join(',');
  const workspace = { ...auth, is_enterprise_install: false };

  it('the app is installed for a whole organisation: a warning', async () => {
    const found = await answered({ 'auth.test': auth, 'conversations.info': { ok: true, channel } }, all);
    expect(found.map((line) => line.split(' | ')[0])).toEqual(['ok', 'warning', 'ok', 'ok', 'warning']);
    expect(found[1]).toContain('installed for a whole organisation');
  });

  it('the token is of a person: broken', async () => {
    const found = await answered({ 'auth.test': { ...workspace, bot_id: undefined } }, all);
    expect(found.slice(0, 3)).toEqual([
      `broken | bot token | Slack does not say whose it is | ${TYPES}`,
      ...SKIPPED,
    ]);
  });

  it('nothing about scopes: a warning', async () => {
    const found = await answered({ 'auth.test': workspace, 'conversations.info': { ok: true, channel } }, '');
    expect(found[1]).toBe(`warning | scopes | Slack did not say what was granted | ${SCOPES_AGAIN}`);
  });

  it('nothing about people of other organisations: broken', async () => {
    const untold = { ok: true, channel: { ...channel, is_ext_shared: undefined } };
    const found = await answered({ 'auth.test': workspace, 'conversations.info': untold }, all);
    expect(found[2]).toMatch(/^broken \| channel \| C1AB \(#a\): Slack does not say whether people of other/);
  });

  it('nothing about the channel: broken', async () => {
    const found = await answered({ 'auth.test': workspace, 'conversations.info': { ok: true } }, all);
    expect(found[2]).toMatch(/^broken \| channel \| C1AB: Slack does not say what it is \| channel owner/);
  });
});

it('INV-10: says nothing of any token or secret, right or wrong', async () => {
  const { botToken, appToken, signingSecret } = stage.app;
  const secrets = [botToken, appToken, signingSecret];
  for (const one of secrets)
    for (const other of secrets) {
      const all = [
        ...(await looked({ botToken: held(one), appToken: held(other) })),
        ...(await looked({ botToken: held(one), appToken: undefined, signingSecrets: held(other) })),
      ].join('\n');
      for (const secret of secrets) expect(all).not.toContain(secret.slice(-12));
    }
});
