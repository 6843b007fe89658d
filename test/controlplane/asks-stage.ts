// A cluster for the table of asks: what policies offer, what the ceiling holds, who asks. Each ask goes to the real API server
// through the running gate.
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { CEILING } from '../../src/api/installation.ts';
import { OURS, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { APPROVAL } from './people-stage.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** A rule of a Role. */
export const rule = (verbs: string[], resources: string[], over: object = {}) => ({
  apiGroups: [''],
  resources,
  verbs,
  ...over,
});

/** What the ClusterRoles allow that policies offer, by name. */
export const ROLES: Readonly<Record<string, object[]>> = {
  'pod-fixer': [
    rule(['get', 'list', 'delete'], ['pods']),
    rule(['get'], ['pods/log']),
    rule(['create'], ['pods/exec']),
  ],
  'config-writer': [rule(['get', 'update', 'patch'], ['configmaps'])],
  'db-reader': [rule(['get'], ['secrets'], { resourceNames: ['db'] })],
  scaler: [rule(['get', 'patch'], ['deployments', 'deployments/scale'], { apiGroups: ['apps'] })],
  'node-reader': [rule(['get'], ['nodes']), rule(['get'], ['pods'])],
  everything: [rule(['*'], ['*'], { apiGroups: ['*'] })],
};
const CEILING_RULES = [
  rule(['get', 'list', 'delete'], ['pods']),
  rule(['get'], ['pods/log', 'secrets']),
  rule(['create'], ['pods/exec', 'serviceaccounts/token']),
  rule(['get', 'patch'], ['deployments'], { apiGroups: ['apps'] }),
  rule(['bind'], ['clusterroles'], { apiGroups: [RBAC_GROUP], resourceNames: ['config-writer'] }),
];

/** Who asks. `capped` may make two requests within a minute, `stranger` is no agent, `alice` is a person. */
export type Asker = 'bot' | 'capped' | 'stranger' | 'alice' | 'robot';

/** The cluster, and who is in it. */
export interface AsksStage {
  readonly assent: Assent;
  /** Sends an ask. */
  ask(who: Asker, body: object, query?: string): Promise<Answer>;
  /** A kubeconfig. */
  as(who: Asker): string;
  /** Somebody who decides. */
  readonly approver: string;
}

/** An ApprovalRequest as an agent writes it. */
export const askOf = (spec: object, metadata: object = {}, more: object = {}) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata,
  spec,
  ...more,
});

/** Deletion of one pod in shop, unless said otherwise. */
export const access = (over: object = {}) => ({
  rules: [rule(['delete'], ['pods'], { resourceNames: ['web-7'] })],
  namespaces: ['shop'],
  ...over,
});

/** Starts the cluster and waits until asks are answered. @param folder start of its run folder's name; needed outside of vitest */
export async function startAsksStage(folder?: string): Promise<AsksStage> {
  const assent = await startAssent(folder === undefined ? {} : { cluster: { name: folder } });
  const { plane } = assent;
  const admin = (method: string, path: string, body: object, type?: string) =>
    assent.admin(method, path, body, type);
  for (const name of ['shop', 'shop-b', 'shop-payments', 'shop-ending'])
    await admin('POST', '/api/v1/namespaces', { metadata: { name } });
  // Nobody finalizes it here: it is on its way out for good.
  await admin('DELETE', '/api/v1/namespaces/shop-ending', {});
  for (const [name, rules] of Object.entries(ROLES))
    await admin('POST', `${RBAC}/clusterroles`, { metadata: { name }, rules });
  await admin('POST', `${RBAC}/clusterroles`, {
    metadata: { name: 'gathered' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { gathered: 'yes' } }] },
    rules: [],
  });
  const ceiling = { rules: CEILING_RULES };
  await admin('PATCH', `${RBAC}/clusterroles/${CEILING}`, ceiling, 'application/merge-patch+json');
  const configs: Record<Asker, string> = {
    bot: (await plane.serviceAccount('agents', 'bot')).kubeconfig,
    capped: (await plane.serviceAccount('agents', 'capped')).kubeconfig,
    stranger: (await plane.serviceAccount('tools', 'stranger')).kubeconfig,
    alice: (await plane.user('alice')).kubeconfig,
    robot: (await plane.user('robot@example.com')).kubeconfig,
  };
  await admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'ask' },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: 'assent-agent' },
    subjects: ['system:authenticated'].map((name) => ({ apiGroup: RBAC_GROUP, kind: 'Group', name })),
  });
  await policies(assent);
  const stage: AsksStage = {
    assent,
    ask: (who, body, query = '') =>
      assent.send(configs[who], 'POST', `${OURS}/approvalrequests${query}`, body),
    as: (who) => configs[who],
    approver: await assent.approver('carol'),
  };
  for (const who of ['bot', 'capped', 'robot'] as const) await untilAsked(stage, who);
  return stage;
}

async function policies(assent: Assent): Promise<void> {
  const offers = Object.keys(ROLES).map((role) => ({
    role,
    namespaces: ['shop', 'shop-*'],
    maxDuration: '1h',
  }));
  const match = { rules: [] };
  await assent.policy('shop', {
    agents: [{ serviceAccount: 'agents/bot' }, { user: 'robot@example.com' }],
    match,
    access: [
      ...offers,
      { role: 'gathered', namespaces: ['shop'], maxDuration: '1h' },
      { role: 'lost', namespaces: ['shop'], maxDuration: '1h' },
    ],
    approval: APPROVAL,
  });
  // Offers the same for a shorter time in one namespace: both have to approve there.
  await assent.policy('payments', {
    agents: [{ serviceAccount: 'agents/bot' }],
    match,
    access: [{ role: 'pod-fixer', namespaces: ['shop-payments'], maxDuration: '5m' }],
    approval: APPROVAL,
  });
  await assent.policy('watched', {
    mode: 'Audit',
    agents: [{ serviceAccount: 'tools/stranger' }],
    match,
    access: [{ role: 'pod-fixer', namespaces: ['*'], maxDuration: '1h' }],
  });
  await assent.policy('capped', {
    agents: [{ serviceAccount: 'agents/capped' }],
    match,
    access: [{ role: 'pod-fixer', namespaces: ['*'], maxDuration: '1h' }],
    approval: { ...APPROVAL, limits: { pending: 10, newPerMinute: 2 } },
  });
}

/** The gate hears of policies and roles a moment after they are written. */
async function untilAsked(stage: AsksStage, who: Asker): Promise<void> {
  await waitFor(
    async () => (await stage.ask(who, askOf({ access: access() }), '?dryRun=All')).status === 201,
    {
      what: `an ask of ${who} to be answered`,
    },
  );
}

/** What came of an ask, in one word, and in words without what differs from run to run. */
export function cameOf(answer: Answer): { readonly outcome: string; readonly words: string } {
  return answer.status === 201 ? accepted(answer.json as ApprovalRequest) : refused(answer);
}

function accepted({ spec, metadata, status }: ApprovalRequest) {
  if (spec.access === undefined) throw new Error(`${metadata.name} is not about access`);
  const { seconds, role, whole, once } = spec.access;
  const terms = `${seconds}s from ${role}${whole ? ', whole' : ''}, ${once ? 'once' : 'several times'}`;
  const who = spec.policies.map(({ name }) => name).join('+');
  const name = metadata.name.replace(/-[0-9a-z]{10}$/, '-HASH');
  return { outcome: status?.state ?? '', words: `${spec.target}; ${terms}; asked ${who}; ${name}` };
}

function refused({ status, message }: Answer) {
  const denied = /^admission webhook "(\w+)\.assent\.dev" denied the request: (.*)$/s.exec(message);
  const words = (denied?.[2] ?? message)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ask-[a-z0-9-]+-[0-9a-z]{10}\b/g, 'NAME')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  const code = (/refusal: (\S+)/.exec(words) ?? /code: (\S+)/.exec(words))?.[1];
  return { outcome: code ?? `${denied?.[1] ?? 'the API server'} ${status}`, words };
}
