// Floods (T85): two gates and one controller. The same change a hundred times is one request with a hundred attempts; a
// thousand different changes of one agent become at most ten requests, and nobody else notices.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const MINUTE_MS = 60_000;

let assent: Assent;
/** Kubeconfigs by name. */
const who: Record<string, string> = {};
const as = (name: string): string => who[name] ?? expect.fail(`nobody is called ${name}`);
const AGENTS = ['insistent', 'hasty', 'busy', 'calm'];

beforeAll(async () => {
  assent = await startAssent({ operator: { gates: 2, controllers: 1 } });
  for (const name of AGENTS) who[name] = (await assent.plane.serviceAccount('agents', name)).kubeconfig;
  await grantEverything(
    assent,
    AGENTS.map((name) => `agents/${name}`),
  );
  // What a policy says about caps when it says nothing: 10 pending, 6 new within a minute.
  const limits = { pending: 10, newPerMinute: 6 };
  for (const name of ['insistent', 'hasty', 'calm'])
    await holdConfigMaps(assent, name, [{ serviceAccount: `agents/${name}` }], { limits });
  // The cap of new ones out of the way, so that the cap of pending ones is met within one minute.
  const many = { pending: 10, newPerMinute: 60 };
  await holdConfigMaps(assent, 'busy', [{ serviceAccount: 'agents/busy' }], { limits: many });
  for (const name of AGENTS)
    await assent.untilHeld(() => createMap(assent, as(name), 'probe', '?dryRun=All'));
});
afterAll(() => assent.stop());

const ofAgent = async (name: string): Promise<ApprovalRequest[]> =>
  (await assent.requests()).filter(
    (one) => one.spec.requester.username === `system:serviceaccount:agents:${name}`,
  );

/** Runs `count` jobs, `width` at a time. */
async function flood<T>(count: number, width: number, job: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      results[n] = await job(n);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Answers by what they say: with a request, over a cap, or anything else. */
function sorted(answers: readonly Answer[]) {
  const code = (answer: Answer) => /code:\s+(ASSENT-D\d+)/.exec(answer.message)?.[1];
  const held = answers.filter((one) => requestIn(one.message) !== '');
  const rest = answers.filter((one) => requestIn(one.message) === '');
  const capped = rest.filter((one) => ['ASSENT-D009', 'ASSENT-D010'].includes(code(one) ?? ''));
  return {
    held,
    capped,
    other: rest.filter((one) => !capped.includes(one)),
    codes: new Set(capped.map(code)),
  };
}

/** Both gates took part. */
async function expectBothGates(): Promise<void> {
  const gates = assent.operator.processes.filter((one) => one.part === 'gate');
  expect(gates).toHaveLength(2);
  for (const gate of gates) {
    const text = await assent.operator.metrics(gate);
    const judged = [...text.matchAll(/^assent_gate_reviews_total\{[^}]*path="judged"[^}]*\} (\d+)$/gm)];
    expect(
      judged.reduce((sum, [, count]) => sum + Number(count), 0),
      text.slice(0, 2_000),
    ).toBeGreaterThan(0);
  }
}

describe('one change that is sent a hundred times at once', () => {
  it('is one request with a hundred attempts', async () => {
    const answers = await flood(100, 100, () => createMap(assent, as('insistent'), 'wanted'));
    const denied = performance.now();
    expect(answers.map((one) => one.status)).toEqual(answers.map(() => 403));
    const names = new Set(answers.map((one) => requestIn(one.message)));
    expect([...names]).toHaveLength(1);
    const [request, ...more] = await ofAgent('insistent');
    expect(more).toEqual([]);
    expect([...names]).toEqual([request?.metadata.name]);
    const name = request?.metadata.name ?? '';
    await waitFor(async () => (await assent.request(name)).status?.attempts === 100, {
      what: 'a hundred attempts',
      // Counts are written every second; on a busy machine that may take longer than the promised ten.
      timeoutMs: 60_000,
    });
    console.log(
      `a hundred attempts were counted ${Math.round(performance.now() - denied)} ms after the last denial`,
    );
    await expectBothGates();
  });
});

describe('a thousand different changes of one agent', () => {
  it(
    'are at most six new requests within a minute, and words for the others',
    { timeout: 300_000 },
    async () => {
      const started = Date.now();
      const answers = await flood(1_000, 50, (n) => createMap(assent, as('hasty'), `flood-${n}`));
      const took = Date.now() - started;
      const { held, capped, other, codes } = sorted(answers);
      expect(other.map((one) => one.message)).toEqual([]);
      expect(held.length + capped.length).toBe(1_000);
      const requests = await ofAgent('hasty');
      const minutes = Math.floor(took / MINUTE_MS) + 1;
      expect(requests.length).toBeLessThanOrEqual(Math.min(6 * minutes, 10));
      expect(requests.length).toBeGreaterThan(0);
      expect(new Set(held.map((one) => requestIn(one.message))).size).toBe(requests.length);
      expect([...codes]).toEqual(['ASSENT-D010']);
      expect(capped[0]?.message).toMatch(/^.*Too many new requests: create configmaps default\/flood-\d+\./);
      expect(capped[0]?.message).toMatch(/send it again after \d{4}-\d\d-\d\dT/);
    },
  );

  it('are at most ten pending ones, and words for the others', { timeout: 300_000 }, async () => {
    const answers = await flood(1_000, 50, (n) => createMap(assent, as('busy'), `heap-${n}`));
    const { held, capped, other, codes } = sorted(answers);
    expect(other.map((one) => one.message)).toEqual([]);
    expect(held.length + capped.length).toBe(1_000);
    expect(await ofAgent('busy')).toHaveLength(10);
    expect(held).toHaveLength(10);
    expect([...codes]).toEqual(['ASSENT-D009']);
    expect(capped[0]?.message).toContain('10 requests of this agent, at most 10 are possible');
  });

  it('do not keep another agent from asking', async () => {
    const held = await createMap(assent, as('calm'), 'meanwhile');
    expect(requestIn(held.message), held.message).not.toBe('');
    expect(await ofAgent('calm')).toHaveLength(1);
  });

  it('leave no ConfigMap behind', async () => {
    const { json } = await assent.admin('GET', '/api/v1/namespaces/default/configmaps');
    const names = (json as { items: { metadata: { name: string } }[] }).items.map((one) => one.metadata.name);
    expect(names.filter((name) => /^(flood|heap|wanted|meanwhile)/.test(name))).toEqual([]);
  });
});
