// The story of `make demo`, step by step, through Assent as helm installed it. Slack is the stand-in of the tests, and runs
// beside the node.
import { join } from 'node:path';
import { startSlackSide, type SlackSide } from '../builders/slack-side.ts';
import { ONCALL } from '../../tools/demo/scene.ts';
import { setScene, typingWith, type Cast, type StoryStage } from '../../tools/demo/stage.ts';
import { STORY } from '../../tools/demo/whole-story.ts';
import type { Cluster } from './cluster.ts';
import { NAMESPACE } from './installation.ts';
import type { Step, World } from './steps.ts';

const SECRET = 'slack';

/** Starts Slack where pods reach it. */
export const slackFor = (cluster: Cluster): Promise<SlackSide> =>
  startSlackSide('socket', cluster.nodeAddress);

/** Makes the Secret that the chart is told of, and returns the values that tell it. */
export async function slackValues(world: World): Promise<Readonly<Record<string, string>>> {
  const { cluster, slack } = world;
  // As docs/guide/install.md says.
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: NAMESPACE },
    stringData: { botToken: slack.app.botToken, appToken: slack.app.appToken },
  };
  for (const object of [namespace, secret]) await cluster.must(['apply', '-f', '-'], JSON.stringify(object));
  return {
    clusterName: 'prod',
    'slack.existingSecret': SECRET,
    'slack.channel': slack.channel.id,
    'controller.extraEnv[0].name': 'ASSENT_SLACK_API_URL',
    'controller.extraEnv[0].value': slack.slack.apiUrl,
  };
}

const stages = new WeakMap<World, StoryStage>();
const memory = new Map<string, string>();

async function stageOf(world: World): Promise<StoryStage> {
  const { cluster, slack } = world;
  const cast: Cast = {
    agent: await cluster.account('agents', 'deploy-bot'),
    fixer: await cluster.account('agents', 'fixer-bot'),
    approver: await cluster.person('alice', [ONCALL]),
    admin: cluster.admin,
  };
  const programs = join(cluster.runDir, 'programs');
  const kubectl: StoryStage['kubectl'] = async (who, args, input) => {
    const more = input === undefined ? {} : { input };
    const done = await cluster.kubectl(cast[who], args, { path: [programs], ...more });
    return { code: done.code, text: [done.stdout, done.stderr].filter(Boolean).join('').trimEnd() };
  };
  await setScene(kubectl);
  await slack.listening();
  return { kubectl, typing: typingWith({ programs, home: cluster.runDir, cast }), slack };
}

/** Every step of the story. */
export const STORY_STEPS: readonly Step[] = STORY.map((step) => ({
  title: `story: ${step.title}`,
  async play(world) {
    const stage = stages.get(world) ?? (await stageOf(world));
    stages.set(world, stage);
    const { shown, wrong } = await step.play(stage, memory);
    if (wrong === undefined) return {};
    return { wrong: [wrong, ...shown.map(({ who, command, text }) => `${who} $ ${command}\n${text}`)] };
  },
}));

/** Takes away what the story made in the cluster beside Assent. */
export async function clearStory(cluster: Cluster): Promise<void> {
  await cluster.must(['delete', 'namespace', 'payments', 'shop', 'agents', '--ignore-not-found']);
  const ours = ['clusterrole', 'clusterrolebinding'];
  const made = [
    'demo-agent',
    'approve-payments',
    'payments-oncall-answers',
    'deploy-bot-follows-requests',
    'reads-events',
    'payments-oncall-reads-events',
    'pod-fixer',
    'fixer-bot-asks',
    'approve-shop-fixes',
  ];
  for (const kind of ours) await cluster.must(['delete', kind, ...made, '--ignore-not-found']);
}
