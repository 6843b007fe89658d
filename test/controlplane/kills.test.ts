// kill -9 at every API write that the story makes the operator do, from its first key on: the process is started again,
// the interrupted step is repeated, and the story goes on to its end with one approval and one execution (INV-1, INV-2).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasEnded, type OperatorProcess } from '../../tools/operator/start.ts';
import { OURS, requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const MOST_WRITES = 60;

let assent: Assent;
let agent: string;
let alice: string;

beforeAll(async () => {
  assent = await startAssent({
    // A leader that is killed holds its Lease for 15 s more; that wait is the election's, and not what is shown here.
    operator: { gates: 0, controllers: 0, env: { ASSENT_LEADER_ELECTION: 'false' } },
  });
  agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  alice = await assent.approver('alice');
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await assent.admin('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'agent-edits' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' }],
  });
});
afterAll(() => assent.stop());

/** The operator, started again whenever it is gone. */
class Supervised {
  private one: OperatorProcess | undefined;
  kills = 0;

  private readonly failpoint: string;

  constructor(failpoint: string) {
    this.failpoint = failpoint;
  }

  /** Makes sure that a process runs; only the first one dies at the failpoint. */
  async alive(): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      if (this.one && !isGone(this.one)) return;
      const env = this.kills === 0 && this.one === undefined ? { ASSENT_FAILPOINT: this.failpoint } : {};
      await this.dropGone();
      try {
        this.one = await assent.operator.add('run', env);
        return;
      } catch (error) {
        if (assent.operator.processes.every((one) => !isGone(one))) throw error;
      }
    }
    throw new Error('the operator does not stay alive');
  }

  async stop(): Promise<void> {
    await this.dropGone();
    for (const one of assent.operator.processes.slice()) await assent.operator.kill(one, 'SIGKILL');
  }

  private async dropGone(): Promise<void> {
    for (const one of assent.operator.processes.filter(isGone)) {
      this.kills += 1;
      await assent.operator.kill(one);
    }
    this.one ??= undefined;
  }
}

const isGone = hasEnded;

/** Repeats a step until it is as wanted, with an operator that lives. */
async function until(
  operator: Supervised,
  step: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  let last: Answer | undefined;
  return waitFor(
    async () => {
      await operator.alive();
      last = await step();
      if (!isWanted(last)) throw new Error(`${last.status} ${last.message}`);
      return last;
    },
    { what: 'the step to succeed', timeoutMs: 40_000 },
  );
}

/** Removes everything that an operator left, keys and registrations included. */
async function clean(): Promise<void> {
  const drop = (path: string) => assent.send(assent.plane.adminKubeconfig, 'DELETE', path);
  for (const name of ['assent-gate', 'assent-guard'])
    await drop(`${CONFIGURATIONS}/validatingwebhookconfigurations/${name}`);
  await drop(`${CONFIGURATIONS}/mutatingwebhookconfigurations/assent-stamp`);
  for (const name of ['assent-own-kinds', 'assent-own-api']) {
    await drop(`${CONFIGURATIONS}/validatingadmissionpolicybindings/${name}`);
  }
  await waitFor(
    async () => {
      for (const plural of ['approvalpolicies', 'approvaldecisions', 'approvalrequests'])
        await drop(`${OURS}/${plural}`);
      return (await assent.requests()).length === 0;
    },
    { what: 'our objects to be gone' },
  );
  await drop('/api/v1/namespaces/assent-system/secrets?labelSelector=app.kubernetes.io/part-of=assent');
  await drop('/apis/coordination.k8s.io/v1/namespaces/assent-system/leases');
  await drop(`${DEPLOYMENTS}/api`);
}

const deployment = {
  metadata: { name: 'api' },
  spec: {
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: { containers: [{ name: 'api', image: 'api:1' }] },
    },
  },
};
const policy = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'workloads' },
  spec: {
    agents: [{ serviceAccount: 'agents/deploy-bot' }],
    match: { rules: [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['DELETE'] }] },
  },
};

/** Plays the story with an operator that dies at the failpoint. @returns how often it died */
async function play(failpoint: string): Promise<number> {
  await clean();
  const operator = new Supervised(failpoint);
  const asAdmin = (method: string, path: string, body?: unknown) =>
    assent.send(assent.plane.adminKubeconfig, method, path, body);
  const remove = (dryRun = '') => assent.send(agent, 'DELETE', `${DEPLOYMENTS}/api${dryRun}`);
  await until(
    operator,
    () => asAdmin('POST', DEPLOYMENTS, deployment),
    (one) => one.status === 201 || one.status === 409,
  );
  const apply = () => asAdmin('POST', `${OURS}/approvalpolicies`, policy);
  await until(operator, apply, (one) => one.status === 201 || one.status === 409);
  await until(
    operator,
    () => remove('?dryRun=All'),
    (one) => one.warnings.some((text) => text.includes('dry-run only')),
  );
  const held = await until(operator, remove, (one) => one.status === 403 && requestIn(one.message) !== '');
  const name = requestIn(held.message);
  const decided = (one: Answer) => one.status === 201 || one.message.includes('(already-');
  await until(operator, () => assent.decide(alice, name), decided);
  const admitted = await until(operator, remove, (one) => one.status === 200);
  expect(admitted.status).toBe(200);
  await asAdmin('POST', DEPLOYMENTS, deployment);
  const again = await until(operator, remove, (one) => one.status === 403 && requestIn(one.message) !== '');
  expect(requestIn(again.message), 'one approval, one execution').not.toBe(name);
  const settled = await until(
    operator,
    () => assent.send(assent.plane.adminKubeconfig, 'GET', `${OURS}/approvalrequests/${name}`),
    (one) => {
      const { status } = one.json as { status?: { state?: string; recorded?: number; outbox?: unknown[] } };
      return status?.state === 'Reserved' && status.recorded === status.outbox?.length;
    },
  );
  expect((settled.json as { status: { decisions: unknown[] } }).status.decisions).toHaveLength(1);
  await operator.stop();
  return operator.kills;
}

describe.each(['gate', 'controller'])('the %s is killed', (part) => {
  it.each(['before', 'after'])(
    '%s each of its API writes, and the story goes on to its end',
    { timeout: 900_000 },
    async (stage) => {
      let n = 1;
      while (n <= MOST_WRITES && (await play(`${part}:${stage}:${n}`)) > 0) n += 1;
      // The first number at which nothing was killed is past the last write of the story.
      expect(n - 1, 'writes at which it was killed').toBeGreaterThan(8);
      expect(n).toBeLessThan(MOST_WRITES);
    },
  );
});
