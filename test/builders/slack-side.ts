// A fake Slack in the time of this machine, with Assent's app in a private channel, and the settings by which a process of
// Assent finds it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../tools/operator/start.ts';
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

/** How clicks come. */
export type Transport = 'socket' | 'http';

/** Starts it. */
export async function startSlackSide(transport: Transport = 'socket'): Promise<SlackSide> {
  const slack = await FakeSlack.start({ clock: machineClock });
  const port = await freePort();
  const interactivityUrl = `http://127.0.0.1:${port}/slack/interactivity`;
  const app = slack.addApp({ name: 'Assent', mode: transport, interactivityUrl });
  const channel = slack.addChannel({ name: 'approvals', kind: 'private', members: [app.botUserId] });
  const folder = await mkdtemp(join(tmpdir(), 'assent-slack-'));
  const file = async (name: string, text: string): Promise<string> => {
    // A Secret that was made with echo ends with a line break.
    await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  const clicks: Readonly<Record<string, string>> =
    transport === 'socket'
      ? { ASSENT_SLACK_APP_TOKEN_FILE: await file('app', app.appToken) }
      : {
          ASSENT_SLACK_SIGNING_SECRET_FILE: await file('secret', app.signingSecret),
          ASSENT_CONNECTOR_HOST: '127.0.0.1',
          ASSENT_CONNECTOR_PORT: `${port}`,
        };
  return {
    slack,
    app,
    channel,
    env: {
      ASSENT_CLUSTER_NAME: 'prod',
      ASSENT_SLACK_BOT_TOKEN_FILE: await file('bot', app.botToken),
      ASSENT_SLACK_CHANNEL: channel.id,
      ASSENT_SLACK_API_URL: slack.apiUrl,
      ...clicks,
    },
    person(name, more = {}) {
      const person = slack.addUser({ name, ...more });
      channel.members.add(person.user.id);
      return person;
    },
    // A process that is ready serves its callbacks.
    listening: () =>
      transport === 'http' ? Promise.resolve() : slack.until(() => slack.sockets.of(app).length > 0),
    async stop() {
      await slack.close();
      await rm(folder, { recursive: true });
    },
  };
}
