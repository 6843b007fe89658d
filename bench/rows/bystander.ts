// DESIGN 12, row 1: what a person's write costs with Assent installed - to a resource that no policy names, and to one
// that a policy names for agents - against the same API server with our registrations taken away. Also counts the calls.
import { startControlPlane, type ControlPlane } from '../../tools/controlplane/start.ts';
import { startOperator, type Operator } from '../../tools/operator/start.ts';
import { quantile, spread, type Row } from '../row.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const ROUNDS = 7;
const WRITES = 60;
const BYTES = 2_000;
/** The API server takes up a changed registration within some 90 ms (experiments 6). */
const SETTLE_MS = 400;

const POLICY = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'bench' },
  spec: {
    agents: [{ user: 'bench-agent' }],
    match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['*'] }] },
  },
};

/** Resources of about 2 kB that hold no logic of their own. */
const KINDS = [
  { name: 'unnamed resource', path: '/api/v1/namespaces/default/secrets', goal: 1 },
  { name: 'named resource', path: '/api/v1/namespaces/default/configmaps', goal: 1.06 },
] as const;

/** Measures both kinds of write. */
export async function bystander(): Promise<Row[]> {
  const plane = await startControlPlane({ name: 'bench' });
  const operator = await startOperator(plane, { gates: 1, controllers: 1 });
  try {
    return await measure(plane, operator);
  } finally {
    await operator.stop();
    await plane.stop();
  }
}

async function measure(plane: ControlPlane, operator: Operator): Promise<Row[]> {
  const call = caller(plane);
  await call('POST', '/apis/assent.dev/v1alpha1/approvalpolicies', POLICY);
  const names = { validating: ['assent-gate', 'assent-guard'], mutating: ['assent-stamp'] };
  const paths = [
    ...names.validating.map((name) => `${CONFIGURATIONS}/validatingwebhookconfigurations/${name}`),
    ...names.mutating.map((name) => `${CONFIGURATIONS}/mutatingwebhookconfigurations/${name}`),
  ];
  await untilCompiled(call, paths[0] ?? '');
  // The controller would put back what is taken away.
  for (const one of operator.processes.filter(({ part }) => part === 'controller'))
    await operator.kill(one, 'SIGTERM');
  const stored = await Promise.all(paths.map((path) => call('GET', path)));
  const put = () =>
    Promise.all(stored.map((object, i) => call('POST', parent(paths[i] ?? ''), fresh(object))));
  const take = () => Promise.all(paths.map((path) => call('DELETE', path)));
  const before = await gateCalls(operator);
  const rows: Row[] = [];
  for (const { name, path, goal } of KINDS) {
    const installed: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await p50(call, path, `${round}-a`);
      await take();
      await settle();
      const without = await p50(call, path, `${round}-b`);
      await put();
      await settle();
      const last = await p50(call, path, `${round}-c`);
      installed.push((first + last) / 2);
      ratios.push((first + last) / 2 / without);
    }
    const value = spread(installed).median;
    rows.push({
      name: `person's write, ${name}: p50`,
      size: '2 kB',
      value,
      unit: 'ms',
      ratio: spread(ratios),
      goal,
    });
  }
  const calls = (await gateCalls(operator)) - before;
  return [...rows, { name: 'calls to the gate for all of these', size: '', value: calls, unit: 'calls' }];
}

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>;

function caller(plane: ControlPlane): Call {
  return async (method, path, body) => {
    const answer = await plane.raw(plane.adminKubeconfig, method, path, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.json;
  };
}

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** A stored object as it can be created again. */
function fresh(object: unknown): unknown {
  const { metadata, ...rest } = object as {
    metadata: { name: string; labels?: object; annotations?: object };
  };
  const { name, labels, annotations } = metadata;
  return { ...rest, metadata: { name, labels, annotations } };
}

async function untilCompiled(call: Call, path: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { webhooks } = (await call('GET', path).catch(() => ({}))) as { webhooks?: unknown[] };
    if ((webhooks ?? []).length > 0) return;
    await settle();
  }
  throw new Error('the policy was not compiled');
}

const settle = (): Promise<void> =>
  new Promise((resume) => {
    setTimeout(resume, SETTLE_MS);
  });

/** Median time of one create after another. ms. */
async function p50(call: Call, path: string, round: string): Promise<number> {
  const text = 'x'.repeat(BYTES);
  const body = path.endsWith('secrets') ? { stringData: { text } } : { data: { text } };
  const times = new Float64Array(WRITES);
  for (let i = 0; i < WRITES; i += 1) {
    const started = performance.now();
    await call('POST', path, { metadata: { name: `bench-${round}-${i}` }, ...body });
    times[i] = performance.now() - started;
  }
  return quantile(times.toSorted(), 0.5);
}

/** Reviews that all gates have counted. */
async function gateCalls(operator: Operator): Promise<number> {
  const texts = await Promise.all(operator.processes.map((one) => operator.metrics(one)));
  const lines = texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('assent_gate_reviews_total'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
