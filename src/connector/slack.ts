// Slack, put together: the port for the present token, who we are there, the channel that shows requests, and the socket or
// the route by which clicks come. Whatever is wrong with it is told in the log and in the metrics; nothing here ends the process.
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Channel } from '../channels/channel.ts';
import type { SlackApi } from '../channels/slack/client.ts';
import { slackChannel } from '../channels/slack/courier.ts';
import type { Handler } from '../channels/slack/envelopes.ts';
import { Replays } from '../channels/slack/replays.ts';
import { currentApi, knownSelf, type Self } from '../channels/slack/self.ts';
import { machineSocketClock } from '../channels/slack/socket-clock.ts';
import { rememberingPeople } from '../channels/slack/standing.ts';
import { startSocket, type SlackSocket } from '../channels/slack/socket.ts';
import { slackChannels } from '../domain/message/routes.ts';
import type { KubeClient } from '../kube/transport.ts';
import type { SlackConfig } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { callbackApp } from './callbacks.ts';
import type { KnownObjects } from './known-accounts.ts';
import { liveDeeds } from './live-deeds.ts';
import { handleClick, type ClickPorts } from './slack-clicks.ts';

/** What it is made of. */
export interface SlackInput {
  readonly config: SlackConfig;
  readonly clusterName: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Epoch ms. */
  readonly now: () => number;
  readonly stopping: AbortSignal;
}

/** How clicks come. */
export type Clicks =
  | { readonly kind: 'socket'; readonly socket: SlackSocket }
  | { readonly kind: 'callbacks'; readonly app: RequestListener }
  /** Neither is set up: Slack shows requests, and nothing can be decided there. */
  | { readonly kind: 'none' };

/** Slack as the rest of the process sees it. */
export interface Slack {
  readonly channel: Channel;
  readonly routed: (request: ApprovalRequest) => readonly string[];
  /** Where people are told of tampering. */
  readonly alarmed: () => readonly string[];
  /** Our workspace and organisation; none until Slack said so. */
  readonly teams: () => readonly string[];
  /** Begins to take clicks. */
  listen(client: KubeClient, known: KnownObjects): Clicks;
}

/** Undefined where no bot token is given: then Slack is off. */
export function slackOf(input: SlackInput): Slack | undefined {
  const { config, clusterName, log, now, stopping } = input;
  const { botTokenFile, channel: place, apiUrl } = config;
  if (botTokenFile === undefined || place === undefined) return undefined;
  const api = currentApi({ apiUrl }, () => readFileSync(botTokenFile, 'utf8'));
  const self = knownSelf(api, machineSocketClock, stopping, (why) =>
    log.warn({ why }, 'Slack does not say who the app is'),
  );
  const botId = () => self.identity()?.botId;
  return {
    channel: slackChannel({ api, botId, installation: clusterName, cluster: clusterName, now }),
    routed: ({ spec }) => slackChannels(spec, place),
    alarmed: () => [place],
    teams: () => teamsOf(self),
    listen: (client, known) => clicksOf({ ...input, api, self, client, known }),
  };
}

function teamsOf(self: Self): readonly string[] {
  const { teamId, enterpriseId } = self.identity() ?? {};
  return [teamId, enterpriseId].filter((one) => one !== undefined);
}

interface Listening extends SlackInput {
  readonly api: SlackApi;
  readonly self: Self;
  readonly client: KubeClient;
  readonly known: KnownObjects;
}

function clicksOf(input: Listening): Clicks {
  const { appTokenFile, signingSecretFile } = input.config;
  if (appTokenFile !== undefined) return { kind: 'socket', socket: socketOf(input, appTokenFile) };
  if (signingSecretFile === undefined) return { kind: 'none' };
  const app = callbackApp({
    secrets: () => readFileSync(signingSecretFile, 'utf8').split('\n'),
    replays: new Replays(),
    now: input.now,
    handle: handlerOf(input, () => undefined),
    refused: (why) => input.log.warn({ why }, 'a callback was refused'),
  });
  return { kind: 'callbacks', app };
}

function socketOf(input: Listening, appTokenFile: string): SlackSocket {
  const { config, log, metrics } = input;
  let appId: string | undefined;
  return startSocket({
    apiUrl: config.apiUrl,
    appToken: () => readFileSync(appTokenFile, 'utf8'),
    handle: handlerOf(input, () => appId),
    onHealth(health) {
      appId = health.appId;
      metrics.set('channelConnections', { channel: 'slack' }, health.connected);
      if (health.lastError) log.warn({ failure: health.lastError.failure }, 'Slack gives no connection');
    },
    onTrouble: ({ kind, error: err }) => log.warn({ kind, err }, 'a click was not answered in time'),
  });
}

/** @param appId of the app that we listen for; undefined while, or where, nobody says */
function handlerOf(input: Listening, appId: () => string | undefined): Handler {
  const { api, self, client, known, log, metrics, clusterName, now } = input;
  const ports: ClickPorts = {
    deeds: liveDeeds(client, {
      known,
      now,
      failed: (err) => log.warn({ err }, 'a click could not be stored'),
    }),
    slack: { ...api, person: rememberingPeople(api, now) },
    installation: clusterName,
    cluster: clusterName,
    now,
    self() {
      const teams = teamsOf(self);
      return teams.length === 0 ? undefined : { appId: appId(), teams };
    },
    counted: (_, outcome) => metrics.count('clicks', { channel: 'slack', outcome }),
  };
  return (payload, telling) => handleClick(payload, telling, ports);
}
