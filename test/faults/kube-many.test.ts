// src/kube with ten thousand objects against a real API server that goes away and comes back: the copy is whole, follows
// what changed meanwhile, and never claims to be fresh while nobody can know.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCredentials } from '../../src/kube/credentials.ts';
import { keyOf, type KubeObject } from '../../src/kube/object.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { resource, type Resource } from '../../src/kube/resource.ts';
import { KubeClient } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster, waitFor } from '../controlplane/cluster.ts';

const OBJECTS = 10_000;
const WRITERS = 32;
const NAMESPACE = 'many';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

let cluster: ControlPlane;
let client: KubeClient;
let maps: Resource<ConfigMap>;

beforeAll(async () => {
  // The API server's own flood limits are not what is tested.
  cluster = await startCluster({ apiServerFlags: { 'enable-priority-and-fairness': 'false' } });
  client = new KubeClient({ credentials: await loadCredentials({ kubeconfig: cluster.adminKubeconfig }) });
  maps = resource<ConfigMap>(client, { group: '', version: 'v1', resource: 'configmaps', namespaced: true });
  await cluster.serviceAccount(NAMESPACE, 'default');
  await eachOf(OBJECTS, async (i) => void (await maps.create(configMap(i, '0'))));
});

afterAll(async () => {
  await client?.close();
  await cluster?.stop();
});

const configMap = (i: number, value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `map-${i}`, namespace: NAMESPACE },
  data: { value },
});

/** Does `work` for 0 to `count` - 1, many at a time. */
async function eachOf(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, worker));
}

const project = ({ metadata, data }: ConfigMap): string => `${metadata.uid} ${data?.['value'] ?? ''}`;

async function listed(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const page of maps.list({ namespace: NAMESPACE })) {
    for (const item of page.items) found.set(keyOf(item.metadata), project(item));
  }
  return found;
}

describe('a reflector of 10,000 objects', () => {
  it('is whole, and whole again after the API server was away, whatever changed while it was away', async () => {
    const reflector = new Reflector<ConfigMap, string>({ resource: maps, project, namespace: NAMESPACE });
    const rebuilt = new Map<string, string>();
    reflector.onChange((change) => {
      if (change.kind === 'deleted') rebuilt.delete(change.key);
      else rebuilt.set(change.key, change.value);
    });
    reflector.start();
    await reflector.synced;
    expect([...reflector.all()]).toHaveLength(OBJECTS);

    await cluster.stopApiServer();
    const away = Date.now();
    await waitFor(() => Promise.resolve(!reflector.isFresh(1, Date.now())), {
      what: 'the copy to be in doubt',
    });
    await cluster.startApiServer();
    await eachOf(500, async (i) => {
      if (i % 2 === 0) await maps.delete(`map-${i}`, { namespace: NAMESPACE });
      else await maps.apply(configMap(i, '1'), { fieldManager: 'test', force: true });
    });
    const expected = await listed();
    expect(expected.size).toBe(OBJECTS - 250);
    await waitFor(() => Promise.resolve(rebuilt.size === expected.size), {
      what: 'the copy to catch up',
      timeoutMs: 60_000,
    });
    await waitFor(() => Promise.resolve(reflector.isFresh(Date.now() - away, Date.now())), {
      what: 'the copy to be fresh again',
      timeoutMs: 60_000,
    });
    expect(rebuilt).toEqual(expected);
    expect([...reflector.all()].sort()).toEqual([...expected.values()].sort());
    await reflector.stop();
  });
});
