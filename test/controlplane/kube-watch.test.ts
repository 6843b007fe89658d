// Watches and the reflector of src/kube against a real API server, through a proxy whose connections are cut, refused and
// let go dead. After every fault the copy must equal a fresh list, and the changes that handlers were told must add up to it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/kube/credentials.ts';
import { loadCredentials } from '../../src/kube/credentials.ts';
import { isGone } from '../../src/kube/errors.ts';
import { keyOf, type KubeObject } from '../../src/kube/object.ts';
import { Reflector, type ReflectorOptions } from '../../src/kube/reflector.ts';
import { resource, type Resource } from '../../src/kube/resource.ts';
import { KubeClient } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster, waitFor } from './cluster.ts';
import { startCuttableProxy, type CuttableProxy } from './cuttable-proxy.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', namespaced: true };

let cluster: ControlPlane;
let proxy: CuttableProxy;
let direct: KubeClient;
let proxied: KubeClient;
/** Straight to the API server. */
let maps: Resource<ConfigMap>;
/** Through the proxy. */
let behind: Resource<ConfigMap>;
let namespace = '';
let count = 0;

beforeAll(async () => {
  cluster = await startCluster();
  proxy = await startCuttableProxy(cluster.url);
  const credentials = await loadCredentials({ kubeconfig: cluster.adminKubeconfig });
  const moved: Credentials = { ...credentials, tls: credentials.tls, server: proxy.url };
  direct = new KubeClient({ credentials });
  proxied = new KubeClient({ credentials: moved, timeoutMs: 1_500 });
  maps = resource<ConfigMap>(direct, CONFIG_MAPS);
  behind = resource<ConfigMap>(proxied, CONFIG_MAPS);
});

afterAll(async () => {
  await Promise.all([direct.close(), proxied.close()]);
  await proxy.close();
  await cluster.stop();
});

beforeEach(async () => {
  count += 1;
  namespace = `watch-${count}`;
  await cluster.serviceAccount(namespace, 'default');
});

const put = (name: string, value: string): Promise<ConfigMap> =>
  maps.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } },
    { fieldManager: 'test', force: true },
  );
const remove = (name: string): Promise<void> => maps.delete(name, { namespace });

/** What is there, by a fresh list: name -> uid and value. */
async function listed(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const page of maps.list({ namespace })) {
    for (const item of page.items) found.set(keyOf(item.metadata), project(item));
  }
  return found;
}

const project = (item: ConfigMap): string => `${item.metadata.uid} ${item.data?.['value'] ?? ''}`;

interface Copy {
  readonly reflector: Reflector<ConfigMap, string>;
  /** `added watch-1/a`, ... in the order told. */
  readonly told: string[];
  /** The store, rebuilt from nothing but the changes told. */
  readonly rebuilt: Map<string, string>;
  /** Waits until copy, rebuilt copy and a fresh list are equal. */
  readonly caughtUp: () => Promise<void>;
}

async function copy(
  from: ReflectorOptions<ConfigMap, string>['resource'],
  more: Partial<ReflectorOptions<ConfigMap, string>> = {},
): Promise<Copy> {
  const told: string[] = [];
  const rebuilt = new Map<string, string>();
  const reflector = new Reflector<ConfigMap, string>({ resource: from, project, namespace, ...more });
  reflector.onChange((change) => {
    told.push(`${change.kind} ${change.key}`);
    if (change.kind === 'deleted') rebuilt.delete(change.key);
    else rebuilt.set(change.key, change.value);
  });
  reflector.start();
  await reflector.synced;
  const caughtUp = async (): Promise<void> => {
    const look = async (): Promise<true> => {
      expect(rebuilt).toEqual(await listed());
      expect([...reflector.all()].sort()).toEqual([...rebuilt.values()].sort());
      return true;
    };
    await waitFor(look, { what: 'the copy to equal a fresh list', timeoutMs: 30_000 });
  };
  return { reflector, told, rebuilt, caughtUp };
}

describe('a watch', () => {
  it('tells creations, updates and deletions in order, and ends at its time limit', async () => {
    const version = (await put('before', '0')).metadata.resourceVersion;
    const watch = maps.watch({ namespace, resourceVersion: version, timeoutSeconds: 4 });
    await put('a', '1');
    await put('b', '1');
    await put('a', '2');
    await remove('b');
    const seen: string[] = [];
    for await (const event of watch) {
      if (event.kind !== 'bookmark') seen.push(`${event.kind} ${event.object.metadata.name}`);
    }
    expect(seen).toEqual(['added a', 'added b', 'modified a', 'deleted b']);
  });

  it('can be ended by the caller at any time', async () => {
    const stop = new AbortController();
    const { resourceVersion } = (await put('a', '1')).metadata;
    const watch = maps.watch({ namespace, resourceVersion, signal: stop.signal });
    await put('a', '2');
    expect((await watch.next()).value).toMatchObject({ kind: 'modified' });
    const next = watch.next();
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  it('from a version that the server has forgotten is refused as gone', async () => {
    const { resourceVersion } = (await put('a', '1')).metadata;
    await put('a', '2');
    // The watch cache of a fresh API server begins with what is there now.
    await cluster.restartApiServer();
    const watch = maps.watch({ namespace, resourceVersion });
    await expect(watch.next()).rejects.toSatisfy(isGone);
  });
});

describe('a reflector', () => {
  it('copies what is there and follows what changes, by name and by index', async () => {
    await put('a', 'red');
    const { reflector, told, caughtUp } = await copy(maps);
    const byValue = reflector.indexBy((value) => [value.split(' ')[1] ?? '']);
    const { uid } = (await put('b', 'blue')).metadata;
    await put('a', 'blue');
    await caughtUp();
    expect(reflector.get(`${namespace}/b`)).toBe(`${uid} blue`);
    expect([byValue.get('red').length, byValue.get('blue').length]).toEqual([0, 2]);
    await remove('b');
    await caughtUp();
    expect(byValue.get('blue')).toHaveLength(1);
    const names = told.map((line) => line.replace(`${namespace}/`, ''));
    expect(names).toEqual(['added a', 'added b', 'updated a', 'deleted b']);
    await reflector.stop();
  });

  it('misses nothing when its connections are cut again and again while objects change', async () => {
    const { reflector, caughtUp } = await copy(behind);
    const names = ['a', 'b', 'c', 'd'];
    const writing = (async () => {
      for (let n = 0; n < 200; n += 1) {
        const name = names[n % names.length] ?? '';
        await put(name, String(n));
        if (n % 7 === 3) await remove(name);
        if (n % 20 === 10) proxy.cut();
      }
    })();
    await writing;
    await caughtUp();
    expect(reflector.stats.failures).toBeGreaterThan(0);
    expect(reflector.stats.lists, 'the versions were still known: no new list').toBe(1);
    await reflector.stop();
  });

  it('lists again after a gap in which the server forgot, and tells a replaced object as two', async () => {
    await put('kept', '1');
    await put('replaced', '1');
    await put('removed', '1');
    const { reflector, told, caughtUp } = await copy(behind);
    told.length = 0;
    proxy.refuse();
    await remove('replaced');
    await put('replaced', '1');
    await remove('removed');
    await put('new', '1');
    await cluster.restartApiServer();
    proxy.accept();
    await caughtUp();
    expect(reflector.stats.lists).toBe(2);
    const changes = told.map((line) => line.replace(`${namespace}/`, '')).sort();
    expect(changes).toEqual(['added new', 'added replaced', 'deleted removed', 'deleted replaced']);
    expect(told.indexOf(`deleted ${namespace}/replaced`)).toBeLessThan(
      told.indexOf(`added ${namespace}/replaced`),
    );
    await reflector.stop();
  });

  it('notices a connection that went dead without a word, and never claims to be fresh meanwhile', async () => {
    const { reflector, caughtUp } = await copy(behind, { watchMs: [2_000, 2_000] });
    await put('seen', '1');
    await waitFor(() => reflector.size === 1, { what: 'the watch to stand' });
    proxy.deaden();
    const deadAt = performance.now();
    await put('a', '1');
    await waitFor(() => reflector.ageMs() > 2_000, { what: 'the copy to grow old' });
    expect(reflector.isFresh(2_000)).toBe(false);
    expect(reflector.size).toBe(1);
    await caughtUp();
    expect(performance.now() - deadAt).toBeLessThan(10_000);
    expect(reflector.stats).toMatchObject({ failures: 1, lists: 1 });
    expect(reflector.isFresh(5_000)).toBe(true);
    await reflector.stop();
  });

  it('stays fresh on a quiet kind: a watch that ends at its time limit is proof', async () => {
    const { reflector } = await copy(maps, { watchMs: [2_000, 2_000] });
    const oldest = { ms: 0 };
    const look = (): boolean => {
      oldest.ms = Math.max(oldest.ms, reflector.ageMs());
      return reflector.stats.watches > 4;
    };
    await waitFor(look, { what: 'some watches', timeoutMs: 20_000 });
    expect(oldest.ms).toBeLessThan(5_000);
    expect(reflector.stats).toMatchObject({ failures: 0, lists: 1 });
    await reflector.stop();
  });

  it('notices that the server has gone back to an older state, on which a watch would be silent for ever', async () => {
    // A first list from the future stands for the copy of a state that a restore of etcd has undone.
    const future = Number((await put('a', '1')).metadata.resourceVersion) + 1_000_000;
    let lists = 0;
    const undone: Pick<Resource<ConfigMap>, 'definition' | 'list' | 'watch'> = {
      definition: maps.definition,
      watch: (options) => maps.watch(options),
      async *list(options) {
        lists += 1;
        const first = lists === 1;
        for await (const page of maps.list(options)) {
          yield first ? { items: [], resourceVersion: String(future), more: false } : page;
        }
      },
    };
    const { reflector, caughtUp } = await copy(undone, { watchMs: [2_000, 2_000] });
    expect(reflector.size).toBe(0);
    await caughtUp();
    expect(reflector.stats).toMatchObject({ failures: 0, lists: 2 });
    await reflector.stop();
  });

  it('comes back from a frozen API server', async () => {
    const { reflector, caughtUp } = await copy(behind, { watchMs: [2_000, 2_000] });
    await cluster.pauseApiServer();
    await waitFor(() => reflector.stats.failures > 1, { what: 'failures', timeoutMs: 20_000 });
    await cluster.resumeApiServer();
    await put('a', '1');
    await caughtUp();
    expect(reflector.isFresh(5_000)).toBe(true);
    await reflector.stop();
  });
});

describe('calls', () => {
  it('recover with the first time-out when all kept connections have gone dead', async () => {
    const call = () => behind.get('kube-root-ca.crt', { namespace }).catch((error: unknown) => error);
    await Promise.all(Array.from({ length: 12 }, call));
    expect(proxy.connections).toBeGreaterThan(5);
    proxy.deaden();
    expect(await call()).toMatchObject({ name: 'UnreachableError', code: 'timeout' });
    expect(await call()).toMatchObject({ name: 'ApiError', code: 404 });
  });
});
