// The stage of the forger: an agent with every verb on assent.dev and no right to Secrets or tokens, and an administrator
// who takes away everything that closes our kinds. The controller is stopped meanwhile, since it would put it back.
import { expect } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { ADMISSION_POLICIES, WEBHOOK_CONFIGURATIONS } from '../../src/api/installation.ts';
import { OURS, requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { CONFIGMAPS, createMap } from './people-stage.ts';

export const REQUESTS = `${OURS}/approvalrequests`;
export const DECISIONS = `${OURS}/approvaldecisions`;
export const APPROVERS = `${OURS}/approvers`;
export const MERGE = 'application/merge-patch+json';
/** A time that no approval reaches. */
export const FAR = '2099-01-01T00:00:00.000Z';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const WEBHOOKS = [
  ...WEBHOOK_CONFIGURATIONS.validating.map((name) => `${ADMISSION}/validatingwebhookconfigurations/${name}`),
  ...WEBHOOK_CONFIGURATIONS.mutating.map((name) => `${ADMISSION}/mutatingwebhookconfigurations/${name}`),
];
const POLICIES = Object.values(ADMISSION_POLICIES).flatMap((name) => [
  `${ADMISSION}/validatingadmissionpolicybindings/${name}`,
  `${ADMISSION}/validatingadmissionpolicies/${name}`,
]);

/** Who takes part; each is the path of a kubeconfig. */
export interface Forgery {
  readonly assent: Assent;
  readonly forger: string;
  readonly alice: string;
}

/** Starts one gate and one controller, the forger, and an approver. */
export async function startForgery(): Promise<Forgery> {
  const assent = await startAssent({ operator: { gates: 1, controllers: 1 } });
  const forger = (await assent.plane.serviceAccount('agents', 'forger')).kubeconfig;
  await assent.admin('POST', `${RBAC}/clusterroles`, {
    metadata: { name: 'forger' },
    rules: [
      { apiGroups: ['assent.dev'], resources: ['*'], verbs: ['*'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['*'] },
    ],
  });
  await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'forger' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'forger' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'forger' }],
  });
  return { assent, forger, alice: await assent.approver('alice') };
}

/** Ends the controller; its Lease is released. */
export async function stopController({ assent }: Forgery): Promise<void> {
  for (const one of assent.operator.processes.filter(({ part }) => part === 'controller'))
    await assent.operator.kill(one, 'SIGTERM');
}

/** A decision about nothing, as a dry-run: shows who would refuse one. */
const probe = ({ assent }: Forgery, who: string): Promise<Answer> =>
  assent.send(who, 'POST', `${DECISIONS}?dryRun=All`, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalDecision',
    metadata: { name: 'probe' },
    spec: { request: 'none', verdict: 'Approve' },
  });

/** Deletes the webhook configurations, and waits until the API server no longer asks us. */
export async function dropWebhooks(forgery: Forgery): Promise<void> {
  const { assent, forger } = forgery;
  for (const path of WEBHOOKS) await assent.admin('DELETE', path);
  await waitFor(
    async () => {
      const open = await probe(forgery, assent.plane.adminKubeconfig);
      const free = await createMap(assent, forger, 'probe', '?dryRun=All');
      return open.status === 201 && free.status === 201 && free.warnings.length === 0;
    },
    { what: 'the webhooks to be gone' },
  );
}

/** Deletes the admission policies and their bindings, and waits until the forger may write. */
export async function dropAdmissionPolicies(forgery: Forgery): Promise<void> {
  for (const path of POLICIES) await forgery.assent.admin('DELETE', path);
  await waitFor(async () => (await probe(forgery, forgery.forger)).status === 201, {
    what: 'the admission policies to be gone',
  });
}

/** Starts the controller, and waits until gate, guard and admission policies hold again. */
export async function restore(forgery: Forgery): Promise<void> {
  const { assent, forger } = forgery;
  await assent.operator.add('controller');
  await waitFor(
    async () => {
      for (const path of [...WEBHOOKS, ...POLICIES]) await assent.admin('GET', path);
      expect((await probe(forgery, forger)).status).toBe(403);
      expect((await probe(forgery, assent.plane.adminKubeconfig)).message).toContain('(unknown-request)');
      return true;
    },
    { what: 'everything to be registered again', timeoutMs: 30_000 },
  );
  await assent.untilHeld(() => createMap(assent, forger, 'probe', '?dryRun=All'));
}

/** Has the forger ask for a ConfigMap. */
export async function asked({ assent, forger }: Forgery, object: string): Promise<ApprovalRequest> {
  const held = await createMap(assent, forger, object);
  expect(held.status, held.message).toBe(403);
  return assent.request(requestIn(held.message));
}

/** Alice decides, and it is counted. @returns the sealed decision and the request after it */
export async function decided(
  { assent, alice }: Forgery,
  request: ApprovalRequest,
  verdict: 'Approve' | 'Deny' = 'Approve',
): Promise<{ readonly decision: ApprovalDecision; readonly request: ApprovalRequest }> {
  const { name } = request.metadata;
  const answer = await assent.decide(alice, name, verdict);
  expect(answer.status, answer.message).toBe(201);
  const after = await assent.untilState(name, verdict === 'Approve' ? 'Approved' : 'Denied');
  return { decision: answer.json as ApprovalDecision, request: after };
}

/** The forger writes; the API server must take it, since nothing of ours is there. */
export async function forge(
  { assent, forger }: Forgery,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await assent.send(forger, method, path, body, method === 'PATCH' ? MERGE : undefined);
  expect(answer.status, `${method} ${path}: ${answer.message}`).toBeLessThan(300);
  return answer.json;
}

/** The status of a request that claims an approval without end. */
export const approvedStatus = (request: ApprovalRequest, decisions: readonly object[] = []) => ({
  state: 'Approved',
  usableUntil: FAR,
  approvals: '1/1',
  decidedBy: 'alice',
  decisions: [
    {
      name: 'made-up',
      uid: '00000000-0000-4000-8000-000000000000',
      verdict: 'Approve',
      person: 'alice',
      policies: request.spec.policies.map((policy) => policy.name),
      channel: 'kubectl',
      at: new Date().toISOString(),
    },
    ...decisions,
  ],
});

/** Forges the status of a stored request. */
export const forgeApproved = (forgery: Forgery, request: ApprovalRequest) =>
  forge(forgery, 'PATCH', `${REQUESTS}/${request.metadata.name}/status`, { status: approvedStatus(request) });

/** What is stored of a ConfigMap: its data, or undefined. */
export async function storedMap({ assent }: Forgery, name: string): Promise<unknown> {
  const { status, json } = await assent.send(assent.plane.adminKubeconfig, 'GET', `${CONFIGMAPS}/${name}`);
  return status === 404 ? undefined : (json as { data?: unknown }).data;
}
