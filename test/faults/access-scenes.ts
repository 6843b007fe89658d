// Three ends of access that no single kill shows: two controllers that both believe they lead, and one of them dies at the end; a
// leader that sleeps over it; an API server that is away over it (INV-4).
import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { readAuditLog } from '../../tools/audit/check.ts';
import { hasEnded, type Operator, type OperatorProcess } from '../../tools/operator/start.ts';
import { watchOrphans, type Watch } from './access-watch.ts';
import { askedFor, objectsOf, offered, untilSo } from './kills-access.ts';
import { as, decided } from './kills-steps.ts';
import type { Play, World } from './kills-world.ts';
import { OURS, poll, type Cluster } from './races-cluster.ts';

/** How long the leader sleeps. ms. */
const SLEEP_MS = 60_000;
const PATIENCE_MS = 30_000;
/** So many end at the same time that each of two controllers takes some away. */
const ENDS = 4;

type Scene = (play: Play, watch: Watch) => Promise<void>;

/** What came of a scene: what was not as told, and what stayed too long. */
export interface Shown {
  readonly broken: readonly string[];
  readonly orphans: readonly string[];
}

/** Plays a scene from a clean start, and ends what it started. */
export async function show(world: World, scene: Scene): Promise<Shown> {
  const { operator } = world.cluster;
  const play = await world.bare();
  const watch = watchOrphans(world.cluster);
  const broken = await scene(play, watch).then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
  const orphans = await watch.end();
  for (const one of operator.processes.slice()) await operator.kill(one);
  return { broken, orphans };
}

/** Asks for access for so many seconds, has it approved, and waits until it is granted. */
async function granted(play: Play, seconds: number): Promise<ApprovalRequest> {
  const request = await askedFor(play, { seconds });
  await decided(play, request.metadata.name, 'Approve');
  await untilSo(play, request, 'the access is granted', ({ grant }) => grant?.createdAt !== undefined);
  return request;
}

const isGone = (status: NonNullable<ApprovalRequest['status']>): boolean =>
  status.state === 'Ended' && status.grant?.goneAt !== undefined;

const until = (what: string, isSo: () => boolean | Promise<boolean>, ms = PATIENCE_MS) => {
  const end = performance.now() + ms;
  return poll(
    async () => ((await isSo()) ? true : undefined),
    () => `${what}: not within ${ms / 1_000} s`,
    () => end,
  );
};

/** Both act; the one that dies is not started again, so that the other one has to do with what it left. */
const bothLead: Scene = async (play) => {
  const { operator } = play.world.cluster;
  const alone = { ASSENT_LEADER_ELECTION: 'false' };
  await operator.add('gate');
  await operator.add('controller', alone);
  // Its first write to a binding that is there: it takes one away.
  const armed = { ...alone, ASSENT_FAILPOINT: 'controller:before:/rolebindings/' };
  const dying = await operator.add('controller', armed);
  await offered(play);
  const requests: ApprovalRequest[] = [];
  for (let count = 0; count < ENDS; count += 1) requests.push(await granted(play, 600));
  if (hasEnded(dying)) throw new Error('the controller died before the end');
  await Promise.all(requests.map(({ metadata }) => decided(play, metadata.name, 'Revoke')));
  await until('a controller dies at the end', () => dying.child.signalCode === 'SIGKILL');
  for (const request of requests) await untilSo(play, request, 'the access is gone', isGone);
};

/** It sleeps with a reason to make a binding again: somebody deleted it just before. */
const leaderSleeps: Scene = async (play, watch) => {
  const { cluster } = play.world;
  const { operator } = cluster;
  await operator.add('gate');
  const sleeper = await operator.add('controller');
  await until('the first controller leads', () => leads(operator, sleeper));
  const next = await operator.add('controller');
  await offered(play);
  const [late, taken] = [await granted(play, 30), await granted(play, 600)];
  sleeper.child.kill('SIGSTOP');
  const wakesAt = performance.now() + SLEEP_MS;
  watch.started();
  await as(play, 'admin')('DELETE', objectsOf(taken)[1]);
  await decided(play, taken.metadata.name, 'Revoke');
  await until('the second controller leads', () => leads(operator, next));
  await untilSo(play, taken, 'what was taken back is gone', isGone);
  await until('the leader has slept', () => performance.now() >= wakesAt, SLEEP_MS);
  await untilSo(play, late, 'what was over meanwhile is gone', isGone);
  watch.nothingMayComeBack();
  const wokenAt = Date.now();
  sleeper.child.kill('SIGCONT');
  // It has lost the Lease: it ends, and whoever runs it starts it again.
  await until('the former leader ends', () => sleeper.child.exitCode !== null);
  const made = await madeSince(cluster, wokenAt);
  if (made.length > 0) throw new Error(`somebody made ${made.join(', ')} after the end`);
};

const leads = async (operator: Operator, one: OperatorProcess): Promise<boolean> =>
  /^assent_leader 1$/m.test(await operator.metrics(one));

/** Roles and bindings that were made since, by the log of the API server: a look may come too late for what lasts a moment. */
async function madeSince({ plane }: Cluster, since: number): Promise<string[]> {
  const { deeds } = await readAuditLog(plane.auditLog);
  return deeds
    .filter(
      ({ received, operation, code }) => received >= since * 1_000 && operation === 'CREATE' && code === 201,
    )
    .map(({ target }) => target)
    .filter(({ resource }) => resource === 'roles' || resource === 'rolebindings')
    .map(({ resource, namespace, name }) => `${resource} ${namespace}/${name}`);
}

/** A controller that has lost its Lease by then ends, and is started again, as a kubelet does. */
const serverAway: Scene = async (play, watch) => {
  const { plane, operator } = play.world.cluster;
  await operator.add('gate');
  let controller = await operator.add('controller');
  await offered(play);
  const request = await granted(play, 8);
  const { json } = await as(play, 'admin')('GET', `${OURS}/approvalrequests/${request.metadata.name}`);
  const end = Date.parse((json as ApprovalRequest).status?.usableUntil ?? '');
  await plane.stopApiServer();
  await until('the access is over', () => Date.now() > end);
  await plane.startApiServer();
  await until('the access is gone', async () => {
    if (hasEnded(controller)) {
      controller = await operator.launch('controller');
      watch.started();
    }
    await pause(50);
    const now = await as(play, 'admin')('GET', `${OURS}/approvalrequests/${request.metadata.name}`);
    const { status } = (now.json ?? {}) as Partial<ApprovalRequest>;
    return status !== undefined && isGone(status);
  });
};

/** The scenes by what happens. */
export const SCENES: Readonly<Record<string, Scene>> = {
  'two controllers lead, and one is killed at the end': bothLead,
  'the leader sleeps for a minute over the end': leaderSleeps,
  'the API server is away over the end': serverAway,
};
