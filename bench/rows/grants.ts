// DESIGN 12, row "end of a grant": from the answer to the write that ends access until the API server refuses what it allowed,
// and until no binding of it is left; for one grant that is revoked, and for a thousand that a freeze ends at once. And what a
// write under a grant costs. Real API server, gate and controller. Beside the thousand, another agent's change is opened: their end must not hold it up.
import { startControlPlane, type ControlPlane } from '../../tools/controlplane/start.ts';
import { startOperator } from '../../tools/operator/start.ts';
import { sendAs, time, until, type Send } from '../calls.ts';
import { spread, type Row } from '../row.ts';

const OURS = '/apis/assent.dev/v1alpha1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const MAPS = '/api/v1/namespaces/shop/configmaps';
const BINDINGS = `${RBAC}/rolebindings?labelSelector=assent.dev%2Fgrant&limit=1`;
const ROUNDS = 20;
const AGENTS = 20;
const EACH = 50;
/** ms */
const GOALS = { refused: 100, gone: 1_000, allGone: 10_000 } as const;
/** A thousand grants are made before they end; how long that takes is not what is measured. ms. */
const GRANTING_MS = 180_000;
/** How often it is looked whether something ended. ms. */
const POLL_MS = 5;
const RULES = [{ verbs: ['create'], apiGroups: [''], resources: ['configmaps'] }];

interface Agent {
  readonly name: string;
  readonly send: Send;
}
interface Stage {
  readonly admin: Send;
  readonly agents: readonly Agent[];
  /** An agent that nobody freezes. */
  readonly other: Agent;
}

/** Measures both. */
export async function grants(): Promise<Row[]> {
  const plane = await startControlPlane({ name: 'bench' });
  const operator = await startOperator(plane, { gates: 1, controllers: 1 });
  try {
    const stage = await setUp(plane);
    return [...(await use(stage)), ...(await one(stage)), ...(await thousand(stage))];
  } finally {
    await operator.stop();
    await plane.stop();
  }
}

async function setUp(plane: ControlPlane): Promise<Stage> {
  const admin = sendAs(plane, plane.adminKubeconfig);
  const agent = async (namespace: string, name: string): Promise<Agent> => ({
    name: `${namespace}/${name}`,
    send: sendAs(plane, (await plane.serviceAccount(namespace, name)).token),
  });
  await admin('POST', '/api/v1/namespaces', 201, { metadata: { name: 'shop' } });
  const madeBy = Date.now();
  const agents: Agent[] = [];
  for (let i = 0; i < AGENTS; i += 1) agents.push(await agent('bench', `agent-${i}`));
  const other = await agent('others', 'agent');
  const rules = [
    ...RULES,
    { verbs: ['create', 'get', 'list', 'watch'], apiGroups: ['assent.dev'], resources: ['approvalrequests'] },
  ];
  await admin('POST', `${RBAC}/clusterroles`, 201, { metadata: { name: 'offered' }, rules: RULES });
  await admin('PUT', `${RBAC}/clusterroles/assent-grant-ceiling`, 200, {
    metadata: { name: 'assent-grant-ceiling' },
    rules: RULES,
  });
  await admin('POST', `${RBAC}/clusterroles`, 201, { metadata: { name: 'asks' }, rules: rules.slice(1) });
  await admin('POST', `${RBAC}/clusterrolebindings`, 201, {
    metadata: { name: 'asks' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'asks' },
    subjects: [{ kind: 'Group', name: 'system:serviceaccounts', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  await admin('POST', `${OURS}/approvalpolicies`, 201, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalPolicy',
    metadata: { name: 'bench' },
    spec: {
      agents: [{ serviceAccount: 'bench/*' }, { serviceAccount: 'others/*' }],
      access: [{ role: 'offered', namespaces: ['shop'] }],
      approval: { limits: { pending: 100, newPerMinute: 60 } },
    },
  });
  const stage = { admin, agents, other };
  // A namespace of the very second of an approval ends what was approved: it may have been made behind it.
  await until('the next second', async () => {
    if (Date.now() < madeBy + 1_000) throw new Error('it is still that second');
  });
  // The first, cold one is not counted.
  const [first] = agents;
  if (first) await ended(stage, await until('the policy', () => granted(stage, first)), first);
  return stage;
}

let asked = 0;

/** Access is asked for and approved. @returns the name of the request */
async function approved({ admin }: Stage, { send }: Agent): Promise<string> {
  asked += 1;
  const request = (await send('POST', `${OURS}/approvalrequests`, 201, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { generateName: 'ask-' },
    // No two asks are the same.
    spec: { access: { rules: RULES, namespaces: ['shop'], seconds: 1_800 + asked, once: false } },
  })) as { metadata: { name: string } };
  const { name } = request.metadata;
  await decided(admin, name, 'Approve');
  return name;
}

async function granted(stage: Stage, agent: Agent): Promise<string> {
  const name = await approved(stage, agent);
  await until('the grant', () => written(agent), POLL_MS);
  return name;
}

async function decided(admin: Send, request: string, verdict: string): Promise<void> {
  await admin('POST', `${OURS}/approvaldecisions`, 201, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalDecision',
    metadata: { generateName: 'bench-' },
    spec: { request, verdict },
  });
}

const written = ({ send }: Agent): Promise<unknown> =>
  send('POST', MAPS, 201, { metadata: { generateName: 'made-' } });
const refused = ({ send }: Agent): Promise<unknown> =>
  send('POST', MAPS, 403, { metadata: { generateName: 'made-' } });
const noBinding = async (admin: Send): Promise<void> => {
  const { items } = (await admin('GET', BINDINGS, 200)) as { items: unknown[] };
  if (items.length > 0) throw new Error('there are bindings');
};

interface End {
  /** ms */
  readonly refused: number;
  readonly gone: number;
}

/** Revokes, and waits until it is refused and gone; both clocks start with the answer. */
async function ended({ admin }: Stage, request: string, agent: Agent): Promise<End> {
  await decided(admin, request, 'Revoke');
  const started = performance.now();
  const since = async (done: Promise<unknown>): Promise<number> => {
    await done;
    return performance.now() - started;
  };
  const [isRefused, isGone] = await Promise.all([
    since(until('a refusal', () => refused(agent), POLL_MS)),
    since(until('no binding', () => noBinding(admin), POLL_MS)),
  ]);
  return { refused: isRefused, gone: isGone };
}

/** Writes under a grant for several uses, one after the other: each is judged by decisions listed as of that moment. */
async function use(stage: Stage): Promise<Row[]> {
  const { admin, other } = stage;
  const request = await granted(stage, other);
  const times: { readonly agents: number[]; readonly people: number[] } = { agents: [], people: [] };
  for (let i = 0; i < ROUNDS; i += 1) {
    times.agents.push(await time(() => written(other)));
    times.people.push(await time(() => written({ name: 'admin', send: admin })));
  }
  await ended(stage, request, other);
  const row = (name: string, values: readonly number[]): Row => ({
    name,
    size: '',
    value: spread(values).median,
    unit: 'ms',
    rounds: spread(values),
  });
  return [row('write under a grant: p50', times.agents), row('the same of a person: p50', times.people)];
}

const timed = (name: string, values: readonly number[], goal: number): Row => ({
  name,
  size: '',
  value: spread(values).median,
  unit: 'ms',
  rounds: spread(values),
  goal,
});

async function one(stage: Stage): Promise<Row[]> {
  const ends: End[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const agent = stage.agents[i % AGENTS];
    if (agent) ends.push(await ended(stage, await granted(stage, agent), agent));
  }
  return [
    timed(
      'end of one grant -> refused: p50',
      ends.map((end) => end.refused),
      GOALS.refused,
    ),
    timed(
      'end of one grant -> binding gone: p50',
      ends.map((end) => end.gone),
      GOALS.gone,
    ),
  ];
}

async function thousand(stage: Stage): Promise<Row[]> {
  const { admin, agents, other } = stage;
  await Promise.all(
    agents.map(async (agent) => {
      for (let i = 0; i < EACH; i += 1) await approved(stage, agent);
    }),
  );
  await Promise.all(agents.map((agent) => until('a grant', () => written(agent))));
  const everyBinding = async () => {
    const { items } = (await admin('GET', BINDINGS.replace('&limit=1', ''), 200)) as { items: unknown[] };
    if (items.length < AGENTS * EACH) throw new Error(`there are ${items.length} bindings`);
  };
  await until('every binding', everyBinding, 500, GRANTING_MS);
  const idle = await time(() => refused(other));
  await admin('POST', `${OURS}/agentfreezes`, 201, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'AgentFreeze',
    metadata: { name: 'bench' },
    spec: { serviceAccount: 'bench/*', reason: 'all at once' },
  });
  const started = performance.now();
  const since = async (done: Promise<unknown>): Promise<number> => {
    await done;
    return performance.now() - started;
  };
  const refusals = Promise.all(
    agents.map((agent) => since(until('a refusal', () => refused(agent), POLL_MS))),
  );
  const [all, gone, busy] = await Promise.all([
    refusals,
    since(until('no binding', () => noBinding(admin))),
    time(() => refused(other)),
  ]);
  const size = `${AGENTS * EACH}`;
  return [
    {
      ...timed('end of many grants -> each agent refused: slowest', [Math.max(...all)], GOALS.refused),
      size,
    },
    { ...timed('end of many grants -> all bindings gone', [gone], GOALS.allGone), size },
    { name: 'meanwhile a denial of another agent', size, value: busy, unit: 'ms' },
    { name: 'the same before', size, value: idle, unit: 'ms' },
  ];
}
