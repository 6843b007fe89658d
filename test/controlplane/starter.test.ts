// policies/starter.yaml, applied as the guide says: each policy is Ready, warns for what it is about, says so
// by its name, and holds nothing.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import { OURS, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { grantEverything } from './people-stage.ts';

const FILE = fileURLToPath(new URL('../../policies/starter.yaml', import.meta.url));
const policies = parseAllDocuments(readFileSync(FILE, 'utf8')).map((one) => one.toJS() as ApprovalPolicy);
const APPS = '/apis/apps/v1/namespaces/shop';
const CORE = '/api/v1/namespaces/shop';
const MERGE = 'application/merge-patch+json';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

let assent: Assent;
let agent: string;
const send = (method: string, path: string, body?: unknown, type?: string): Promise<Answer> =>
  assent.send(agent, method, `${path}${path.includes('?') ? '&' : '?'}dryRun=All`, body, type);

const pod = { containers: [{ name: 'web', image: 'web' }] };
const labels = { app: 'web' };
const deployment = (name: string) => ({
  metadata: { name },
  spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
});
const configMap = (name: string) => ({ metadata: { name } });

/** What each is about: a write of an agent that it must warn of. */
const ABOUT: Readonly<Record<string, readonly (() => Promise<Answer>)[]>> = {
  'starter-deletions': [
    () => send('DELETE', `${CORE}/configmaps/kept`),
    () => send('DELETE', `${APPS}/deployments/web`),
    () => send('DELETE', '/api/v1/namespaces/shop'),
  ],
  'starter-workloads': [
    () => send('POST', `${APPS}/deployments`, deployment('new')),
    () => send('PATCH', `${APPS}/deployments/web/scale`, { spec: { replicas: 3 } }, MERGE),
  ],
  'starter-shells': [() => assent.send(agent, 'POST', `${CORE}/pods/web/exec?command=ls&stdout=true`)],
  'starter-secrets': [() => send('POST', `${CORE}/secrets`, { metadata: { name: 'new' } })],
  'starter-powers': [
    () => send('POST', `${RBAC}/clusterroles`, { metadata: { name: 'new' }, rules: [] }),
    () => send('POST', '/api/v1/namespaces/agents/serviceaccounts/deploy-bot/token', { spec: {} }),
  ],
  'starter-keep-out': [() => send('POST', '/api/v1/namespaces/kube-system/configmaps', configMap('new'))],
};

/** What policies tell of themselves that is meant so. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  'starter-secrets': ["Helm's releases are left out of all secrets"],
  'starter-keep-out': ['Once enforced', '*/* names everything'],
};

beforeAll(async () => {
  assent = await startAssent();
  agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await grantEverything(assent, ['agents/deploy-bot']);
  await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  await assent.plane.serviceAccount('shop', 'default');
  await assent.admin('POST', `${CORE}/configmaps`, configMap('kept'));
  await assent.admin('POST', `${APPS}/deployments`, deployment('web'));
  await assent.admin('POST', `${CORE}/pods`, { metadata: { name: 'web' }, spec: pod });
  const applied = await assent.plane.kubectl(assent.plane.adminKubeconfig, ['apply', '-f', FILE]);
  if (applied.code !== 0) throw new Error(applied.stderr);
});
afterAll(() => assent?.stop());

describe('the starter set', () => {
  it('holds nothing, and is tried policy by policy', () => {
    for (const { spec } of policies) expect(spec.mode).toBe('Warn');
    expect(policies.map(({ metadata }) => metadata.name)).toEqual(Object.keys(ABOUT));
  });

  it.each(Object.keys(ABOUT))('%s is Ready, and tells nothing but what is meant so', async (name) => {
    const ready = await waitFor(
      async () => {
        const { json } = await assent.admin('GET', `${OURS}/approvalpolicies/${name}`);
        const { status } = json as ApprovalPolicy;
        return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
          ? status
          : undefined;
      },
      { what: `${name} to be Ready` },
    );
    expect((ready.warnings ?? []).map((one) => one.split(/[:,]/)[0])).toEqual(TOLD[name] ?? []);
  });

  it('is written with warnings that say which policy they are about', async () => {
    const words = ['replace', '--dry-run=server', '-f', FILE];
    const { stderr } = await assent.plane.kubectl(assent.plane.adminKubeconfig, words);
    expect(stderr.trim().split('\n').toSorted()).toEqual(
      Object.entries(TOLD)
        .flatMap(([name, all]) => all.map((one) => expect.stringContaining(`Warning: ${name}: ${one}`)))
        .toReversed(),
    );
  });

  it.each(Object.entries(ABOUT))(
    '%s warns for what it is about, and lets it through',
    async (name, writes) => {
      for (const write of writes) {
        const { warnings, message } = await waitFor(
          async () => {
            const answer = await write();
            return answer.warnings.some((one) => one.includes(`policy ${name} `)) ? answer : undefined;
          },
          { what: `${name} to warn`, timeoutMs: 15_000 },
        );
        expect(warnings.join(), message).toContain('assent: admitted');
        expect(message).not.toContain('.assent.dev');
      }
    },
  );

  it('says nothing about what it does not name', async () => {
    const { status, warnings } = await send('POST', `${CORE}/configmaps`, configMap('new'));
    expect([status, warnings]).toEqual([201, []]);
  });
});
