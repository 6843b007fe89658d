// The drill of the stolen token: whoever holds the token of one of our ServiceAccounts tries what an attacker would. What it
// cannot do, what it can, and the list of its rights are kept here; the rendered roles are read for what no role of ours holds.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { accountsIn, chartRbac, faultsOf, rulesOf, type RbacObject, type Rule } from '../chart/accounts.ts';
import { GOOD } from '../chart/values.ts';
import { OURS, requestIn, startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { deedsOf, ELSEWHERE, HOME, PLANTED, type Deed } from './stolen-deeds.ts';

/** Where there is no helm yet, it is built, once, and that takes minutes. ms. */
const BUILD_MS = 1_800_000;
/** The chart makes no more accounts than these; a new one needs a list of its rights in test/golden/rights. */
const ACCOUNTS = ['assent-controller', 'assent-gate', 'assent-test', 'assent-uninstall'];
/** Those that are there only while helm runs a hook. */
const HOOKS = new Set(['assent-test', 'assent-uninstall']);
const GOLDEN = join(import.meta.dirname, '../golden/rights');

let rbac: readonly RbacObject[];
beforeAll(async () => {
  await ensurePrograms(['helm']);
  rbac = await chartRbac({}, HOME);
}, BUILD_MS);

describe('the roles of our accounts', () => {
  it.each(Object.entries(GOOD))('hold nothing that they should not: %s', async (_, values) => {
    const objects = await chartRbac(values, HOME);
    const accounts = accountsIn(objects);
    expect(accounts.length).toBeGreaterThan(1);
    const faults = accounts.flatMap((account) =>
      rulesOf(objects, account).flatMap(({ rule }) =>
        faultsOf(rule).map((fault) => `${account} ${fault}: ${JSON.stringify(rule)}`),
      ),
    );
    expect(faults).toEqual([]);
  });

  const bad: [string, Rule][] = [
    ['a wildcard', { apiGroups: [''], resources: ['*'], verbs: ['get'] }],
    ['escalate', { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate'] }],
    ['bind on any role', { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['bind'] }],
    ['impersonate', { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }],
    ['secrets by list', { apiGroups: [''], resources: ['secrets'], verbs: ['list'], resourceNames: ['a'] }],
    ['any secret', { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    ['commands in pods', { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }],
    ['pods', { apiGroups: [''], resources: ['pods'], verbs: ['create'] }],
    [
      'bindings for everywhere',
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterrolebindings'], verbs: ['create'] },
    ],
    [
      'tokens',
      { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'], resourceNames: ['a'] },
    ],
  ];
  it.each(bad)('would be found to hold %s', (_, rule) => {
    expect(faultsOf(rule).length).toBeGreaterThan(0);
  });

  it('are bound to our accounts and to nobody else, and there is no account but those of the drill', () => {
    expect(accountsIn(rbac).toSorted()).toEqual(ACCOUNTS);
    const subjects = rbac.flatMap(({ subjects: some }) => some ?? []);
    for (const { kind, name, namespace } of subjects) {
      expect([kind, namespace]).toEqual(['ServiceAccount', HOME]);
      expect(ACCOUNTS).toContain(name);
    }
  });
});

describe('with a stolen token', () => {
  let assent: Assent;
  let agent: string;
  const tokens = new Map<string, string>();
  const tokenOf = (account: string): string => tokens.get(account) ?? '';

  beforeAll(async () => {
    assent = await startAssent({ operator: { gates: 1, controllers: 1 } });
    await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: ELSEWHERE } });
    // What the chart makes only for a while, as it makes it.
    const hook = rbac.filter(({ kind, metadata }) => kind !== 'ServiceAccount' && HOOKS.has(metadata.name));
    const words = ['apply', '--server-side', '-f', '-'];
    const applied = await assent.plane.kubectl(assent.plane.adminKubeconfig, words, {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: hook }),
    });
    if (applied.code !== 0) throw new Error(applied.stderr);
    for (const account of ACCOUNTS) {
      tokens.set(account, (await assent.plane.serviceAccount(HOME, account)).kubeconfig);
    }
    agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
    await standing(assent);
  }, 180_000);
  afterAll(() => assent.stop());

  const tried = async (account: string, { method, path, body, contentType, headers }: Deed) => {
    const options = {
      ...(body && { body }),
      ...(contentType && { contentType }),
      ...(headers && { headers }),
    };
    const { status, json } = await assent.plane.raw(tokenOf(account), method, path, options);
    return { status, message: (json as { message?: string } | undefined)?.message ?? '' };
  };

  describe.each(ACCOUNTS)('of %s', (account) => {
    const deeds = deedsOf(account);
    const cannot = deeds.filter(({ can = {} }) => !(account in can));
    const can = deeds.filter((deed) => account in (deed.can ?? {}));

    it.each(cannot.map((deed) => [deed.what, deed] as const))('nobody can %s', async (_, deed) => {
      const { status, message } = await tried(account, deed);
      expect(status, message).toBe(403);
    });

    it.each(can.map((deed) => [deed.what, deed] as const))('one can, and it is said: %s', async (_, deed) => {
      const { status, message } = await tried(account, deed);
      // 404: it may, and there is none of that name.
      expect(status, message).toBeOneOf([200, 201, 404]);
    });

    it('one has these rights and no other', async () => {
      const nobody = (await assent.plane.serviceAccount('agents', 'nobody')).kubeconfig;
      const lines = await Promise.all(
        [HOME, ELSEWHERE].map(async (namespace) => {
          const [own, everybodys] = [
            await rightsOf(assent, tokenOf(account), namespace),
            await rightsOf(assent, nobody, namespace),
          ];
          const more = own.filter((line) => !everybodys.includes(line));
          return [`# in ${namespace}`, ...more, ''].join('\n');
        }),
      );
      await expect(lines.join('\n')).toMatchFileSnapshot(join(GOLDEN, `${account}.txt`));
    });
  });

  it.each(PLANTED.map((deed) => [deed.what, deed] as const))('nobody can %s', async (_, deed) => {
    for (const account of ACCOUNTS) {
      const { status, message } = await tried(account, deed);
      expect(status, message).toBe(403);
    }
  });

  it.each(['assent-gate', 'assent-controller'])(
    'INV-1: %s can write that a request is approved, and the gate admits nothing by it',
    async (account) => {
      const name = `cm-${account}`;
      const submit = () =>
        assent.send(agent, 'POST', `/api/v1/namespaces/${ELSEWHERE}/configmaps`, { metadata: { name } });
      const held = await submit();
      expect(held.status).toBe(403);
      const request = requestIn(held.message);
      // The controller writes to it as well, so the first try may come too late.
      const written = await waitFor(
        async () => {
          const before = await assent.request(request);
          const forged = { ...before, status: { ...before.status, ...forgedStatus(before.metadata.uid) } };
          const path = `${OURS}/approvalrequests/${request}/status`;
          const answer = await assent.send(tokenOf(account), 'PUT', path, forged);
          return answer.status === 409 ? undefined : answer;
        },
        { what: 'the forged status to be answered' },
      );
      expect([200, 403, 422], written.message).toContain(written.status);
      expect((await submit()).status).toBe(403);
      const decision = {
        apiVersion: 'assent.dev/v1alpha1',
        kind: 'ApprovalDecision',
        metadata: { generateName: 'stolen-' },
        spec: { request, verdict: 'Approve' },
      };
      const decided = await assent.send(tokenOf(account), 'POST', `${OURS}/approvaldecisions`, decision);
      expect(decided.status, decided.message).toBe(403);
      expect((await submit()).status).toBe(403);
      expect(
        (
          await assent.send(
            assent.plane.adminKubeconfig,
            'GET',
            `/api/v1/namespaces/${ELSEWHERE}/configmaps/${name}`,
          )
        ).status,
      ).toBe(404);
    },
  );
});

/** A status that says yes, with a decision that nobody made. */
const forgedStatus = (uid: string): object => ({
  state: 'Approved',
  usableUntil: new Date(Date.now() + 600_000).toISOString(),
  decisions: [{ name: 'stolen', uid, person: 'alice', verdict: 'Approve', at: new Date().toISOString() }],
});

/** What the deeds are about: somebody's binding, webhook, policy. */
async function standing(assent: Assent): Promise<void> {
  const path = '/apis/rbac.authorization.k8s.io/v1';
  await assent.admin('POST', `${path}/namespaces/${ELSEWHERE}/rolebindings`, {
    metadata: { name: 'of-others' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
  });
  await assent.admin('POST', `${path}/clusterrolebindings`, {
    metadata: { name: 'test-agents-write' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'deploy-bot' }],
  });
  await assent.policy('held', {
    agents: [{ serviceAccount: 'agents/deploy-bot' }],
    match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }] },
  });
  const agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await assent.untilHeld(() =>
    assent.send(agent, 'POST', `/api/v1/namespaces/${ELSEWHERE}/configmaps?dryRun=All`, {
      metadata: { name: 'probe' },
    }),
  );
}

/** As `kubectl auth can-i --list` says it: one line for each resource, sorted. */
async function rightsOf(assent: Assent, who: string, namespace: string): Promise<string[]> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  };
  const { json } = await assent.send(
    who,
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body,
  );
  const { status } = json as { status: { incomplete: boolean; resourceRules: Rule[] } };
  expect(status.incomplete).toBe(false);
  const lines = status.resourceRules.flatMap(
    ({ apiGroups = [], resources = [], verbs, resourceNames = [] }) =>
      apiGroups.flatMap((group) =>
        resources.map((resource) => {
          const named = resourceNames.length === 0 ? '' : ` [${resourceNames.toSorted().join(' ')}]`;
          return `${resource}${group === '' ? '' : `.${group}`}${named}: ${verbs.toSorted().join(' ')}`;
        }),
      ),
  );
  return [...new Set(lines)].toSorted();
}
