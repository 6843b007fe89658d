// What breaks, how it is noticed, and what has to be so again before it counts as over. Each row of docs/operate/faults.md is
// one of these.
import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { evict, leadingPod, leaseOf, NAMESPACE, readyPods, until, type Pod } from './installation.ts';
import { component, etcdFolder, podProcesses, processOf } from './processes.ts';

const run = promisify(execFile);

/** A fault. */
export interface Fault {
  readonly name: string;
  /** What is done, in words. */
  readonly what: string;
  /** What has to be done or known before. */
  readonly prepare?: (cluster: Cluster) => Promise<void>;
  /** Breaks it. What it returns is told when the row is over, and undoes what does not undo itself. */
  readonly strike: (cluster: Cluster) => Promise<Aftermath | void>;
  /** By what it is noticed. */
  readonly sign: string;
  /** Whether it has been noticed. */
  readonly isNoticed: (cluster: Cluster) => Promise<boolean>;
  /** Whether all is as before, beside the writes that have to be answered rightly. */
  readonly isOver: (cluster: Cluster) => Promise<boolean>;
  /** Agents' changes may go through while this lasts: what it means is said in the page. */
  readonly mayLetThrough?: string;
}

/** What is left to do when a fault has struck. */
export interface Aftermath {
  readonly undo?: () => Promise<void>;
}

const REPLICAS = 2;
const STOPPED_MS = 60_000;
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

const pause = (ms: number): Promise<void> =>
  new Promise((resume) => {
    setTimeout(resume, ms);
  });

const kill = (pid: number, signal: NodeJS.Signals): void => void process.kill(pid, signal);

const HEALTH_PORT = 8080;

/** Reviews that a gate has answered. */
async function reviews({ address }: Pod): Promise<number> {
  const text = await (await fetch(`http://${address}:${HEALTH_PORT}/metrics`)).text();
  const counts = [...text.matchAll(/^assent_gate_reviews_total\{.*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The gate to which the API server sends most: it keeps its connections, so that one may have them all. */
async function busiest(cluster: Cluster): Promise<Pod> {
  const pods = await readyPods(cluster, 'gate');
  const before = await Promise.all(pods.map(reviews));
  await pause(1_000);
  const after = await Promise.all(pods.map(reviews));
  const done = after.map((count, i) => count - (before[i] ?? 0));
  const pod = pods[done.indexOf(Math.max(...done))];
  if (!pod) throw new Error('no gate is ready');
  return pod;
}

let target = 0;
const aimAtTheBusiest = async (cluster: Cluster): Promise<void> => {
  target = await processOf((await busiest(cluster)).uid);
};

const allReady = async (cluster: Cluster): Promise<boolean> =>
  (await readyPods(cluster, 'gate')).length === REPLICAS &&
  (await readyPods(cluster, 'controller')).length === REPLICAS;

const oneIsMissing =
  (part: 'gate' | 'controller') =>
  async (cluster: Cluster): Promise<boolean> =>
    (await readyPods(cluster, part)).length < REPLICAS;

let leadershipBefore = '';
const anotherLeads = async (cluster: Cluster): Promise<boolean> => {
  const { leadership } = await leaseOf(cluster);
  return leadership !== leadershipBefore && leadership !== '';
};

const isRegistered = async (cluster: Cluster): Promise<boolean> => {
  const { status, json } = await cluster.raw.send(cluster.admin, 'GET', `${CONFIGURATIONS}/assent-gate`);
  const { webhooks = [] } = json as {
    webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
  };
  return status === 200 && (webhooks[0]?.clientConfig.caBundle ?? '') !== '';
};

const isServed = async (cluster: Cluster): Promise<boolean> =>
  cluster.raw.send(cluster.admin, 'GET', '/readyz').then(
    ({ status }) => status === 200,
    () => false,
  );

let secretBefore = '';
const SECRET_UID = ['get', 'secret', 'assent-tls', '-n', NAMESPACE, '-o', 'jsonpath={.metadata.uid}'];

async function stopTheTarget(): Promise<Aftermath> {
  const pid = target;
  kill(pid, 'SIGSTOP');
  return {
    async undo() {
      await pause(STOPPED_MS);
      // Its liveness probe may have ended it.
      await run('kill', ['-CONT', `${pid}`]).catch(() => undefined);
    },
  };
}

async function aimAtTheLeader(cluster: Cluster): Promise<void> {
  leadershipBefore = (await leaseOf(cluster)).leadership;
  target = await processOf((await leadingPod(cluster)).uid);
}

/** Faults of pods. */
const PODS: readonly Fault[] = [
  {
    name: 'gate killed',
    what: 'kill -9 of the busier of two gates',
    prepare: aimAtTheBusiest,
    strike: () => Promise.resolve(kill(target, 'SIGKILL')),
    sign: 'the pod is not ready',
    isNoticed: oneIsMissing('gate'),
    isOver: allReady,
  },
  {
    name: 'gate stopped',
    what: 'SIGSTOP of the busier of two gates for 60 s',
    prepare: aimAtTheBusiest,
    strike: stopTheTarget,
    sign: 'the pod is not ready',
    isNoticed: oneIsMissing('gate'),
    isOver: allReady,
  },
  {
    name: 'leader killed',
    what: 'kill -9 of the leading controller',
    prepare: aimAtTheLeader,
    strike: () => Promise.resolve(kill(target, 'SIGKILL')),
    sign: 'a controller leads anew',
    isNoticed: anotherLeads,
    isOver: async (cluster) => (await allReady(cluster)) && (await anotherLeads(cluster)),
  },
  {
    name: 'leader stopped',
    what: 'SIGSTOP of the leading controller for 60 s',
    prepare: aimAtTheLeader,
    strike: stopTheTarget,
    sign: 'a controller leads anew',
    isNoticed: anotherLeads,
    isOver: async (cluster) => (await allReady(cluster)) && (await anotherLeads(cluster)),
  },
  {
    name: 'drain',
    what: 'every gate evicted, one after the other, as its budget allows',
    async strike(cluster) {
      for (const pod of await readyPods(cluster, 'gate')) await evict(cluster, pod);
    },
    sign: 'a pod is on its way out',
    isNoticed: () => Promise.resolve(true),
    isOver: allReady,
  },
];

/** Faults of what is stored. */
const STORED: readonly Fault[] = [
  {
    name: 'certificate lost',
    what: 'the Secret assent-tls deleted',
    async strike(cluster) {
      secretBefore = await cluster.must(SECRET_UID);
      await cluster.must(['delete', 'secret', 'assent-tls', '-n', NAMESPACE]);
    },
    sign: 'there is a new Secret',
    isNoticed: async (cluster) => {
      const { code, stdout } = await cluster.kubectl(cluster.admin, SECRET_UID);
      return code === 0 && stdout !== '' && stdout !== secretBefore;
    },
    isOver: isRegistered,
  },
  {
    name: 'caBundle emptied',
    what: 'caBundle of the gate set to nothing',
    async strike(cluster) {
      const patch = '[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":""}]';
      const words = ['patch', 'validatingwebhookconfiguration', 'assent-gate', '--type=json', '-p', patch];
      await cluster.must(words);
    },
    sign: 'it is there again',
    isNoticed: isRegistered,
    isOver: isRegistered,
  },
  {
    name: 'webhook configuration deleted',
    what: 'assent-gate deleted by an administrator',
    async strike(cluster) {
      await cluster.must(['delete', 'validatingwebhookconfiguration', 'assent-gate']);
    },
    sign: 'it is there again',
    isNoticed: isRegistered,
    isOver: isRegistered,
    mayLetThrough: 'until it is written again, nothing is sent to the gate',
  },
  {
    name: 'CRD deleted',
    what: 'kubectl delete crd approvalpolicies.assent.dev, as an administrator',
    async strike(cluster) {
      const words = ['delete', 'crd', 'approvalpolicies.assent.dev', '--wait=false'];
      const { code } = await cluster.kubectl(cluster.admin, words);
      if (code === 0) throw new Error('the deletion was not refused');
    },
    sign: 'the guard refuses it',
    isNoticed: () => Promise.resolve(true),
    isOver: isRegistered,
  },
];

/** Faults of Kubernetes itself. */
const KUBERNETES: readonly Fault[] = [
  {
    name: 'API server restart',
    what: 'kill -9 of the API server',
    async strike() {
      kill((await component('kube-apiserver')).pid, 'SIGKILL');
    },
    sign: 'it does not answer',
    isNoticed: () => Promise.resolve(true),
    isOver: async (cluster) => (await isServed(cluster)) && (await allReady(cluster)),
  },
  {
    name: 'etcd restored',
    what: 'etcd set back to a copy that is 20 s old, and the API server restarted',
    async prepare() {
      await copyEtcd();
      await pause(20_000);
    },
    strike: restoreEtcd,
    sign: 'the API server does not answer',
    isNoticed: () => Promise.resolve(true),
    isOver: async (cluster) => (await isServed(cluster)) && (await allReady(cluster)),
  },
  {
    name: 'cold start',
    what: 'every pod of the cluster, the kubelet and the control plane killed at once',
    async strike() {
      for (const program of ['kubelet', 'kube-scheduler', 'kube-controller-manager', 'kube-apiserver'])
        kill((await component(program)).pid, 'SIGKILL');
      for (const pid of await podProcesses()) await run('kill', ['-KILL', `${pid}`]).catch(() => undefined);
    },
    sign: 'nothing answers',
    isNoticed: () => Promise.resolve(true),
    isOver: async (cluster) => (await isServed(cluster)) && (await allReady(cluster)),
  },
];

const copyOfEtcd = (): string => `${etcdFolder()}-copy`;

/** A copy of its data while it stands still, as a snapshot of the disk is. */
async function copyEtcd(): Promise<void> {
  const { pid } = await component('etcd');
  kill(pid, 'SIGSTOP');
  try {
    await rm(copyOfEtcd(), { recursive: true, force: true });
    await cp(etcdFolder(), copyOfEtcd(), { recursive: true });
  } finally {
    kill(pid, 'SIGCONT');
  }
}

async function restoreEtcd(): Promise<void> {
  const etcd = await component('etcd');
  const server = await component('kube-apiserver');
  // Neither may start again before the data is in its place.
  for (const { loop } of [etcd, server]) kill(loop, 'SIGSTOP');
  for (const { pid } of [etcd, server]) kill(pid, 'SIGKILL');
  await until('etcd has ended', () =>
    run('test', ['!', '-e', `/proc/${etcd.pid}/exe`]).then(
      () => true,
      () => false,
    ),
  );
  await rm(join(etcdFolder(), 'member'), { recursive: true });
  await mkdir(etcdFolder(), { recursive: true });
  await cp(join(copyOfEtcd(), 'member'), join(etcdFolder(), 'member'), { recursive: true });
  for (const { loop } of [etcd, server]) kill(loop, 'SIGCONT');
}

/** All, in the order of the page. */
export const FAULTS: readonly Fault[] = [...PODS, ...STORED, ...KUBERNETES];
