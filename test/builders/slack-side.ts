// A fake Slack in the time of this machine, with Assent's app in a private channel, and the settings by which a process of
// Assent finds it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFront, type Front } from '../../tools/operator/front.ts';
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
  /** Variables for one more process that takes clicks in this way: each has a port of its own for callbacks. */
  envFor(transport: Transport): Promise<Readonly<Record<string, string>>>;
  /** From now on Slack tells clicks in this way; callbacks go in turn to the processes that `envFor` was asked for. */
  take(transport: Transport): void;
  /** Resolves once Assent listens. */
  listening(): Promise<void>;
  stop(): Promise<void>;
}

/** How clicks come. */
export type Transport = 'socket' | 'http';

/** Starts it. */
export async function startSlackSide(
  transport: Transport = 'socket',
  host = '127.0.0.1',
): Promise<SlackSide> {
  const slack = await FakeSlack.start({ clock: machineClock, host });
  const app = slack.addApp({ name: 'Assent', mode: transport });
  const channel = slack.addChannel({ name: 'approvals', kind: 'private', members: [app.botUserId] });
  const folder = await mkdtemp(join(tmpdir(), 'assent-slack-'));
  const file = async (name: string, text: string): Promise<string> => {
    // A Secret that was made with echo ends with a line break.
    await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  const common = {
    ASSENT_CLUSTER_NAME: 'prod',
    ASSENT_SLACK_BOT_TOKEN_FILE: await file('bot', app.botToken),
    ASSENT_SLACK_CHANNEL: channel.id,
    ASSENT_SLACK_API_URL: slack.apiUrl,
  };
  const clicks = {
    socket: { ASSENT_SLACK_APP_TOKEN_FILE: await file('app', app.appToken) },
    http: {
      ASSENT_SLACK_SIGNING_SECRET_FILE: await file('secret', app.signingSecret),
      ASSENT_CONNECTOR_HOST: '127.0.0.1',
    },
  } as const;
  const ports: number[] = [];
  const front: Front = await startFront(() => ports);
  app.interactivityUrl = `http://127.0.0.1:${front.port}/slack/interactivity`;
  const envFor: SlackSide['envFor'] = async (by) => {
    if (by === 'socket') return { ...common, ...clicks.socket };
    const port = await freePort();
    ports.push(port);
    return { ...common, ...clicks.http, ASSENT_CONNECTOR_PORT: `${port}` };
  };
  return {
    slack,
    app,
    channel,
    env: await envFor(transport),
    envFor,
    take(by) {
      app.mode = by;
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
      await front.close();
      await slack.close();
      await rm(folder, { recursive: true });
    },
  };
}
