// A cluster with Assent in it for the doctor: an agent that is held, a person who answers, and what a chart makes beside the
// processes, which run outside of the cluster here. Each weakness is planted and taken away again.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Facts } from '../../src/domain/doctor/facts.ts';
import { examine } from '../../src/domain/doctor/examine.ts';
import { NAMESPACE, PART_OF, SELECTOR } from '../../src/api/installation.ts';
import { connectCli, type CliApi } from '../../src/cli/api.ts';
import type { ControlPlaneOptions } from '../../tools/controlplane/start.ts';
import { startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { RBAC } from './grants-stage.ts';

/** Takes away what was planted. */
export type Undo = () => Promise<unknown>;

/** The cluster, and how to plant in it. */
export interface DoctorStage {
  readonly assent: Assent;
  readonly api: CliApi;
  /** Kubeconfig of the agent. */
  readonly agent: string;
  /** Ids of what the doctor finds, each once, with the rights of an administrator; the clock may be set. */
  found(later?: number): Promise<readonly string[]>;
  /** Makes an object. */
  make(collection: string, object: object): Promise<Undo>;
  /** Changes an object as a program would. */
  edit(path: string, change: (object: Stored) => void): Promise<Undo>;
  /** Deletes an object. */
  remove(path: string): Promise<Undo>;
  /** A ClusterRole with these rules, bound to the agent everywhere or in one namespace. */
  allow(rules: readonly object[], namespace?: string, subject?: object): Promise<Undo>;
  stop(): Promise<void>;
}

/** Any object. */
export interface Stored {
  metadata: { name: string; resourceVersion?: string; uid?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

/** Who is held. */
export const AGENT = { kind: 'ServiceAccount', name: 'bot', namespace: 'agents' };
const APPS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const BUDGETS = `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`;
const CLI = fileURLToPath(new URL('../../src/cli/kubectl-assent.ts', import.meta.url));
const RBAC_GROUP = 'rbac.authorization.k8s.io';

const labelsOf = (part: keyof typeof SELECTOR): Record<string, string> =>
  Object.fromEntries(SELECTOR[part].split(',').map((pair) => pair.split('=')) as [string, string][]);

/** What the chart makes beside the processes. Nothing runs it here, so that its status is written by hand. */
async function standIns(assent: Assent): Promise<void> {
  for (const part of ['gate', 'controller'] as const) {
    const name = `assent-${part}`;
    const labels = { ...PART_OF, ...labelsOf(part) };
    const spec = {
      replicas: 2,
      selector: { matchLabels: labelsOf(part) },
      template: { metadata: { labels }, spec: { containers: [{ name: part, image: 'assent' }] } },
    };
    await assent.admin('POST', APPS, { metadata: { name, labels }, spec });
    await ready(assent, name, 2);
  }
  const selector = { matchLabels: labelsOf('gate') };
  await assent.admin('POST', BUDGETS, {
    metadata: { name: 'assent-gate' },
    spec: { minAvailable: 1, selector },
  });
}

/** Says how many replicas are ready. */
export async function ready(assent: Assent, name: string, count: number): Promise<void> {
  const status = { replicas: count, readyReplicas: count };
  await assent.admin('PATCH', `${APPS}/${name}/status`, { status }, 'application/merge-patch+json');
}

/** Starts it: agents/bot asks about ConfigMaps in shop. */
export async function startDoctorStage(cluster: ControlPlaneOptions = {}): Promise<DoctorStage> {
  const assent = await startAssent({ operator: { gates: 1, controllers: 1 }, cluster });
  const { plane } = assent;
  const agent = (await plane.serviceAccount('agents', 'bot')).kubeconfig;
  await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  await standIns(assent);
  await assent.approver('alice');
  await assent.policy('bots', {
    agents: [{ serviceAccount: 'agents/bot' }],
    match: {
      rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['*'] }],
      namespaces: { names: ['shop'] },
    },
  });
  const api = await connectCli({ kubeconfig: plane.adminKubeconfig, context: undefined });
  return { assent, api, agent, ...planting(assent, api), stop: () => stopAll(api, assent) };
}

async function stopAll(api: CliApi, assent: Assent): Promise<void> {
  await api.close();
  await assent.stop();
}

function planting(assent: Assent, api: CliApi): Omit<DoctorStage, 'assent' | 'api' | 'agent' | 'stop'> {
  let made = 0;
  const stage = {
    async found(later = 0) {
      const facts: Facts = await api.facts(NAMESPACE, Date.now() + later);
      const { findings } = examine(facts);
      return [...new Set(findings.map(({ id }) => id.replace('ASSENT-', '')))].sort();
    },
    async make(collection: string, object: object): Promise<Undo> {
      const { json } = await assent.admin('POST', collection, object);
      return () => assent.admin('DELETE', `${collection}/${(json as Stored).metadata.name}`);
    },
    async edit(path: string, change: (object: Stored) => void): Promise<Undo> {
      const before = (await assent.admin('GET', path)).json as Stored;
      const object = structuredClone(before);
      change(object);
      const { json } = await assent.admin('PUT', path, object);
      const { resourceVersion } = (json as Stored).metadata;
      return () =>
        assent.admin('PUT', path, { ...before, metadata: { ...before.metadata, resourceVersion } });
    },
    async remove(path: string): Promise<Undo> {
      const { metadata, ...rest } = (await assent.admin('GET', path)).json as Stored;
      await assent.admin('DELETE', path);
      const { resourceVersion: _version, uid: _uid, ...kept } = metadata;
      return () => assent.admin('POST', path.slice(0, path.lastIndexOf('/')), { ...rest, metadata: kept });
    },
    async allow(rules: readonly object[], namespace?: string, subject: object = AGENT): Promise<Undo> {
      const name = `planted-${(made += 1)}`;
      const role = await stage.make(`${RBAC}/clusterroles`, { metadata: { name }, rules });
      const path =
        namespace === undefined
          ? `${RBAC}/clusterrolebindings`
          : `${RBAC}/namespaces/${namespace}/rolebindings`;
      const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name };
      const binding = await stage.make(path, { metadata: { name }, roleRef, subjects: [subject] });
      return async () => {
        await binding();
        await role();
      };
    },
  };
  return stage;
}

/** The condition of a policy, once it is as it should be. */
export const untilContained = (
  assent: Assent,
  policy: string,
  status: string,
): Promise<{ message: string }> =>
  waitFor(
    async () => {
      const { json } = await assent.admin('GET', `/apis/assent.dev/v1alpha1/approvalpolicies/${policy}`);
      const { conditions = [] } =
        (json as { status?: { conditions?: { type: string; status: string; message: string }[] } }).status ??
        {};
      return conditions.find((one) => one.type === 'Contained' && one.status === status);
    },
    { what: `${policy} to be Contained ${status}` },
  );

/** The doctor as it is typed, by kubectl itself. */
export async function typed({ plane }: Assent, kubeconfig: string) {
  const folder = join(plane.runDir, 'plugins');
  const path = join(folder, 'kubectl-assent');
  await mkdir(folder, { recursive: true });
  await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  await chmod(path, 0o755);
  return plane.kubectl(kubeconfig, ['assent', 'doctor'], { env: { PATH: `${folder}:/usr/bin:/bin` } });
}

/** A rule of a role. */
export const rule = (apiGroup: string, resources: string[], verbs: string[], more: object = {}) => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
  ...more,
});
