// The calls of src/kube against a real API server; lists and watches that break are in kube-watch.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSubjectReview, subjectAccessReview } from '../../src/kube/access-review.ts';
import { loadCredentials } from '../../src/kube/credentials.ts';
import { discover } from '../../src/kube/discovery.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../src/kube/errors.ts';
import { createEvent } from '../../src/kube/events.ts';
import { inClusterCredentials } from '../../src/kube/in-cluster.ts';
import { kubeLeaseStorage, type Lease } from '../../src/kube/lease-storage.ts';
import { LeaderElector } from '../../src/kube/lease.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { KubeClient } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster, waitFor } from './cluster.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly observedGeneration?: number };
}

const namespace = 'default';
let cluster: ControlPlane;
let client: KubeClient;
const open: KubeClient[] = [];

async function clientOf(kubeconfig: string): Promise<KubeClient> {
  const made = new KubeClient({ credentials: await loadCredentials({ kubeconfig }), userAgent: 'kube-test' });
  open.push(made);
  return made;
}

beforeAll(async () => {
  cluster = await startCluster();
  client = await clientOf(cluster.adminKubeconfig);
});

afterAll(async () => {
  await Promise.all(open.map((made) => made.close()));
  await cluster.stop();
});

const configMaps = () =>
  resource<ConfigMap>(client, { group: '', version: 'v1', resource: 'configmaps', namespaced: true });
const deployments = () =>
  resource<Deployment>(client, { group: 'apps', version: 'v1', resource: 'deployments', namespaced: true });
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});
const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'example.com/app:1' }] },
    },
  },
});

describe('credentials', () => {
  it('are a client certificate or a ServiceAccount, as the kubeconfig says', async () => {
    expect(await selfSubjectReview(client)).toMatchObject({ username: 'admin' });
    const account = await cluster.serviceAccount('team', 'worker');
    expect(await selfSubjectReview(await clientOf(account.kubeconfig))).toMatchObject({
      username: 'system:serviceaccount:team:worker',
      groups: expect.arrayContaining(['system:serviceaccounts:team']) as unknown,
    });
  });

  it('of a pod follow the token file: a refused token is read again, at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'account-'));
    const { token } = await cluster.serviceAccount('team', 'worker');
    await writeFile(join(directory, 'namespace'), 'team');
    await writeFile(join(directory, 'ca.crt'), Buffer.from(cluster.caData, 'base64'));
    await writeFile(join(directory, 'token'), 'a.token.that-has-ended');
    const { hostname: host, port } = new URL(cluster.url);
    const pod = new KubeClient({ credentials: await inClusterCredentials({ host, port, directory }) });
    await expect(selfSubjectReview(pod)).rejects.toMatchObject({ name: 'ApiError', code: 401 });
    await writeFile(join(directory, 'token'), token);
    expect(await selfSubjectReview(pod)).toMatchObject({ username: 'system:serviceaccount:team:worker' });
    await pod.close();
    await rm(directory, { recursive: true });
  });
});

describe('objects', () => {
  it('are made, read, replaced, patched, applied and deleted', async () => {
    const maps = configMaps();
    const made = await maps.create(configMap('life', { a: '1' }), { fieldManager: 'kube-test' });
    const replaced = await maps.replace({ ...made, data: { a: '2' } });
    expect(replaced.data).toEqual({ a: '2' });
    const merged = await maps.patch('life', { data: { a: null, b: '3' } }, { namespace });
    expect(merged.data).toEqual({ b: '3' });
    const operations = [{ op: 'replace', path: '/data/b', value: '4' }];
    expect((await maps.patch('life', operations, { namespace, type: 'json' })).data).toEqual({ b: '4' });
    const applied = await maps.apply(configMap('life', { c: '5' }), { fieldManager: 'other' });
    expect(applied.data).toEqual({ b: '4', c: '5' });
    await maps.delete('life', { namespace });
    await expect(maps.get('life', { namespace })).rejects.toSatisfy(isNotFound);
  });

  it('keep the fields that our types do not name, when read and replaced', async () => {
    const kept = await deployments().create(deployment('unnamed-fields'));
    const replaced = await deployments().replace({ ...kept, spec: { ...kept.spec, replicas: 2 } });
    expect(replaced.spec).toEqual({ ...kept.spec, replicas: 2 });
    expect(replaced.spec).toHaveProperty('template.spec.containers');
    expect(typeof replaced.metadata.creationTimestamp).toBe('string');
  });

  it('conflict when somebody else owns an applied field, unless forced', async () => {
    await configMaps().apply(configMap('owned', { a: '1' }), { fieldManager: 'one' });
    const second = configMap('owned', { a: '2' });
    await expect(configMaps().apply(second, { fieldManager: 'two' })).rejects.toSatisfy(isConflict);
    const forced = await configMaps().apply(second, { fieldManager: 'two', force: true });
    expect(forced.data).toEqual({ a: '2' });
  });

  it('are not stored by a dry run', async () => {
    const seen = await configMaps().create(configMap('dry'), { dryRun: true });
    expect(seen.metadata.uid).not.toBe('');
    await expect(configMaps().get('dry', { namespace })).rejects.toSatisfy(isNotFound);
  });

  it('say what went wrong: taken, stale, absent, not served, forbidden, invalid', async () => {
    const maps = configMaps();
    const made = await maps.create(configMap('wrong'));
    await expect(maps.create(configMap('wrong'))).rejects.toSatisfy(isAlreadyExists);
    await maps.replace({ ...made, data: { a: '1' } });
    await expect(maps.replace({ ...made, data: { a: '2' } })).rejects.toSatisfy(isConflict);
    const kind = { group: 'nowhere.dev', version: 'v1', resource: 'widgets', namespaced: false };
    const notServed = await resource(client, kind)
      .get('x')
      .catch((error: unknown) => error);
    expect([isNotFound(notServed), (notServed as { code: number }).code]).toEqual([false, 404]);
    const nobody = await clientOf((await cluster.user('nobody')).kubeconfig);
    await expect(nobody.request({ method: 'GET', path: '/api/v1/secrets' })).rejects.toMatchObject({
      code: 403,
      reason: 'Forbidden',
      retry: 'terminal',
    });
    await expect(maps.create(configMap('Not Valid'))).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
  });

  it('are deleted only if they are the very ones that were looked at', async () => {
    const made = await configMaps().create(configMap('precise'));
    const wrong = { namespace, preconditions: { uid: '00000000-0000-0000-0000-000000000000' } };
    await expect(configMaps().delete('precise', wrong)).rejects.toSatisfy(isConflict);
    const { uid, resourceVersion } = made.metadata;
    await configMaps().delete('precise', { namespace, preconditions: { uid, resourceVersion } });
  });

  it('of ten parallel status writes with the same version take exactly one', async () => {
    const read = await deployments().create(deployment('contested'));
    // From 1: a status that changes nothing is accepted without a new version, and the next one wins as well.
    const writes = Array.from({ length: 10 }, (_, n) =>
      deployments().replaceStatus({ ...read, status: { replicas: n + 1 } }),
    );
    const ends = await Promise.allSettled(writes);
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    expect(failures.filter(isConflict)).toHaveLength(9);
  });

  it('are never replaced without a version, which some kinds would take as "whatever is there"', async () => {
    const made = await configMaps().create(configMap('versionless'));
    const versionless = { ...made, metadata: { ...made.metadata, resourceVersion: '' } };
    await expect(configMaps().replace(versionless)).rejects.toThrow(TypeError);
    await expect(configMaps().replaceStatus(versionless)).rejects.toThrow(TypeError);
  });
});

describe('lists', () => {
  it('hold what was there at the version that they may not be older than', async () => {
    for (let i = 0; i < 20; i += 1) {
      const made = await configMaps().create(configMap(`bound-${i}`));
      const pages = configMaps().list({ namespace, notOlderThan: made.metadata.resourceVersion, limit: 7 });
      const names: string[] = [];
      for await (const page of pages) names.push(...page.items.map((one) => one.metadata.name));
      expect(names).toContain(`bound-${i}`);
    }
  });

  it('come in pages of 500 that show one moment', async () => {
    await cluster.serviceAccount('many', 'default');
    const names = Array.from({ length: 1_100 }, (_, n) => `map-${n}`);
    const todo = [...names];
    const work = async (): Promise<void> => {
      for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
        await configMaps().create({ ...configMap(name), metadata: { name, namespace: 'many' } });
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    const found: string[] = [];
    const sizes: number[] = [];
    const versions = new Set<string>();
    for await (const page of configMaps().list({ namespace: 'many' })) {
      sizes.push(page.items.length);
      versions.add(page.resourceVersion);
      found.push(...page.items.map((item) => item.metadata.name));
      // What happens between two pages is not in the list.
      if (page.more) await configMaps().delete(`map-${1_100 - sizes.length}`, { namespace: 'many' });
    }
    expect([sizes, versions.size]).toEqual([[500, 500, 100], 1]);
    expect(found.sort()).toEqual(names.sort());
  });
});

describe('access review', () => {
  it('allows what RBAC allows, by user and by group, for that name only', async () => {
    const rbac = 'rbac.authorization.k8s.io';
    const create = (plural: string, body: object) =>
      client.request({ method: 'POST', path: `/apis/${rbac}/v1/${plural}`, body });
    await create('clusterroles', {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'approve-a' },
      rules: [
        { apiGroups: ['example.dev'], resources: ['widgets'], resourceNames: ['a'], verbs: ['approve'] },
      ],
    });
    await create('clusterrolebindings', {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'approve-a' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'approve-a' },
      subjects: [
        { apiGroup: rbac, kind: 'User', name: 'anna' },
        { apiGroup: rbac, kind: 'Group', name: 'approvers' },
      ],
    });
    const ask = async (user: string, groups: string[], name: string): Promise<boolean> => {
      const question = { user, groups, verb: 'approve', group: 'example.dev', resource: 'widgets', name };
      return (await subjectAccessReview(client, question)).allowed;
    };
    await waitFor(() => ask('anna', [], 'a'), { what: 'the authorizer to see the binding' });
    expect(await ask('ben', ['approvers'], 'a')).toBe(true);
    expect(await ask('ben', [], 'a')).toBe(false);
    expect(await ask('anna', [], 'b')).toBe(false);
    expect(await ask('anna', [], '')).toBe(false);
  });
});

describe('discovery', () => {
  it('lists all served versions with their subresources', async () => {
    const { resources, stale } = await discover(client);
    expect(stale).toEqual([]);
    const found = resources.find(({ group, resource: name }) => group === 'apps' && name === 'deployments');
    expect(found).toMatchObject({ version: 'v1', rank: 0, kind: 'Deployment', namespaced: true });
    expect(found?.subresources).toContainEqual({
      name: 'scale',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
    const pods = resources.find(({ group, resource: name }) => group === '' && name === 'pods');
    expect(pods?.subresources.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['exec', 'attach', 'portforward', 'proxy', 'eviction', 'ephemeralcontainers']),
    );
    expect(resources.find(({ resource: name }) => name === 'namespaces')?.namespaced).toBe(false);
  });

  it('reports a group whose backend is away, in place of keeping silent about it', async () => {
    await client.request({
      method: 'POST',
      path: '/apis/apiregistration.k8s.io/v1/apiservices',
      body: {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1.away.dev' },
        spec: {
          group: 'away.dev',
          version: 'v1',
          groupPriorityMinimum: 1_000,
          versionPriority: 1,
          insecureSkipTLSVerify: true,
          service: { namespace, name: 'nobody' },
        },
      },
    });
    await waitFor(async () => (await discover(client)).stale.length > 0, { what: 'the stale group' });
    expect((await discover(client)).stale).toEqual([{ group: 'away.dev', version: 'v1' }]);
  });
});

describe('events', () => {
  it('told twice under one id are there once', async () => {
    const { metadata } = await configMaps().create(configMap('told-twice'));
    const regarding = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'told-twice',
      namespace,
      uid: metadata.uid,
    };
    const draft = { regarding, type: 'Normal' as const, reason: 'Tested', note: 'once', action: 'Tested' };
    const whole = { ...draft, controller: 'example.dev/test', instance: 'test', id: 'first-1' };
    for (const id of ['first-1', 'first-1', 'second-1']) await createEvent(client, { ...whole, id });
    const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.uid%3D${metadata.uid}`;
    const { json } = await cluster.raw(cluster.adminKubeconfig, 'GET', path);
    expect((json as { items: unknown[] }).items).toHaveLength(2);
  });

  it('about a cluster-scoped object stand in the namespace default, where kubectl describe finds them', async () => {
    const name = 'system-node-critical';
    const path = `/apis/scheduling.k8s.io/v1/priorityclasses/${name}`;
    const { metadata } = (await client.request({ method: 'GET', path })) as KubeObject;
    await createEvent(client, {
      regarding: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', name, uid: metadata.uid },
      type: 'Warning',
      reason: 'Tested',
      note: `a sentence about it ${'ä'.repeat(1_024)}`,
      action: 'Testing',
      controller: 'example.dev/test',
      instance: 'test-1',
    });
    const shown = await cluster.kubectl(cluster.adminKubeconfig, ['describe', 'priorityclass', name]);
    expect(shown.stdout).toMatch(/Warning\s+Tested\s+.*example\.dev\/test.*a sentence about it/);
  });
});

describe('leader election', () => {
  it('hands a Lease from one candidate to the next when the first one stops, and when it is cut off', async () => {
    const times = { leaseMs: 2_000, renewMs: 1_500, retryMs: 200 };
    const candidate = async (identity: string) => {
      const own = await clientOf(cluster.adminKubeconfig);
      const storage = kubeLeaseStorage(own, { namespace, name: 'election' });
      const elector = new LeaderElector({ ...times, storage, identity, onStarted: () => {} });
      const stop = new AbortController();
      return { own, elector, stop, end: elector.run(stop.signal) };
    };
    const leads = ({ elector }: { elector: LeaderElector }) =>
      waitFor(() => elector.leading, { what: 'a leader' });
    const one = await candidate('one');
    await leads(one);
    const two = await candidate('two');
    await waitFor(() => two.elector.holder === 'one', { what: 'the second candidate to see the first' });
    one.stop.abort();
    expect(await one.end).toBe('stopped');
    await leads(two);
    const three = await candidate('three');
    await waitFor(() => three.elector.holder === 'two', { what: 'the third candidate to see the second' });
    await two.own.close();
    expect(await two.end).toBe('lost');
    await leads(three);
    const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespaced: true };
    const lease = await resource<Lease>(client, leases).get('election', { namespace });
    expect(lease.spec).toMatchObject({ holderIdentity: 'three', leaseTransitions: 2 });
    three.stop.abort();
    expect(await three.end).toBe('stopped');
  });
});
