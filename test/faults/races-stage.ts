// Where a block of races is run: a control plane, one to three gates behind one address, a controller, a sibling webhook,
// agents with caps that races do not reach, a person who approves, and the faults that races call for.
import { setTimeout as pause } from 'node:timers/promises';
import { rawClient, type RawClient } from '../../tools/controlplane/raw.ts';
import { startCuttableProxy, type CuttableProxy } from '../controlplane/cuttable-proxy.ts';
import type { Admin } from './races-changes.ts';
import { NAMESPACE } from './races-changes.ts';
import {
  approver,
  bind,
  OURS,
  poll,
  replyOf,
  startCluster,
  type Call,
  type Cluster,
  type Reply,
} from './races-cluster.ts';
import { Fleet } from './races-fleet.ts';
import { hasClocks, type Block, type Fault } from './races-plan.ts';
import { randomOf } from './races-random.ts';
import { siblingConfiguration, startSibling, type Sibling } from './races-sibling.ts';

/** Each agent may open sixty requests a minute, the most that a policy can say. */
const AGENTS = 40;
const ACCOUNTS = 'racers';
/** Room for the largest crowd, beside the other races. */
const CONNECTIONS = 256;
/** How long anything may take that must succeed in the end, whatever strikes. ms. */
export const PATIENCE_MS = 120_000;
const HOUR = 3_600_000;

const POLICY = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'races' },
  spec: {
    agents: [{ serviceAccount: `${ACCOUNTS}/*` }],
    match: {
      rules: [
        { apiGroups: [''], resources: ['configmaps'], operations: ['CREATE', 'UPDATE', 'DELETE'] },
        { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], operations: ['UPDATE'] },
        {
          apiGroups: [''],
          resources: ['pods/eviction', 'pods/exec', 'serviceaccounts/token'],
          operations: ['CREATE', 'CONNECT'],
        },
      ],
      namespaces: { names: [NAMESPACE] },
    },
    approval: { usableFor: '24h', limits: { pending: 100, newPerMinute: 60 } },
  },
};

/** A running stage. */
export interface Stage {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly sibling: Sibling;
  /** The administrator: repeats what gets no verdict, since another writer's faults are not ours to test. */
  readonly admin: Admin;
  /** Sends as an agent, over connections that can be cut. */
  readonly asAgent: (seed: number, call: Omit<Call, 'who'>) => Promise<Reply>;
  readonly alice: string;
  /** Lets a fault strike; resolves when it is over. */
  strike(fault: Fault, request: string): Promise<() => void>;
  stop(): Promise<void>;
}

/** Whether an answer says nothing about the change: it may be sent again. */
export const isUndecided = ({ status }: Reply): boolean => status === 0 || status === 429 || status >= 500;

/** Starts a stage. */
export async function startStage({ first, gates, mood }: Block): Promise<Stage> {
  const closing: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let close = closing.pop(); close; close = closing.pop()) await close();
  };
  try {
    let proxies: readonly CuttableProxy[] = [];
    const cluster = await startCluster(`races-${first}`, async ({ url }) => {
      proxies = [await startCuttableProxy(url), await startCuttableProxy(url)];
      return { gates: 0, controllers: 0, gateServer: proxies[0]?.url ?? url };
    });
    closing.push(() => cluster.stop());
    for (const proxy of proxies) closing.push(() => proxy.close());
    const fleet = new Fleet(cluster.operator, gates, cluster.plane.runDir);
    closing.push(() => fleet.stop());
    await fleet.start();
    await fleet.startController();
    const sibling = await startSibling();
    closing.push(() => sibling.stop());
    const caPem = Buffer.from(cluster.plane.caData, 'base64').toString('utf8');
    const client = rawClient({ url: proxies[1]?.url ?? cluster.plane.url, caPem }, CONNECTIONS);
    closing.push(() => client.close());
    const cut = {
      gates: () => proxies[0]?.cut(),
      agents: () => proxies[1]?.cut(),
      webhooks: () => cluster.operator.front.cut(),
    };
    const alice = await approver(cluster, 'alice');
    const asAgent = await agents(cluster, client);
    const stage: Stage = {
      cluster,
      fleet,
      sibling,
      admin: adminOf(cluster),
      asAgent,
      alice,
      strike: striker(cluster, fleet, cut),
      stop,
    };
    await furnish(stage);
    if (hasClocks(mood)) closing.push(turnClocks(fleet, first));
    return stage;
  } catch (error) {
    await stop();
    throw error;
  }
}

const adminOf =
  ({ send, plane }: Cluster): Admin =>
  async (ask) => {
    const began = performance.now();
    let last: Reply | undefined;
    return poll(
      async () => {
        last = await send({ who: plane.adminKubeconfig, ...ask });
        return isUndecided(last) ? undefined : last;
      },
      () => `${ask.method} ${ask.path} gets no verdict: ${last?.status} ${last?.message}`,
      () => began + PATIENCE_MS,
    );
  };

async function agents({ plane }: Cluster, client: RawClient): Promise<Stage['asAgent']> {
  const tokens: string[] = [];
  for (let agent = 0; agent < AGENTS; agent += 1) {
    tokens.push((await plane.serviceAccount(ACCOUNTS, `agent-${agent}`)).token);
  }
  return (seed, { method, path, ...rest }) => {
    const token = tokens[seed % AGENTS] ?? '';
    return replyOf((headers) => client.send(token, method, path, { ...rest, headers }), rest.as);
  };
}

/** The namespace, rights, the policy, the sibling; done when gate and sibling are asked. */
async function furnish({ cluster, sibling, asAgent, admin }: Stage): Promise<void> {
  const { plane } = cluster;
  await plane.serviceAccount(NAMESPACE, 'app');
  const group = `system:serviceaccounts:${ACCOUNTS}`;
  await bind(cluster, 'racers', { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group });
  const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const body = siblingConfiguration(sibling, `system:serviceaccount:${ACCOUNTS}:`);
  await admin({ method: 'POST', path: configurations, body });
  await admin({ method: 'POST', path: `${OURS}/approvalpolicies`, body: POLICY });
  const witness = { reviews: 0, judge: () => Promise.resolve(true) };
  sibling.witnesses.set(0, witness);
  const began = performance.now();
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps?dryRun=All`;
  await poll(
    async () => {
      const reply = await asAgent(0, { method: 'POST', path, body: { metadata: { name: 'r0' } } });
      const isHeld = reply.warnings.some((text) => text.includes('dry-run only'));
      return isHeld && witness.reviews > 0 ? true : undefined;
    },
    () => 'gate and sibling are not asked',
    () => began + PATIENCE_MS,
  );
}

/** One gate after the other has its clock an hour off for twenty seconds: longer than its caches count as fresh. */
function turnClocks(fleet: Fleet, seed: number): () => Promise<void> {
  const random = randomOf(seed);
  const over = new AbortController();
  const turn = async () => {
    while (!over.signal.aborted) {
      const gate = random.int(0, fleet.size - 1);
      fleet.setClock(gate, random.chance(0.5) ? HOUR : -HOUR);
      await pause(random.int(15_000, 25_000), undefined, { signal: over.signal }).catch(() => undefined);
      fleet.setClock(gate, 0);
      await pause(random.int(2_000, 15_000), undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const turning = turn();
  return async () => {
    over.abort();
    await turning;
  };
}

type Cut = Readonly<Record<'gates' | 'webhooks' | 'agents', () => void>>;

function striker({ plane }: Cluster, fleet: Fleet, cut: Cut): Stage['strike'] {
  /** One stop of the API server at a time. */
  let stopping: Promise<void> = Promise.resolve();
  const inTurn = (stop: () => Promise<void>): Promise<void> => {
    stopping = stopping.then(stop);
    return stopping;
  };
  const nothing = () => undefined;
  return async (fault, request) => {
    switch (fault.kind) {
      case 'none':
        return nothing;
      case 'kill': {
        const path = fault.write === 'status' ? `/approvalrequests/${request}/status` : '/';
        const order = `${fault.stage}:${path}#${fault.count}`;
        const size = fault.gates === 'all' ? fleet.size : 1;
        for (let gate = 0; gate < size; gate += 1) fleet.arm(gate + fault.count, order);
        return () => fleet.disarm(order);
      }
      case 'restart':
        await inTurn(() => plane.restartApiServer());
        return nothing;
      case 'freeze':
        await inTurn(async () => {
          await plane.pauseApiServer();
          await pause(fault.ms);
          await plane.resumeApiServer();
        });
        return nothing;
      case 'cut':
        await pause(fault.afterMs);
        cut[fault.whose]();
        return nothing;
      default:
        return fault satisfies never;
    }
  };
}
