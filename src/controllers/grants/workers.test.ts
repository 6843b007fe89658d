import { describe, expect, it } from 'vitest';
import { Workqueue } from '../../kube/workqueue.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { GrantPorts } from './ports.ts';
import { PARALLEL, workersOf } from './workers.ts';

const UIDS = Array.from({ length: 200 }, (_, index) => `uid-${index}`);
const metrics = { count: () => undefined } as unknown as Metrics;

/** Every grant is over; its binding stands until it is removed. Each call takes a turn of the event loop. */
function aWorld() {
  const bound = new Set(UIDS);
  const settled: { readonly uid: string; readonly left: number }[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const ports = {
    now: () => 1,
    monotonic: () => 0,
    viewOf: (uid: string) => ({ name: uid, uid, state: 'Approved', access: { until: 0 } }),
    objectsOf: (uid: string) => (bound.has(uid) ? [{ kind: 'RoleBinding', uid, grant: uid }] : []),
    async removeObject({ uid }: { uid: string }) {
      await turn();
      bound.delete(uid);
      return { kind: 'removed' };
    },
    async getRequest(uid: string) {
      settled.push({ uid, left: bound.size });
      await turn();
      return undefined;
    },
  };
  return { ports: ports as unknown as GrantPorts, bound, settled };
}

describe('many grants that end at once', () => {
  it('INV-4: lose their bindings before anything is told or asked about one, and all are told', async () => {
    const { ports, bound, settled } = aWorld();
    const queues = { looks: new Workqueue({ name: 'looks' }), endings: new Workqueue({ name: 'endings' }) };
    const { look, end } = workersOf(ports, queues, metrics);
    const over = new AbortController();
    const told = Promise.withResolvers<void>();
    const telling = async (uid: string) => {
      const outcome = await end(uid);
      if (new Set(settled.map((one) => one.uid)).size === UIDS.length) told.resolve();
      return outcome;
    };
    for (const uid of UIDS) queues.looks.add(uid);
    // What was told about before all this waits like the others.
    queues.endings.add('uid-0');
    const runs = [
      queues.looks.run(look, PARALLEL.looks, over.signal),
      queues.endings.run(telling, PARALLEL.endings, over.signal),
    ];
    await told.promise;
    over.abort();
    await Promise.all(runs);
    expect(bound.size).toBe(0);
    const most = 2 * PARALLEL.looks;
    expect(Math.max(...settled.map(({ left }) => left))).toBeLessThanOrEqual(most);
  });
});

it('INV-4: a doubt that comes while a grant is looked at is about the next look', async () => {
  const [started, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let [reads, quick] = [0, 0];
  const ports = {
    now: () => 1,
    monotonic: () => 0,
    viewOf: (uid: string) => ({ name: uid, uid, state: 'Approved', access: { until: Infinity } }),
    objectsOf: () => [],
    remembered: () => void (quick += 1),
    async getRequest() {
      reads += 1;
      if (reads === 1) {
        started.resolve();
        await goOn.promise;
      }
      return undefined;
    },
  } as unknown as GrantPorts;
  const queues = { looks: new Workqueue({ name: 'looks' }), endings: new Workqueue({ name: 'endings' }) };
  const { look, doubt } = workersOf(ports, queues, metrics);
  const first = look('a');
  await started.promise;
  doubt('a');
  goOn.resolve();
  await first;
  expect(quick).toBe(1);
  await look('a');
  expect(quick, 'the second look goes by no cache').toBe(1);
});
