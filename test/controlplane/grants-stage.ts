// The stage of grants: an agent without rights that asks, a policy that offers it access, a ceiling, a person who approves.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Access } from '../../src/api/access.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { ACCOUNTS, CEILING, NAMESPACE } from '../../src/api/installation.ts';
import { grantName } from '../../src/domain/grant/objects.ts';
import type { OperatorOptions } from '../../tools/operator/start.ts';
import { OURS, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { APPROVAL } from './people-stage.ts';

export const RBAC = '/apis/rbac.authorization.k8s.io/v1';
export const POLICY = 'shop-access';
export const ROLE = 'pod-fixer';
export const MERGE = 'application/merge-patch+json';
/** What the ClusterRole that the policy offers allows. */
export const ROLE_RULES = [
  { apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['get', 'list', 'delete'] },
];

/** What the ceiling holds. */
const CEILING_RULES = [
  {
    apiGroups: [''],
    resources: ['pods', 'pods/log', 'configmaps'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  },
  { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], verbs: ['get', 'patch', 'update'] },
];

/** Who takes part; each is the path of a kubeconfig. */
export interface GrantStage {
  readonly assent: Assent;
  readonly agent: string;
  readonly alice: string;
  readonly controller: string;
}

/** Starts a gate, a controller, the agent and alice. */
export async function startGrantStage(operator: Partial<OperatorOptions> = {}): Promise<GrantStage> {
  const assent = await startAssent({ operator: { gates: 1, controllers: 1, ...operator } });
  const { plane } = assent;
  const agent = (await plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  const made = ['shop', 'cart'].map((name) =>
    assent.admin('POST', '/api/v1/namespaces', { metadata: { name } }),
  );
  await Promise.all(made);
  const madeBy = Date.now();
  await assent.admin('POST', `${RBAC}/clusterroles`, { metadata: { name: ROLE }, rules: ROLE_RULES });
  await holds(assent);
  await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'test-agents' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'assent-agent' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'deploy-bot' }],
  });
  await assent.policy(POLICY, offers());
  // A namespace of the very second of an approval may have been made behind it.
  await waitFor(() => Date.now() >= madeBy + 1_000, { what: 'the next second' });
  return {
    assent,
    agent,
    alice: await assent.approver('alice'),
    controller: (await plane.serviceAccount(NAMESPACE, ACCOUNTS.controller)).kubeconfig,
  };
}

/** The policy, offering access. */
export const offers = (over: object = {}) => ({
  agents: [{ serviceAccount: 'agents/deploy-bot' }],
  match: { rules: [{ apiGroups: ['apps'], resources: ['statefulsets'], operations: ['DELETE' as const] }] },
  access: [{ role: ROLE, namespaces: ['shop', 'cart'], maxDuration: '2h' }],
  approval: APPROVAL,
  ...over,
});

/** What the controller itself holds, and so may give. */
export const holds = (assent: Assent, rules: readonly object[] = CEILING_RULES) =>
  assent.admin('PATCH', `${RBAC}/clusterroles/${CEILING}`, { rules }, MERGE);

/** What an agent asks for: deletion of a pod that nobody else asks for, for ten minutes, unless said otherwise. */
type Ask = Partial<Pick<Access, 'role' | 'rules' | 'namespaces' | 'seconds' | 'once'>>;

/** The agent asks; it may take a moment until the gate knows the policy. */
export async function asks({ assent, agent }: GrantStage, over: Ask = {}): Promise<ApprovalRequest> {
  const pod = `web-${randomUUID().slice(0, 8)}`;
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['delete'], resourceNames: [pod] }];
  const what = over.role === undefined ? { rules } : {};
  const access = { ...what, namespaces: ['shop'], seconds: 600, once: false, ...over };
  const metadata = { generateName: 'ask-' };
  const answer = await waitFor(
    async () => {
      const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalRequest', metadata, spec: { access } };
      const sent = await assent.send(agent, 'POST', `${OURS}/approvalrequests`, body);
      expect(sent.status, sent.message).toBe(201);
      return sent;
    },
    { what: 'the ask to be taken', everyMs: 200 },
  );
  return answer.json as ApprovalRequest;
}

/** Alice says yes, or takes it back. */
export async function says(
  { assent, alice }: GrantStage,
  { metadata }: ApprovalRequest,
  verdict: 'Approve' | 'Deny' | 'Revoke' = 'Approve',
): Promise<void> {
  const answer = await waitFor(
    async () => {
      const spec = { request: metadata.name, verdict };
      const sent = await assent.send(alice, 'POST', `${OURS}/approvaldecisions`, {
        apiVersion: 'assent.dev/v1alpha1',
        kind: 'ApprovalDecision',
        metadata: { generateName: 'test-' },
        spec,
      });
      return sent.status === 201 ? sent : undefined;
    },
    { what: `alice to say ${verdict}` },
  );
  expect(answer.status).toBe(201);
}

/** The request once its status is so. */
export const until = (
  { assent }: GrantStage,
  { metadata }: ApprovalRequest,
  what: string,
  isSo: (status: NonNullable<ApprovalRequest['status']>) => boolean,
): Promise<ApprovalRequest> =>
  waitFor(
    async () => {
      const now = await assent.request(metadata.name);
      if (now.status && isSo(now.status)) return now;
      throw new Error(JSON.stringify({ state: now.status?.state, grant: now.status?.grant }));
    },
    { what: `${metadata.name}: ${what}` },
  );

/** The request once its access is granted. */
export const granted = (stage: GrantStage, request: ApprovalRequest) =>
  until(stage, request, 'granted', ({ grant }) => grant?.createdAt !== undefined);

/** The request once it is over. */
export const ended = (stage: GrantStage, request: ApprovalRequest) =>
  until(stage, request, 'Ended', ({ state }) => state === 'Ended');

/** Asks, approves, and waits until the access stands. */
export async function hasAccess(stage: GrantStage, over: Ask = {}): Promise<ApprovalRequest> {
  const request = await asks(stage, over);
  await says(stage, request);
  return granted(stage, request);
}

/** Stops the controller, does something without it, and starts one again. */
export async function restarted({ assent }: GrantStage, meanwhile: () => Promise<unknown>): Promise<void> {
  const one = assent.operator.processes.find(({ part }) => part === 'controller');
  await assent.operator.kill(one!, 'SIGTERM');
  await meanwhile();
  await assent.operator.add('controller');
}

/** Path of the object of a grant. */
export const pathOf = (
  plural: 'roles' | 'rolebindings',
  { metadata }: ApprovalRequest,
  namespace = 'shop',
): string => `${RBAC}/namespaces/${namespace}/${plural}/${grantName(metadata.uid)}`;

/** What is stored there; undefined where nothing is. */
export async function stored(
  { assent }: GrantStage,
  path: string,
): Promise<Record<string, unknown> | undefined> {
  const answer = await assent.send(assent.plane.adminKubeconfig, 'GET', path);
  return answer.status === 404 ? undefined : (answer.json as Record<string, unknown>);
}

/** Everything in the cluster that carries our label. */
export async function leftovers({ assent }: Pick<GrantStage, 'assent'>): Promise<string[]> {
  const lists = await Promise.all(
    ['roles', 'rolebindings'].map(async (plural) => {
      const { json } = await assent.admin('GET', `${RBAC}/${plural}?labelSelector=assent.dev/grant`);
      const { items } = json as { items: { metadata: { namespace: string; name: string } }[] };
      return items.map(({ metadata }) => `${plural} ${metadata.namespace}/${metadata.name}`);
    }),
  );
  return lists.flat();
}

/** The rules that the agent has in a namespace, as the API server tells it. */
export async function rights(
  { assent, agent }: Pick<GrantStage, 'assent' | 'agent'>,
  namespace = 'shop',
): Promise<string[]> {
  const answer: Answer = await assent.send(
    agent,
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
  );
  const { status } = answer.json as { status: { resourceRules: object[] } };
  return status.resourceRules.map((rule) => JSON.stringify(rule)).toSorted();
}
