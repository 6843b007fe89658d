// Slack is down: the gate holds, people decide with kubectl, and what was approved is admitted, as before. Once Slack is back,
// the channel says how it went (DESIGN 7).
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSlackInCluster, type SlackInCluster } from '../builders/slack-in-cluster.ts';
import { requestIn } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const CLI = fileURLToPath(new URL('../../src/cli/kubectl-assent.ts', import.meta.url));

let stage: SlackInCluster;
let bot: string;
let alice: string;
let plugins: string;

beforeAll(async () => {
  stage = await startSlackInCluster();
  const { assent } = stage;
  bot = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  alice = await assent.approver('alice');
  await grantEverything(assent, ['agents/bot']);
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  await assent.untilHeld(() => createMap(assent, bot, 'probe', '?dryRun=All'));
  plugins = join(assent.plane.runDir, 'plugins');
  await mkdir(plugins, { recursive: true });
  await writeFile(join(plugins, 'kubectl-assent'), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  await chmod(join(plugins, 'kubectl-assent'), 0o755);
}, 120_000);
afterAll(() => stage.stop());

const asked = async (object: string): Promise<string> =>
  requestIn((await createMap(stage.assent, bot, object)).message);

/** Decides as people do without Slack. */
async function typed(verb: 'approve' | 'deny', request: string): Promise<void> {
  const args = ['assent', verb, request, '--yes', ...(verb === 'deny' ? ['--reason', 'not now'] : [])];
  const said = await stage.assent.plane.kubectl(alice, args, { path: [plugins] });
  expect(said.code, said.stdout + said.stderr).toBe(0);
}

const shown = (): string => stage.slack.screen(stage.channel.id);

it('while Slack is down everything is decided by kubectl, and afterwards the channel says so', async () => {
  const { assent, slack } = stage;
  const before = await asked('asked-before');
  await stage.card(before);
  slack.down();

  const [during, refused, waiting] = [await asked('during'), await asked('refused'), await asked('waiting')];
  for (const request of [during, refused, waiting]) expect(request).not.toBe('');
  for (const request of [before, during]) {
    await typed('approve', request);
    await assent.untilState(request, 'Approved');
  }
  await typed('deny', refused);
  await assent.untilState(refused, 'Denied');
  for (const object of ['asked-before', 'during']) {
    expect((await createMap(assent, bot, object)).status).toBe(201);
    expect((await createMap(assent, bot, object)).status, 'once').toBe(403);
  }
  expect(shown()).not.toContain('default/during');

  slack.up();
  await stage.card(waiting);
  await waitFor(() => shown().includes('[USED] create configmaps default/asked-before'), {
    what: 'the card from before to say that it was used',
  });
  // What was over before anybody could be told of it is not told.
  expect(shown()).not.toContain('default/refused');
});
