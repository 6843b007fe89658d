// A stage that most tests begin with: a workspace with an app, a private channel, and people who may and may not click;
// and the real web client against it.
import { WebClient, type Logger, type WebClientOptions } from '@slack/web-api';
import { SteppedClock } from './clock.ts';
import { FakeSlack } from './fake-slack.ts';
import { type Person } from './people/person.ts';
import { type App, type Channel } from './state/people.ts';

/** Lines that a client logged. */
export interface Log extends Logger {
  readonly lines: string[];
}

/** A log that keeps its lines. */
export function keptLog(): Log {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (...words: unknown[]): void =>
      void lines.push(`${level} ${words.map(String).join(' ')}`);
  return {
    lines,
    debug: () => undefined,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    setLevel: () => undefined,
    setName: () => undefined,
    getLevel: () => 'info' as ReturnType<Logger['getLevel']>,
  };
}

/** The stage. */
export interface Stage {
  readonly slack: FakeSlack;
  readonly clock: SteppedClock;
  readonly app: App;
  readonly channel: Channel;
  readonly alice: Person;
  readonly bob: Person;
  /** A client as Assent uses it: no retries of its own, a rate limit is an error. */
  readonly client: WebClient;
  /** A client with other options. */
  readonly clientWith: (options: WebClientOptions, token?: string) => WebClient;
}

/** Builds a stage; the seed chooses identifiers and sockets. */
export async function stageOf(seed = 1): Promise<Stage> {
  const clock = new SteppedClock();
  const slack = await FakeSlack.start({ seed, clock });
  const app = slack.addApp({ name: 'Assent' });
  const alice = slack.addUser({ name: 'alice', realName: 'Alice Adams' });
  const bob = slack.addUser({ name: 'bob', realName: 'Bob Brown' });
  const members = [app.botUserId, alice.user.id, bob.user.id];
  const channel = slack.addChannel({ name: 'approvals', kind: 'private', members });
  const clientWith = (options: WebClientOptions, token = app.botToken): WebClient =>
    new WebClient(token, { slackApiUrl: slack.apiUrl, logger: keptLog(), ...options });
  const client = clientWith({ retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: 10_000 });
  return { slack, clock, app, channel, alice, bob, client, clientWith };
}

/** A section of mrkdwn. */
export const section = (text: string) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text },
});

/** A button; the label is its action id too. */
export const button = (label: string, more: object = {}) => ({
  type: 'button' as const,
  action_id: label.toLowerCase(),
  text: { type: 'plain_text' as const, text: label },
  value: `v1:${label}`,
  ...more,
});

/** A row of buttons. */
export const buttons = (...elements: ReturnType<typeof button>[]) => ({ type: 'actions' as const, elements });
