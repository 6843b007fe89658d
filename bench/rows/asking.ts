// DESIGN 12, row 5: what it costs to open a request by a denial, against a bare create of a custom resource of that size,
// and to use an approval, against a bare status write. Real API server, gate and controller; control, subject, control.
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { startControlPlane, type ControlPlane } from '../../tools/controlplane/start.ts';
import { startOperator } from '../../tools/operator/start.ts';
import { spread, type Row } from '../row.ts';

const OURS = '/apis/assent.dev/v1alpha1';
const COPIES = '/apis/bench.example.com/v1/copies';
const TARGETS = '/api/v1/namespaces/default/configmaps';
const ROUNDS = 40;
const PATIENCE = 400;
const POLL_MS = 50;

/** The bare kind: as large as a request, without a rule. */
const COPY = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'copies.bench.example.com' },
  spec: {
    group: 'bench.example.com',
    scope: 'Cluster',
    names: { plural: 'copies', singular: 'copy', kind: 'Copy' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const POLICY = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'bench' },
  spec: {
    agents: [{ serviceAccount: 'bench/agent' }],
    match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }] },
    approval: { limits: { pending: 100, newPerMinute: 60 } },
  },
};

/** Measures both. */
export async function asking(): Promise<Row[]> {
  const plane = await startControlPlane({ name: 'bench' });
  const operator = await startOperator(plane, { gates: 1, controllers: 1 });
  try {
    const stage = await setUp(plane);
    const opened = await openings(stage);
    const used = await uses(stage, opened.names);
    return [
      ...rowsOf('denial that opens a request: p50', 'bare create of that size: p50', opened.rounds, 2),
      ...rowsOf('admission of an approved change: p50', 'bare status write: p50', used, 3),
    ];
  } finally {
    await operator.stop();
    await plane.stop();
  }
}

/** ms. */
interface Round {
  readonly subject: number;
  readonly control: number;
}

function rowsOf(subject: string, control: string, rounds: readonly Round[], goal: number): Row[] {
  const of = (key: keyof Round): number => spread(rounds.map((round) => round[key])).median;
  const ratio = spread(rounds.map((round) => round.subject / round.control));
  return [
    { name: subject, size: '', value: of('subject'), unit: 'ms', ratio, goal },
    { name: control, size: '', value: of('control'), unit: 'ms' },
  ];
}

interface Stage {
  /** As the administrator, for everything that is not measured and for the controls. */
  readonly admin: Send;
  readonly agent: Send;
}
/** @throws Error on an answer of another status */
type Send = (method: string, path: string, expected: number, body?: unknown) => Promise<unknown>;

async function setUp(plane: ControlPlane): Promise<Stage> {
  const sendAs =
    (who: string): Send =>
    async (method, path, expected, body) => {
      const answer = await plane.raw(who, method, path, body === undefined ? {} : { body });
      if (answer.status !== expected) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.json;
    };
  const admin = sendAs(plane.adminKubeconfig);
  const agent = sendAs((await plane.serviceAccount('bench', 'agent')).token);
  await admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', 201, {
    metadata: { name: 'bench-agent' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: 'bench' }],
  });
  await admin('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 201, COPY);
  await admin('POST', `${OURS}/approvalpolicies`, 201, POLICY);
  // Also the first, cold ones: neither is counted.
  await until('the policy', () => agent('POST', TARGETS, 403, target('first')));
  await until('the copies', () => admin('POST', COPIES, 201, copy('first', {})));
  return { admin, agent };
}

const target = (name: string) => ({ metadata: { name }, data: { text: 'x'.repeat(500) } });
const copy = (name: string, spec: object) => ({
  apiVersion: 'bench.example.com/v1',
  kind: 'Copy',
  metadata: { name },
  spec,
});

async function openings({ admin, agent }: Stage): Promise<{ rounds: Round[]; names: string[] }> {
  const [model] = await requests(admin);
  if (model === undefined) throw new Error('no request was opened');
  const rounds: Round[] = [];
  const names = Array.from({ length: ROUNDS }, (_, i) => `change-${i}`);
  for (const name of names) {
    const create = (side: string) =>
      time(() => admin('POST', COPIES, 201, copy(`${name}-${side}`, model.spec)));
    const before = await create('before');
    const subject = await time(() => agent('POST', TARGETS, 403, target(name)));
    rounds.push({ subject, control: (before + (await create('after'))) / 2 });
    await settled(admin);
  }
  return { rounds, names };
}

async function uses({ admin, agent }: Stage, names: readonly string[]): Promise<Round[]> {
  for (const { metadata } of await requests(admin)) {
    const spec = { request: metadata.name, verdict: 'Approve' };
    const decision = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalDecision' };
    await admin('POST', `${OURS}/approvaldecisions`, 201, {
      ...decision,
      metadata: { generateName: 'bench-' },
      spec,
    });
  }
  await until('the approvals', async () => {
    if ((await requests(admin)).some((one) => one.status?.state !== 'Approved')) throw new Error('pending');
  });
  const [model] = await requests(admin);
  let written = await admin('GET', `${COPIES}/first`, 200);
  const rounds: Round[] = [];
  for (const name of names) {
    const write = (side: string) =>
      time(async () => {
        const status = { ...model?.status, mark: `${name}-${side}` };
        written = await admin('PUT', `${COPIES}/first/status`, 200, { ...(written as object), status });
      });
    const before = await write('before');
    const subject = await time(() => agent('POST', TARGETS, 201, target(name)));
    rounds.push({ subject, control: (before + (await write('after'))) / 2 });
    await settled(admin);
  }
  return rounds;
}

/** The controller is done with the round before: it shares the machine's cores with what is measured next. */
async function settled(admin: Send): Promise<void> {
  await until('the controller', async () => {
    const busy = (await requests(admin)).find(
      ({ status }) => status === undefined || (status.recorded ?? 0) < (status.outbox?.length ?? 0),
    );
    if (busy) throw new Error(`${busy.metadata.name} is not told yet`);
  });
}

async function requests(admin: Send): Promise<readonly ApprovalRequest[]> {
  return ((await admin('GET', `${OURS}/approvalrequests`, 200)) as { items: ApprovalRequest[] }).items;
}

async function time(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

/** Tries again until it succeeds; what it waits for is not measured. @throws Error that names it */
async function until(what: string, act: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (tries === PATIENCE) throw new Error(`gave up waiting for ${what}`, { cause: error });
      await new Promise((resume) => {
        setTimeout(resume, POLL_MS);
      });
    }
  }
}
