// What several policies say together: Deny beats Ask beats Allow, each asking policy has approvers of its own, and the modes
// Warn and Audit hold nothing. One more policy never opens a way (INV-1).
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDraft } from './assent.ts';
import { waitFor } from './cluster.ts';
import {
  admitted,
  AGENTS,
  APPROVAL,
  CORE,
  denied,
  gateEvents,
  MERGE,
  RBAC,
  startCast,
  stored,
  untilHeld,
  type Cast,
} from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: false });
  await cast.assent.policy('probe', about('probe'));
  await untilHeld(cast);
});
afterAll(() => cast.assent.stop());

/** Terms for the ConfigMaps of one name. */
function about(name: string, more: Partial<PolicyDraft> = {}): PolicyDraft {
  const rule = {
    apiGroups: [''],
    resources: ['configmaps'],
    operations: ['*' as const],
    resourceNames: [name],
  };
  return { agents: AGENTS, match: { rules: [rule] }, approval: APPROVAL, ...more };
}

/** The agent sets a value of a ConfigMap; another value is another change. */
const set = (name: string, value: string, dryRun = '') =>
  cast.assent.send(cast.agent, 'PATCH', `${CORE}/configmaps/${name}${dryRun}`, { data: { value } }, MERGE);
const valueOf = async (name: string) => (await stored(cast, `${CORE}/configmaps/${name}`))?.data?.['value'];

const make = (name: string) =>
  cast.assent.admin('POST', `${CORE}/configmaps`, { metadata: { name }, data: { value: 'first' } });

/** Writes a policy and waits until a dry-run is told of it. */
async function enforce(policy: string, draft: PolicyDraft, name: string): Promise<void> {
  await cast.assent.policy(policy, draft);
  await waitFor(
    async () =>
      (await set(name, 'dry', '?dryRun=All')).warnings.some((one) => one.includes(`policy ${policy}`)),
    { what: `the gate to know policy ${policy}` },
  );
}

/** A person who may approve under one policy and no other. */
async function approverOf(policy: string, username: string): Promise<string> {
  const { assent } = cast;
  const { kubeconfig } = await assent.plane.user(username);
  const name = `${username}-approves`;
  const rule = (resources: string[], verbs: string[], more = {}) => ({
    apiGroups: ['assent.dev'],
    resources,
    verbs,
    ...more,
  });
  await assent.admin('POST', `${RBAC}/clusterroles`, {
    metadata: { name },
    rules: [
      rule(['approvaldecisions'], ['create']),
      rule(['approvalpolicies'], ['approve'], { resourceNames: [policy] }),
    ],
  });
  await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: username }],
  });
  const resourceAttributes = {
    group: 'assent.dev',
    resource: 'approvalpolicies',
    verb: 'approve',
    name: policy,
  };
  const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  await waitFor(
    async () => {
      const { json } = await assent.send(kubeconfig, 'POST', review, { spec: { resourceAttributes } });
      return (json as { status?: { allowed?: boolean } }).status?.allowed;
    },
    { what: `${username} to have the right` },
  );
  return kubeconfig;
}

describe('several asking policies', () => {
  it('must each be satisfied, by their own approvers', async () => {
    const { assent } = cast;
    await make('shared');
    for (const policy of ['shared-net', 'shared-data']) await enforce(policy, about('shared'), 'shared');
    const [nora, dan] = [await approverOf('shared-net', 'nora'), await approverOf('shared-data', 'dan')];
    const eve = await approverOf('probe', 'eve');

    const name = await denied(() => set('shared', 'second'));
    const { spec } = await assent.request(name);
    expect(spec.policies.map((one) => one.name).toSorted()).toEqual(['shared-data', 'shared-net']);

    const outsider = await assent.decide(eve, name);
    expect(outsider.status).toBe(403);
    expect(outsider.message).toContain('(no-right)');

    expect((await assent.decide(nora, name)).status).toBe(201);
    await waitFor(async () => (await assent.request(name)).status?.approvals === '1/2 policies', {
      what: 'the first half',
    });
    const half = await set('shared', 'second');
    expect(half.status).toBe(403);
    expect(half.message).toContain('given:   1/2 policies satisfied');
    const twice = await assent.decide(nora, name);
    expect(twice.message).toContain('(already-voted)');

    expect((await assent.decide(dan, name)).status).toBe(201);
    const approved = await assent.untilState(name, 'Approved');
    expect(approved.status?.decisions?.map((one) => [one.person, one.policies])).toEqual([
      ['nora', ['shared-net']],
      ['dan', ['shared-data']],
    ]);
    await admitted(() => set('shared', 'second'));
    expect(await valueOf('shared')).toBe('second');
  });

  it('are both ended by the denial of one of their approvers', async () => {
    const { assent } = cast;
    await make('vetoed');
    for (const policy of ['vetoed-net', 'vetoed-data']) await enforce(policy, about('vetoed'), 'vetoed');
    const [nick, dora] = [await approverOf('vetoed-net', 'nick'), await approverOf('vetoed-data', 'dora')];
    const name = await denied(() => set('vetoed', 'second'));
    expect((await assent.decide(nick, name)).status).toBe(201);
    expect((await assent.decide(dora, name, 'Deny', 'not this week')).status).toBe(201);
    await assent.untilState(name, 'Denied');
    expect((await set('vetoed', 'second')).message).toContain('reason:  "not this week"');
    expect(await valueOf('vetoed')).toBe('first');
  });
});

describe('Deny, Ask and Allow', () => {
  it('are judged by the strictest, whatever else allows', async () => {
    const { assent } = cast;
    await make('judged');
    await assent.policy('judged-allow', about('judged', { action: 'Allow' }));
    await waitFor(async () => (await set('judged', 'by-allow')).status === 200, { what: 'the change' });
    await waitFor(
      async () => (await gateEvents(assent)).some((one) => one.decision === 'allowed' && one.code === 200),
      { what: 'the audit log to tell that it was allowed' },
    );

    await enforce('judged-ask', about('judged'), 'judged');
    const asked = await denied(() => set('judged', 'by-ask'));
    expect((await assent.request(asked)).spec.policies.map((one) => one.name)).toEqual(['judged-ask']);

    await enforce('judged-deny', about('judged', { action: 'Deny' }), 'judged');
    const known = (await assent.requests()).length;
    const forbidden = await set('judged', 'by-deny');
    expect(forbidden.status).toBe(403);
    expect(forbidden.message).toContain('Denied by policy: update configmaps shop/judged.');
    expect(forbidden.message).toContain('policy:  judged-deny');
    expect((await assent.requests()).length, 'no approval can help, so nobody is asked').toBe(known);
    const dry = await set('judged', 'by-deny', '?dryRun=All');
    expect(dry.warnings.join()).toContain('the real change will be denied (policy judged-deny)');
    expect(await valueOf('judged')).toBe('by-allow');
  });

  it('an approval does not outweigh a Deny that came later', async () => {
    const { assent, approver } = cast;
    await make('overruled');
    await enforce('overruled', about('overruled'), 'overruled');
    const name = await denied(() => set('overruled', 'second'));
    await assent.decide(approver, name);
    await assent.untilState(name, 'Approved');
    await enforce('overruled-deny', about('overruled', { action: 'Deny' }), 'overruled');
    expect((await set('overruled', 'second')).message).toContain('Denied by policy');
    expect(await valueOf('overruled')).toBe('first');
    expect((await assent.request(name)).status?.state).toBe('Approved');
  });
});

describe('the modes', () => {
  it('Warn admits with a warning, opens no request and is told in the audit log', async () => {
    const { assent } = cast;
    await make('warned');
    await assent.policy('warned', about('warned', { mode: 'Warn' }));
    const warning = 'admitted, but would need approval once policy warned is enforced';
    let turn = 0;
    await waitFor(
      async () => (await set('warned', `try ${(turn += 1)}`)).warnings.some((one) => one.includes(warning)),
      { what: 'the warning' },
    );
    expect(await valueOf('warned')).toBe(`try ${turn}`);
    await assent.policy('warned', about('warned', { mode: 'Warn', action: 'Deny' }));
    const worse = 'admitted, but will be denied once policy warned is enforced';
    await waitFor(
      async () => (await set('warned', `try ${(turn += 1)}`)).warnings.some((one) => one.includes(worse)),
      { what: 'the other warning' },
    );
    expect(await requestsAbout('warned')).toEqual([]);
    await waitFor(async () => (await gateEvents(assent)).some((one) => one.decision === 'warned'), {
      what: 'the audit log to tell',
    });
  });

  it('Audit admits without a word to the agent, and the operator notes it', async () => {
    const { assent } = cast;
    await make('audited');
    await assent.policy('audited', about('audited', { mode: 'Audit', action: 'Deny' }));
    let turn = 0;
    await waitFor(
      async () => {
        const answer = await set('audited', `try ${(turn += 1)}`);
        expect(answer.status).toBe(200);
        expect(answer.warnings).toEqual([]);
        return (await operatorLog()).some((line) =>
          line.includes('policy audited is in mode Audit and would deny'),
        );
      },
      { what: 'the note' },
    );
    expect(await valueOf('audited')).toBe(`try ${turn}`);
    expect(await requestsAbout('audited')).toEqual([]);
  });

  it('Warn and Audit take nothing away from a policy that is enforced', async () => {
    const { assent } = cast;
    await make('mixed');
    await assent.policy('mixed-warn', about('mixed', { mode: 'Warn', action: 'Allow' }));
    await assent.policy('mixed-audit', about('mixed', { mode: 'Audit', action: 'Allow' }));
    await enforce('mixed', about('mixed'), 'mixed');
    const name = await denied(() => set('mixed', 'second'));
    expect((await assent.request(name)).spec.policies.map((one) => one.name)).toEqual(['mixed']);
  });
});

async function requestsAbout(name: string): Promise<string[]> {
  const all = await cast.assent.requests();
  return all.filter((one) => one.spec.change?.name === name).map((one) => one.metadata.name);
}

/** Lines of the operator's log. */
async function operatorLog(): Promise<string[]> {
  const { runDir } = cast.assent.plane;
  const files = (await readdir(runDir)).filter((file) => file.startsWith('operator-'));
  const texts = await Promise.all(files.map((file) => readFile(join(runDir, file), 'utf8')));
  return texts.flatMap((text) => text.split('\n'));
}
