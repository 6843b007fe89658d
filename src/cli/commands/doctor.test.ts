// `kubectl assent doctor slack` as an administrator types it: files, variables and the server's own file of settings; what is
// printed, and the exit code.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { aFakeScreen } from '../../../test/builders/cli.ts';
import { stageOf, type Stage } from '../../../test/fake-slack/stage.ts';
import { SCOPES } from '../../channels/slack/scopes.ts';
import { parseCommand } from '../arguments.ts';
import { doctor, type Env } from './doctor.ts';

let stage: Stage;
let folder: string;
const file = (name: string): string => join(folder, name);
beforeEach(async () => {
  stage = await stageOf();
  stage.app.scopes.clear();
  for (const { name } of SCOPES) stage.app.scopes.add(name);
  folder = await mkdtemp(join(tmpdir(), 'assent-doctor-'));
  await writeFile(file('bot'), `${stage.app.botToken}\n`);
  await writeFile(file('app'), `${stage.app.appToken}\n`);
});
afterEach(async () => {
  await stage.slack.close();
  await rm(folder, { recursive: true });
});

/** Runs it with these words and variables. */
async function typed(words: readonly string[], env: Env = {}) {
  const parsed = parseCommand(['doctor', 'slack', ...words]);
  if (!parsed.ok || parsed.command.verb !== 'doctor') throw new Error(JSON.stringify(parsed));
  const screen = aFakeScreen();
  const code = await doctor(parsed.command, { ASSENT_SLACK_API_URL: stage.slack.apiUrl, ...env }, screen);
  return { code, out: screen.lines.join('\n'), errors: screen.errors.join('\n') };
}
const flags = (): string[] => [
  `--slack-bot-token-file=${file('bot')}`,
  `--slack-app-token-file=${file('app')}`,
  `--slack-channel=${stage.channel.id}`,
];

describe('kubectl assent doctor slack', () => {
  it('prints one line for each check, and ends with 0 where nothing is broken', async () => {
    const { code, out, errors } = await typed(flags());
    expect(out.replaceAll(/\b[ACT]0\w+/g, 'ID')).toBe(
      [
        'ok       bot token  assent in the workspace Acme (ID)',
        'ok       scopes     all that the manifest asks for',
        'ok       channel    ID (#approvals): the app is in it, and nobody from outside',
        'ok       clicks     by socket, for the app ID',
        'nothing is broken',
      ].join('\n'),
    );
    expect([code, errors]).toEqual([0, '']);
  });

  it('INV-10: prints no token that was given in the place of its file', async () => {
    const { out, errors } = await typed([
      `--slack-bot-token-file=${stage.app.botToken}`,
      `--slack-app-token-file=${stage.app.appToken}`,
      `--slack-channel=${stage.channel.id}`,
    ]);
    expect(out).toContain('the file [token] is not there');
    for (const token of [stage.app.botToken, stage.app.appToken]) expect(out + errors).not.toContain(token);
  });

  it('says what is broken and who mends it, and ends with 1', async () => {
    stage.channel.members.delete(stage.app.botUserId);
    stage.app.scopes.delete('groups:history');
    const { code, out } = await typed(flags());
    const [, scopes, channel, , sum] = out.split('\n');
    expect(scopes).toMatch(
      /^warning {2}scopes {5}without groups:history: .* Administrator: Give the Slack app/,
    );
    expect(channel).toMatch(
      /^broken {3}channel {4}C\w+: Slack says channel_not_found\. Channel owner: Check the id/,
    );
    expect([code, sum]).toEqual([1, 'broken: 1']);
  });

  it('ends with 0 where there are warnings alone', async () => {
    stage.app.scopes.delete('groups:history');
    expect((await typed(flags())).code).toBe(0);
  });

  it('takes the variables and the file of the server', async () => {
    const env = {
      ASSENT_SLACK_BOT_TOKEN_FILE: file('bot'),
      ASSENT_SLACK_APP_TOKEN_FILE: file('app'),
      ASSENT_SLACK_CHANNEL: stage.channel.id,
    };
    expect((await typed([], env)).code).toBe(0);
    const slack = { botTokenFile: file('bot'), appTokenFile: file('app'), channel: stage.channel.id };
    await writeFile(file('assent.yaml'), JSON.stringify({ clusterName: 'prod', slack }));
    expect((await typed(['--config', file('assent.yaml')])).code).toBe(0);
  });

  it.each(['json', 'yaml'])('gives programs the same as %s', async (form) => {
    stage.channel.archived = true;
    const { code, out } = await typed([...flags(), '-o', form]);
    const { ok, findings } = parse(out) as { ok: boolean; findings: Record<string, string>[] };
    expect([code, ok, findings.length]).toEqual([1, false, 4]);
    expect(findings[2]).toEqual({
      check: 'channel',
      verdict: 'broken',
      says: `${stage.channel.id} (#approvals): it is archived`,
      mender: 'channel owner',
      remedy: 'Unarchive the channel, or route the policy to another one.',
    });
    expect(findings[0]).not.toHaveProperty('mender');
  });

  it('says which file is not there', async () => {
    const { code, out } = await typed([...flags().slice(1), `--slack-bot-token-file=${file('none')}`]);
    expect(out).toContain(`the file ${file('none')} is not there. Administrator: Check the path`);
    expect(out).toContain('skipped  scopes     not looked at');
    const { out: other } = await typed([...flags().slice(1), `--slack-bot-token-file=${folder}`]);
    expect(other).toContain(`the file ${folder} is a folder`);
    expect(code).toBe(1);
  });

  it.each<[string, () => string[], Env, RegExp]>([
    ['nothing at all', () => [], {}, /^Slack is off: .*slack\.botTokenFile and slack\.channel/],
    ['no channel', () => flags().slice(0, 1), {}, /must be set together/],
    [
      'a name for a channel',
      () => [...flags().slice(0, 2), '--slack-channel=#approvals'],
      {},
      /slack\.channel \(from --slack-channel\): must be the id of a channel/,
    ],
    ['two ways for clicks', flags, { ASSENT_SLACK_SIGNING_SECRET_FILE: 'x' }, /two ways for clicks: set one/],
    [
      'a misspelt variable',
      flags,
      { ASSENT_SLACK_CHANEL: 'C1' },
      /unknown environment variable ASSENT_SLACK_CHANEL/,
    ],
  ])('refuses settings as the server does: %s', async (_, words, env, message) => {
    const { code, out, errors } = await typed(words(), env);
    expect(errors).toMatch(message);
    expect(errors).toMatch(/see: kubectl assent doctor --help$/);
    expect([code, out]).toEqual([2, '']);
  });
});
