// The steps of `make e2e`, in their order: a fresh install and the story through it; out again; the release before, load,
// the upgrade and every mixture of versions under it; out again, and nothing is left.
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { installPrograms } from '../../tools/demo/stage.ts';
import { checkAuditLog, describeVerdict } from '../../tools/audit/check.ts';
import type { Phase } from '../../tools/proofs/catalogue.ts';
import { OURS, requestIn } from '../faults/races-cluster.ts';
import {
  evict,
  helmInstall,
  helmTest,
  helmUninstall,
  leadingPod,
  leaseOf,
  NAMESPACE,
  readyPods,
  restart,
  runProgramOf,
  until,
} from './installation.ts';
import { leftAfter, listing } from './leftovers.ts';
import { capacity, startLoad } from './load.ts';
import { underLoad, type Step, type World } from './steps.ts';
import { clearStory, slackValues, STORY_STEPS } from './story-steps.ts';
import { clearTraffic, KEPT_AGENT, prepareTraffic, startTraffic } from './traffic.ts';

const REPLICAS = 2;
/** Of what the cluster takes at most. */
const SHARE = 0.4;
const LANES = 8;
const MEASURED_S = 8;
/** What stays by default, so that policies and requests outlive a release; docs/operate/uninstall.md says how to remove it. */
const KEPT =
  /^(customresourcedefinitions\S* |apiservices\S* \w+\.assent\.dev$|\w+\.assent\.dev |secrets assent-system\/assent-|leases\S* assent-system\/|namespaces assent-system$|serviceaccounts assent-system\/default$|configmaps assent-system\/kube-root-ca\.crt$)/;

const seconds = async (act: () => Promise<unknown>): Promise<string> => {
  const began = performance.now();
  await act();
  return `${((performance.now() - began) / 1_000).toFixed(1)} s`;
};

async function countedPods(world: World): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const part of ['gate', 'controller'] as const) {
    const { length } = await readyPods(world.cluster, part);
    if (length !== REPLICAS) wrong.push(`${length} of ${REPLICAS} replicas of the ${part} are ready`);
  }
  return wrong;
}

const INSTALL: readonly Step[] = [
  {
    title: 'helm install, with Slack by a Secret',
    async play(world) {
      world.before = await listing(world.cluster);
      const values = await slackValues(world);
      const says = await seconds(() => helmInstall(world.cluster, world.releases.current, values));
      return { says, wrong: await countedPods(world) };
    },
  },
  {
    title: 'the image runs as uid 65532, writes nothing and has no shell',
    async play({ cluster }) {
      const exec = (words: readonly string[]) =>
        cluster.kubectl(cluster.admin, ['exec', '-n', NAMESPACE, 'deployment/assent-gate', '--', ...words]);
      const node = (code: string) => exec(['/usr/bin/node', '-e', code]);
      const uid = (await node('console.log(process.getuid(), process.getgid())')).stdout.trim();
      const write = (await node('fs.writeFileSync("/app/x", "")')).stderr;
      const shell = await exec(['/bin/sh', '-c', 'true']);
      const wrong = [
        uid === '65532 65532' ? '' : `it runs as ${uid}`,
        write.includes('EROFS') ? '' : `its root can be written: ${write}`,
        shell.code !== 0 && shell.stderr.includes('no such file') ? '' : 'it has a shell',
      ];
      return { wrong: wrong.filter(Boolean) };
    },
  },
  {
    title: 'the doctor finds nothing on a clean install',
    async play({ cluster }) {
      const programs = await installPrograms(cluster.runDir);
      const { code, stdout } = await cluster.kubectl(cluster.admin, ['assent', 'doctor'], {
        path: [programs],
      });
      const isClean = code === 0 && stdout.includes('nothing found');
      return isClean ? {} : { wrong: [stdout] };
    },
  },
  {
    title: 'helm test',
    async play({ cluster }) {
      await helmTest(cluster);
      return {};
    },
  },
];

const OUT_AND_KEPT: readonly Step[] = [
  {
    title: 'helm uninstall keeps the kinds, the keys and nothing else',
    async play(world) {
      const { cluster } = world;
      const says = await seconds(() => helmUninstall(cluster));
      await clearStory(cluster);
      await cluster.must(['delete', 'secret', 'slack', '-n', NAMESPACE]);
      const left = await leftAfter(cluster, world.before, (one) => KEPT.test(one));
      return { says, wrong: left.map((one) => `left: ${one}`) };
    },
  },
  {
    title: 'what was kept is removed',
    async play({ cluster }) {
      await cluster.must(['delete', 'crd', '-l', 'app.kubernetes.io/part-of=assent']);
      await cluster.must(['delete', 'namespace', NAMESPACE]);
      return {};
    },
  },
];

/** Somebody whose changes were asked for under the release before. */
async function keepAsks(world: World): Promise<void> {
  const agent = await world.cluster.account('agents', KEPT_AGENT);
  const carol = await world.cluster.person('carol');
  for (const name of ['kept-approved', 'kept-pending']) {
    const { status, json } = await create(world, agent, name);
    const request = requestIn((json as { message?: string }).message ?? '');
    if (status !== 403 || request === '') throw new Error(`${name} was answered with ${status}`);
    world.kept.set(name, request);
  }
  await approve(world, carol, 'kept-approved');
}

async function approve({ cluster, kept }: World, carol: string, name: string): Promise<void> {
  const request = kept.get(name) ?? '';
  const { status, text } = await cluster.raw.send(carol, 'POST', `${OURS}/approvaldecisions`, {
    body: {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalDecision',
      metadata: { generateName: 'kept-' },
      spec: { request, verdict: 'Approve' },
    },
  });
  if (status !== 201) throw new Error(`the decision was answered with ${status}: ${text}`);
  await cluster.must(['wait', `apr/${request}`, '--for=condition=Approved', '--timeout=30s']);
}

const create = ({ cluster }: World, agent: string, name: string) =>
  cluster.raw.send(agent, 'POST', '/api/v1/namespaces/busy/configmaps', {
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { of: name } },
  });

/** They are used under the release after. */
async function useKept(world: World): Promise<void> {
  const agent = await world.cluster.account('agents', KEPT_AGENT);
  const carol = await world.cluster.person('carol');
  await approve(world, carol, 'kept-pending');
  for (const name of ['kept-approved', 'kept-pending']) {
    const { status, text } = await create(world, agent, name);
    if (status !== 201) throw new Error(`${name} was approved and answered with ${status}: ${text}`);
  }
}

const UPGRADE: readonly Step[] = [
  {
    title: 'helm install of the release before',
    async play(world) {
      world.before = await listing(world.cluster);
      const says = await seconds(() => helmInstall(world.cluster, world.releases.previous));
      await prepareTraffic(world.cluster);
      return { says, wrong: await countedPods(world) };
    },
  },
  {
    title: 'writes a second at most; from here on 40 % of them go on, half of them held',
    async play(world) {
      const traffic = await startTraffic(world.cluster);
      await until('the gate is asked', async () => (await traffic.gated()).outcome === 'right');
      const most = await capacity(traffic, LANES, MEASURED_S);
      const rate = (most * SHARE) / 2;
      const load = startLoad(traffic, { gated: rate, ungated: rate, approved: 0.5 });
      world.running = { traffic, load };
      return { says: `${most.toFixed(0)} writes a second at most` };
    },
  },
  underLoad('an agent asks twice, and one of it is approved', keepAsks),
  underLoad('rolling restart of the gates', ({ cluster }) => restart(cluster, 'gate')),
  underLoad('rolling restart of the controllers', ({ cluster }) => restart(cluster, 'controller')),
  underLoad('helm upgrade to this release', ({ cluster, releases }) =>
    seconds(() => helmInstall(cluster, releases.current)),
  ),
  underLoad('what was asked before the upgrade is approved and used after it', useKept),
  underLoad('skew: controllers of the release before, gates of this one', ({ cluster, releases }) =>
    runProgramOf(cluster, 'controller', releases.previous),
  ),
  underLoad('both of the release before, with the kinds of this one', ({ cluster, releases }) =>
    runProgramOf(cluster, 'gate', releases.previous),
  ),
  underLoad('skew: controllers of this release, gates of the one before', ({ cluster, releases }) =>
    runProgramOf(cluster, 'controller', releases.current),
  ),
  underLoad('both of this release again', ({ cluster, releases }) =>
    runProgramOf(cluster, 'gate', releases.current),
  ),
  underLoad('every gate is evicted, as a drain does', async ({ cluster }) => {
    for (const pod of await readyPods(cluster, 'gate')) await evict(cluster, pod);
    await until('both gates are back', async () => (await readyPods(cluster, 'gate')).length === REPLICAS);
  }),
  underLoad('the leading controller is deleted, and another one leads', async (world) => {
    const { cluster } = world;
    const { holder } = await leaseOf(cluster);
    await cluster.must(['delete', 'pod', (await leadingPod(cluster)).name, '-n', NAMESPACE, '--wait=false']);
    await until('another one leads', async () => !['', holder].includes((await leaseOf(cluster)).holder));
  }),
  {
    title: 'the load ends',
    async play(world) {
      const tally = await world.running?.load.stop();
      if (!tally) return { wrong: ['there was none'] };
      world.tallies.push(tally);
      const { sent, counts } = tally;
      const says = `${sent.gated} held, ${sent.ungated} free, ${sent.approved} approved and made: ${counts.right} as they have to be`;
      const troubles = tally.troubles.length;
      return { says, wrong: troubles === 0 ? [] : ['the steps above say what was not'] };
    },
  },
  {
    title: "the API server's own log says the same",
    async play({ cluster, logStart }) {
      const log = join(cluster.runDir, 'audit.jsonl');
      await pipeline(createReadStream(cluster.auditLog, { start: logStart }), createWriteStream(log));
      const verdict = await checkAuditLog(log);
      return {
        says: describeVerdict('audit oracle', { ...verdict, violations: [] }),
        wrong: verdict.violations.map(({ invariant, sentence }) => `${invariant}: ${sentence}`),
      };
    },
  },
];

const OUT: readonly Step[] = [
  {
    title: 'helm uninstall with crds.keep=false, while a policy is in force and requests wait',
    async play(world) {
      const { cluster, releases } = world;
      await helmInstall(cluster, releases.current, { 'crds.keep': 'false' });
      const says = await seconds(() => helmUninstall(cluster));
      const agent = await cluster.account('agents', KEPT_AGENT);
      const { status } = await create(world, agent, 'after-all');
      return { says, wrong: status === 201 ? [] : [`an agent is still held: ${status}`] };
    },
  },
  {
    title: 'nothing is left in the cluster',
    async play(world) {
      const { cluster } = world;
      await clearTraffic(cluster);
      const ofNamespace =
        /^(namespaces assent-system|serviceaccounts assent-system\/default|configmaps assent-system\/kube-root-ca\.crt)$/;
      world.left = await leftAfter(cluster, world.before, (one) => ofNamespace.test(one));
      await cluster.must(['delete', 'namespace', NAMESPACE]);
      return {
        says: `beside the namespace, which is its maker's: ${world.left.length} objects`,
        wrong: world.left.map((one) => `left: ${one}`),
      };
    },
  },
];

/** The steps of each half. */
export const PLAN: Readonly<Record<Phase, readonly Step[]>> = {
  install: [...INSTALL, ...STORY_STEPS, ...OUT_AND_KEPT],
  upgrade: [...UPGRADE, ...OUT],
};
