// Times that decide, on a real API server: a gate whose own clock is wrong, and times that an agent writes by itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from './cluster.ts';
import { startAssent, type Assent } from './assent.ts';
import {
  admitted,
  AGENTS,
  APPROVAL,
  approve,
  CORE,
  denied,
  MERGE,
  stored,
  type Cast,
  type Stored,
} from './main-path-story.ts';

const CLOCK = fileURLToPath(new URL('../faults/races-clock.ts', import.meta.url));
const AHEAD_MS = 59_000;
const HOUR_MS = 3_600_000;
const RULES = '/apis/resource.k8s.io';
const LATER = '2099-01-01T00:00:00Z';

let assent: Assent;
let cast: Cast;
let taints: string;
let folder: string;
/** Says how far off the clock of the gate is from its next SIGUSR2 on. */
const clockFile = () => join(folder, 'clock');
const send = (method: string, path: string, body?: unknown, type?: string) =>
  assent.send(cast.agent, method, path, body, type);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clocks-'));
  assent = await startAssent({
    cluster: { apiServerFlags: { 'runtime-config': 'api/all=true' } },
    operator: {
      run: true,
      env: {
        NODE_OPTIONS: `--import=${CLOCK}`,
        FAULTS_CLOCK_MS: String(AHEAD_MS),
        FAULTS_CLOCK_FILE: clockFile(),
      },
    },
  });
  await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await assent.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'agent-may-everything' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' }],
  });
  cast = { assent, agent, approver: await assent.approver('alice') };
  await assent.policy('clocks', {
    agents: AGENTS,
    match: {
      rules: [
        {
          apiGroups: ['', 'resource.k8s.io'],
          resources: ['configmaps', 'devicetaintrules'],
          operations: ['*'],
        },
      ],
    },
    approval: APPROVAL,
  });
  taints = await taintRules();
  await assent.untilHeld(() =>
    send('POST', `${CORE}/configmaps?dryRun=All`, { metadata: { name: 'probe' } }),
  );
  await assent.untilHeld(() => send('POST', `${taints}?dryRun=All`, rule('probe', {})));
});
afterAll(async () => {
  await assent.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The path of DeviceTaintRules, in whichever version this API server has them. */
async function taintRules(): Promise<string> {
  const group = (await assent.admin('GET', RULES)).json as { versions: { version: string }[] };
  for (const { version } of group.versions) {
    const { json } = await assent.admin('GET', `${RULES}/${version}`);
    const { resources } = json as { resources: { name: string }[] };
    if (resources.some(({ name }) => name === 'devicetaintrules'))
      return `${RULES}/${version}/devicetaintrules`;
  }
  throw new Error('this API server has no DeviceTaintRules');
}

const entry = () => ({
  manager: 'x',
  operation: 'Update',
  apiVersion: taints.split('/').slice(2, 4).join('/'),
  time: LATER,
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': { 'f:taint': { 'f:key': {} } } },
});
const rule = (name: string, taint: object, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { deviceSelector: { driver: 'd.example.com' }, taint: { key: 'k', effect: 'NoExecute', ...taint } },
});

describe('a gate whose clock is a minute ahead', () => {
  it('INV-2: reserves by the clock of the API server, so that its window is no longer than any', async () => {
    await assent.admin('POST', `${CORE}/configmaps`, { metadata: { name: 'c' }, data: { a: '1' } });
    const change = () => send('PATCH', `${CORE}/configmaps/c`, { data: { a: '2' } }, MERGE);
    const name = await denied(change);
    await approve(cast, name);
    await admitted(change);
    const { json } = await assent.admin('GET', `/apis/assent.dev/v1alpha1/approvalrequests/${name}`);
    const { status } = json as { status: { reservation: { at: string } } };
    expect(Date.now() - Date.parse(status.reservation.at)).toBeGreaterThan(-3_000);
  });
});

describe('a device taint whose time the agent backs by managedFields of its own', () => {
  it('INV-1: is not created under the approval of one that begins now', async () => {
    const honest = () => send('POST', taints, rule('t', {}));
    await approve(cast, await denied(honest));
    const forged = rule('t', { timeAdded: LATER }, { managedFields: [entry()] });
    expect((await send('POST', taints, forged)).status).toBe(403);
    await admitted(honest);
  });

  it('INV-1: is not updated under the approval of one that begins now', async () => {
    await assent.admin('POST', taints, rule('u', { effect: 'NoSchedule' }));
    const put = async (time?: string) => {
      const old = (await stored(cast, `${taints}/u`)) as Stored & { metadata: { managedFields: unknown[] } };
      const managedFields = [...old.metadata.managedFields, ...(time === undefined ? [] : [entry()])];
      const taint = time === undefined ? {} : { timeAdded: time };
      return send('PUT', `${taints}/u`, rule('u', taint, { ...old.metadata, managedFields }));
    };
    await approve(cast, await denied(() => put()));
    expect((await put(LATER)).status).toBe(403);
    await admitted(() => put());
  });
});

// Nobody sets it right again before the operator is started anew.
describe('a gate whose clock somebody sets', () => {
  it('INV-2: reserves by the clock of the API server at once, not only after its next answer', async () => {
    await assent.admin('POST', `${CORE}/configmaps`, { metadata: { name: 'd' }, data: { a: '1' } });
    const change = () => send('PATCH', `${CORE}/configmaps/d`, { data: { a: '2' } }, MERGE);
    const name = await denied(change);
    await approve(cast, name);
    await writeFile(clockFile(), String(-HOUR_MS));
    for (const { child } of assent.operator.processes) child.kill('SIGUSR2');
    await admitted(change);
    const { status } = await assent.request(name);
    expect(Math.abs(Date.now() - Date.parse(status?.reservation?.at ?? ''))).toBeLessThan(10_000);
  });
});

describe('a controller that starts after the retention of a request has ended', () => {
  it('removes it, although nobody has decided about it', async () => {
    await assent.admin('POST', `${CORE}/configmaps`, { metadata: { name: 'old' }, data: { a: '1' } });
    const change = (a: string) => () => send('PATCH', `${CORE}/configmaps/old`, { data: { a } }, MERGE);
    const name = await denied(change('2'));
    const { requestedAt } = (await assent.request(name)).spec;
    // The gate with a wrong clock knows the API server's to a second: only what comes after it is surely newer.
    const isPast = async () => {
      const { headers } = await assent.plane.raw(assent.plane.adminKubeconfig, 'GET', '/version');
      return Date.parse(String(headers['date'])) > Date.parse(requestedAt);
    };
    await waitFor(isPast, { what: 'the next second' });
    await denied(change('3'));
    await assent.untilState(name, 'Superseded');
    const isRecorded = async () => {
      const { status } = await assent.request(name);
      return (status?.recorded ?? 0) > 0 && status?.recorded === status?.outbox?.length;
    };
    await waitFor(isRecorded, { what: 'nothing about it to be left to do' });
    const { operator } = assent;
    const [running] = operator.processes;
    if (running === undefined) throw new Error('nothing runs');
    await operator.kill(running);
    await operator.add('run', { FAULTS_CLOCK_MS: String(8 * 24 * 3_600_000) });
    const isKnown = async () => (await assent.requests()).some(({ metadata }) => metadata.name === name);
    await waitFor(async () => !(await isKnown()), { what: 'the request to be removed' });
    expect(await isKnown()).toBe(false);
  });
});
