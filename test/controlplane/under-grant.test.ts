// INV-1, INV-2, INV-4: what a policy offers as access is written only under a live grant, although RBAC allows it, and access
// for one use is used once. On a real API server; the grant's own Role and binding play no part here.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OURS, startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import {
  access,
  askFor,
  edit,
  forgeStatus,
  granted,
  offer,
  POLICY,
  rehearse,
  remove,
  ROLE,
  stand,
} from './under-grant-stage.ts';
import { createMap, grantEverything } from './people-stage.ts';

const MERGE = 'application/merge-patch+json';
let assent: Assent;
let agent: string;
let alice: string;
const AGENTS = [{ serviceAccount: 'agents/fixer' }, { serviceAccount: 'agents/second' }];
const named = (...names: string[]) => [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'delete'], resourceNames: names },
];

beforeAll(async () => {
  assent = await startAssent();
  agent = (await assent.plane.serviceAccount('agents', 'fixer')).kubeconfig;
  await assent.plane.serviceAccount('agents', 'second');
  await grantEverything(assent, ['agents/fixer', 'agents/second']);
  alice = await assent.approver('alice');
  await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
  await offer(assent, AGENTS);
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
}, 120_000);
afterAll(() => assent?.stop());

describe('INV-1: a write to what is offered', () => {
  it('is denied without a grant although RBAC allows it, with the command that asks', async () => {
    await stand(assent, 'alone');
    const { status, message } = await remove(assent, agent, 'alone');
    expect(status).toBe(403);
    expect(message).toContain('Access needed: delete configmaps default/alone.');
    expect(message).toContain(
      'kubectl assent ask --verb delete --resource configmaps --name alone -n default --for 10m --reason "..."',
    );
    expect((await createMap(assent, agent, 'new')).message).toContain(
      '--verb create --resource configmaps -n default',
    );
  });

  it('of a person is untouched, and so is what is not offered', async () => {
    await stand(assent, 'free', {}, 'kube-public');
    expect((await remove(assent, agent, 'free', 'kube-public')).status).toBe(200);
    const name = await granted(assent, alice, access({ rules: named('mine') }));
    await stand(assent, 'mine');
    expect((await edit(assent, assent.plane.adminKubeconfig, 'mine', '2')).status).toBe(200);
    expect((await assent.request(name)).status?.grant?.usedAt, 'not by the grant').toBeUndefined();
  });

  it('goes through under a grant for several uses, whose first use alone is written', async () => {
    await stand(assent, 'often');
    const name = await granted(assent, alice, access({ rules: named('often') }));
    const rehearsed = await rehearse(assent, agent, 'often');
    expect(rehearsed.warnings.join()).toContain(
      `dry-run only; the real change would be let through by ${name}`,
    );
    expect((await assent.request(name)).status?.grant?.usedAt, 'not by a dry-run').toBeUndefined();
    for (const value of ['2', '3', '4']) {
      const { status, message } = await edit(assent, agent, 'often', value);
      expect(status, message).toBe(200);
    }
    const { state, grant, outbox } = (await assent.request(name)).status!;
    expect(state).toBe('Approved');
    expect(grant?.usedAt).toBeDefined();
    expect(outbox?.filter(({ type }) => type === 'used')).toHaveLength(1);
  });

  it('goes not through under the grant of another agent, of another namespace, of another name', async () => {
    await stand(assent, 'theirs');
    const second = 'system:serviceaccount:agents:second';
    await granted(assent, alice, access({ rules: named('theirs') }), second);
    await granted(assent, alice, access({ rules: named('theirs'), namespaces: ['other'] }));
    await granted(assent, alice, access({ rules: named('not-theirs') }));
    expect((await remove(assent, agent, 'theirs')).message).toContain('Access needed');
  });

  it('goes not through under a request that is pending, and says so', async () => {
    await stand(assent, 'waiting');
    const { metadata } = await askFor(assent, access({ rules: named('waiting') }));
    const { message } = await remove(assent, agent, 'waiting');
    expect(message).toContain('Access needed');
    expect(message).toContain(`request: ${metadata.name}   state: Pending`);
  });

  it('is not sent to ask for what a person refused a moment ago, and says until when', async () => {
    await stand(assent, 'refused');
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['delete'], resourceNames: ['refused'] },
    ];
    const { metadata } = await askFor(assent, access({ rules }));
    await assent.decide(alice, metadata.name, 'Deny', 'not that one');
    await assent.untilState(metadata.name, 'Denied');
    const { message } = await waitFor(
      async () => {
        const answer = await remove(assent, agent, 'refused');
        return answer.message.includes('state: Denied') ? answer : undefined;
      },
      { what: 'the gate to have heard of the no' },
    );
    expect(message).toContain(`request: ${metadata.name}   state: Denied   until: `);
    expect(message).toContain('"not that one"');
    expect(message).toContain('do not ask for it before ');
    expect(message).not.toContain('kubectl assent ask');
  });

  it('goes not through under a status that claims an approval', async () => {
    await stand(assent, 'forged');
    const request = await askFor(assent, access({ rules: named('forged') }));
    await assent.untilState(request.metadata.name, 'Pending');
    await forgeStatus(assent, request);
    const { message } = await remove(assent, agent, 'forged');
    expect(message).toContain('Access needed');
    expect(message).toContain('only 0/1 approvals are sealed');
  });
});

describe('INV-4: a grant that ended', () => {
  it('by its time lets nothing through from then on', async () => {
    await stand(assent, 'short');
    const name = await granted(assent, alice, access({ rules: named('short'), seconds: 3 }));
    const end = Date.parse((await assent.request(name)).status?.usableUntil ?? '');
    let value = 1;
    const admitted: number[] = [];
    const { message } = await waitFor(
      async () => {
        value += 1;
        const sent = Date.now();
        const answer = await edit(assent, agent, 'short', String(value));
        if (answer.status === 200) admitted.push(sent);
        return answer.status === 403 ? answer : undefined;
      },
      { what: 'the access to end', everyMs: 20 },
    );
    expect(message).toContain('Access needed');
    // The gate's clock follows that of the API server, which is this machine's.
    expect(admitted.filter((sent) => sent >= end)).toEqual([]);
    expect(admitted.length, 'it had begun').toBeGreaterThan(0);
  });

  it('by a Revoke lets nothing through at once', async () => {
    await stand(assent, 'revoked');
    const name = await granted(assent, alice, access({ rules: named('revoked') }));
    expect((await edit(assent, agent, 'revoked', '2')).status).toBe(200);
    const revoked = await assent.decide(alice, name, 'Revoke');
    expect(revoked.status, revoked.message).toBe(201);
    expect((await edit(assent, agent, 'revoked', '3')).message).toContain('it was revoked');
  });

  it('by a change of its policy lets nothing through at once', async () => {
    await stand(assent, 'changed');
    const name = await granted(assent, alice, access({ rules: named('changed') }));
    expect((await edit(assent, agent, 'changed', '2')).status).toBe(200);
    const path = `${OURS}/approvalpolicies/${POLICY}`;
    await assent.admin('PATCH', path, { spec: { approval: { reasonRequired: true } } }, MERGE);
    expect((await edit(assent, agent, 'changed', '3')).message).toContain('Access needed');
    await assent.untilState(name, 'Ended');
    await assent.admin('PATCH', path, { spec: { approval: { reasonRequired: false } } }, MERGE);
    expect((await edit(assent, agent, 'changed', '4')).message, 'what ended stays ended').toContain(
      `${name}, ended: a policy behind it changed`,
    );
  });
});

describe('INV-2: access for one use', () => {
  it('lets one write through, with its later passes, and no other one', async () => {
    await stand(assent, 'once', { finalizers: ['example.com/held'] });
    await stand(assent, 'twice');
    const name = await granted(assent, alice, access({ rules: named('once', 'twice'), once: true }));
    expect((await remove(assent, agent, 'once')).status).toBe(200);
    expect((await remove(assent, agent, 'once')).status, 'it is being deleted already').toBe(200);
    const { message } = await remove(assent, agent, 'twice');
    expect(message).toContain('Access needed');
    expect(message).toContain(`${name}, used by another write at `);
    const { grant, reservation } = (await assent.untilState(name, 'Ended')).status!;
    expect([grant?.endedWhy, reservation?.times]).toEqual(['Used', 1]);
    expect((await remove(assent, agent, 'once')).status, 'what it began may finish').toBe(200);
  });

  it('lets exactly one of many parallel writes through', async () => {
    await stand(assent, 'raced');
    await granted(assent, alice, access({ rules: named('raced'), once: true }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => edit(assent, agent, 'raced', `v${i}`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(19);
  });
});

describe('the ClusterRole behind an offer', () => {
  const warnings = async () => {
    const { json } = await assent.admin('GET', `${OURS}/approvalpolicies/${POLICY}`);
    return (json as { status?: { warnings?: string[] } }).status?.warnings ?? [];
  };

  it('offers nothing once it is gone, and the policy says so', async () => {
    await assent.admin('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${ROLE}`);
    await waitFor(
      async () => (await warnings()).some((one) => one.includes(`there is no ClusterRole "${ROLE}"`)),
      { what: 'the warning' },
    );
    await waitFor(
      async () => (await createMap(assent, agent, 'now-free', '?dryRun=All')).warnings.length === 0,
      {
        what: 'the write to be nothing to the gate',
      },
    );
    expect((await createMap(assent, agent, 'now-free')).status).toBe(201);
  });
});
