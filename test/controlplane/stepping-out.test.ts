// INV-1: an agent that RBAC lets do anything does not step out of what its policy offers: by emptying the ClusterRole behind the
// offer, by what comes to a deletion, by deleting the namespace. And a grant is for the namespace as it was. On a real API server.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CEILING } from '../../src/api/installation.ts';
import { grantName } from '../../src/domain/grant/objects.ts';
import { requestIn, startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { access, edit, granted, POLICY, ROLE, stand } from './under-grant-stage.ts';
import { APPROVAL, grantEverything } from './people-stage.ts';
import { CEILING as FILLED } from '../builders/sealed-ask.ts';

const MERGE = 'application/merge-patch+json';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = `${RBAC}/clusterroles`;
let assent: Assent;
let agent: string;
let alice: string;
const DELETES = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['delete'] }];

beforeAll(async () => {
  assent = await startAssent();
  agent = (await assent.plane.serviceAccount('agents', 'fixer')).kubeconfig;
  await grantEverything(assent, ['agents/fixer']);
  alice = await assent.approver('alice');
  await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
  await assent.admin('PATCH', FILLED.path, FILLED.patch, FILLED.contentType);
  await assent.policy(POLICY, {
    agents: [{ serviceAccount: 'agents/fixer' }],
    match: { rules: [] },
    approval: APPROVAL,
    access: [
      { role: ROLE, namespaces: ['default', 'other'], maxDuration: '1h' },
      { role: 'missing', namespaces: ['default'], maxDuration: '1h' },
    ],
  });
  await assent.admin('POST', ROLES, { metadata: { name: ROLE }, rules: DELETES });
  await stand(assent, 'probe');
  await assent.untilHeld(() =>
    assent.send(agent, 'DELETE', '/api/v1/namespaces/default/configmaps/probe?dryRun=All'),
  );
}, 120_000);
afterAll(() => assent?.stop());

const patchRole = (who: string, name: string, body: object) =>
  assent.send(who, 'PATCH', `${ROLES}/${name}`, body, MERGE);

describe('INV-1: the ClusterRole behind an offer', () => {
  it.each<[string, () => ReturnType<Assent['send']>]>([
    ['emptied', () => patchRole(agent, ROLE, { rules: [] })],
    [
      'made to gather its rules',
      () => patchRole(agent, ROLE, { aggregationRule: { clusterRoleSelectors: [{}] } }),
    ],
    ['deleted', () => assent.send(agent, 'DELETE', `${ROLES}/${ROLE}`)],
    [
      'made, where it is missing',
      () => assent.send(agent, 'POST', ROLES, { metadata: { name: 'missing' }, rules: [] }),
    ],
    ['widened, as the ceiling', () => patchRole(agent, CEILING, { rules: DELETES })],
  ])('is not %s by the agent alone', async (_, write) => {
    const { status, message } = await write();
    expect(status).toBe(403);
    expect(message).toMatch(/Approval required: \w+ clusterroles /);
  });

  it('is not deleted with all others at once', async () => {
    const label = encodeURIComponent('test=none-but-ours');
    await patchRole(assent.plane.adminKubeconfig, ROLE, { metadata: { labels: { test: 'none-but-ours' } } });
    const { status, message } = await assent.send(agent, 'DELETE', `${ROLES}?labelSelector=${label}`);
    expect(status, message).toBe(403);
    expect((await assent.admin('GET', `${ROLES}/${ROLE}`)).status).toBe(200);
  });

  it('is changed by the agent once a person says so, by an administrator at any time', async () => {
    const body = { metadata: { annotations: { by: 'the agent' } } };
    const { message } = await patchRole(agent, ROLE, body);
    const name = requestIn(message);
    const said = await assent.decide(alice, name);
    expect(said.status, said.message).toBe(201);
    await assent.untilState(name, 'Approved');
    const { status, message: words } = await patchRole(agent, ROLE, body);
    expect(status, words).toBe(200);
    const byAdmin = await patchRole(assent.plane.adminKubeconfig, ROLE, {
      metadata: { annotations: { by: 'me' } },
    });
    expect(byAdmin.status).toBe(200);
  });

  it('INV-6: leaves other ClusterRoles alone', async () => {
    const answer = await assent.send(agent, 'POST', ROLES, { metadata: { name: 'of-the-agent' }, rules: [] });
    expect(answer.status, answer.message).toBe(201);
    expect((await assent.send(agent, 'DELETE', `${ROLES}/of-the-agent`)).status).toBe(200);
  });
});

describe('INV-1: where deletions alone are offered', () => {
  const one = (name: string) => `/api/v1/namespaces/default/configmaps/${name}`;

  it('an update that comes to one needs a grant of it, and others need nothing', async () => {
    await stand(assent, 'orphan', { finalizers: ['example.com/held'] });
    expect((await edit(assent, agent, 'orphan', '2')).status).toBe(200);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: 'dead' }];
    for (const metadata of [{ ownerReferences }, { finalizers: null }]) {
      const { status, message } = await assent.send(agent, 'PATCH', one('orphan'), { metadata }, MERGE);
      expect(status).toBe(403);
      expect(message).toContain('--verb delete --resource configmaps --name orphan -n default');
    }
    const rules = [{ ...DELETES[0]!, resourceNames: ['orphan'] }];
    await granted(assent, alice, access({ rules }));
    const { status, message } = await assent.send(
      agent,
      'PATCH',
      one('orphan'),
      { metadata: { finalizers: null } },
      MERGE,
    );
    expect(status, message).toBe(200);
  });

  it('the namespace is not deleted by the agent alone', async () => {
    const { status, message } = await assent.send(agent, 'DELETE', '/api/v1/namespaces/other');
    expect(status).toBe(403);
    expect(message).toContain('Approval required: delete namespaces other');
  });
});

describe('INV-4: a namespace that is deleted and made again', () => {
  const look = (path: string) => assent.send(assent.plane.adminKubeconfig, 'GET', path);

  it('does not get the grant of the one before', async () => {
    const wanted = access({ rules: [{ ...DELETES[0]!, resourceNames: ['any'] }], namespaces: ['other'] });
    const name = await granted(assent, alice, wanted);
    const binding = async () => {
      const { metadata } = await assent.request(name);
      return `${RBAC}/namespaces/other/rolebindings/${grantName(metadata.uid)}`;
    };
    await waitFor(async () => (await look(await binding())).status === 200, {
      what: 'the binding',
    });
    const approvedAt = Date.now();
    const path = '/api/v1/namespaces/other';
    await assent.admin('DELETE', path);
    // This cluster has nobody who empties namespaces.
    for (const kind of ['rolebindings', 'roles', 'configmaps'])
      await assent.admin('DELETE', `${kind === 'configmaps' ? '/api/v1' : RBAC}/namespaces/other/${kind}`);
    const { json } = await assent.admin('GET', path);
    await assent.admin('PUT', `${path}/finalize`, { ...(json as object), spec: { finalizers: [] } });
    await waitFor(async () => (await look(path)).status === 404, {
      what: 'the namespace to be gone',
    });
    // The API server tells times of creation in whole seconds.
    await waitFor(
      async () => Promise.resolve(Math.floor(Date.now() / 1_000) > Math.floor(approvedAt / 1_000)),
      {
        what: 'the next second',
      },
    );
    await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
    await stand(assent, 'any', {}, 'other');
    const { status, message } = await assent.send(agent, 'DELETE', '/api/v1/namespaces/other/configmaps/any');
    expect(status).toBe(403);
    expect(message).toContain('a namespace of it was made after the approval');
    const { status: after } = await assent.untilState(name, 'Ended');
    expect(after?.grant?.endedWhy).toBe('NamespaceChanged');
    expect((await look(await binding())).status).toBe(404);
  });
});
