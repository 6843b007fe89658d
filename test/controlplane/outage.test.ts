// What docs/guide/install.md says about Assent that is stopped: who is refused and what they read, how policies are edited
// all the same, and how a new path segment is made afterwards. Each step stands on the one before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OURS, requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { APPROVAL, createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const GUARD = `${ADMISSION}/validatingwebhookconfigurations/assent-guard`;
const SECRET = '/api/v1/namespaces/assent-system/secrets/assent-path';
const MERGE = 'application/merge-patch+json';
const CORE = '/api/v1/namespaces';
/** Modes in which a policy lets everything through, with a kind of its own for each. */
const LENIENT = [
  { mode: 'Warn', resource: 'services', spec: { ports: [{ port: 80 }] } },
  { mode: 'Audit', resource: 'limitranges', spec: { limits: [] } },
] as const;

let assent: Assent;
let agent: string;
let alice: string;
const admin = () => assent.plane.adminKubeconfig;

beforeAll(async () => {
  assent = await startAssent();
  agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  alice = await assent.approver('alice');
  await grantEverything(assent, ['agents/deploy-bot']);
  await holdConfigMaps(assent, 'bots', [{ serviceAccount: 'agents/deploy-bot' }]);
  for (const { mode, resource } of LENIENT)
    await assent.policy(mode.toLowerCase(), {
      agents: [{ serviceAccount: 'agents/deploy-bot' }],
      match: {
        rules: [{ apiGroups: [''], resources: [resource], operations: ['CREATE'] }],
        namespaces: { names: ['default'] },
      },
      mode,
      approval: APPROVAL,
    });
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
});
afterAll(() => assent.stop());

const editPolicy = (who: string, risk: string): Promise<Answer> =>
  assent.send(who, 'PATCH', `${OURS}/approvalpolicies/bots`, { spec: { risk } }, MERGE);
/** The agent makes one, in a namespace that the policies name or in another. */
const make = (where: string, resource: string, spec?: object): Promise<Answer> =>
  assent.send(agent, 'POST', `${CORE}/${where}/${resource}`, {
    metadata: { generateName: 'of-agent-' },
    ...(spec === undefined ? {} : { spec }),
  });
const segmentNow = async (): Promise<string> => {
  const { json } = await assent.admin('GET', `${ADMISSION}/validatingwebhookconfigurations/assent-gate`);
  const [webhook] = (json as { webhooks: { clientConfig: { url: string } }[] }).webhooks;
  return /\/([0-9a-f]{32})\/gate$/.exec(webhook?.clientConfig.url ?? '')?.[1] ?? '';
};

describe('while Assent runs', () => {
  it.each(LENIENT)('mode $mode lets through what it names', async ({ resource, spec }) => {
    for (const where of ['default', 'kube-public']) {
      const { status, message } = await make(where, resource, spec);
      expect(status, message).toBe(201);
    }
  });
  it('a namespace that no policy names is left alone', async () => {
    expect((await make('kube-public', 'configmaps')).status).toBe(201);
  });
});

describe('while Assent is stopped', () => {
  let request = '';
  let segment = '';
  beforeAll(async () => {
    request = requestIn((await createMap(assent, agent, 'asked')).message);
    segment = await segmentNow();
    for (const one of assent.operator.processes.slice()) await assent.operator.kill(one, 'SIGTERM');
  });

  it('gated writes, policies and decisions are refused, and the error shows the secret path', async () => {
    const refused = [
      await createMap(assent, agent, 'other'),
      await editPolicy(admin(), 'Low'),
      await assent.decide(alice, request),
    ];
    for (const { status, message } of refused) {
      expect(status, message).toBe(500);
      expect(message).toMatch(/failed calling webhook "\w+\.assent\.dev"/);
      expect(message, 'the README says so').toContain(segment);
    }
  });

  it.each(LENIENT)('mode $mode refuses what it names, in every namespace', async ({ resource, spec }) => {
    for (const where of ['default', 'kube-public']) {
      const { status, message } = await make(where, resource, spec);
      expect([where, status, message]).toEqual([
        where,
        500,
        expect.stringContaining('failed calling webhook'),
      ]);
    }
  });

  it('a namespace that no policy names is not left alone, a kind that none names is', async () => {
    expect((await make('kube-public', 'configmaps')).status).toBe(500);
    expect((await make('kube-public', 'serviceaccounts')).status).toBe(201);
    expect((await createMap(assent, admin(), 'of-a-person')).status).toBe(201);
  });

  it('people edit policies once the guard is taken away, agents do not', async () => {
    await assent.admin('DELETE', GUARD);
    await waitFor(async () => (await editPolicy(admin(), 'Low')).status === 200, { what: 'the edit' });
    const refused = await editPolicy(agent, 'Medium');
    expect(refused.status, refused.message).toBe(403);
    expect((await createMap(assent, agent, 'other')).status, 'changes stay held').toBe(500);
  });

  it('a new segment is made by deleting its Secret and starting again, which puts the guard back', async () => {
    await assent.admin('DELETE', SECRET);
    await assent.operator.add('run');
    await waitFor(async () => (await segmentNow()) !== segment, { what: 'another segment' });
    await waitFor(async () => (await assent.send(admin(), 'GET', GUARD)).status === 200, {
      what: 'the guard',
    });
    const held = await waitFor(
      async () => {
        const answer = await createMap(assent, agent, 'asked');
        return answer.status === 403 && answer;
      },
      { what: 'the gate to answer' },
    );
    expect(requestIn(held.message), 'requests stay as they are').toBe(request);
    expect((await editPolicy(admin(), 'Medium')).status).toBe(200);
  });
});
