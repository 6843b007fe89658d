// Slack for the conformance suite: its channel and its clicks over the real clients, against the fake, by socket or by signed
// callbacks.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { slackApi } from '../../src/channels/slack/client.ts';
import { slackChannel } from '../../src/channels/slack/courier.ts';
import type { Handler } from '../../src/channels/slack/envelopes.ts';
import { Replays } from '../../src/channels/slack/replays.ts';
import { startSocket } from '../../src/channels/slack/socket.ts';
import { callbackApp, SLACK_PATH } from '../../src/connector/callbacks.ts';
import { handleClick } from '../../src/connector/slack-clicks.ts';
import { T0 } from '../builders/request-facts.ts';
import type { Person } from '../fake-slack/people/person.ts';
import { stageOf, type Stage } from '../fake-slack/stage.ts';
import type { Fault as SlackFault } from '../fake-slack/api/faults.ts';
import { messageText } from '../fake-slack/view/screen.ts';
import { RecordedDeeds, type ChannelSubject, type Fault } from './channel-subject.ts';

const FAULTS: Readonly<Record<Fault, SlackFault>> = {
  kept: { kind: 'reset', kept: true },
  unreachable: { kind: 'reset', kept: false },
  limited: { kind: 'rate', retryAfter: 7 },
  refused: { kind: 'error', error: 'not_in_channel' },
};

/** Makes the subject. */
export async function slackSubject(transport: 'socket' | 'http'): Promise<ChannelSubject> {
  const stage = await stageOf();
  const { slack, app, channel, alice } = stage;
  slack.rates.enforced = false;
  const api = slackApi({ token: app.botToken, apiUrl: slack.apiUrl });
  const deeds = new RecordedDeeds();
  const names = { installation: 'prod', cluster: 'prod', now: () => T0 + 60_000 };
  const handle: Handler = (payload, telling) =>
    handleClick(payload, telling, {
      ...names,
      deeds,
      slack: api,
      self: () => ({ appId: app.id, teams: [slack.team.id] }),
      counted: () => undefined,
    });
  const stopClicks = transport === 'socket' ? await bySocket(stage, handle) : await byCallback(stage, handle);
  const message = (ts: string) => {
    const found = slack.world.message(channel.id, ts);
    if (!found) throw new Error(`there is no message ${ts}`);
    return found;
  };
  return {
    channel: slackChannel({ ...names, api, botId: () => app.botId }),
    place: channel.id,
    deeds,
    seen: (ts) => messageText(slack.world, message(ts)),
    buttons: (ts) =>
      message(ts)
        .blocks.flatMap(
          (block) => (block as { elements?: { type: string; text?: { text?: string } }[] }).elements ?? [],
        )
        .filter(({ type }) => type === 'button')
        .map(({ text }) => text?.text ?? ''),
    replies: (ts) => slack.world.replies(channel.id, ts).map((one) => messageText(slack.world, one)),
    count: () => slack.messages(channel.id).filter(({ threadTs }) => threadTs === undefined).length,
    approve: (ts) => told(stage, alice, () => alice.click({ channel: channel.id, ts }, 'Approve')),
    async deny(ts, reason) {
      await alice.click({ channel: channel.id, ts }, 'Deny…');
      return told(stage, alice, () => alice.submit({ preset: 'not-now', words: reason }));
    },
    // A question about the place comes before the first message.
    meet: (fault) => slack.faults.order(FAULTS[fault], { except: 'conversations.info' }),
    remove: (ts) => slack.deleteMessage(channel.id, ts),
    async stop() {
      await stopClicks();
      await slack.close();
    },
  };
}

/** What somebody is told by what they do: a whisper, or a dialog that stays or comes. */
async function told({ slack }: Stage, person: Person, does: () => Promise<unknown>): Promise<string> {
  const before = slack.ephemerals(person.user.id).length;
  await does();
  const whispers = slack.ephemerals(person.user.id).slice(before);
  return [...whispers.map((one) => messageText(slack.world, one)), person.dialog()].join('\n').trim();
}

async function bySocket({ slack, app, clock }: Stage, handle: Handler): Promise<() => Promise<void>> {
  const socket = startSocket({
    appToken: () => app.appToken,
    apiUrl: slack.apiUrl,
    handle,
    clock: { now: () => clock.now(), random: () => 0.5, after: (ms, run) => clock.after(ms, run) },
  });
  await slack.until(() => slack.sockets.of(app).length > 0);
  return () => socket.stop();
}

async function byCallback({ app, clock }: Stage, handle: Handler): Promise<() => Promise<void>> {
  const server: Server = createServer(
    callbackApp({
      secrets: () => [app.signingSecret],
      replays: new Replays(),
      now: () => clock.now(),
      handle,
      refused: () => undefined,
    }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(app, {
    mode: 'http',
    interactivityUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${SLACK_PATH}`,
  });
  return async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
}
