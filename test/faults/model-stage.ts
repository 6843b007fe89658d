// Where traces of the explorer are replayed: a real API server with our kinds, a webhook of the test that it asks about
// the agent's changes, and a cluster that is swept before each trace.
import { expect } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { API_VERSION, RESOURCES } from '../../src/api/group.ts';
import { liveApi } from '../../src/gate/live-api.ts';
import type { GateApi } from '../../src/gate/ports.ts';
import { loadCredentials } from '../../src/kube/credentials.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { KubeClient } from '../../src/kube/transport.ts';
import { BOT } from '../builders/policies.ts';
import { startCluster, waitFor } from '../controlplane/cluster.ts';
import { installKinds } from '../controlplane/kinds-fixtures.ts';
import { Front } from './model-front.ts';
import { SUBJECTS, type Replayed, type Subject } from './model-objects.ts';

const OURS = `/apis/${API_VERSION}`;
const MERGE = 'application/merge-patch+json';

/** What an API request of the agent came to; `refused` with the API server's words. */
export type Ending = { readonly kind: 'stored' } | { readonly kind: 'refused'; readonly message: string };

/** The running stage. */
export interface ReplayStage {
  readonly front: Front;
  /** The gate's own port, over our client. */
  readonly api: GateApi;
  /** As the administrator. @throws ApiError unless it succeeds */
  admin(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** As the agent. Never rejects. */
  send(subject: Subject, signal: AbortSignal): Promise<Ending>;
  requests(): Promise<readonly ApprovalRequest[]>;
  /** In the order in which they were made. */
  decisions(): Promise<readonly ApprovalDecision[]>;
  /** Removes what the trace before has left, and makes the object of the next one. */
  sweep(kind: Replayed): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it, and waits until the API server asks. */
export async function startReplayStage(): Promise<ReplayStage> {
  // Without the cache of the API server each of its reads shows what the trace has just written.
  const plane = await startCluster({ apiServerFlags: { 'watch-cache': 'false' } });
  await installKinds(plane);
  const clientOf = async (kubeconfig: string) =>
    new KubeClient({ credentials: await loadCredentials({ kubeconfig }) });
  const [front, client, agent] = await Promise.all([
    Front.start(),
    clientOf(plane.adminKubeconfig),
    plane.serviceAccount('agents', 'bot').then(({ kubeconfig }) => clientOf(kubeconfig)),
  ]);
  const admin: ReplayStage['admin'] = (method, path, body) =>
    client.request({ method, path, body, ...(method === 'PATCH' ? { contentType: MERGE } : {}) });
  const items = async <T>(plural: string): Promise<readonly T[]> =>
    ((await admin('GET', `${OURS}/${plural}`)) as { items: readonly T[] }).items;
  const stage: ReplayStage = {
    front,
    api: liveApi(client, 'default'),
    admin,
    send: ({ change }, signal) =>
      agent.request({ ...change, signal }).then(
        () => ({ kind: 'stored' }),
        (error: unknown) => ({ kind: 'refused', message: (error as Error).message }),
      ),
    requests: () => items(RESOURCES.requests),
    async decisions() {
      const all = await items<ApprovalDecision>(RESOURCES.decisions);
      const made = ({ metadata }: ApprovalDecision): number => Number(metadata.resourceVersion);
      return all.toSorted((a, b) => made(a) - made(b));
    },
    async sweep(kind) {
      await admin('DELETE', `${OURS}/${RESOURCES.requests}`);
      await admin('DELETE', `${OURS}/${RESOURCES.decisions}`);
      const { path, name, old } = SUBJECTS[kind];
      await gone(admin('DELETE', `${path}/${name}`));
      if (kind !== 'create') await admin('POST', path, old);
    },
    async stop() {
      await Promise.all([client.close(), agent.close()]);
      front.stop();
      await plane.stop();
    },
  };
  await register(stage);
  return stage;
}

/** Waits for a deletion of what may not be there. */
export async function gone(deletion: Promise<unknown>): Promise<void> {
  await deletion.catch((error: unknown) => {
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toHaveProperty('code', 404);
  });
}

async function register(stage: ReplayStage): Promise<void> {
  const { front } = stage;
  const rule = (apiGroups: string[], resources: string[]) => ({
    apiGroups,
    apiVersions: ['v1'],
    operations: ['*'],
    resources,
  });
  const name = 'front.test.assent.dev';
  await stage.admin('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: { url: front.url, caBundle: front.caBundle },
        rules: [rule([''], ['configmaps', 'serviceaccounts/token']), rule(['apps'], ['deployments/scale'])],
        matchConditions: [{ name: 'agent', expression: `request.userInfo.username == '${BOT}'` }],
        sideEffects: 'NoneOnDryRun',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 30,
      },
    ],
  });
  await stage.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'bot' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'bot', namespace: 'agents' }],
  });
  const { change } = SUBJECTS.create;
  const probe = { ...SUBJECTS.create, change: { ...change, path: `${change.path}?dryRun=All` } };
  await waitFor(
    async () => {
      await stage.send(probe, new AbortController().signal);
      return front.probes > 0;
    },
    { what: 'the API server to ask the front' },
  );
}
