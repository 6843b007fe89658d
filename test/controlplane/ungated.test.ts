// INV-6: what no policy is about never reaches the gate. A thousand writes by somebody who is no agent, and a thousand by an
// agent to what no policy names: no call, by the gate's own count and by the API server's. A held write before and after
// shows that both count.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from './assent.ts';
import { waitFor } from './cluster.ts';
import {
  AGENTS,
  APPROVAL,
  CORE,
  denied,
  MERGE,
  RBAC,
  startCast,
  untilHeld,
  type Cast,
} from './main-path-story.ts';

const WRITES = 1_000;
const AT_ONCE = 20;

let cast: Cast;
let person: string;
beforeAll(async () => {
  cast = await startCast({ asksForAll: false });
  const { assent } = cast;
  person = (await assent.plane.user('bob')).kubeconfig;
  await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'bob-may-everything' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
  });
  await assent.policy('config', {
    agents: AGENTS,
    match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['*'] }] },
    approval: APPROVAL,
  });
  await untilHeld(cast);
});
afterAll(() => cast.assent.stop());

/** Calls of the gate so far: what it counted itself, and what the API server counted in two metrics of its own. */
interface Calls {
  readonly gate: number;
  readonly requests: number;
  readonly durations: number;
}

/** Read twice: a canary that is under way is counted here and not yet there. */
const calls = (): Promise<Calls> =>
  waitFor(
    async () => {
      const [one, two] = [await counted(), await counted()];
      return JSON.stringify(one) === JSON.stringify(two) && two;
    },
    { what: 'counts that stand' },
  );

/** Without the canaries, which Assent sends itself, to see that it is called. */
async function counted(): Promise<Calls> {
  const { operator, plane } = cast.assent;
  const own = await Promise.all(operator.processes.map((one) => operator.metrics(one)));
  const canaries = sum(own.join('\n'), (line) => line.startsWith('assent_canaries_total{outcome="refused"}'));
  const { text, status } = await plane.raw(plane.adminKubeconfig, 'GET', '/metrics');
  expect(status).toBe(200);
  const ofGate = (metric: string) =>
    sum(text, (line) => line.startsWith(`${metric}{`) && line.includes('name="gate.assent.dev"'));
  return {
    gate: sum(own.join('\n'), (line) => line.startsWith('assent_gate_reviews_total{')) - canaries,
    requests: ofGate('apiserver_admission_webhook_request_total') - canaries,
    durations: ofGate('apiserver_admission_webhook_admission_duration_seconds_count') - canaries,
  };
}

const sum = (text: string, isWanted: (line: string) => boolean): number =>
  text
    .split('\n')
    .filter(isWanted)
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

const since = (before: Calls, after: Calls): Calls => ({
  gate: after.gate - before.gate,
  requests: after.requests - before.requests,
  durations: after.durations - before.durations,
});

const configMap = (name: string) => ({ metadata: { name }, data: { a: 'b' } });
const secret = (name: string) => ({ metadata: { name }, stringData: { a: 'b' } });
const label = (value: string) => ({ metadata: { labels: { touched: value } } });

/** Makes objects, changes each twice and removes it, many at once. @returns how many writes succeeded */
async function write(who: string, plural: string, body: (name: string) => object): Promise<number> {
  const left = Array.from({ length: WRITES / 4 }, (_, i) => `ungated-${i}`);
  const { assent } = cast;
  let done = 0;
  const count = async (answer: Promise<Answer>) => {
    const { status, message } = await answer;
    expect(status, `answered: ${message}`).toBeLessThan(300);
    done += 1;
  };
  const lane = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const path = `${CORE}/${plural}/${name}`;
      await count(assent.send(who, 'POST', `${CORE}/${plural}`, body(name)));
      await count(assent.send(who, 'PATCH', path, label('once'), MERGE));
      await count(assent.send(who, 'PATCH', path, label('twice'), MERGE));
      await count(assent.send(who, 'DELETE', path));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return done;
}

/** One write by the agent that is held: it must show in every count. */
async function held(name: string): Promise<void> {
  const before = await calls();
  await denied(() => cast.assent.send(cast.agent, 'POST', `${CORE}/configmaps`, configMap(name)));
  expect(since(before, await calls())).toEqual({ gate: 1, requests: 1, durations: 1 });
}

describe('INV-6: the gate is not called', () => {
  it.each<[string, () => Promise<number>]>([
    ['for 1,000 writes by a person to what a policy names', () => write(person, 'configmaps', configMap)],
    ['for 1,000 writes by an agent to what no policy names', () => write(cast.agent, 'secrets', secret)],
  ])('%s', async (what, act) => {
    const mark = what.includes('person') ? 'person' : 'agent';
    await held(`before-${mark}`);
    const before = await calls();
    expect(await act()).toBe(WRITES);
    expect(since(before, await calls())).toEqual({ gate: 0, requests: 0, durations: 0 });
    await held(`after-${mark}`);
  });

  it('at all once the last policy is gone', async () => {
    const { assent, agent } = cast;
    await assent.dropPolicy('config');
    const attempt = (name: string) => assent.send(agent, 'POST', `${CORE}/configmaps`, configMap(name));
    await waitFor(async () => (await attempt(`free-${performance.now()}`)).status === 201, {
      what: 'the gate to be asked no more',
    });
    // Let through by the gate at first, since it knows of no policy any more; then not sent to it at all.
    await waitFor(
      async () => {
        const before = await calls();
        await attempt(`quiet-${performance.now()}`);
        expect(since(before, await calls())).toEqual({ gate: 0, requests: 0, durations: 0 });
        return true;
      },
      { what: 'the webhook to be gone' },
    );
  });
});
