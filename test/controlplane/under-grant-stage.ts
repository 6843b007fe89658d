// The stage of writes under a grant: an agent that RBAC lets do anything, and a policy that offers it access to ConfigMaps. The
// test plays the part that makes the request: it holds the seal keys, as an administrator can.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Access } from '../../src/api/access.ts';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { ACCOUNTS, NAMESPACE } from '../../src/api/installation.ts';
import { sealKeysFromSecret } from '../../src/platform/seal-keys.ts';
import { CEILING, sealedAsk } from '../builders/sealed-ask.ts';
import { OURS, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const MERGE = 'application/merge-patch+json';
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
  await assent.admin('PATCH', CEILING.path, CEILING.patch, CEILING.contentType);
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
  username = 'system:serviceaccount:agents:fixer',
): Promise<ApprovalRequest> {
  const policy = (await assent.admin('GET', `${OURS}/approvalpolicies/${POLICY}`)).json as ApprovalPolicy;
  const { json } = await assent.admin('GET', '/api/v1/namespaces/kube-system');
  const cluster = (json as { metadata: { uid: string } }).metadata.uid;
  const spec = sealedAsk(policy, await keysOf(assent), { access: wanted, username, cluster });
  const answer = await assent.send(await gateOf(assent), 'POST', `${OURS}/approvalrequests`, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name: `ask-configmaps-${randomUUID().slice(-10)}` },
    spec,
  });
  expect(answer.status, answer.message).toBe(201);
  return answer.json as ApprovalRequest;
}

const gateOf = async ({ plane }: Assent): Promise<string> =>
  (await plane.serviceAccount(NAMESPACE, ACCOUNTS.gate)).kubeconfig;

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
  username?: string,
): Promise<string> {
  const { name } = (await askFor(assent, wanted, username)).metadata;
  const answer = await assent.decide(alice, name);
  expect(answer.status, answer.message).toBe(201);
  await assent.untilState(name, 'Approved');
  return name;
}

/** Claims in the status of a request that it is approved without end, as whoever holds the account of the gate could. */
export async function forgeStatus(assent: Assent, { metadata }: ApprovalRequest): Promise<void> {
  const path = `${OURS}/approvalrequests/${metadata.name}`;
  const gate = await gateOf(assent);
  await waitFor(
    async () => {
      const stored = (await assent.admin('GET', path)).json as ApprovalRequest;
      const status = { ...stored.status, state: 'Approved', usableUntil: '2099-01-01T00:00:00Z' };
      const answer = await assent.send(gate, 'PUT', `${path}/status`, { ...stored, status });
      expect(answer.status, answer.message).toBe(200);
      return true;
    },
    // The controller writes too.
    { what: 'the status to be forged' },
  );
}

/** A ConfigMap, made by the administrator. */
export const stand = (assent: Assent, name: string, metadata: object = {}, namespace = 'default') =>
  assent.admin('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
    metadata: { name, ...metadata },
    data: { a: '1' },
  });

export const remove = (assent: Assent, who: string, name: string, namespace = 'default'): Promise<Answer> =>
  assent.send(who, 'DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}`);

/** Would delete it. */
export const rehearse = (assent: Assent, who: string, name: string): Promise<Answer> =>
  assent.send(who, 'DELETE', `/api/v1/namespaces/default/configmaps/${name}?dryRun=All`);

export const edit = (assent: Assent, who: string, name: string, a: string): Promise<Answer> =>
  assent.send(who, 'PATCH', `/api/v1/namespaces/default/configmaps/${name}`, { data: { a } }, MERGE);
