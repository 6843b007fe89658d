// INV-5: tampering is told until it is in the record, also where a line could not be written at first; and whoever tampers in a loop
// is told at once and then counted, so that neither the record nor the Events grow with every turn.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { teller } from '../../src/controllers/guard/tell.ts';
import type { Tampering } from '../../src/domain/message/tampered.ts';
import type { TamperedLine } from '../../src/domain/record/tampered-line.ts';
import { loadCredentials } from '../../src/kube/credentials.ts';
import { KubeClient } from '../../src/kube/transport.ts';
import { createLogger } from '../../src/platform/log.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const GATE = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/assent-gate';
const LOOPS = 40;

let assent: Assent;
let client: KubeClient;
beforeAll(async () => {
  assent = await startAssent();
  client = new KubeClient({
    credentials: await loadCredentials({ kubeconfig: assent.plane.adminKubeconfig }),
  });
  const agent = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  await grantEverything(assent, ['agents/bot']);
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
}, 120_000);
afterAll(async () => {
  await client.close();
  await assent.stop();
});

async function eventsAbout(name: string): Promise<string[]> {
  const { json } = await assent.admin('GET', '/api/v1/namespaces/default/events');
  const { items } = json as { items: { involvedObject: { name: string }; message: string }[] };
  return items.filter((one) => one.involvedObject.name === name).map(({ message }) => message);
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as TamperedLine);
const counted = (text: string, metric: string) => {
  const found = [...text.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\d+)`, 'gm'))];
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
};

/** A teller into the real cluster, with a record that fails as often as it is told to. */
function stage(name: string, failing: number) {
  const written: string[] = [];
  const alarms: string[] = [];
  const metrics = new Metrics();
  let [left, now] = [failing, Date.UTC(2026, 10, 23, 12)];
  const { found, tell } = teller({
    client,
    sink: {
      write(line) {
        left -= 1;
        if (left >= 0) return Promise.reject(new Error('the pipe is gone'));
        written.push(line);
        return Promise.resolve();
      },
      eventFailed: (error) => expect.fail(String(error)),
      instance: 'test',
    },
    log: createLogger({ level: 'silent' }),
    metrics,
    now: () => now,
    alarm: (text) => alarms.push(text),
  });
  const deed: Tampering = {
    kind: 'CustomResourceDefinition',
    name,
    deed: 'deleted',
    fields: [],
    by: [],
    wasAway: false,
    isRestored: false,
  };
  return {
    found: () => found(deed, undefined),
    tell,
    alarms,
    metrics,
    lines: () => parsed(written),
    passes: (ms: number) => (now += ms),
  };
}

describe('INV-5: a finding that could not be recorded', () => {
  it('is told by the next try, with the time at which it was found', async () => {
    const { found, tell, alarms, metrics, lines, passes } = stage('late.assent.dev', 2);
    found();
    for (let tries = 0; tries < 2; tries += 1) {
      await tell();
      passes(8_000);
    }
    expect([lines(), alarms, await eventsAbout('late.assent.dev')]).toEqual([[], [], []]);
    await tell();
    await tell();
    expect(lines()).toMatchObject([{ deed: 'deleted', time: '2026-11-23T12:00:00.000Z' }]);
    expect(alarms).toHaveLength(1);
    expect(await eventsAbout('late.assent.dev')).toHaveLength(1);
    const text = await metrics.text();
    expect([counted(text, 'assent_tampering_total'), counted(text, 'assent_record_failures_total')]).toEqual([
      1, 2,
    ]);
  });
});

describe('tampering again and again', () => {
  it('is told at once, and then once a minute with how often', async () => {
    const { found, tell, metrics, lines, passes } = stage('often.assent.dev', 0);
    for (let n = 0; n < LOOPS; n += 1) {
      found();
      await tell();
      passes(1_000);
    }
    expect(lines()).toHaveLength(1);
    passes(60_000);
    await tell();
    expect(lines()).toMatchObject([{ deed: 'deleted' }, { deed: 'deleted', times: LOOPS - 1 }]);
    expect(lines()[1]?.note).toContain(`deleted ${LOOPS - 1} more times since it was told`);
    expect(await eventsAbout('often.assent.dev')).toHaveLength(2);
    expect(counted(await metrics.text(), 'assent_tampering_total')).toBe(LOOPS);
  });

  it('fills no record, and is counted each time', { timeout: 60_000 }, async () => {
    const [one] = assent.operator.processes;
    if (one === undefined) throw new Error('no process');
    const metric = async () => counted(await assent.operator.metrics(one), 'assent_tampering_total');
    for (let n = 1; n <= LOOPS; n += 1) {
      await assent.admin('DELETE', GATE);
      await waitFor(async () => (await metric()) >= n, { what: `deletion ${n} to be counted` });
    }
    const lines = parsed(
      one
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"type":"tampered"')),
    );
    expect(lines.length).toBeGreaterThanOrEqual(1);
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(lines[0]).toMatchObject({ deed: 'deleted', object: { name: 'assent-gate' }, restored: true });
    expect((await eventsAbout('assent-gate')).length).toBeLessThanOrEqual(3);
  });
});
