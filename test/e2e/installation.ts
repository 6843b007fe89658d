// Assent in the cluster, installed by the real helm from a chart, with an image that the node has.
import type { Cluster } from './cluster.ts';
import type { Release } from './images.ts';

/** Where the tests install it. */
export const NAMESPACE = 'assent-system';
const RELEASE = 'assent';
const WAIT = ['--wait', '--timeout', '180s'];

/** Values as helm takes them: `--set` words. */
type Values = Readonly<Record<string, string>>;

const sets = (values: Values): string[] =>
  Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);

const imageOf = ({ repository, tag }: Release): Values => ({
  'image.repository': repository,
  'image.tag': tag,
});

/** Installs a release, or upgrades to it, and waits until every pod is ready. @throws Error with what helm says */
export async function helmInstall(cluster: Cluster, release: Release, values: Values = {}): Promise<string> {
  const words = ['upgrade', '--install', RELEASE, release.chart, '-n', NAMESPACE, '--create-namespace'];
  const done = await cluster.helm([...words, ...sets({ ...imageOf(release), ...values }), ...WAIT]);
  if (done.code !== 0) throw new Error(`helm upgrade --install: ${done.stderr.trim()}`);
  return done.stdout;
}

/** Takes it out. @throws Error with what helm says */
export async function helmUninstall(cluster: Cluster): Promise<void> {
  const done = await cluster.helm(['uninstall', RELEASE, '-n', NAMESPACE, ...WAIT]);
  if (done.code !== 0) throw new Error(`helm uninstall: ${done.stderr.trim()}`);
}

/** `helm test`. @throws Error with what helm says */
export async function helmTest(cluster: Cluster): Promise<string> {
  const done = await cluster.helm(['test', RELEASE, '-n', NAMESPACE, '--timeout', '120s', '--logs']);
  const isTested = /Phase:\s+Succeeded/.test(done.stdout);
  if (done.code !== 0 || !isTested) throw new Error(`helm test: ${done.stdout.trim()} ${done.stderr.trim()}`);
  return done.stdout;
}

/** A part of the product. */
export type Part = 'gate' | 'controller';

/** Waits until all pods of a part are the wanted ones. */
export async function rolledOut(cluster: Cluster, part: Part): Promise<void> {
  await cluster.must(['rollout', 'status', `deployment/assent-${part}`, '-n', NAMESPACE, '--timeout=180s']);
}

/** Replaces all pods of a part, as an upgrade does. */
export async function restart(cluster: Cluster, part: Part): Promise<void> {
  await cluster.must(['rollout', 'restart', `deployment/assent-${part}`, '-n', NAMESPACE]);
  await rolledOut(cluster, part);
}

/** Gives one part the program of a release, and leaves everything else. */
export async function runProgramOf(cluster: Cluster, part: Part, release: Release): Promise<void> {
  const image = `${part}=${release.repository}:${release.tag}`;
  await cluster.must(['set', 'image', `deployment/assent-${part}`, image, '-n', NAMESPACE]);
  await rolledOut(cluster, part);
}

/** A running pod. */
export interface Pod {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
}

/** Pods of a part that are ready and not on their way out. */
export async function readyPods(cluster: Cluster, part: Part): Promise<readonly Pod[]> {
  const selector = `app.kubernetes.io/component=${part}`;
  const text = await cluster.must(['get', 'pods', '-n', NAMESPACE, '-l', selector, '-o', 'json']);
  const { items } = JSON.parse(text) as {
    items: {
      metadata: { name: string; uid: string; deletionTimestamp?: string };
      status: { podIP?: string; conditions?: { type: string; status: string }[] };
    }[];
  };
  return items
    .filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true,
    )
    .map(({ metadata, status }) => ({
      name: metadata.name,
      uid: metadata.uid,
      address: status.podIP ?? '',
    }));
}

const LEASE = ['get', 'lease', 'assent-controller', '-n', NAMESPACE];
const HELD = [...LEASE, '-o', 'jsonpath={.spec.holderIdentity} {.spec.acquireTime}'];

/** Who leads the controllers. One that is started again in its pod goes by the same name: only `leadership` tells them apart. */
export async function leaseOf(
  cluster: Cluster,
): Promise<{ readonly holder: string; readonly leadership: string }> {
  const text = await cluster.must(HELD);
  const [holder = ''] = text.split(' ');
  return { holder, leadership: holder === '' ? '' : text };
}

/** Its pod. @throws Error when nobody leads, or somebody who is not ready */
export async function leadingPod(cluster: Cluster): Promise<Pod> {
  const { holder } = await leaseOf(cluster);
  const pod = (await readyPods(cluster, 'controller')).find(({ name }) => holder.startsWith(name));
  if (!pod) throw new Error(`the leader '${holder}' is no ready pod`);
  return pod;
}

/** Evicts a pod as `kubectl drain` does, again and again until its budget lets it go. */
export async function evict(cluster: Cluster, pod: Pod): Promise<void> {
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod.name, namespace: NAMESPACE },
  };
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod.name}/eviction`;
  await until(`the eviction of ${pod.name}`, async () => {
    const { status } = await cluster.raw.send(cluster.admin, 'POST', path, { body });
    return status === 201 || status === 404;
  });
}

const POLL_MS = 100;
const PATIENCE_MS = 120_000;

/** Polls until something is so. @throws Error that names it, when it never is */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resume) => {
      setTimeout(resume, POLL_MS);
    });
  }
}
