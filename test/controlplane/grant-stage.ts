// The stage of writes under a grant: an agent that RBAC lets do anything, and a policy that offers it access to ConfigMaps. The
// test plays the part that makes the request: it holds the seal keys, as an administrator can.
import { expect } from 'vitest';
import type { Access } from '../../src/api/access.ts';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../../src/api/approval-request.ts';
import { ACCOUNTS, NAMESPACE } from '../../src/api/installation.ts';
import { requestSealBytes } from '../../src/domain/request/sealed.ts';
import { sealKeysFromSecret } from '../../src/platform/seal-keys.ts';
import { OURS, type Answer, type Assent } from './assent.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const MERGE = 'application/merge-patch+json';
export const AGENT = 'system:serviceaccount:agents:fixer';
/** The policy that offers, and the ClusterRole that it offers. */
export const POLICY = 'maps';
export const ROLE = 'map-fixer';

const RULES: Access['rules'] = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'update', 'patch', 'delete'] },
];

/** Everything at once, in `default`, for ten minutes, unless said otherwise. */
export const access = (over: Partial<Access> = {}): Access => ({
  role: ROLE,
  whole: false,
  rules: RULES,
  namespaces: ['default'],
  seconds: 600,
  once: false,
  ...over,
});

/** Writes the ClusterRole and the policy. */
export async function offer(assent: Assent, agents: ApprovalPolicy['spec']['agents']): Promise<void> {
  await assent.admin('POST', `${RBAC}/clusterroles`, { metadata: { name: ROLE }, rules: RULES });
  await assent.policy(POLICY, {
    agents,
    match: { rules: [] },
    access: [{ role: ROLE, namespaces: ['default', 'other'], maxDuration: '1h' }],
  });
}

/** Creates the request as the gate will, sealed. */
export async function askFor(
  assent: Assent,
  wanted: Access,
  over: Partial<ApprovalRequestSpec> = {},
): Promise<ApprovalRequest> {
  const { plane } = assent;
  const policy = (await assent.admin('GET', `${OURS}/approvalpolicies/${POLICY}`)).json as ApprovalPolicy;
  const cluster = (await assent.admin('GET', '/api/v1/namespaces/kube-system')).json as {
    metadata: { uid: string };
  };
  const now = Date.now();
  const id = `${now.toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  const spec = {
    cluster: cluster.metadata.uid,
    requester: { username: AGENT, short: 'sa:agents/fixer', groups: [] },
    policies: [
      {
        name: POLICY,
        uid: policy.metadata.uid,
        digest: policy.status?.digest ?? '',
        required: 1,
        owners: [],
      },
    ],
    risk: 'Medium' as const,
    summary: 'access to configmaps',
    action: 'access',
    target: 'configmaps',
    fingerprint: `v1:${Buffer.from(id).toString('hex')}`,
    access: wanted,
    reasonRequired: false,
    approveMasked: true,
    requestedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'),
    usableForSeconds: wanted.seconds,
    coolDownSeconds: 0,
    predecessor: '',
    ...over,
  };
  const gate = (await plane.serviceAccount(NAMESPACE, ACCOUNTS.gate)).kubeconfig;
  const seal = (await keysOf(assent)).sign(requestSealBytes(spec));
  const answer = await assent.send(gate, 'POST', `${OURS}/approvalrequests`, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name: `ask-configmaps-${id}` },
    spec: { ...spec, seal },
  });
  expect(answer.status, answer.message).toBe(201);
  return answer.json as ApprovalRequest;
}

async function keysOf(assent: Assent) {
  const secret = await assent.admin('GET', `/api/v1/namespaces/${NAMESPACE}/secrets/assent-seal`);
  const { data } = secret.json as { data: Record<string, string> };
  const keys = sealKeysFromSecret(data);
  if (!keys.ok) throw new Error(keys.why);
  return keys.value;
}

/** Asks, and has Alice approve. @returns the name of the request */
export async function granted(
  assent: Assent,
  alice: string,
  wanted: Access,
  over: Partial<ApprovalRequestSpec> = {},
): Promise<string> {
  const { name } = (await askFor(assent, wanted, over)).metadata;
  const answer = await assent.decide(alice, name);
  expect(answer.status, answer.message).toBe(201);
  await assent.untilState(name, 'Approved');
  return name;
}

/** Claims in the status of a request that it is approved without end, as whoever holds the account of the gate could. */
export async function forgeStatus(assent: Assent, { metadata }: ApprovalRequest): Promise<void> {
  const gate = (await assent.plane.serviceAccount(NAMESPACE, ACCOUNTS.gate)).kubeconfig;
  const path = `${OURS}/approvalrequests/${metadata.name}`;
  const stored = (await assent.admin('GET', path)).json as ApprovalRequest;
  const status = { ...stored.status, state: 'Approved', usableUntil: '2099-01-01T00:00:00Z' };
  const answer = await assent.send(gate, 'PUT', `${path}/status`, { ...stored, status });
  expect(answer.status, answer.message).toBe(200);
}

/** A ConfigMap, made by the administrator. */
export const stand = (assent: Assent, name: string, metadata: object = {}, namespace = 'default') =>
  assent.admin('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
    metadata: { name, ...metadata },
    data: { a: '1' },
  });

export const remove = (assent: Assent, who: string, name: string, namespace = 'default'): Promise<Answer> =>
  assent.send(who, 'DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}`);

export const edit = (assent: Assent, who: string, name: string, a: string): Promise<Answer> =>
  assent.send(who, 'PATCH', `/api/v1/namespaces/default/configmaps/${name}`, { data: { a } }, MERGE);
