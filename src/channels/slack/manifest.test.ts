// The manifests that an administrator pastes: an app made of them can do everything that Assent does in Slack, and nothing
// more. Calls go from the real client to a Slack that grants what the manifest asks for.
import { readFile } from 'node:fs/promises';
import { WebClient, type WebAPIPlatformError } from '@slack/web-api';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SteppedClock } from '../../../test/fake-slack/clock.ts';
import { FakeSlack } from '../../../test/fake-slack/fake-slack.ts';
import { readManifest } from '../../../test/fake-slack/people/manifest.ts';
import { silentLog, webOptions } from './web-options.ts';

const MANIFESTS = ['socket', 'http'] as const;
const running: FakeSlack[] = [];
afterEach(() => Promise.all(running.splice(0).map((slack) => slack.close())));

const manifest = async (name: string): Promise<Record<string, never>> =>
  parse(await readFile(new URL(`../../../manifests/slack/${name}.yaml`, import.meta.url), 'utf8')) as Record<
    string,
    never
  >;

/** Everything that Assent does, in a public and in a private channel. @returns the errors, by call */
async function troubles(name: string, without?: string): Promise<string[]> {
  const reading = readManifest(await manifest(name));
  if (!reading.ok) return [...reading.errors];
  const slack = await FakeSlack.start({ seed: 1, clock: new SteppedClock() });
  running.push(slack);
  const app = slack.addApp(reading.app);
  if (without !== undefined) app.scopes.delete(without);
  const alice = slack.addUser({ name: 'alice', realName: 'Alice Adams' });
  const members = [app.botUserId, alice.user.id];
  const errors: string[] = [];
  const attempt = async (what: string, call: Promise<unknown>): Promise<unknown> => {
    try {
      return await call;
    } catch (error) {
      errors.push(`${what}: ${(error as WebAPIPlatformError).data.error}`);
      return undefined;
    }
  };
  const client = new WebClient(app.botToken, {
    ...webOptions({ apiUrl: slack.apiUrl }),
    logger: silentLog(),
  });
  for (const kind of ['public', 'private'] as const) {
    const { id: channel } = slack.addChannel({ name: `approvals-${kind}`, kind, members });
    const text = 'x';
    const posted = await attempt('post', client.chat.postMessage({ channel, text }));
    const { ts = '1.1' } = (posted ?? {}) as { ts?: string };
    await attempt('update', client.chat.update({ channel, ts, text }));
    await attempt('answer', client.chat.postEphemeral({ channel, user: alice.user.id, text }));
    await attempt(`look at a ${kind} channel`, client.conversations.info({ channel }));
    await attempt(`search a ${kind} channel`, client.conversations.history({ channel }));
    await attempt(`search a thread of a ${kind} channel`, client.conversations.replies({ channel, ts }));
  }
  await attempt('tell an owner', client.chat.postMessage({ channel: alice.user.id, text: 'x' }));
  await attempt('look at a person', client.users.info({ user: alice.user.id }));
  return errors;
}

describe.each(MANIFESTS)('the manifest for %s', (name) => {
  it('grants what Assent does', async () => {
    expect(await troubles(name)).toEqual([]);
  });

  it('grants nothing that Assent does not need', async () => {
    const { oauth_config: config } = await manifest(name);
    const scopes = (config as unknown as { scopes: { bot: string[] } }).scopes.bot;
    expect(scopes.length).toBeGreaterThan(0);
    for (const scope of scopes) {
      const errors = await troubles(name, scope);
      expect(
        errors.filter((error) => error.endsWith('missing_scope')),
        scope,
      ).not.toEqual([]);
    }
  });

  it('lets Slack send clicks', async () => {
    const reading = readManifest(await manifest(name));
    expect(reading).toMatchObject({ ok: true, app: { mode: name, interactive: true } });
  });
});
