// The real @slack/socket-mode 3.1.0 against the fake: refreshes, lost tokens, and which socket a click comes by. The rows
// of the measured table about sockets; an upgrade of the client that changes one is seen here.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SocketModeClient, type SocketModeOptions } from '@slack/socket-mode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeldTimers } from './held-timers.ts';
import { button, buttons, keptLog, stageOf, type Stage } from './stage.ts';

interface Told {
  readonly ack: (response?: object) => Promise<void>;
  readonly body: { readonly actions?: readonly { readonly value?: string }[]; readonly event?: object };
  readonly retry_num?: number;
  readonly envelope_id: string;
}

let stage: Stage;
let timers: HeldTimers | undefined;
let clients: SocketModeClient[] = [];
beforeEach(async () => {
  stage = await stageOf();
});
afterEach(async () => {
  timers?.restore();
  timers = undefined;
  for (const client of clients) await client.disconnect();
  clients = [];
  await stage.slack.close();
});

function socketClient(options: Partial<SocketModeOptions> = {}): SocketModeClient {
  const client = new SocketModeClient({
    appToken: stage.app.appToken,
    logger: keptLog(),
    clientOptions: { slackApiUrl: stage.slack.apiUrl, retryConfig: { retries: 0 } },
    ...options,
  });
  clients.push(client);
  return client;
}

/** The next event of this name of a client. */
const heard = (client: SocketModeClient, event: string): Promise<void> =>
  new Promise((resolve) => client.once(event, () => resolve()));
const live = (): number => stage.slack.sockets.of(stage.app).length;
/** Posts a card with one button. */
async function card(): Promise<{ channel: string; ts: string }> {
  const blocks = [buttons(button('Approve'))];
  const { ts = '' } = await stage.client.chat.postMessage({
    channel: stage.channel.id,
    text: 'card',
    blocks,
  });
  return { channel: stage.channel.id, ts };
}

describe('the connection', () => {
  it('is opened with the app token, says hello, and takes acknowledgements', async () => {
    const client = socketClient();
    client.on('interactive', ({ ack }: Told) => void ack());
    await client.start();
    const click = await stage.alice.click(await card(), 'Approve');
    expect(click).toMatchObject({ acknowledged: true, attempts: [{ via: 'socket 1' }] });
    expect(stage.alice.warnings).toEqual([]);
  });

  it('of a default client is gone for the five seconds after `disconnect: warning`', async () => {
    timers = new HeldTimers((ms) => ms === 5000);
    const client = socketClient();
    await client.start();
    stage.slack.disconnect(stage.app, 'warning');
    const reconnection = await timers.next();
    expect(live()).toBe(0);
    expect(stage.slack.counts('apps.connections.open')).toEqual({ ok: 1 });
    const click = await stage.alice.click(await card(), 'Approve');
    expect(click.attempts).toMatchObject([{ via: 'no socket', outcome: 'unreachable' }]);
    expect(stage.alice.warnings).toEqual(['⚠ Assent is not responding']);
    const connected = heard(client, 'connected');
    reconnection.fire();
    await connected;
    expect(live()).toBe(1);
  });

  it('is never lost by two clients that do not reconnect by themselves and are started again in turn', async () => {
    const pair = [1, 2].map(() => socketClient({ autoReconnectEnabled: false }));
    for (const client of pair) await client.start();
    const counts: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const client = pair[round % 2]!;
      const ended = heard(client, 'disconnected');
      stage.slack.disconnect(stage.app, 'refresh_requested', round + 1);
      await ended;
      counts.push(live());
      await client.start();
      counts.push(live());
    }
    expect(counts).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  });

  it('is ended by the fake ten seconds after a warning, when the client stays', async () => {
    const { url } = await stage.clientWith({}, stage.app.appToken).apps.connections.open({});
    const socket = new WebSocket(url ?? '');
    const hello = (await once(socket, 'message')) as [{ data: string }];
    expect(JSON.parse(hello[0].data)).toMatchObject({ type: 'hello', num_connections: 1 });
    stage.slack.disconnect(stage.app, 'warning');
    const closed = once(socket, 'close');
    stage.clock.advance(9999);
    expect(live()).toBe(1);
    stage.clock.advance(1);
    await closed;
    expect(live()).toBe(0);
    // The address was good for one connection.
    await once(new WebSocket(url ?? ''), 'error');
  });

  it('is given up by its client after the pongs stop, where TCP is left open as Slack leaves it', async () => {
    stage.slack.sockets.lingers = true;
    const logger = keptLog();
    const client = socketClient({ logger, clientPingTimeout: 60, autoReconnectEnabled: false });
    await client.start();
    const ended = heard(client, 'disconnected');
    stage.slack.disconnect(stage.app, 'refresh_requested');
    await ended;
    expect(logger.lines.join('\n')).toContain("A pong wasn't received");
  });

  it('is asked to refresh at the end of its life, and pinged meanwhile', async () => {
    stage.slack.sockets.lifetimeMs = 60_000;
    const client = socketClient({ autoReconnectEnabled: false });
    await client.start();
    const ended = heard(client, 'disconnected');
    stage.clock.advance(60_000);
    await ended;
    expect(stage.slack.world.story).toEqual(
      expect.arrayContaining(['hello 1', 'disconnect refresh_requested 1', 'closed 1']),
    );
  });

  it('is refused to the eleventh, and to an app without Socket Mode', async () => {
    const open = async (): Promise<WebSocket> => {
      const { url } = await stage.clientWith({}, stage.app.appToken).apps.connections.open({});
      return new WebSocket(url ?? '');
    };
    for (let count = 0; count < 10; count += 1) await once(await open(), 'message');
    const [message] = (await once(await open(), 'message')) as [{ data: string }];
    expect(JSON.parse(message.data)).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
    stage.slack.disconnect(stage.app, 'link_disabled');
    await stage.slack.until(() => live() === 0);
    await expect(open()).rejects.toMatchObject({ data: { error: 'forbidden_team' } });
  });
});

describe('a token', () => {
  it('that is refused at a reconnection ends the whole process', async () => {
    const script = `import { SocketModeClient } from '@slack/socket-mode';
      const { APP_TOKEN: appToken, API_URL: slackApiUrl } = process.env;
      const options = { appToken, clientPingTimeout: 50, logLevel: 'error', clientOptions: { slackApiUrl } };
      await new SocketModeClient(options).start();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, APP_TOKEN: stage.app.appToken, API_URL: stage.slack.apiUrl },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let words = '';
    child.stderr.on('data', (bytes: Buffer) => (words += bytes.toString()));
    const exited = once(child, 'exit');
    await stage.slack.until(() => live() === 1);
    stage.app.appTokenState = 'invalid_auth';
    stage.slack.disconnect(stage.app, 'refresh_requested');
    expect(await exited).toEqual([1, null]);
    expect(words).toContain('invalid_auth');
  });

  it('that is revoked is tried again and again, and works once it is good', async () => {
    timers = new HeldTimers((ms) => ms >= 5000 && ms <= 20_000 && ms % 5000 === 0);
    const client = socketClient();
    await client.start();
    stage.app.appTokenState = 'token_revoked';
    stage.slack.disconnect(stage.app, 'refresh_requested');
    for (let count = 0; count < 2; count += 1) (await timers.next()).fire();
    const third = await timers.next();
    expect(stage.slack.counts('apps.connections.open')).toEqual({ ok: 1, token_revoked: 2 });
    stage.app.appTokenState = 'good';
    const connected = heard(client, 'connected');
    third.fire();
    await connected;
    expect(live()).toBe(1);
  });

  it('that is refused is a plain error for a client that does not reconnect by itself', async () => {
    stage.app.appTokenState = 'invalid_auth';
    const client = socketClient({ autoReconnectEnabled: false });
    await expect(client.start()).rejects.toMatchObject({ data: { error: 'invalid_auth' } });
    stage.app.appTokenState = 'good';
    await client.start();
    expect(live()).toBe(1);
  });
});

describe('an envelope', () => {
  it('comes by any one of the sockets, and by the same ones for the same seed', async () => {
    const clicked = async (seed: number): Promise<string[]> => {
      await stage.slack.close();
      stage = await stageOf(seed);
      for (let count = 0; count < 3; count += 1) {
        const client = socketClient();
        client.on('interactive', ({ ack }: Told) => void ack());
        await client.start();
      }
      const place = await card();
      const ways: string[] = [];
      for (let count = 0; count < 12; count += 1) {
        const { attempts } = await stage.bob.click(place, 'Approve');
        ways.push(...attempts.map(({ via }) => via));
      }
      for (const client of clients.splice(0)) await client.disconnect();
      return ways;
    };
    const ways = await clicked(7);
    expect(new Set(ways)).toEqual(new Set(['socket 1', 'socket 2', 'socket 3']));
    expect(await clicked(7)).toEqual(ways);
    expect(await clicked(8)).not.toEqual(ways);
  });

  it('can come twice, late, never, and in another order', async () => {
    const values: string[] = [];
    const client = socketClient();
    client.on('interactive', ({ ack, body }: Told) => {
      values.push(body.actions?.[0]?.value ?? '');
      void ack();
    });
    await client.start();
    const { ts = '' } = await stage.client.chat.postMessage({
      channel: stage.channel.id,
      text: 'card',
      blocks: [buttons(button('One'), button('Two'))],
    });
    const place = { channel: stage.channel.id, ts };
    stage.slack.faults.deliver({ copies: 2 });
    expect((await stage.alice.click(place, 'One')).attempts).toHaveLength(2);
    stage.slack.faults.deliver({ lost: true });
    expect((await stage.alice.click(place, 'One')).attempts).toHaveLength(0);
    stage.slack.faults.deliver({ delayMs: 60_000 });
    const late = stage.alice.click(place, 'One');
    stage.clock.advance(60_000);
    expect((await late).acknowledged).toBe(true);
    expect(values.splice(0)).toEqual(['v1:One', 'v1:One', 'v1:One']);
    stage.slack.deliveries.hold();
    const both = [stage.alice.click(place, 'One'), stage.bob.click(place, 'Two')];
    stage.slack.deliveries.release('reversed');
    await Promise.all(both);
    expect(values).toEqual(['v1:Two', 'v1:One']);
  });

  it('that is acknowledged too late, or by another socket, is not acknowledged', async () => {
    const told: Told[] = [];
    const pair = [socketClient(), socketClient()];
    for (const client of pair) {
      client.on('interactive', (one: Told) => void told.push(one));
      await client.start();
    }
    const place = await card();
    const first = heard(pair[0]!, 'interactive');
    const second = heard(pair[1]!, 'interactive');
    const click = stage.alice.click(place, 'Approve');
    await Promise.race([first, second]);
    const { via = '' } = { via: stage.slack.world.story.findLast((one) => one.startsWith('told')) };
    const other = via.endsWith('1') ? pair[1]! : pair[0]!;
    const { envelope_id: id } = told[0]!;
    await (other as unknown as { send(id: string): Promise<void> }).send(id);
    await stage.slack.until(() => stage.slack.world.story.some((one) => one.startsWith('stray ack')));
    stage.clock.advance(3000);
    expect((await click).acknowledged).toBe(false);
    await told[0]!.ack();
    await stage.slack.until(
      () => stage.slack.world.story.filter((one) => one.startsWith('stray ack')).length === 2,
    );
    expect(stage.alice.warnings).toHaveLength(1);
  });

  it('of a dialog takes the errors that come with the acknowledgement', async () => {
    const client = socketClient();
    const errors = { why: 'Say more' };
    client.on(
      'interactive',
      ({ ack, body }: Told) => void ack(body.actions ? {} : { response_action: 'errors', errors }),
    );
    await client.start();
    const { triggerId } = await stage.alice.click(await card(), 'Approve');
    const title = { type: 'plain_text' as const, text: 'Deny' };
    const element = { type: 'plain_text_input' as const, action_id: 'words' };
    const blocks = [{ type: 'input' as const, block_id: 'why', label: title, element }];
    await stage.client.views.open({
      trigger_id: triggerId,
      view: { type: 'modal', title, submit: title, blocks },
    });
    await stage.alice.submit({ words: 'no' });
    expect(stage.alice.dialog()).toContain('! Say more');
  });

  it('that nobody acknowledges in three seconds is a warning to the person; an event is told again', async () => {
    const attempts: (number | undefined)[] = [];
    const client = socketClient();
    client.on('message', ({ retry_num: number, ack }: Told) => {
      attempts.push(number);
      if (attempts.length === 3) void ack();
    });
    await client.start();
    const click = stage.alice.click(await card(), 'Approve');
    stage.clock.advance(2999);
    expect(stage.alice.warnings).toEqual([]);
    stage.clock.advance(1);
    expect((await click).attempts).toMatchObject([{ outcome: 'timeout' }]);
    expect(stage.alice.warnings).toHaveLength(1);

    const said = stage.alice.sayTo(stage.app, 'link 1234');
    for (const wait of [3000, 3000]) {
      const told = attempts.length + 1;
      await stage.slack.until(
        () => stage.slack.world.story.filter((one) => one.startsWith('told events')).length === told,
      );
      await heard(client, 'slack_event');
      stage.clock.advance(wait);
    }
    await stage.slack.until(() => stage.slack.world.story.includes('event waits'));
    stage.clock.advance(60_000);
    expect((await said)?.attempts.map(({ outcome }) => outcome)).toEqual([
      'timeout',
      'timeout',
      'acknowledged',
    ]);
    expect(attempts).toEqual([0, 1, 2]);
  });
});
