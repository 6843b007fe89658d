// Slack, put together: the port for the present token, who we are there, the channel that shows requests, and the socket by
// which clicks come. Whatever is wrong with it is told in the log and in the metrics; nothing here ends the process.
import { readFileSync } from 'node:fs';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Channel } from '../channels/channel.ts';
import { slackChannel } from '../channels/slack/courier.ts';
import { currentApi, knownSelf } from '../channels/slack/self.ts';
import { machineSocketClock } from '../channels/slack/socket-clock.ts';
import { startSocket, type SlackSocket } from '../channels/slack/socket.ts';
import type { KubeClient } from '../kube/transport.ts';
import type { SlackConfig } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { liveDeeds, type KnownObjects } from './live-deeds.ts';
import { handleClick } from './slack-clicks.ts';

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

/** Slack as the rest of the process sees it. */
export interface Slack {
  readonly channel: Channel;
  readonly routed: (request: ApprovalRequest) => readonly string[];
  /** Begins to take clicks; undefined where no app token is given. */
  listen(client: KubeClient, known: KnownObjects): SlackSocket | undefined;
}

/** Undefined where no bot token is given: then Slack is off. */
export function slackOf(input: SlackInput): Slack | undefined {
  const { config, clusterName, log, metrics, now, stopping } = input;
  const { botTokenFile, appTokenFile, channel: place, apiUrl } = config;
  if (botTokenFile === undefined || place === undefined) return undefined;
  const api = currentApi({ apiUrl }, () => readFileSync(botTokenFile, 'utf8'));
  const self = knownSelf(api, machineSocketClock, stopping, (why) =>
    log.warn({ why }, 'Slack does not say who the app is'),
  );
  const botId = () => self.identity()?.botId;
  return {
    channel: slackChannel({ api, botId, installation: clusterName, cluster: clusterName, now }),
    routed: () => [place],
    listen(client, known) {
      if (appTokenFile === undefined) return undefined;
      let appId: string | undefined;
      const deeds = liveDeeds(client, known, (err) => log.warn({ err }, 'a click could not be stored'));
      const ports = {
        deeds,
        slack: api,
        installation: clusterName,
        cluster: clusterName,
        now,
        self: () => {
          const identity = self.identity();
          return identity && { appId, teams: teamsOf(identity) };
        },
        counted: (_: string, outcome: Parameters<typeof count>[1]) => count(metrics, outcome),
      };
      return startSocket({
        apiUrl,
        appToken: () => readFileSync(appTokenFile, 'utf8'),
        handle: (payload, telling) => handleClick(payload, telling, ports),
        onHealth(health) {
          appId = health.appId;
          metrics.set('channelConnections', { channel: 'slack' }, health.connected);
          if (health.lastError) log.warn({ failure: health.lastError.failure }, 'Slack gives no connection');
        },
        onTrouble: ({ kind, error: err }) => log.warn({ kind, err }, 'a click was not answered in time'),
      });
    },
  };
}

type Outcome = Parameters<Parameters<typeof handleClick>[2]['counted']>[1];

const count = (metrics: Metrics, outcome: Outcome): void =>
  metrics.count('clicks', { channel: 'slack', outcome });

const teamsOf = (identity: { readonly teamId: string; readonly enterpriseId: string | undefined }) =>
  identity.enterpriseId === undefined ? [identity.teamId] : [identity.teamId, identity.enterpriseId];
