// A fake Slack in the time of this machine, with Assent's app in a private channel, and the settings by which a process of
// Assent finds it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineClock } from '../fake-slack/clock.ts';
import { FakeSlack } from '../fake-slack/fake-slack.ts';
import type { Person } from '../fake-slack/people/person.ts';
import type { App, Channel } from '../fake-slack/state/people.ts';

/** The side of Slack. */
export interface SlackSide {
  readonly slack: FakeSlack;
  readonly app: App;
  readonly channel: Channel;
  /** Variables for a process of Assent. */
  readonly env: Readonly<Record<string, string>>;
  /** Adds somebody to the workspace and to the channel. */
  person(name: string, more?: object): Person;
  /** Resolves once Assent listens. */
  listening(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startSlackSide(): Promise<SlackSide> {
  const slack = await FakeSlack.start({ clock: machineClock });
  const app = slack.addApp({ name: 'Assent' });
  const channel = slack.addChannel({ name: 'approvals', kind: 'private', members: [app.botUserId] });
  const folder = await mkdtemp(join(tmpdir(), 'assent-slack-'));
  const file = async (name: string, text: string): Promise<string> => {
    // A Secret that was made with echo ends with a line break.
    await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    slack,
    app,
    channel,
    env: {
      ASSENT_CLUSTER_NAME: 'prod',
      ASSENT_SLACK_BOT_TOKEN_FILE: await file('bot', app.botToken),
      ASSENT_SLACK_APP_TOKEN_FILE: await file('app', app.appToken),
      ASSENT_SLACK_CHANNEL: channel.id,
      ASSENT_SLACK_API_URL: slack.apiUrl,
    },
    person(name, more = {}) {
      const person = slack.addUser({ name, ...more });
      channel.members.add(person.user.id);
      return person;
    },
    listening: () => slack.until(() => slack.sockets.of(app).length > 0),
    async stop() {
      await slack.close();
      await rm(folder, { recursive: true });
    },
  };
}
