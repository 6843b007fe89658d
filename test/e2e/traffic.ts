// What goes on in the cluster all the time: an agent whose changes are held, an agent and a person whose changes concern
// nobody, and changes that people approve and that are then made. Each write has exactly one right answer.
import { OURS, replyOf, requestIn, type Reply } from '../faults/races-cluster.ts';
import type { Cluster } from './cluster.ts';

/** What became of one write. */
export type Outcome =
  /** As it has to be. */
  | 'right'
  /** An agent's change went through that nobody approved (INV-1). */
  | 'wrongly allowed'
  /** A write that is nobody's business failed (INV-6). */
  | 'ungated failure'
  /** An agent's write got no verdict, or an approved change did not go through. */
  | 'lost';

/** One write. */
export interface Write {
  readonly outcome: Outcome;
  /** What came instead; empty where it is right. */
  readonly words: string;
}

/** The writers. */
export interface Traffic {
  /** An agent's change that asks. */
  gated(): Promise<Write>;
  /** A person's write, and by turns an agent's write that the gate looks at and that no policy names. */
  ungated(): Promise<Write>;
  /** An agent asks, a person approves, the agent makes the change, once. */
  approved(): Promise<Write>;
}

const AGENTS = 12;
const HELD = 5;
const FREE = 24;
const PATIENCE_MS = 15_000;
const BUSY = 'busy';
const QUIET = 'quiet';

const RBAC = 'rbac.authorization.k8s.io';
const account = (name: string) => ({ kind: 'ServiceAccount', name, namespace: 'agents' });
const bindTo = (name: string, role: string, subjects: readonly object[]) => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  subjects,
});
const names = Array.from({ length: AGENTS }, (_, i) => `busy-${i}`);
/** An agent of the steps themselves. */
export const KEPT_AGENT = 'busy-kept';

/** Everything that the traffic needs in the cluster beside Assent, to be deleted when it is over. */
const OBJECTS: readonly object[] = [
  ...[BUSY, QUIET, 'agents'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'e2e-writes' },
    rules: [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'update', 'patch', 'delete'] },
      { apiGroups: ['assent.dev'], resources: ['approvalpolicies'], verbs: ['approve'] },
    ],
  },
  bindTo('e2e-writes', 'e2e-writes', [
    ...['bob', 'carol'].map((name) => ({ apiGroup: RBAC, kind: 'User', name })),
    ...[...names, KEPT_AGENT].map(account),
  ]),
  ...Array.from({ length: HELD }, (_, i) => configMap(BUSY, `held-${i}`)),
  ...Array.from({ length: FREE }, (_, i) => configMap(QUIET, `free-${i}`)),
];

/** What needs Assent's kinds and roles. */
const POLICY: readonly object[] = [
  bindTo('e2e-answers', 'assent-approver', [{ apiGroup: RBAC, kind: 'User', name: 'carol' }]),
  {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalPolicy',
    metadata: { name: 'busy-configmaps' },
    spec: {
      mode: 'Enforce',
      agents: [{ serviceAccount: 'agents/busy-*' }],
      match: {
        rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE', 'UPDATE', 'DELETE'] }],
        namespaces: { names: [BUSY] },
      },
      action: 'Ask',
      risk: 'Low',
    },
  },
];

function configMap(namespace: string, name: string, data: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** Makes what the traffic needs; Assent is installed. */
export async function prepareTraffic(cluster: Cluster): Promise<void> {
  await cluster.must(['apply', '-f', '-'], list(OBJECTS));
  await cluster.must(['apply', '-f', '-'], list(POLICY));
  await cluster.must(['wait', 'apol/busy-configmaps', '--for=condition=Ready', '--timeout=30s']);
}

/** Takes it away again. Nothing of it may need Assent any more. */
export async function clearTraffic(cluster: Cluster): Promise<void> {
  await cluster.must(['delete', '--ignore-not-found', '--wait', '-f', '-'], list(OBJECTS));
  await cluster.must(['delete', 'clusterrolebinding', 'e2e-answers', '--ignore-not-found']);
}

/** Starts the writers. */
export async function startTraffic(cluster: Cluster): Promise<Traffic> {
  const agents = await Promise.all(names.map((name) => cluster.account('agents', name)));
  const [bob, carol] = [await cluster.person('bob'), await cluster.person('carol')];
  const send = (who: string, method: string, path: string, body?: unknown): Promise<Reply> =>
    replyOf((headers) =>
      cluster.raw.send(who, method, path, {
        headers,
        ...(body === undefined ? {} : { body }),
        ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}),
      }),
    );
  const [holder = ''] = agents;
  const turn = counter();
  return {
    async gated() {
      const path = `${maps(BUSY)}/held-${turn('gated') % HELD}`;
      const write = judged(await send(holder, 'PATCH', path, { data: { wanted: 'yes' } }), 'held');
      // The same again would change nothing, and so would not be held.
      if (write.outcome === 'wrongly allowed') await send(bob, 'PATCH', path, { data: { wanted: null } });
      return write;
    },
    async ungated() {
      const n = turn('ungated');
      const path = `${maps(QUIET)}/free-${n % FREE}`;
      const isAgents = n % 2 === 1;
      const write = judged(
        await send(isAgents ? holder : bob, 'PATCH', path, { data: { n: `${n}` } }),
        'free',
      );
      // The gate has to look at an agent's write before it lets it through, and says no in doubt: that is the promise.
      return isAgents && write.outcome !== 'right' ? { ...write, outcome: 'lost' } : write;
    },
    async approved() {
      const n = turn('approved');
      // The first one is the one whose changes are held.
      const agent = agents[1 + (n % (AGENTS - 1))] ?? '';
      return approvedRound({ send, agent, carol, name: `round-${process.pid}-${n}` });
    },
  };
}

const maps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

function counter() {
  const counts = new Map<string, number>();
  return (name: string): number => {
    const next = (counts.get(name) ?? -1) + 1;
    counts.set(name, next);
    return next;
  };
}

const said = ({ status, message }: Reply): string => `${status} ${message.split('\n')[0] ?? ''}`;
const isDenial = (reply: Reply): boolean => reply.status === 403 && requestIn(reply.message) !== '';

function judged(reply: Reply, wanted: 'held' | 'free'): Write {
  const passed = reply.status >= 200 && reply.status < 300;
  if (wanted === 'free') {
    return passed ? { outcome: 'right', words: '' } : { outcome: 'ungated failure', words: said(reply) };
  }
  if (passed) return { outcome: 'wrongly allowed', words: said(reply) };
  return isDenial(reply) ? { outcome: 'right', words: '' } : { outcome: 'lost', words: said(reply) };
}

interface Round {
  readonly send: (who: string, method: string, path: string, body?: unknown) => Promise<Reply>;
  readonly agent: string;
  readonly carol: string;
  readonly name: string;
}

/** From the first denial to the write that goes through. */
async function approvedRound({ send, agent, carol, name }: Round): Promise<Write> {
  const create = () => send(agent, 'POST', maps(BUSY), configMap(BUSY, name, { of: name }));
  const first = await create();
  const request = requestIn(first.message);
  if (!isDenial(first)) return judged(first, 'held');
  const decided = await send(carol, 'POST', `${OURS}/approvaldecisions`, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalDecision',
    metadata: { generateName: 'e2e-' },
    spec: { request, verdict: 'Approve' },
  });
  if (decided.status !== 201) return { outcome: 'lost', words: `the decision: ${said(decided)}` };
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const again = await create();
    if (again.status === 201) break;
    if (!isDenial(again) || performance.now() > deadline)
      return { outcome: 'lost', words: `${request} was approved: ${said(again)}` };
    await new Promise((resume) => {
      setTimeout(resume, 100);
    });
  }
  const deleted = await send(carol, 'DELETE', `${maps(BUSY)}/${name}`);
  return deleted.status === 200
    ? { outcome: 'right', words: '' }
    : { outcome: 'ungated failure', words: said(deleted) };
}
