// An hour without Slack, in stepped time: the real client, the courier and the notifier before a fake that hangs, fails or is
// down, while requests are made, decided and end. Once it is back, every card says what is so.
import { describe, expect, it } from 'vitest';
import type { ApprovalRequest, RequestState } from '../../src/api/approval-request.ts';
import type { Channel, Told } from '../../src/channels/channel.ts';
import { slackApi } from '../../src/channels/slack/client.ts';
import { slackChannel } from '../../src/channels/slack/courier.ts';
import { Notifier } from '../../src/controllers/notify/notifier.ts';
import { aStoredRequest } from '../builders/cli.ts';
import type { Fault } from './api/faults.ts';
import { shapeOf } from './shapes.ts';
import { stageOf, type Stage } from './stage.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** What the client of Assent waits for an answer, in the time of the fake; here it gives up at once. */
const CALL_MS = 10 * SECOND;
const AT_ONCE_MS = 50;
/** One new message a second, and 50 edits a minute. */
const POST_MS = SECOND;
const EDIT_MS = 1_200;

/** Requests, and the notifier that shows them; each call to Slack is waited for before time moves on. */
class Outage {
  readonly stage: Stage;
  readonly requests = new Map<string, ApprovalRequest>();
  private readonly notifier: Notifier;
  private readonly end = new AbortController();
  private version = 1;
  private running = 0;
  isAway = false;

  constructor(stage: Stage) {
    this.stage = stage;
    const { clock, channel } = stage;
    this.notifier = new Notifier({
      channel: this.watched(),
      routed: () => [channel.id],
      owners: () => [],
      requests: {
        getRequest: (name) => Promise.resolve(this.requests.get(name)),
        replaceStatus: (request) => Promise.resolve(this.replaced(request)),
      },
      clock: {
        wall: () => clock.now(),
        monotonic: () => clock.now(),
        random: () => 0.5,
        after: (ms, fire) => clock.after(ms, fire),
      },
      troubled: () => undefined,
      counted: () => undefined,
    });
    void this.notifier.run(this.end.signal);
  }

  write(request: ApprovalRequest): ApprovalRequest {
    const metadata = { ...request.metadata, resourceVersion: `${(this.version += 1)}` };
    const written = { ...request, metadata };
    this.requests.set(metadata.name, written);
    this.notifier.seen(written);
    return written;
  }

  ask(name: string): void {
    const [requestedAt, expiresAt] = [0, 4 * HOUR].map((ms) => new Date(this.now + ms).toISOString());
    this.write(
      aStoredRequest(name, { requestedAt: requestedAt!, expiresAt: expiresAt! }, { state: 'Pending' }),
    );
  }

  becomes(name: string, state: RequestState): void {
    const request = this.requests.get(name) ?? expect.fail(`there is no ${name}`);
    const at = new Date(this.now).toISOString();
    const type = state === 'Approved' ? 'approved' : state === 'Denied' ? 'denied' : 'expired';
    const outbox = [
      { id: '1', type: 'requested' as const, at: request.spec.requestedAt },
      { id: '2', type, at } as const,
    ];
    this.write({ ...request, status: { ...request.status, state, outbox } });
  }

  get now(): number {
    return this.stage.clock.now();
  }

  /** Moves time on, in steps in which everything that was begun comes to its end. */
  async pass(ms: number, step = SECOND): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      this.stage.clock.advance(Math.min(step, ms - passed));
      await this.settled();
    }
  }

  /** The first block of each message that is no reply. */
  headlines(): readonly string[] {
    const { slack, channel } = this.stage;
    return slack
      .messages(channel.id)
      .filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts)
      .map(({ blocks }) => (blocks[0] as { text: { text: string } }).text.text.split(' ')[0] ?? '');
  }

  async close(): Promise<void> {
    this.end.abort();
    await this.stage.slack.close();
  }

  private replaced(request: ApprovalRequest): ApprovalRequest | undefined {
    const known = this.requests.get(request.metadata.name);
    const isOld = known?.metadata.resourceVersion !== request.metadata.resourceVersion;
    return isOld ? undefined : this.write(request);
  }

  private async settled(): Promise<void> {
    for (let calm = 0; calm < 3; calm = this.running > 0 ? 0 : calm + 1)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
  }

  /** The channel, counting what runs. A call that hangs is given up after ten seconds of the time of the fake. */
  private watched(): Channel {
    const { app, slack, clock } = this.stage;
    const channelBy = (timeoutMs?: number): Channel =>
      slackChannel({
        api: slackApi({ token: app.botToken, apiUrl: slack.apiUrl, timeoutMs }),
        botId: () => app.botId,
        installation: 'prod',
        cluster: 'prod',
        now: () => clock.now(),
      });
    const [patient, impatient] = [channelBy(), channelBy(AT_ONCE_MS)];
    const call = async <T extends object>(does: (channel: Channel) => Promise<Told<T>>): Promise<Told<T>> => {
      this.running += 1;
      const answer = await does(this.isAway ? impatient : patient);
      this.running -= 1;
      if (slack.world.calls.at(-1)?.outcome === 'hang')
        await new Promise<void>((resolve) => void clock.after(CALL_MS, resolve));
      return answer;
    };
    return {
      name: patient.name,
      cardContent: (request) => patient.cardContent(request),
      listContent: (requests) => patient.listContent(requests),
      postCard: (...args) => call((one) => one.postCard(...args)),
      postList: (...args) => call((one) => one.postList(...args)),
      editCard: (...args) => call((one) => one.editCard(...args)),
      editList: (...args) => call((one) => one.editList(...args)),
      notice: (...args) => call((one) => one.notice(...args)),
      reply: (...args) => call((one) => one.reply(...args)),
      remind: (...args) => call((one) => one.remind(...args)),
      alarm: (...args) => call((one) => one.alarm(...args)),
      find: (...args) => call((one) => one.find(...args)),
    };
  }
}

const FAULTS: Readonly<Record<string, Fault | 'down'>> = {
  'answers 503': { kind: 'status', status: 503, kept: false },
  'does the work and answers 500': { kind: 'status', status: 500, kept: true },
  'closes every connection': 'down',
  'never answers': { kind: 'hang', kept: false },
};

describe('an hour in which Slack', () => {
  it.each(Object.entries(FAULTS))(
    '%s: every card is right within ten seconds and what the rate limit needs',
    { timeout: 120_000 },
    async (_, fault) => {
      const outage = new Outage(await stageOf());
      const { slack } = outage.stage;
      try {
        for (const name of ['a', 'b', 'c']) outage.ask(name);
        await outage.pass(10 * SECOND);
        expect(outage.headlines()).toEqual(['[PENDING]', '[PENDING]', '[PENDING]']);

        outage.isAway = true;
        if (fault === 'down') slack.down();
        else slack.faults.order(fault, { forMs: HOUR });
        outage.becomes('a', 'Approved');
        outage.ask('d');
        outage.ask('e');
        await outage.pass(HOUR / 2, 5 * SECOND);
        outage.becomes('b', 'Denied');
        outage.becomes('e', 'Expired');
        await outage.pass(HOUR / 2 - 20 * SECOND, 5 * SECOND);
        outage.becomes('c', 'Expired');
        await outage.pass(20 * SECOND);
        slack.faults.clear();
        slack.up();
        outage.isAway = false;

        // `e` was over before anybody could be told of it.
        const right = ['[APPROVED]', '[DENIED]', '[EXPIRED]', '[PENDING]'];
        await outage.pass(10 * SECOND + 4 * EDIT_MS + POST_MS);
        expect(outage.headlines()).toEqual(right);

        await outage.pass(60 * SECOND);
        const sent = slack
          .messages(outage.stage.channel.id)
          .map(({ metadata }) => shapeOf(metadata?.['event_payload'])['attempt']);
        expect(sent).toHaveLength(new Set(sent).size);
        const { status } = outage.requests.get('d') ?? {};
        expect(status?.conditions?.find(({ type }) => type === 'Notified')?.status).toBe('True');
      } finally {
        await outage.close();
      }
    },
  );
});
