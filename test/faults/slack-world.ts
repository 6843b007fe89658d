// The stage of `make slack`: a control plane with one gate and two controllers that both hold sockets, a fake Slack with its
// rules on, twenty agents that are held by three policies, and people with and without a right. Nothing here asserts.
import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { ACCOUNTS, NAMESPACE } from '../../src/api/installation.ts';
import { codeDigest, linkCode } from '../../src/domain/identity/link-code.ts';
import { hasEnded, type OperatorProcess } from '../../tools/operator/start.ts';
import { startSlackSide, type SlackSide, type Transport } from '../builders/slack-side.ts';
import {
  approver,
  bind,
  OURS,
  poll,
  requestIn,
  startCluster,
  type Cluster,
  type Reply,
} from './races-cluster.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const MERGE = 'application/merge-patch+json';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/assent-system/leases/assent-controller';
const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';
const PATIENCE_MS = 60_000;
/** How many processes of the controller there are. */
const REPLICAS = 2;

/** Which policy holds an agent: one person decides; the agent has an owner; two people decide. */
export const RULES = ['plain', 'owned', 'careful'] as const;
export type Rule = (typeof RULES)[number];

/** An agent. */
export interface Agent {
  readonly name: string;
  readonly rule: Rule;
  readonly kubeconfig: string;
}

/** A request, and the change that it is about. */
export interface Asked {
  readonly agent: Agent;
  readonly object: string;
  readonly request: string;
}

/** The stage. */
export interface SlackWorld {
  readonly cluster: Cluster;
  readonly side: SlackSide;
  readonly agents: readonly Agent[];
  /** How processes ended that nobody killed, and were started again. */
  readonly crashes: string[];
  /** Has an agent ask. @throws Error unless the change is held */
  ask(agent: Agent, object: string): Promise<Asked>;
  /** The agent sends its change again. */
  again(asked: Asked): Promise<Reply>;
  /** A user who may decide, unless told. @returns path of a kubeconfig */
  user(name: string, mayApprove?: boolean): Promise<string>;
  /** Proves from both sides that an account is this user's. */
  link(kubeconfig: string, account: { readonly id: string; readonly teamId: string }): Promise<void>;
  /** Says which users are one person. */
  person(name: string, usernames: readonly string[]): Promise<void>;
  decide(kubeconfig: string, request: string, verdict: 'Approve' | 'Deny'): Promise<Reply>;
  requests(): Promise<readonly ApprovalRequest[]>;
  decisions(): Promise<readonly ApprovalDecision[]>;
  /** kill -9 of the controller that leads; another one is started in its place. */
  killLeader(): Promise<void>;
  /** Ends all controllers as a roll-out does and starts as many; clicks come by this from now on. */
  rollOut(transport?: Transport): Promise<void>;
  /** Looks until it is so. @throws Error with these words after a minute, or the time told */
  until(what: string, look: () => Promise<boolean> | boolean, ms?: number): Promise<void>;
  stop(): Promise<void>;
}

const policyOf = (rule: Rule, agents: readonly string[]) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: rule },
  spec: {
    agents: agents.map((name) => ({
      serviceAccount: `agents/${name}`,
      ...(rule === 'owned' ? { owners: ['olga'] } : {}),
    })),
    match: {
      rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }],
      namespaces: { names: ['default'] },
    },
    approval: {
      required: rule === 'careful' ? 2 : 1,
      pendingFor: '4h',
      usableFor: '1h',
      limits: { pending: 10, newPerMinute: 60 },
    },
  },
});

/** Of ten agents seven are held by the plain policy, one has an owner, and two need two people. */
const ruleOf = (index: number): Rule => (index % 10 < 7 ? 'plain' : index % 10 === 7 ? 'owned' : 'careful');

/** Starts it. @param count of agents */
export async function startSlackWorld(name: string, count: number): Promise<SlackWorld> {
  const side = await startSlackSide('socket');
  try {
    const cluster = await startCluster(name, () => Promise.resolve({ gates: 1, controllers: 0 }));
    const world = await furnished(cluster, side, count);
    await world.until(
      'both controllers to listen',
      () => side.slack.sockets.of(side.app).length >= 2 * REPLICAS,
    );
    return world;
  } catch (error) {
    await side.stop();
    throw error;
  }
}

async function furnished(cluster: Cluster, side: SlackSide, count: number): Promise<SlackWorld> {
  const { plane } = cluster;
  const admin = plane.adminKubeconfig;
  const agents = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Agent> => {
      const agent = `agent-${index}`;
      return {
        name: agent,
        rule: ruleOf(index),
        kubeconfig: (await plane.serviceAccount('agents', agent)).kubeconfig,
      };
    }),
  );
  for (const agent of agents)
    await bind(cluster, `edits-${agent.name}`, {
      kind: 'ServiceAccount',
      name: agent.name,
      namespace: 'agents',
    });
  const controller = (await plane.serviceAccount(NAMESPACE, ACCOUNTS.controller)).kubeconfig;
  const keeper = new Replicas(cluster, side);
  const create = (who: string, plural: string, metadata: object, spec: object): Promise<Reply> =>
    cluster.send({
      who,
      method: 'POST',
      path: `${OURS}/${plural}`,
      body: { ...kindOf(plural), metadata, spec },
    });
  const list = async (plural: string): Promise<readonly unknown[]> =>
    ((await cluster.admin('GET', `${OURS}/${plural}`)).json as { items: unknown[] }).items;
  let links = 0;
  const world: SlackWorld = {
    cluster,
    side,
    agents,
    crashes: keeper.crashes,
    async ask(agent, object) {
      const reply = await cluster.send(createOf(agent, object));
      const request = requestIn(reply.message);
      if (reply.status !== 403 || request === '')
        throw new Error(`${object} of ${agent.name} was not held: ${reply.status} ${reply.message}`);
      return { agent, object, request };
    },
    again: ({ agent, object }) => cluster.send(createOf(agent, object)),
    async user(username, mayApprove = true) {
      const kubeconfig = mayApprove
        ? await approver(cluster, username)
        : (await plane.user(username)).kubeconfig;
      const subject = { apiGroup: RBAC_GROUP, kind: 'User', name: username };
      await bind(cluster, `links-${username}`, subject, 'assent-approver');
      return kubeconfig;
    },
    async link(kubeconfig, { id, teamId }) {
      const code = linkCode(Buffer.from(`${id}-${(links += 1)}-padding`));
      const metadata = { name: `slack-${id.toLowerCase()}-${links}` };
      const spec = { channel: 'slack', code: codeDigest(code) };
      done(await create(kubeconfig, 'identitylinks', metadata, spec), 201);
      const path = `${OURS}/identitylinks/${metadata.name}/status`;
      const body = { status: { account: { team: teamId, user: id }, code } };
      done(await cluster.send({ who: controller, method: 'PATCH', path, body, contentType: MERGE }), 200);
    },
    async person(person, usernames) {
      const identities = usernames.map((username) => ({ kubernetes: { username } }));
      await world.until(`Approver ${person} to be sealed`, async () => {
        const { json } = await create(admin, 'approvers', { name: person }, { identities });
        if ((json as { spec?: { stamp?: unknown } }).spec?.stamp !== undefined) return true;
        // The stamp is not in place yet, and what is stored without one is not stamped later.
        await cluster.send({ who: admin, method: 'DELETE', path: `${OURS}/approvers/${person}` });
        return false;
      });
    },
    decide: (who, request, verdict) =>
      create(who, 'approvaldecisions', { generateName: 'decision-' }, { request, verdict }),
    requests: async () => (await list('approvalrequests')) as ApprovalRequest[],
    decisions: async () => (await list('approvaldecisions')) as ApprovalDecision[],
    killLeader: () => keeper.killLeader(),
    rollOut: (transport) => keeper.rollOut(transport),
    async until(what, look, ms = PATIENCE_MS) {
      const end = performance.now() + ms;
      await poll(
        async () => (await look()) || undefined,
        () => `waited ${ms / 1_000} s for ${what}`,
        () => end,
      );
    },
    async stop() {
      keeper.stop();
      await cluster.stop();
      await side.stop();
    },
  };
  await keeper.start();
  await hold(world, agents);
  return world;
}

/** Applies the policies, and waits until each agent is held. */
async function hold(world: SlackWorld, agents: readonly Agent[]): Promise<void> {
  const { cluster } = world;
  for (const rule of RULES) {
    const names = agents.filter((agent) => agent.rule === rule).map((agent) => agent.name);
    if (names.length === 0) continue;
    const path = `${OURS}/approvalpolicies/${rule}?fieldManager=test&force=true`;
    const call = { who: cluster.plane.adminKubeconfig, method: 'PATCH', path, body: policyOf(rule, names) };
    await world.until(`policy ${rule} to be taken`, async () => {
      const { status } = await cluster.send({ ...call, contentType: 'application/apply-patch+yaml' });
      return status === 200 || status === 201;
    });
  }
  for (const agent of agents) {
    const { path, ...call } = createOf(agent, 'probe');
    await world.until(`${agent.name} to be held`, async () => {
      const { warnings } = await cluster.send({ ...call, path: `${path}?dryRun=All` });
      return warnings.some((text) => text.includes('dry-run only'));
    });
  }
}

const createOf = ({ kubeconfig }: Agent, object: string) => ({
  who: kubeconfig,
  method: 'POST',
  path: CONFIGMAPS,
  body: { metadata: { name: object }, data: { a: '1' } },
});

const KINDS: Readonly<Record<string, string>> = {
  identitylinks: 'IdentityLink',
  approvers: 'Approver',
  approvaldecisions: 'ApprovalDecision',
};
const kindOf = (plural: string) => ({ apiVersion: 'assent.dev/v1alpha1', kind: KINDS[plural] });

function done({ status, message }: Reply, wanted: number): void {
  if (status !== wanted) throw new Error(`${status} ${message}`);
}

/** Keeps as many controllers running as there should be, as a Deployment does. */
class Replicas {
  readonly crashes: string[] = [];
  private readonly cluster: Cluster;
  private readonly side: SlackSide;
  private readonly ending = new Set<OperatorProcess>();
  private transport: Transport = 'socket';
  private isOver = false;

  constructor(cluster: Cluster, side: SlackSide) {
    this.cluster = cluster;
    this.side = side;
  }

  async start(): Promise<void> {
    for (let count = 0; count < REPLICAS; count += 1) await this.add();
  }

  stop(): void {
    this.isOver = true;
  }

  async killLeader(): Promise<void> {
    const leader = await poll(
      async () => {
        const { json } = await this.cluster.admin('GET', LEASE);
        const holder = (json as { spec?: { holderIdentity?: string } }).spec?.holderIdentity ?? '';
        return this.running().find(({ child }) => holder.endsWith(`-${child.pid}`));
      },
      () => 'nobody leads',
      deadline(),
    );
    await this.end(leader, 'SIGKILL');
    await this.add();
  }

  async rollOut(transport = this.transport): Promise<void> {
    this.transport = transport;
    const old = this.running();
    for (const one of old) await this.end(one, 'SIGTERM');
    this.side.take(transport);
    for (let count = 0; count < REPLICAS; count += 1) await this.add();
  }

  private async end(one: OperatorProcess, signal: NodeJS.Signals): Promise<void> {
    this.ending.add(one);
    await this.cluster.operator.kill(one, signal);
  }

  private async add(): Promise<void> {
    void this.watch(await this.cluster.operator.add('controller', await this.side.envFor(this.transport)));
  }

  private running(): OperatorProcess[] {
    return this.cluster.operator.processes.filter((one) => one.part === 'controller' && !hasEnded(one));
  }

  /** One that ends by itself, such as a leader that lost its Lease, is started again. */
  private async watch(one: OperatorProcess): Promise<void> {
    const code = await one.exited;
    if (this.isOver || this.ending.has(one)) return;
    this.crashes.push(`a controller ended by itself with ${code}: ${one.lastWords()}`);
    await this.cluster.operator.kill(one);
    await pause(1_000);
    if (!this.isOver) await this.add();
  }
}

const deadline = () => {
  const end = performance.now() + PATIENCE_MS;
  return () => end;
};
