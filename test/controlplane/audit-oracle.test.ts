// The audit oracle against a log that a real API server wrote: no gate runs here, so every real change of the agent must
// be found, and nothing else. The policy is added to a copy of the log, so that the log itself stays green.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAuditLog } from '../../tools/audit/check.ts';
import { inForce } from '../../tools/audit/sample-log.ts';
import type { ServiceAccountIdentity } from '../../tools/controlplane/identities.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster, waitFor } from './cluster.ts';

const EVERYTHING = {
  mode: 'Enforce',
  action: 'Ask',
  agents: [{ serviceAccount: 'agents/*' }],
  match: {
    rules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['*'] }],
    namespaces: { names: ['shop'] },
  },
};

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';
const core = (path: string) => `/api/v1/namespaces/shop/${path}`;
const apps = (path: string) => `/apis/apps/v1/namespaces/shop/${path}`;
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more },
  data: { colour: 'red' },
});
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'x' }] } },
  },
};
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'a', image: 'x' }] },
};
const post = (path: string, body: unknown): Step => ({ method: 'POST', path, body });
const patch = (path: string, body: unknown, contentType = MERGE): Step => ({
  method: 'PATCH',
  path,
  body,
  contentType,
});
const remove = (path: string, body?: unknown): Step => ({ method: 'DELETE', path, body });
const apply = (name: string, manager: string) =>
  patch(core(`configmaps/${name}?fieldManager=${manager}`), configMap(name), APPLY);
const dryRun = { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] };

/** What the agent does, in order: whether it changes something, in words, and the step. */
const STEPS: readonly (readonly ['changes' | 'nothing', string, Step])[] = [
  ['changes', 'create', post(core('configmaps'), configMap('a', { finalizers: ['example.com/hold'] }))],
  ['nothing', 'create of what exists', post(core('configmaps'), configMap('a'))],
  ['nothing', 'dry-run create', post(`${core('configmaps')}?dryRun=All`, configMap('b'))],
  ['changes', 'merge patch', patch(core('configmaps/a'), { data: { colour: 'blue' } })],
  ['nothing', 'the same merge patch', patch(core('configmaps/a'), { data: { colour: 'blue' } })],
  ['nothing', 'empty patch', patch(core('configmaps/a'), {})],
  ['nothing', 'patch of what is absent', patch(core('configmaps/none'), {})],
  ['changes', 'server-side apply that creates', apply('s', 'first')],
  ['nothing', 'the same apply', apply('s', 'first')],
  ['nothing', 'apply by another manager, which moves only ownership', apply('s', 'second')],
  ['nothing', 'dry-run delete in the body', remove(core('configmaps/a'), dryRun)],
  ['changes', 'delete of an object with a finalizer', remove(core('configmaps/a'))],
  ['nothing', 'delete of what is being deleted', remove(core('configmaps/a'))],
  [
    'changes',
    'removal of the last finalizer',
    patch(core('configmaps/a'), { metadata: { finalizers: null } }),
  ],
  ['nothing', 'delete of what is absent', remove(core('configmaps/a'))],
  ['nothing', 'dry-run delete in the query', remove(`${core('configmaps/s')}?dryRun=All`)],
  [
    'changes',
    'delete with a dry-run in the query and other options in the body, which count',
    remove(`${core('configmaps/s')}?dryRun=All`, { ...dryRun, dryRun: undefined }),
  ],
  [
    'changes',
    'create with options of a deletion in the body, which are nothing to it',
    post(core('configmaps'), { ...configMap('o'), deleteOptions: dryRun }),
  ],
  ['changes', 'delete', remove(core('configmaps/o'))],
  ['changes', 'create of a Deployment', post(apps('deployments'), deployment)],
  [
    'nothing',
    'scale that moves only ownership',
    patch(apps('deployments/web/scale'), { spec: { replicas: 1 } }),
  ],
  ['changes', 'scale', patch(apps('deployments/web/scale'), { spec: { replicas: 3 } })],
  ['nothing', 'scale to the same number', patch(apps('deployments/web/scale'), { spec: { replicas: 3 } })],
  ['changes', 'status', patch(apps('deployments/web/status'), { status: { replicas: 2 } })],
  ['changes', 'delete of a Deployment', remove(apps('deployments/web'))],
  ['changes', 'create of a ServiceAccount', post(core('serviceaccounts'), { metadata: { name: 'default' } })],
  ['changes', 'token', post(core('serviceaccounts/default/token'), { spec: { expirationSeconds: 600 } })],
  [
    'changes',
    'token by a dry-run, which is handed out all the same',
    post(core('serviceaccounts/default/token?dryRun=All'), { spec: { expirationSeconds: 600 } }),
  ],
  ['changes', 'create of a pod', post(core('pods'), pod)],
  [
    'changes',
    'exec, which has no kubelet to reach',
    post(core('pods/p/exec?command=id&container=a'), undefined),
  ],
  [
    'nothing',
    'dry-run exec, which is refused',
    post(core('pods/p/exec?command=id&container=a&dryRun=All'), undefined),
  ],
  [
    'nothing',
    'dry-run eviction in the query',
    post(core('pods/p/eviction?dryRun=All'), { metadata: { name: 'p' } }),
  ],
  [
    'nothing',
    'dry-run eviction',
    post(core('pods/p/eviction'), { metadata: { name: 'p' }, deleteOptions: dryRun }),
  ],
  ['changes', 'eviction', post(core('pods/p/eviction'), { metadata: { name: 'p' } })],
  [
    'changes',
    'create of a Secret',
    post(core('secrets'), { metadata: { name: 'k' }, stringData: { a: 'b' } }),
  ],
  ['nothing', 'dry-run delete of a Secret', remove(core('secrets/k'), dryRun)],
  ['changes', 'delete of a Secret', remove(core('secrets/k'))],
  ['changes', 'delete that answers with the object', remove(core('serviceaccounts/default'))],
  ['nothing', 'deletecollection of nothing', remove(`${core('configmaps')}?labelSelector=none`)],
  [
    'changes',
    'create for the collection',
    post(core('configmaps'), configMap('c', { labels: { some: 'x' } })),
  ],
  ['changes', 'deletecollection', remove(`${core('configmaps')}?labelSelector=some`)],
  [
    'nothing',
    'access review',
    post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'shop' } }),
  ],
];

describe('the audit oracle on a real log', () => {
  let cluster: ControlPlane;
  let folder: string;
  let agent: ServiceAccountIdentity;
  beforeAll(async () => {
    cluster = await startCluster();
    folder = await mkdtemp(join(tmpdir(), 'audit-'));
    agent = await cluster.serviceAccount('agents', 'bot');
    const binding = {
      metadata: { name: 'agent' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'bot' }],
    };
    const admin = (path: string, body: unknown) =>
      cluster.raw(cluster.adminKubeconfig, 'POST', path, { body });
    await admin('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', binding);
    await admin('/api/v1/namespaces', { metadata: { name: 'shop' } });
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds every change of an ungated agent, and calls nothing else a change', async () => {
    const marks: string[] = [];
    for (const [, what, step] of STEPS) {
      const options = step.contentType === undefined ? {} : { contentType: step.contentType };
      const answer = await cluster.raw(agent.token, step.method, step.path, { body: step.body, ...options });
      const id = answer.headers['audit-id'];
      marks.push(typeof id === 'string' ? id : `no audit id for ${what}`);
    }
    const last = marks.at(-1) ?? '';
    const log = await waitFor(
      async () => {
        const text = await readFile(cluster.auditLog, 'utf8');
        return text.includes(last) && text.endsWith('\n') && text;
      },
      { what: 'the last audit event' },
    );
    const copy = join(folder, 'ungated.jsonl');
    await writeFile(copy, inForce(EVERYTHING).text() + log);
    const { violations, counts } = await checkAuditLog(copy);
    const changed = new Set(violations.map((violation) => violation.auditID));
    const found = STEPS.map(([, what], index) => [
      changed.has(marks[index] ?? '') ? 'changes' : 'nothing',
      what,
    ]);
    expect(found).toEqual(STEPS.map(([effect, what]) => [effect, what]));
    expect(violations.every((violation) => violation.invariant === 'INV-1')).toBe(true);
    expect(counts.unprovable).toBe(0);
  });
});
