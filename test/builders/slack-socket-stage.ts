// A supervisor of Socket Mode in front of the fake Slack: its clock is the stepped one of the fake, every wait that it asks
// for is noted, and a rejection that nobody catches fails the test.
import { Changes } from '../fake-slack/changes.ts';
import type { Trouble } from '../../src/channels/slack/envelopes.ts';
import {
  startSocket,
  type SlackSocket,
  type SocketHealth,
  type SocketOptions,
} from '../../src/channels/slack/socket.ts';
import { button, buttons, stageOf, type Stage } from '../fake-slack/stage.ts';

/** The stage, with what the supervisors on it told. */
export class SocketStage {
  readonly healths: SocketHealth[] = [];
  readonly troubles: Trouble[] = [];
  /** Every wait that was asked of the clock. Milliseconds. */
  readonly asked: number[] = [];
  readonly stage: Stage;
  private readonly sockets: SlackSocket[] = [];
  private readonly rejections: unknown[] = [];
  private readonly changes = new Changes();
  private readonly rejected = (error: unknown): void => void this.rejections.push(error);

  private constructor(stage: Stage) {
    this.stage = stage;
    process.on('unhandledRejection', this.rejected);
  }

  /** Sets a stage up. */
  static async make(): Promise<SocketStage> {
    return new SocketStage(await stageOf());
  }

  /** Ends everything. @throws Error when a rejection was not caught */
  async close(): Promise<void> {
    for (const socket of this.sockets) await socket.stop();
    await this.stage.slack.close();
    process.off('unhandledRejection', this.rejected);
    if (this.rejections.length > 0)
      throw new Error(`nobody caught ${this.rejections.map(String).join(', ')}`);
  }

  /** Starts a supervisor. Its jitter is half of the most: waits are three quarters of what they grow to. */
  started(more: Partial<SocketOptions> = {}): SlackSocket {
    const { clock, slack, app } = this.stage;
    const after = (ms: number, run: () => void): (() => void) => {
      this.asked.push(ms);
      this.changed();
      return clock.after(ms, run);
    };
    const socket = startSocket({
      appToken: () => app.appToken,
      apiUrl: slack.apiUrl,
      handle: () => Promise.resolve(undefined),
      clock: { now: () => clock.now(), after, random: () => 0.5 },
      onHealth: (health) => {
        this.healths.push(health);
        this.changed();
      },
      onTrouble: (trouble) => {
        this.troubles.push(trouble);
        this.changed();
      },
      ...more,
    });
    this.sockets.push(socket);
    return socket;
  }

  /** Starts a supervisor and waits until both of its lines stand. */
  async standing(more: Partial<SocketOptions> = {}): Promise<SlackSocket> {
    const socket = this.started(more);
    await this.until(() => socket.health().connected === 1);
    this.stage.clock.advance(5_000);
    await this.until(() => socket.health().connected === 2);
    return socket;
  }

  /** Something is another way now: for handlers of a test. */
  changed(): void {
    this.changes.tell();
  }

  /** Resolves as soon as the condition holds; looked at on every change that was told. */
  until(condition: () => boolean): Promise<void> {
    return this.changes.until(condition);
  }

  /** How often health told of a failure. */
  failures(): number {
    return this.healths.filter(({ lastError }) => lastError !== undefined).length;
  }

  /** How often something happened in the fake. */
  count(event: RegExp): number {
    return this.stage.slack.world.story.filter((one) => event.test(one)).length;
  }

  /** The fewest connections that the fake had from this point of its story on. */
  fewest(from: number): number {
    let [live, least] = [0, Number.POSITIVE_INFINITY];
    for (const [index, event] of this.stage.slack.world.story.entries()) {
      if (/^hello \d+$/.test(event)) live += 1;
      if (/^closed \d+$/.test(event)) live -= 1;
      if (index >= from) least = Math.min(least, live);
    }
    return least;
  }

  /** The numbers of the open connections. */
  numbers(): number[] {
    return this.stage.slack.sockets.of(this.stage.app).map(({ number }) => number);
  }

  /** Posts a card with one button, `Approve`. */
  async card(): Promise<{ readonly channel: string; readonly ts: string }> {
    const { channel, client } = this.stage;
    const blocks = [buttons(button('Approve'))];
    const { ts = '' } = await client.chat.postMessage({ channel: channel.id, text: 'card', blocks });
    return { channel: channel.id, ts };
  }
}
