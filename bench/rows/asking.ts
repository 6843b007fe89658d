// DESIGN 12, row 5: what it costs to open a request by a denial, against a denial that says a constant and a bare create of a
// custom resource of that size and schema (ADR 0018), and to use an approval, against a bare status write (ADR 0016). Beside
// them the same against the create alone, and against a kind that has no schema. Real API server, gate and controller;
// control, subject, control.
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { startControlPlane, type ControlPlane } from '../../tools/controlplane/start.ts';
import { startOperator, type Operator } from '../../tools/operator/start.ts';
import {
  BARE_KINDS,
  bareDefinition,
  bareObject,
  barePath,
  bareStatus,
  type BareKind,
} from '../bare-kinds.ts';
import { sendAs, time, until, type Send } from '../calls.ts';
import { startRefusal, type Refusal } from '../refusal.ts';
import { spread, type Row } from '../row.ts';

const OURS = '/apis/assent.dev/v1alpha1';
const TARGETS = '/api/v1/namespaces/default/configmaps';
const WRITES =
  /^apiserver_request_total\{.*resource="(?:approvalrequests|events)".*verb="(?:POST|PUT|PATCH)"/;
const ROUNDS = 40;

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
  let stage: Stage | undefined;
  try {
    stage = await setUp(plane, operator);
    const opened = await openings(stage);
    const used = await uses(stage, opened.names);
    return [...openingRows(opened.rounds), ...useRows(used)];
  } finally {
    stage?.refusal.stop();
    await operator.stop();
    await plane.stop();
  }
}

/** What a round took, ms. */
interface Round {
  readonly subject: number;
  readonly control: Readonly<Record<BareKind | 'refusal', number>>;
}
type Control = (round: Round) => number;

const sameSchema: Control = ({ control }) => control['same schema'];
const noSchema: Control = ({ control }) => control['no schema'];
/** The least that must happen: an answer that refuses, and a create. */
const refusedAndCreated: Control = ({ control }) => control.refusal + control['same schema'];

function against(name: string, rounds: readonly Round[], control: Control, goal?: number): Row {
  const value = spread(rounds.map(({ subject }) => subject)).median;
  const ratio = spread(rounds.map((round) => round.subject / control(round)));
  return { name, size: '', value, unit: 'ms', ratio, ...(goal !== undefined && { goal }) };
}

const alone = (name: string, rounds: readonly Round[], control: Control): Row => ({
  name: `${name}: p50`,
  size: '',
  value: spread(rounds.map(control)).median,
  unit: 'ms',
});

const openingRows = (rounds: readonly Round[]): Row[] => [
  against('denial that opens a request: p50', rounds, refusedAndCreated, 2),
  alone('constant denial and bare create', rounds, refusedAndCreated),
  against('against the bare create alone', rounds, sameSchema),
  alone('bare create, same schema', rounds, sameSchema),
  against('against one of no schema', rounds, noSchema),
  alone('bare create, no schema', rounds, noSchema),
];

const useRows = (rounds: readonly Round[]): Row[] => [
  against('admission of an approved change: p50', rounds, sameSchema, 3),
  alone('bare status write, same schema', rounds, sameSchema),
  against('against one of no schema', rounds, noSchema),
  alone('bare status write, no schema', rounds, noSchema),
];

/**
 * What a bare write takes, of each kind, one before and one after the subject. The controller is done with the subject
 * before the second one, or that would pay for what follows from the subject.
 */
async function measured(
  stage: Stage,
  write: (kind: BareKind, side: 'before' | 'after') => Promise<unknown>,
  act: () => Promise<unknown>,
): Promise<Round> {
  const controls = async (side: 'before' | 'after'): Promise<Round['control']> => ({
    'no schema': await time(() => write('no schema', side)),
    refusal: await time(stage.refusal.write),
    'same schema': await time(() => write('same schema', side)),
  });
  const before = await controls('before');
  const subject = await time(act);
  await settled(stage);
  const after = await controls('after');
  const mean = (name: keyof Round['control']): number => (before[name] + after[name]) / 2;
  const control = {
    'same schema': mean('same schema'),
    'no schema': mean('no schema'),
    refusal: mean('refusal'),
  };
  return { subject, control };
}

interface Stage {
  /** As the administrator, for everything that is not measured and for the controls. */
  readonly admin: Send;
  readonly agent: Send;
  readonly refusal: Refusal;
  /** Lines of the record so far. */
  readonly record: () => string;
  /** How many writes of requests and Events the API server has answered. */
  readonly calls: () => Promise<number>;
}

async function setUp(plane: ControlPlane, { processes }: Operator): Promise<Stage> {
  const admin = sendAs(plane, plane.adminKubeconfig);
  const agent = sendAs(plane, (await plane.serviceAccount('bench', 'agent')).token);
  await admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', 201, {
    metadata: { name: 'bench-agent' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: 'bench' }],
  });
  for (const kind of BARE_KINDS)
    await admin('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 201, bareDefinition(kind));
  await admin('POST', `${OURS}/approvalpolicies`, 201, POLICY);
  // Also the first, cold ones: neither is counted.
  await until('the policy', () => agent('POST', TARGETS, 403, target('first')));
  const [model] = await requests(admin);
  for (const kind of BARE_KINDS) {
    const first = bareObject(kind, 'first', model?.spec);
    await until(kind, () => admin('POST', barePath(kind), 201, first));
  }
  const refusal = await startRefusal(admin, agent);
  await until('the refusal', refusal.write);
  const record = () => processes.map(({ stdout }) => stdout()).join('');
  const calls = async () => {
    const { text } = await plane.raw(plane.adminKubeconfig, 'GET', '/metrics');
    return text
      .split('\n')
      .filter((line) => WRITES.test(line))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  return { admin, agent, refusal, record, calls };
}

const target = (name: string) => ({ metadata: { name }, data: { text: 'x'.repeat(500) } });
async function openings(stage: Stage): Promise<{ rounds: Round[]; names: string[] }> {
  const { admin, agent } = stage;
  const [model] = await requests(admin);
  if (model === undefined) throw new Error('no request was opened');
  const rounds: Round[] = [];
  const names = Array.from({ length: ROUNDS }, (_, i) => `change-${i}`);
  for (const name of names) {
    const opened = await measured(
      stage,
      (kind, side) => admin('POST', barePath(kind), 201, bareObject(kind, `${name}-${side}`, model.spec)),
      () => agent('POST', TARGETS, 403, target(name)),
    );
    rounds.push(opened);
  }
  return { rounds, names };
}

async function uses(stage: Stage, names: readonly string[]): Promise<Round[]> {
  const { admin, agent } = stage;
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
  const firsts: Record<BareKind, unknown> = {
    'same schema': await admin('GET', `${barePath('same schema')}/first`, 200),
    'no schema': await admin('GET', `${barePath('no schema')}/first`, 200),
  };
  let mark = 0;
  const write = async (kind: BareKind): Promise<void> => {
    mark += 1;
    const body = bareStatus(firsts[kind], model?.status, mark);
    firsts[kind] = await admin('PUT', `${barePath(kind)}/first/status`, 200, body);
  };
  const rounds: Round[] = [];
  for (const name of names) {
    rounds.push(await measured(stage, write, () => agent('POST', TARGETS, 201, target(name))));
  }
  return rounds;
}

/** Everything about all requests is told, and nobody but us has called the API server about them since the look before. */
async function settled({ admin, record, calls }: Stage): Promise<void> {
  let last = -1;
  await until('the controller', async () => {
    const lines = record();
    const busy = (await requests(admin)).find(
      ({ status }) => status?.outbox?.every(({ id }) => lines.includes(JSON.stringify(id))) !== true,
    );
    if (busy) throw new Error(`${busy.metadata.name} is not told yet`);
    const now = await calls();
    const isQuiet = now === last;
    last = now;
    if (!isQuiet) throw new Error('the controller still writes');
  });
}

async function requests(admin: Send): Promise<readonly ApprovalRequest[]> {
  return ((await admin('GET', `${OURS}/approvalrequests`, 200)) as { items: ApprovalRequest[] }).items;
}
