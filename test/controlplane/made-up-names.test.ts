// Changes whose names nobody chose: the API server, or kubectl, makes up another one on each attempt, and repeats it in
// labels. Two attempts are one change (INV-1), and what is not made up still counts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestIn } from './assent.ts';
import {
  admitted,
  approve,
  CORE,
  denied,
  kubectl,
  startCast,
  stored,
  type Cast,
  type Tried,
} from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: true });
  const { assent } = cast;
  await assent.plane.serviceAccount('shop', 'default');
  await assent.admin('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } });
  await assent.admin('POST', `${CORE}/pods`, {
    metadata: { name: 'web' },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      containers: [{ name: 'c', image: 'registry.example.com/a:1' }],
    },
  });
});
afterAll(() => cast.assent.stop());

const JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { generateName: 'migrate-', namespace: 'shop' },
  spec: {
    template: {
      metadata: { labels: { app: 'migrate' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'm', image: 'registry.example.com/m:1' }] },
    },
  },
};
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: 'preview-' } };

const create = (object: object) => (): Promise<Tried> =>
  kubectl(cast, ['create', '-f', '-'], JSON.stringify(object));
const debugNode = (image: string) => (): Promise<Tried> =>
  kubectl(cast, ['debug', 'node/node-1', '-n', 'shop', `--image=${image}`, '--', 'sleep', '1']);
const evict = (deleteOptions: object) => (): Promise<Tried> =>
  cast.assent.send(cast.agent, 'POST', `${CORE}/pods/web/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'web' },
    deleteOptions,
  });

describe('a change under a name that is made up', () => {
  it.each<[string, () => Promise<Tried>, () => Promise<Tried>, string]>([
    [
      'a Job from generateName',
      create(JOB),
      create({ ...JOB, spec: { ...JOB.spec, backoffLimit: 1 } }),
      'jobs shop/migrate-*',
    ],
    [
      'a Namespace from generateName',
      create(NAMESPACE),
      create({ ...NAMESPACE, metadata: { ...NAMESPACE.metadata, labels: { team: 'a' } } }),
      'namespaces preview-*',
    ],
    [
      'the pod of kubectl debug node',
      debugNode('registry.example.com/b:1'),
      debugNode('registry.example.com/b:2'),
      'pods shop/node-debugger-node-1-*',
    ],
  ])('INV-1: is one change, however often it is tried: %s', async (_, attempt, other, target) => {
    const name = await denied(attempt);
    expect(requestIn((await attempt()).message), 'the second attempt is the same change').toBe(name);
    expect((await cast.assent.request(name)).spec.target).toBe(target);
    await approve(cast, name);
    await denied(other, 'Approval');
    await admitted(attempt);
    await denied(attempt, 'Approval already used');
  });
});

describe('the container of kubectl debug', () => {
  it('INV-2: is added once by one approval, however soon it is tried again', async () => {
    const args = ['debug', 'web', '-n', 'shop', '--image=registry.example.com/b:1', '--profile=general'];
    const debug = () => kubectl(cast, [...args, '--', 'sh']);
    const name = await denied(debug);
    expect(requestIn((await debug()).message), 'the second attempt is the same change').toBe(name);
    await approve(cast, name);
    await admitted(debug);
    expect(await denied(debug), 'another one is another change').not.toBe(name);
    expect((await stored(cast, `${CORE}/pods/web`))?.spec?.['ephemeralContainers']).toHaveLength(1);
  });
});

describe('an eviction', () => {
  it('INV-1: that was approved to let the pod finish does not kill it at once', async () => {
    const name = await denied(evict({ gracePeriodSeconds: 30 }));
    await approve(cast, name);
    await denied(evict({ gracePeriodSeconds: 0 }), 'Approval');
    expect((await stored(cast, `${CORE}/pods/web`))?.metadata.deletionTimestamp).toBeUndefined();
    await admitted(evict({ gracePeriodSeconds: 30 }));
    expect((await stored(cast, `${CORE}/pods/web`))?.metadata.deletionTimestamp).toBeDefined();
  });
});
