// Chapter "Harm by another route than deletion" of the catalogue, tried against a real API server with Assent running.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import { requestIn, OURS } from '../controlplane/assent.ts';
import { APPLY, CORE, MERGE, stored, type Tried } from '../controlplane/main-path-story.ts';
import { definition, maker, podSpec } from './pods.ts';
import { approved, command, requestOf, startStage, unasked, untilServed, type Stage } from './stage.ts';
import './ending-matcher.ts';

const APPS = '/apis/apps/v1/namespaces/shop';
const NODE = '/api/v1/nodes/node-1';
const pod = (name: string) => ({ metadata: { name }, spec: podSpec({ nodeName: 'node-1' }) });

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  const { assent } = stage;
  await assent.admin('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } });
  await assent.admin('POST', `${CORE}/pods`, pod('web'));
  for (const kind of ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController']) {
    const { path, object } = maker(kind, 'web');
    await assent.admin('POST', path, object);
  }
});
afterAll(() => stage.assent.stop());

const as = (who: string, method: string, path: string, body?: unknown, type = MERGE) =>
  stage.assent.send(who, method, path, body, method === 'PATCH' ? type : undefined);
const send = (method: string, path: string, body?: unknown, type?: string) =>
  as(stage.agent, method, path, body, type);

/** Writes a policy for `others/bot`, and waits until it holds what `probe` does. @returns what its status warns of */
async function narrowly(
  name: string,
  match: Parameters<Stage['assent']['policy']>[1]['match'],
  probe: string,
  body?: unknown,
): Promise<string> {
  const { assent, other } = stage;
  await assent.policy(name, { agents: [{ serviceAccount: 'others/bot' }], match });
  const method = body === undefined ? 'DELETE' : 'PATCH';
  await assent.untilHeld(() => as(other, method, `${probe}?dryRun=All`, body));
  const { json } = await assent.admin('GET', `${OURS}/approvalpolicies/${name}`);
  return (json as ApprovalPolicy).status?.warnings?.join('\n') ?? '';
}

describe('pods that go', () => {
  const eviction = (name: string) => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });

  it('bypass 12: the eviction of a pod', async () => {
    expect(await send('POST', `${CORE}/pods/web/eviction`, eviction('web'))).toEndAsPromised();
    expect((await stored(stage, `${CORE}/pods/web`))?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('bypass 12: kubectl drain', async () => {
    const answer = await command(stage, ['drain', 'node-1', '--force', '--ignore-daemonsets']);
    expect(answer).toEndAsPromised();
    expect(answer.message).toContain('Approval required: evict pods shop/web');
    expect((await stored(stage, `${CORE}/pods/web`))?.metadata.deletionTimestamp).toBeUndefined();
    expect((await stored(stage, NODE))?.spec?.['unschedulable']).toBeUndefined();
  });

  it('bypass 12: an eviction, under a policy that names only the deletion of pods', async () => {
    await stage.assent.admin('POST', `${CORE}/pods`, pod('forgotten'));
    const rules = [{ apiGroups: [''], resources: ['pods'], operations: ['DELETE' as const] }];
    const warnings = await narrowly('pods-only', { rules }, `${CORE}/pods/forgotten`);
    expect(warnings).toContain('pods/eviction: kubectl drain passes');
    const path = `${CORE}/pods/forgotten`;
    expect(
      await unasked(stage, () => as(stage.other, 'POST', `${path}/eviction`, eviction('forgotten'))),
    ).toEndAsPromised();
    expect((await stored(stage, path))?.metadata.deletionTimestamp).toBeDefined();
  });
});

describe('scales', () => {
  const NONE = { spec: { replicas: 0 } };

  it('bypass 13: the scale of every kind that scales', async () => {
    const paths = ['deployments', 'statefulsets', 'replicasets'].map((plural) => `${APPS}/${plural}/web`);
    for (const path of [...paths, `${CORE}/replicationcontrollers/web`]) {
      expect(await send('PATCH', `${path}/scale`, NONE)).toEndAsPromised();
      expect(await send('PATCH', path, NONE)).toEndAsPromised();
      expect((await stored(stage, path))?.spec?.['replicas']).toBe(1);
    }
  });

  it('bypass 13: an autoscaler that does it', async () => {
    await untilServed(stage, [definition('scaledobjects', 'keda.sh', 'ScaledObject')]);
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const scaler = { metadata: { name: 'web' }, spec: { scaleTargetRef: target, maxReplicas: 1 } };
    for (const version of ['v1', 'v2'])
      expect(
        await send('POST', `/apis/autoscaling/${version}/namespaces/shop/horizontalpodautoscalers`, scaler),
      ).toEndAsPromised();
    const keda = '/apis/keda.sh/v1/namespaces/shop/scaledobjects';
    const scaled = { apiVersion: 'keda.sh/v1', kind: 'ScaledObject', metadata: { name: 'web' }, spec: {} };
    await stage.assent.untilHeld(() => send('POST', `${keda}?dryRun=All`, scaled));
    expect(await send('POST', keda, scaled)).toEndAsPromised();
  });

  it('bypass 13: kubectl scale, under a policy that names only deployments', async () => {
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['*' as const] }];
    const warnings = await narrowly('deployments-only', { rules }, `${APPS}/deployments/web`);
    expect(warnings).toContain('not deployments/scale: kubectl scale passes');
    const path = `${APPS}/deployments/web/scale`;
    expect(await unasked(stage, () => as(stage.other, 'PATCH', path, NONE))).toEndAsPromised();
    expect((await stored(stage, `${APPS}/deployments/web`))?.spec?.['replicas']).toBe(0);
    await stage.assent.admin('PATCH', path, { spec: { replicas: 1 } }, MERGE);
  });

  it('bypass L6: kubectl scale --replicas=0', async () => {
    const answer = await command(stage, ['scale', 'deployment/web', '-n', 'shop', '--replicas=0']);
    expect(answer).toEndAsPromised();
    const [change] = (await requestOf(stage, answer)).spec.change!.diff;
    expect(change).toMatchObject({ path: 'spec.replicas', from: { shown: '1' }, to: { shown: '0' } });
  });
});

/** A critical change asks by both policies, with the stricter risk. */
async function expectCritical(answer: Tried): Promise<void> {
  const { spec } = await requestOf(stage, answer);
  expect(spec.risk).toBe('Critical');
  expect(spec.policies.map((one) => one.name)).toEqual(['agents-ask', 'agents-critical']);
}

describe('the ground of others', () => {
  it('bypass 14: taints, cordons and labels of nodes', async () => {
    for (const args of [
      ['taint', 'nodes', 'node-1', 'gone=yes:NoExecute'],
      ['cordon', 'node-1'],
      ['label', 'node', 'node-1', 'pool=other'],
    ]) {
      const answer = await command(stage, args);
      expect(answer).toEndAsPromised();
      await expectCritical(answer);
    }
    const ready = { type: 'Ready', status: 'False', reason: 'me', message: '' };
    expect(await send('PATCH', `${NODE}/status`, { status: { conditions: [ready] } })).toEndAsPromised();
  });

  it('bypass 14: a PriorityClass that pushes others out', async () => {
    const answer = await send('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
      metadata: { name: 'first' },
      value: 1_000_000,
      globalDefault: true,
    });
    expect(answer).toEndAsPromised();
    await expectCritical(answer);
  });

  it('bypass 14: a PodDisruptionBudget that goes', async () => {
    const budgets = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets';
    const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } };
    await stage.assent.admin('POST', budgets, { metadata: { name: 'web' }, spec });
    expect(await send('DELETE', `${budgets}/web`)).toEndAsPromised();
    expect(await send('PATCH', `${budgets}/web`, { spec: { minAvailable: 0 } })).toEndAsPromised();
    expect((await stored(stage, `${budgets}/web`))?.spec?.['minAvailable']).toBe(1);
  });

  it('bypass 14: quotas and limits that starve a namespace', async () => {
    const hard = { pods: '0' };
    expect(
      await send('POST', `${CORE}/resourcequotas`, { metadata: { name: 'none' }, spec: { hard } }),
    ).toEndAsPromised();
    const limits = [{ type: 'Container', max: { memory: '1Mi' } }];
    expect(
      await send('POST', `${CORE}/limitranges`, { metadata: { name: 'none' }, spec: { limits } }),
    ).toEndAsPromised();
  });

  it('bypass 16: the last finalizer of an object that waits for it', async () => {
    const { assent } = stage;
    const path = `${CORE}/configmaps/waiting`;
    const metadata = { name: 'waiting', finalizers: ['example.com/backup'] };
    await assent.admin('POST', `${CORE}/configmaps`, { metadata });
    await assent.admin('DELETE', path);
    expect(await send('PATCH', path, { metadata: { finalizers: null } })).toEndAsPromised();
    expect(await stored(stage, path)).toBeDefined();
  });

  it('bypass 16: namespaces/finalize', async () => {
    const { assent } = stage;
    await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'stuck' } });
    await assent.admin('DELETE', '/api/v1/namespaces/stuck');
    const { json } = await assent.admin('GET', '/api/v1/namespaces/stuck');
    const emptied = { ...(json as object), spec: { finalizers: [] } };
    const answer = await send('PUT', '/api/v1/namespaces/stuck/finalize', emptied);
    expect(answer).toEndAsPromised();
    await expectCritical(answer);
    expect(await stored(stage, '/api/v1/namespaces/stuck')).toBeDefined();
  });
});

describe('labels', () => {
  const PROD = { selector: { matchLabels: { env: 'prod' } } };
  const UNLABELLED = { metadata: { labels: { env: 'test' } } };
  beforeAll(async () => {
    for (const name of ['prod-a', 'prod-b'])
      await stage.assent.admin('POST', '/api/v1/namespaces', { metadata: { name, labels: { env: 'prod' } } });
    await stage.assent.admin('POST', '/api/v1/namespaces/prod-b/configmaps', { metadata: { name: 'kept' } });
  });

  it('bypass 22: the same where the policy does not name namespaces', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], operations: ['*' as const] }];
    await narrowly('labelled', { rules, namespaces: PROD }, '/api/v1/namespaces/prod-b/configmaps/kept');
    const path = '/api/v1/namespaces/prod-b';
    expect(await as(stage.other, 'PATCH', path, UNLABELLED)).toEndAsPromised();
    expect(await as(stage.other, 'PATCH', `${path}/status`, UNLABELLED)).toEndAsPromised();
    expect((await stored(stage, path))?.metadata.labels?.['env']).toBe('prod');
  });

  it('bypass 22: the label by which a policy finds the namespace', async () => {
    const rules = [{ apiGroups: [''], resources: ['namespaces'], operations: ['*' as const] }];
    const path = '/api/v1/namespaces/prod-a';
    await narrowly('namespaces', { rules, namespaces: PROD }, path, UNLABELLED);
    expect(await as(stage.other, 'PATCH', path, UNLABELLED)).toEndAsPromised();
    expect(await as(stage.other, 'PATCH', path, { metadata: { labels: null } })).toEndAsPromised();
    expect((await stored(stage, path))?.metadata.labels?.['env']).toBe('prod');
  });

  it('bypass 22: the labels of Pod Security', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
    const answer = await send('PATCH', '/api/v1/namespaces/shop', { metadata: { labels } });
    expect(answer).toEndAsPromised();
    await expectCritical(answer);
  });

  it('bypass 23: labels that exempt an object elsewhere', async () => {
    const labels = {
      'admissions.enforcer/disabled': 'true',
      'assent.dev/ignore': 'true',
      'app.kubernetes.io/part-of': 'assent',
      'control-plane': 'true',
      'admission.gatekeeper.sh/ignore': 'no-self-managing',
    };
    expect(
      await send('POST', `${CORE}/configmaps`, { metadata: { name: 'hidden', labels } }),
    ).toEndAsPromised();
    const { json } = await stage.assent.admin(
      'GET',
      '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/assent-gate',
    );
    const { webhooks } = json as { webhooks: { namespaceSelector: object; objectSelector: object }[] };
    expect(webhooks.map((one) => [one.namespaceSelector, one.objectSelector])).toEqual([[{}, {}]]);
  });

  it('bypass L7: a label on a pod, and on a template', async () => {
    const labels = { access: 'database' };
    for (const [path, body] of [
      [`${CORE}/pods/web`, { metadata: { labels } }],
      [`${APPS}/deployments/web`, { spec: { template: { metadata: { labels } } } }],
    ] as const) {
      const answer = await send('PATCH', path, body);
      expect(answer).toEndAsPromised();
      const { diff } = (await requestOf(stage, answer)).spec.change!;
      expect(diff.map((one) => one.path)).toEqual([expect.stringMatching(/metadata\.labels/)]);
    }
  });
});

describe('objects that rule the cluster', () => {
  it('bypass 36: aws-auth, coredns and kube-proxy in kube-system', async () => {
    for (const name of ['aws-auth', 'coredns', 'kube-proxy']) {
      const path = '/api/v1/namespaces/kube-system/configmaps';
      expect(await send('POST', path, { metadata: { name }, data: { mapUsers: 'me' } })).toEndAsPromised();
      await stage.assent.admin('POST', path, { metadata: { name } });
      expect(await send('PATCH', `${path}/${name}`, { data: { mapUsers: 'me' } })).toEndAsPromised();
      expect(await send('DELETE', `${path}/${name}`)).toEndAsPromised();
    }
  });

  it('bypass 36: an ExternalSecret', async () => {
    const group = 'external-secrets.io';
    await untilServed(stage, [definition('externalsecrets', group, 'ExternalSecret')]);
    const path = `/apis/${group}/v1/namespaces/shop/externalsecrets`;
    const object = { apiVersion: `${group}/v1`, kind: 'ExternalSecret', metadata: { name: 'stolen' } };
    await stage.assent.untilHeld(() => send('POST', `${path}?dryRun=All`, object));
    expect(await send('POST', path, object)).toEndAsPromised();
  });
});

describe('a list', () => {
  const LIST = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'harmless', namespace: 'shop' },
        data: { a: '1' },
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'harmful' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'new' }],
      },
    ],
  });
  const HARMFUL = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/harmful';
  /** kubectl tells about each object in a block of its own; this is the one about a kind. */
  async function applied(resource: string): Promise<Tried> {
    const { message, ...rest } = await command(stage, ['apply', '-f', '-'], LIST);
    const block = message.split(/^(?=Error from server)/m).find((one) => one.includes(resource));
    return { ...rest, message: block ?? `nothing about ${resource}: ${message}` };
  }

  it('bypass L4: the harmless item beside it', async () => {
    const harmless = await applied('create configmaps');
    expect(harmless).toEndAsPromised();
    expect(await stored(stage, `${CORE}/configmaps/harmless`)).toBeUndefined();
    await approved(stage, harmless);
  });

  it('bypass L4: the harmful item of a list', async () => {
    const harmful = await applied('create clusterrolebindings');
    expect(harmful).toEndAsPromised();
    expect(requestIn(harmful.message)).toBe('');
    expect(await stored(stage, `${CORE}/configmaps/harmless`)).toBeDefined();
    expect(await stored(stage, HARMFUL)).toBeUndefined();
  });
});

describe('server-side apply', () => {
  it('bypass L5: a field that its owner no longer sends', async () => {
    const { assent, agent } = stage;
    const path = `${CORE}/configmaps/applied`;
    const manager = `${path}?fieldManager=agent`;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' } };
    await assent.admin('PATCH', manager, { ...object, data: { guard: 'on', a: '1' } }, APPLY);
    const answer = await as(agent, 'PATCH', manager, { ...object, data: { a: '1' } }, APPLY);
    expect(answer).toEndAsPromised();
    const { diff } = (await requestOf(stage, answer)).spec.change!;
    expect(diff).toMatchObject([{ op: 'Removed', path: 'data.guard' }]);
    expect((await stored(stage, path))?.data?.['guard']).toBe('on');
  });
});
