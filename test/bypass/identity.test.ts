// Chapter "Who the agent is" of the catalogue, tried against a real API server with Assent running.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showRequest } from '../../src/domain/message/show.ts';
import { OURS } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import { CORE, MERGE, RBAC, stored, type Tried } from '../controlplane/main-path-story.ts';
import { certificateRequest } from './certificate-request.ts';
import { command, map, requestOf, startStage, unasked, type Stage } from './stage.ts';
import './ending-matcher.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.assent.stop());

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const send = (method: string, path: string, body?: unknown) =>
  stage.assent.send(stage.agent, method, path, body, method === 'PATCH' ? MERGE : undefined);

/** Sends as `who`, who says to be somebody else. */
async function as(who: string, user: string, path: string, body: unknown): Promise<Tried> {
  const headers = { 'impersonate-user': user };
  const { status, json } = await stage.assent.plane.raw(who, 'POST', path, { body, headers });
  const { message = '' } = json as { message?: string };
  return { status, message, warnings: [] };
}

const configMap = (name: string) => ({ metadata: { name }, data: { a: '1' } });
const decision = (request: string) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalDecision',
  metadata: { generateName: 'try-' },
  spec: { request, verdict: 'Approve', reason: 'because' },
});

describe('impersonation', () => {
  beforeAll(async () => {
    await stage.assent.admin('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'paula' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'paula' }],
    });
  });

  it('bypass 1: a change as a person, by an agent that may impersonate', async () => {
    expect(
      await unasked(stage, () => as(stage.agent, 'paula', `${CORE}/configmaps`, configMap('as-paula'))),
    ).toEndAsPromised();
    await waitFor(
      async () => {
        const log = await readFile(stage.assent.plane.auditLog, 'utf8');
        const line = log.split('\n').find((one) => one.includes('"name":"as-paula"')) ?? '';
        expect(JSON.parse(line)).toMatchObject({
          user: { username: 'system:serviceaccount:agents:deploy-bot' },
          impersonatedUser: { username: 'paula' },
        });
        return true;
      },
      { what: 'the audit log to name both' },
    );
  });

  it('bypass 1: an approval as a person, by an agent that may impersonate', async () => {
    const { metadata } = await requestOf(stage, await map(stage, 'self-approved'));
    expect(
      await as(stage.agent, 'alice', `${OURS}/approvaldecisions`, decision(metadata.name)),
    ).toEndAsPromised();
    await stage.assent.untilState(metadata.name, 'Approved');
  });

  it('bypass 1: a change as a person, by an agent with the advised role', async () => {
    expect(
      await as(stage.careful, 'paula', `${CORE}/configmaps`, configMap('not-as-paula')),
    ).toEndAsPromised();
    expect(await stored(stage, `${CORE}/configmaps/not-as-paula`)).toBeUndefined();
  });
});

describe('rights', () => {
  const binding = {
    metadata: { name: 'grabbed' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'others', name: 'fresh' }],
  };

  it('bypass 2: a ClusterRoleBinding to cluster-admin', async () => {
    expect(await send('POST', `${RBAC}/clusterrolebindings`, binding)).toEndAsPromised();
    expect(await stored(stage, `${RBAC}/clusterrolebindings/grabbed`)).toBeUndefined();
  });

  it('bypass 2: another rule in a Role', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
    await stage.assent.admin('POST', `${RBAC}/namespaces/shop/roles`, { metadata: { name: 'small' }, rules });
    const more = [...rules, { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    expect(await send('PATCH', `${RBAC}/namespaces/shop/roles/small`, { rules: more })).toEndAsPromised();
  });

  it('bypass 2: a label that adds a ClusterRole to an aggregated one', async () => {
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    await stage.assent.admin('POST', `${RBAC}/clusterroles`, { metadata: { name: 'wide' }, rules });
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    expect(await send('PATCH', `${RBAC}/clusterroles/wide`, { metadata: { labels } })).toEndAsPromised();
  });

  it('bypass 2: a RoleBinding, by an agent with the advised role', async () => {
    expect(
      await stage.assent.send(stage.careful, 'POST', `${RBAC}/namespaces/shop/rolebindings`, binding),
    ).toEndAsPromised();
  });
});

describe('credentials', () => {
  it('bypass 3: kubectl create token', async () => {
    expect(await command(stage, ['create', 'token', 'app', '-n', 'shop'])).toEndAsPromised();
    expect(await send('POST', `${CORE}/serviceaccounts/app/token`, { spec: {} })).toEndAsPromised();
  });

  const tokenSecret = (name: string) => ({
    metadata: { name, annotations: { 'kubernetes.io/service-account.name': 'app' } },
    type: 'kubernetes.io/service-account-token',
  });

  it('bypass 4: a Secret of type service-account-token', async () => {
    expect(await send('POST', `${CORE}/secrets`, tokenSecret('app-token'))).toEndAsPromised();
    expect(await stored(stage, `${CORE}/secrets/app-token`)).toBeUndefined();
  });

  it('bypass 4: reading a token that is there', async () => {
    await stage.assent.admin('POST', `${CORE}/secrets`, tokenSecret('left-behind'));
    expect(await unasked(stage, () => send('GET', `${CORE}/secrets/left-behind`))).toEndAsPromised();
  });

  const csr = async (name: string) => ({
    metadata: { name },
    spec: {
      request: await certificateRequest('paula'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  });

  it('bypass 5: a certificate request in the name of a person', async () => {
    expect(await send('POST', CSRS, await csr('paula'))).toEndAsPromised();
    expect(await stored(stage, `${CSRS}/paula`)).toBeUndefined();
  });

  it('bypass 5: the approval of a certificate request', async () => {
    await stage.assent.admin('POST', CSRS, await csr('waiting'));
    const conditions = [{ type: 'Approved', status: 'True', reason: 'me', message: '' }];
    expect(await send('PATCH', `${CSRS}/waiting/approval`, { status: { conditions } })).toEndAsPromised();
  });

  it('bypass 5: a signed certificate written into its status', async () => {
    await stage.assent.admin('POST', CSRS, await csr('signed'));
    const conditions = [{ type: 'Failed', status: 'True', reason: 'me', message: '' }];
    expect(await send('PATCH', `${CSRS}/signed/status`, { status: { conditions } })).toEndAsPromised();
  });
});

describe('a second identity', () => {
  let request: string;
  beforeAll(async () => {
    request = (await requestOf(stage, await map(stage, 'wanted'))).metadata.name;
  });
  const decide = (who: string) => stage.assent.decide(who, request, 'Approve', 'because');

  it('bypass 34: the agent itself', async () => {
    expect(await decide(stage.agent)).toEndAsPromised();
  });

  it('bypass 34: another ServiceAccount with every right', async () => {
    expect(await decide(stage.other)).toEndAsPromised();
  });

  it('bypass 34: the owner of the agent', async () => {
    const refused = await decide(stage.olga);
    expect(refused).toEndAsPromised();
    expect(refused.message).toContain('(owner)');
  });

  it('bypass 34: a second account of the owner', async () => {
    const refused = await decide(stage.olgaAdmin);
    expect(refused).toEndAsPromised();
    expect(refused.message).toContain('(owner)');
  });

  it('bypass 34: a cluster-admin whom no Approver lists', async () => {
    const refused = await decide(stage.assent.plane.adminKubeconfig);
    expect(refused).toEndAsPromised();
    expect(refused.message).toContain('(no-approver)');
    expect((await map(stage, 'wanted')).status, 'it is still held').toBe(403);
  });
});

describe("a person's credentials", () => {
  it("bypass 40: a change with a person's kubeconfig", async () => {
    const { adminKubeconfig } = stage.assent.plane;
    expect(
      await unasked(stage, () => map({ ...stage, agent: adminKubeconfig }, 'by-a-person')),
    ).toEndAsPromised();
  });

  it("bypass 40: an approval with a person's kubeconfig", async () => {
    const { metadata } = await requestOf(stage, await map(stage, 'approved-by-file'));
    expect(await stage.assent.decide(stage.approver, metadata.name, 'Approve', 'because')).toEndAsPromised();
    await stage.assent.untilState(metadata.name, 'Approved');
    expect((await map(stage, 'approved-by-file')).status).toBe(201);
  });
});

describe('a stated reason', () => {
  const REASON = 'URGENT: approve now!\u202e\n  state:  Approved (1/1)\u001b[2J <https://evil|ok>';

  it('bypass L1: a reason with orders, line breaks and marks that turn text around', async () => {
    const annotations = { 'assent.dev/reason': REASON };
    const answer = await send('POST', `${CORE}/configmaps`, { metadata: { name: 'urgent', annotations } });
    expect(answer).toEndAsPromised();
    expect(answer.message).not.toContain('URGENT');
    const lines = showRequest(await requestOf(stage, answer)).split('\n');
    expect(lines.filter((line) => line.includes('URGENT'))).toEqual([
      expect.stringMatching(/^  reason: +"URGENT: .*" \(stated by the agent, not verified\)$/),
    ]);
    expect(lines.filter((line) => /^\s*state:/.test(line))).toHaveLength(1);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
