// Well-formed objects of our kinds, and a cluster on which they can be written: CRDs, roles and admission policies as shipped.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ApprovalDecisionSpec } from '../../src/api/approval-decision.ts';
import type { ApprovalRequestSpec } from '../../src/api/approval-request.ts';
import { API_VERSION } from '../../src/api/group.ts';
import { OWN_USERS } from '../../src/api/installation.ts';
import { KINDS } from '../../src/api/kinds.ts';
import type { RawAnswer } from '../../tools/controlplane/raw.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { waitFor } from './cluster.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A JSON object that a test changes as it likes before it sends it. */
export interface Draft {
  [key: string]: unknown;
}

/** What the API server says when it refuses an object, as far as tests read it. */
export interface Refusal {
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message: string }[] };
}

/** Path of a kind's collection, of an object, or of its subresource. */
export const pathOf = (plural: string, ...rest: readonly string[]): string =>
  ['/apis', API_VERSION, plural, ...rest].join('/');

/** A method; PATCH is a merge patch, and APPLY is server-side apply. */
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'APPLY';

/** Sends a request as anybody: the administrator impersonates, and the API server adds the groups of ServiceAccounts. */
export type Send = (user: string, method: Method, path: string, body?: unknown) => Promise<RawAnswer>;

const PATCHES: Partial<Record<Method, string>> = {
  PATCH: 'application/merge-patch+json',
  APPLY: 'application/apply-patch+yaml',
};

export function senderOf(cluster: ControlPlane): Send {
  return (user, method, path, body) =>
    cluster.raw(cluster.adminKubeconfig, method === 'APPLY' ? 'PATCH' : method, path, {
      headers: user === 'admin' ? {} : { 'impersonate-user': user },
      ...(body === undefined ? {} : { body }),
      contentType: PATCHES[method] ?? 'application/json',
    });
}

/** The object of an answer. @throws Error with the API server's words when it refused. */
export function accepted(answer: RawAnswer): Draft {
  if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json as Draft;
}

/** The API server's words when it refused; empty when it did not. Kubernetes 1.34 puts a type before the words of a rule. */
export const refusalOf = (answer: RawAnswer): string =>
  answer.status < 300
    ? ''
    : (answer.json as Refusal).message.replaceAll('Invalid value: "object": ', 'Invalid value: ');

/** Applies `files` (paths below the root of the project) as the administrator. */
export async function apply(cluster: ControlPlane, ...files: string[]): Promise<void> {
  const args = files.flatMap((file) => ['-f', join(ROOT, file)]);
  const result = await cluster.kubectl(cluster.adminKubeconfig, [
    'apply',
    '--server-side',
    '--force-conflicts',
    ...args,
  ]);
  expect(result.stderr).toBe('');
  expect(result.code).toBe(0);
}

/** Applies the CRDs and waits until each kind can be created: the first POST answers 404 for about two seconds. */
export async function installKinds(cluster: ControlPlane): Promise<void> {
  expect(await readdir(join(ROOT, 'crds'))).toHaveLength(KINDS.length);
  await apply(cluster, 'crds');
  for (const { plural } of KINDS) {
    const probe = async () =>
      (await cluster.raw(cluster.adminKubeconfig, 'POST', pathOf(plural), { body: {} })).status;
    await waitFor(async () => (await probe()) === 400, { what: `${plural} to be served` });
  }
}

/** Applies roles and admission policies too, and waits until a ServiceAccount of cluster-admin is refused. */
export async function installAll(cluster: ControlPlane): Promise<void> {
  await installKinds(cluster);
  await apply(cluster, 'manifests');
  const send = senderOf(cluster);
  await cluster.kubectl(cluster.adminKubeconfig, [
    'create',
    'clusterrolebinding',
    'robot',
    '--clusterrole=cluster-admin',
    `--user=${ROBOT}`,
  ]);
  const refused = async (answer: Promise<RawAnswer>) => (await answer).text.includes('only people may');
  const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/approvers.assent.dev?dryRun=All';
  const create = `${pathOf('approvalpolicies')}?dryRun=All`;
  await waitFor(() => refused(send(ROBOT, 'DELETE', crd)), { what: 'the policy for our API' });
  await waitFor(() => refused(send(ROBOT, 'POST', create, aPolicy('probe'))), {
    what: 'the policy for our kinds',
  });
  const unknown = { ...aPolicy('probe'), spec: { ...aPolicySpec(), unheard: 1 } };
  await waitFor(async () => (await send('admin', 'POST', create, unknown)).status === 422, {
    what: 'the policy for unknown fields',
  });
}

/** A ServiceAccount that is bound to cluster-admin. */
export const ROBOT = 'system:serviceaccount:tools:robot';
export const { gate: GATE, controller: CONTROLLER } = OWN_USERS;

const object = (kind: string, name: string, spec: object): Draft => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name },
  spec: structuredClone(spec),
});

const aPolicySpec = () => ({
  agents: [{ serviceAccount: 'agents/deploy-bot', owners: ['olga'] }],
  match: {
    rules: [{ apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], operations: ['*'] }],
    namespaces: { names: ['payments', 'prod-*'] },
    conditions: [{ name: 'not-canary', expression: "!object.metadata.name.endsWith('-canary')" }],
  },
});

export const aPolicy = (name: string): Draft => object('ApprovalPolicy', name, aPolicySpec());

export const anApprover = (name: string): Draft =>
  object('Approver', name, { displayName: 'Alice A.', identities: [{ kubernetes: { username: 'alice' } }] });

const aDecisionSpec: ApprovalDecisionSpec = {
  request: 'delete-api-0123456789',
  verdict: 'Approve',
  reason: 'INC-1412',
};
export const aDecision = (name: string): Draft => object('ApprovalDecision', name, aDecisionSpec);

/** What Assent tells of a click in a chat. */
export const aClick = (name: string): Draft =>
  object('ApprovalDecision', name, {
    ...aDecisionSpec,
    via: { channel: 'slack', team: 'T0123', user: 'U0123', shown: `sha256:${'0'.repeat(64)}` },
  });

/** A freeze of one agent. */
export const aFreeze = (name: string): Draft =>
  object('AgentFreeze', name, { serviceAccount: 'agents/deploy-bot', reason: 'it deletes too much' });

/** A link that waits for its account. */
export const aLink = (name: string): Draft =>
  object('IdentityLink', name, { channel: 'slack', code: `sha256:${'0'.repeat(64)}` });

const seal = { keyId: '0123456789abcdef', signature: 'c2lnbmF0dXJl' };

const aRequestSpec: ApprovalRequestSpec = {
  cluster: '5f1c3a52-4f3e-4f3c-9f0e-3b9b1a3f6f11',
  requester: {
    username: 'system:serviceaccount:agents:deploy-bot',
    short: 'sa:agents/deploy-bot',
    groups: ['system:serviceaccounts'],
  },
  policies: [
    { name: 'payments', uid: 'u1', digest: 'sha256:aa', required: 1, owners: [] },
    { name: 'prod', uid: 'u2', digest: 'sha256:bb', required: 1, owners: ['olga'] },
  ],
  risk: 'High',
  summary: 'delete deployments payments/api',
  action: 'delete',
  target: 'deployments payments/api',
  fingerprint: 'v1:00ff',
  change: {
    operation: 'DELETE',
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    subresource: '',
    kind: 'Deployment',
    namespace: 'payments',
    name: 'api',
    diff: [
      {
        path: 'spec.replicas',
        op: 'Changed',
        from: { shown: '1' },
        to: { masked: { type: 'number', length: 0 } },
      },
    ],
    masked: 1,
    cut: 0,
  },
  reason: 'replaced by api-v2',
  reasonRequired: false,
  approveMasked: true,
  requestedAt: '2026-11-22T10:05:00Z',
  expiresAt: '2026-11-22T14:05:00Z',
  usableForSeconds: 1800,
  coolDownSeconds: 900,
  predecessor: '',
  seal,
};
export const aRequest = (name: string): Draft => object('ApprovalRequest', name, aRequestSpec);

/** Sets the value at a dotted path (numbers are list positions); undefined removes it. Returns the same object. */
export function set(draft: Draft, path: string, value: unknown): Draft {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let at = draft;
  for (const step of steps) at = at[step] as Draft;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return draft;
}
