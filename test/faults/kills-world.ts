// Where the stories of kills play: a control plane with an agent and a person, both parts of the operator kept alive, and
// steps that are repeated until they are as wanted, within a patience that begins anew with each kill.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMISSION_POLICIES } from '../../src/api/installation.ts';
import type { Write } from '../../src/platform/failpoint.ts';
import { startSlackSide, type SlackSide } from '../builders/slack-side.ts';
import { approver, bind, OURS, poll, startCluster, type Cluster, type Reply } from './races-cluster.ts';
import { Keeper, type Death, type Part } from './kills-keeper.ts';

/** From a kill until everything that needs the killed part is done again. ms. */
export const RECOVERY_MS = 15_000;
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const SECRETS = '/api/v1/namespaces/assent-system/secrets';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/assent-system/leases';
const RBAC_GROUP = 'rbac.authorization.k8s.io';
const KINDS = ['approvalpolicies', 'approvaldecisions', 'approvalrequests', 'identitylinks', 'agentfreezes'];
const PART_OF = 'app.kubernetes.io/part-of=assent';

/** One step of a story. */
export interface Step {
  readonly what: string;
  /** Parts without which it cannot be done: their recovery is shown by it. */
  readonly needs: readonly Part[];
  readonly take: () => Promise<Reply>;
  readonly isDone: (reply: Reply) => boolean;
}

/** A story with the operator that it is played to. */
export interface Play {
  readonly world: World;
  readonly keeper: Keeper;
  /** @throws Error when the step is not done in time */
  step(step: Step): Promise<Reply>;
}

/** What came of a play. */
export interface Played {
  readonly deaths: readonly Death[];
  /** What went wrong; undefined when the story came to its end. */
  readonly broken: string | undefined;
  /** Writes by part, when they were to be told. */
  readonly told: Readonly<Record<Part, readonly Write[]>>;
}

/** A control plane that plays one story after the other. */
export interface World {
  readonly cluster: Cluster;
  /** Paths of kubeconfigs. */
  readonly agent: string;
  readonly alice: string;
  readonly slack: SlackSide;
  /**
   * Plays a story from a clean start.
   * @param order value of ASSENT_FAILPOINT; undefined tells all writes instead
   */
  play(story: Story, order?: string): Promise<Played>;
  /** A clean start with nobody running: for scenes that start and end processes of the operator themselves. */
  bare(): Promise<Play>;
  stop(): Promise<void>;
}

/** A story: steps, in their order. @throws Error when one of them is not done in time */
export type Story = (play: Play) => Promise<void>;

/**
 * Starts a control plane for stories.
 * @param name start of its run folder
 * @param patienceMs for a step, counted from the last kill; the tests give a busy machine more
 */
export async function startWorld(name: string, patienceMs = RECOVERY_MS): Promise<World> {
  const cluster = await startCluster(name, async () => ({ gates: 0, controllers: 0 }));
  const agent = (await cluster.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await bind(cluster, 'agent-edits', { kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' });
  await bind(
    cluster,
    'alice-links',
    { apiGroup: RBAC_GROUP, kind: 'User', name: 'alice' },
    'assent-approver',
  );
  const slack = await startSlackSide();
  const world: World = {
    cluster,
    agent,
    alice: await approver(cluster, 'alice'),
    slack,
    async play(story, order) {
      await clean(cluster);
      const files = fileOf(cluster);
      const part: Part = order?.startsWith('gate:') === true ? 'gate' : 'controller';
      const orders = order === undefined ? tellInto(files) : { [part]: order };
      const keeper = new Keeper(cluster.operator, orders);
      keeper.start();
      const failed = await story({ world, keeper, step: (step) => perform(step, keeper, patienceMs) }).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      await keeper.stop();
      const told = { gate: await readTold(files.gate), controller: await readTold(files.controller) };
      const broken = [failed ?? [], keeper.crashes].flat().join('; ');
      return { deaths: keeper.deaths, broken: broken === '' ? undefined : broken, told };
    },
    async bare() {
      await clean(cluster);
      const keeper = new Keeper(cluster.operator, {});
      return { world, keeper, step: (step) => perform(step, keeper, patienceMs) };
    },
    async stop() {
      await cluster.stop();
      await slack.stop();
    },
  };
  return world;
}

const fileOf = ({ plane }: Cluster): Readonly<Record<Part, string>> => ({
  gate: join(plane.runDir, 'writes-gate.jsonl'),
  controller: join(plane.runDir, 'writes-controller.jsonl'),
});

const tellInto = (files: Readonly<Record<Part, string>>) => ({
  gate: `gate:tell:${files.gate}`,
  controller: `controller:tell:${files.controller}`,
});

async function readTold(file: string): Promise<Write[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  await rm(file, { force: true });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Write);
}

async function perform(step: Step, keeper: Keeper, patienceMs: number): Promise<Reply> {
  const began = performance.now();
  let last: Reply | undefined;
  const reply = await poll(
    async () => {
      last = await step.take();
      return step.isDone(last) ? last : undefined;
    },
    () => `${step.what}: not within ${patienceMs / 1_000} s, last ${last?.status} ${last?.message}`,
    () => Math.max(began, ...keeper.deaths.map((death) => death.at)) + patienceMs,
  );
  const now = performance.now();
  for (const death of keeper.deaths) if (step.needs.includes(death.part)) death.recoveredAt ??= now;
  return reply;
}

/** Removes everything that an operator left, keys and registrations included, and edits what comes with the installation. */
async function clean({ plane, send }: Cluster): Promise<void> {
  const who = plane.adminKubeconfig;
  const drop = (path: string) => send({ who, method: 'DELETE', path });
  for (const name of ['assent-gate', 'assent-guard'])
    await drop(`${CONFIGURATIONS}/validatingwebhookconfigurations/${name}`);
  await drop(`${CONFIGURATIONS}/mutatingwebhookconfigurations/assent-stamp`);
  for (const name of Object.values(ADMISSION_POLICIES)) {
    await drop(`${CONFIGURATIONS}/validatingadmissionpolicybindings/${name}`);
    // They come with the installation, so that the controller never creates but puts back what somebody edited.
    const edited = { spec: { failurePolicy: 'Ignore' } };
    const path = `${CONFIGURATIONS}/validatingadmissionpolicies/${name}`;
    await send({ who, method: 'PATCH', path, body: edited, contentType: 'application/merge-patch+json' });
  }
  const began = performance.now();
  await poll(
    async () => {
      for (const plural of KINDS) await drop(`${OURS}/${plural}`);
      const left = await send({ who, method: 'GET', path: `${OURS}/approvalrequests` });
      return (left.json as { items?: unknown[] } | undefined)?.items?.length === 0 ? true : undefined;
    },
    () => 'our objects do not go',
    () => began + RECOVERY_MS,
  );
  await drop(`${SECRETS}?labelSelector=${PART_OF}`);
  await drop(LEASES);
  await drop('/apis/apps/v1/namespaces/default/deployments/api');
}
