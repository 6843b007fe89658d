// The kill switch on a real API server: a frozen agent writes nothing, its access ends, people are untouched, and no agent
// pulls the switch or lets itself go on (INV-1, INV-4, INV-6).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentFreeze } from '../../src/api/agent-freeze.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { OURS } from './assent.ts';
import { waitFor } from './cluster.ts';
import { granted, RBAC, says, startGrantStage, type GrantStage } from './grants-stage.ts';

const SHOP = '/api/v1/namespaces/shop/configmaps';
const FREE = '/api/v1/namespaces/free/configmaps';
const FREEZES = `${OURS}/agentfreezes`;
const ACCESS = {
  rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['configmaps'] }],
  namespaces: ['shop'],
  once: false,
};
let stage: GrantStage;

const map = (name: string) => ({ metadata: { name } });
const freeze = (spec: object, name = 'stop') => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'AgentFreeze',
  metadata: { name },
  spec,
});
const as = (who: 'agent' | 'alice', method: string, path: string, body?: unknown) =>
  stage.assent.send(stage[who], method, path, body);

/** The agent asks for what the policy offers. */
const ask = () =>
  as('agent', 'POST', `${OURS}/approvalrequests`, {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { generateName: 'ask-' },
    spec: { access: ACCESS },
  });

async function allow(name: string, subject: object, rules: object[]): Promise<void> {
  await stage.assent.admin('POST', `${RBAC}/clusterroles`, { metadata: { name }, rules });
  await stage.assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [subject],
  });
}

beforeAll(async () => {
  stage = await startGrantStage();
  const { assent } = stage;
  await assent.admin('POST', '/api/v1/namespaces', map('free'));
  const agent = { kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' };
  const all = ['create', 'delete', 'get', 'list', 'update', 'patch'];
  await allow('writes-maps', agent, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }]);
  await allow('writes-freezes', agent, [{ apiGroups: ['assent.dev'], resources: ['*'], verbs: all }]);
  await allow('alice-writes', { kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' }, [
    { apiGroups: [''], resources: ['configmaps'], verbs: all },
    { apiGroups: ['assent.dev'], resources: ['agentfreezes'], verbs: all },
  ]);
});
afterAll(() => stage.assent.stop());

describe('the kill switch', () => {
  it('INV-3: is not for agents, nor made out to be somebody else', async () => {
    const own = await as('agent', 'POST', FREEZES, freeze({ serviceAccount: 'agents/other' }));
    expect([own.status, own.message]).toEqual([403, expect.stringContaining('only people do')]);
    const stamp = { username: 'bob', at: '2026-11-22T10:00:00Z', seal: { keyId: 'k', signature: 's' } };
    const forged = await as('alice', 'POST', FREEZES, freeze({ serviceAccount: 'agents/other', stamp }));
    expect([forged.status, forged.message]).toEqual([403, expect.stringContaining('set by Assent')]);
  });

  it('of somebody whom no policy names is kept, with a warning that says whom policies name', async () => {
    const made = await as('alice', 'POST', FREEZES, freeze({ serviceAccount: 'agents/nobody-bot' }, 'idle'));
    expect(made.status, made.message).toBe(201);
    expect(made.warnings.join('\n')).toContain('no policy names agents/nobody-bot as an agent');
    expect(made.warnings.join('\n')).toContain('agents that policies name: agents/deploy-bot');
    expect((await as('alice', 'DELETE', `${FREEZES}/idle`)).status).toBe(200);
  });

  it('INV-4, INV-6: stops everything that an agent writes, ends its access, and touches nobody else', async () => {
    const { assent } = stage;
    const asked = await ask();
    expect(asked.status, asked.message).toBe(201);
    const request = asked.json as ApprovalRequest;
    await says(stage, request);
    for (const name of ['first', 'second']) await assent.admin('POST', SHOP, map(name));
    await granted(stage, request);
    await waitFor(
      async () => {
        const answer = await as('agent', 'DELETE', `${SHOP}/first`);
        if (answer.status !== 200) throw new Error(answer.message);
        return true;
      },
      { what: 'the access' },
    );
    expect((await as('agent', 'POST', FREE, map('before'))).status).toBe(201);

    const spec = { serviceAccount: 'agents/*', reason: 'it deletes too much' };
    const made = await as('alice', 'POST', FREEZES, freeze(spec));
    expect(made.status, made.message).toBe(201);
    expect((made.json as AgentFreeze).spec.stamp?.username).toBe('alice');
    expect(made.warnings).toEqual([]);

    const refused = await waitFor(
      async () => {
        const answer = await as('agent', 'DELETE', `${SHOP}/second?dryRun=All`);
        return answer.status === 403 ? answer : undefined;
      },
      { what: 'the freeze to take hold' },
    );
    expect(refused.message).toMatch(/frozen|Frozen|cannot delete resource/);
    const ended = await assent.untilState(request.metadata.name, 'Ended');
    expect(ended.status?.grant).toMatchObject({ endedWhy: 'Frozen', elsewhere: false });
    const { json } = await assent.admin('GET', `${RBAC}/rolebindings?labelSelector=assent.dev%2Fgrant`);
    expect((json as { items: unknown[] }).items).toEqual([]);
    // What no policy names is refused by the API server itself.
    await waitFor(async () => (await as('agent', 'POST', FREE, map('after'))).message.includes('is frozen'), {
      what: 'the admission policy to hold',
    });
    expect((await as('alice', 'POST', FREE, map('of-alice'))).status).toBe(201);
    expect((await as('alice', 'POST', SHOP, map('of-alice'))).status).toBe(201);
  });

  it('INV-7: an agent that is frozen asks for nothing, and is told who stopped it', async () => {
    const asked = await ask();
    expect([asked.status, asked.message]).toEqual([403, expect.stringMatching(/[Ff]rozen/)]);
    const unfreeze = await as('agent', 'DELETE', `${FREEZES}/stop`);
    expect(unfreeze.status).toBe(403);
  });

  it('ends when the freeze is deleted; access that ended stays ended', async () => {
    expect((await as('alice', 'DELETE', `${FREEZES}/stop`)).status).toBe(200);
    await waitFor(async () => (await as('agent', 'POST', FREE, map('again'))).status === 201, {
      what: 'the agent to go on',
    });
    expect((await as('agent', 'DELETE', `${SHOP}/second`)).status).toBe(403);
  });
});
