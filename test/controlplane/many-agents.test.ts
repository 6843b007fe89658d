// More agents than fit into one condition, on a real API server: no policy stops another one (INV-1), and nobody with many
// groups loses the right to write because the condition costs too much (INV-6).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentsFit } from '../../src/domain/policy/fit.ts';
import type { PolicyAgent } from '../../src/api/approval-policy.ts';
import { ADMISSION_POLICIES } from '../../src/api/installation.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { install } from '../../tools/operator/install.ts';
import { startOperator, type Operator } from '../../tools/operator/start.ts';
import { aPolicySpec } from '../builders/policies.ts';
import { OURS } from './assent.ts';
import { startCluster, waitFor } from './cluster.ts';
import { CORE, RBAC } from './main-path-story.ts';

let plane: ControlPlane;
let operator: Operator;
let agent: string;

const rules = [{ apiGroups: [''], resources: ['configmaps'], operations: ['*'] }];
const put = async (name: string, agents: readonly PolicyAgent[]) => {
  const body = {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalPolicy',
    metadata: { name },
    spec: { agents, match: { rules } },
  };
  return plane.raw(plane.adminKubeconfig, 'POST', `${OURS}/approvalpolicies`, { body });
};
const crowd = (name: string): PolicyAgent[] =>
  Array.from({ length: 64 }, (_, at) => ({ user: `${name}-${at}-`.padEnd(240, 'x') }));

/** As much as fits: first the dearest globs, then those that cost little. */
const dear = (at: number) => ({ group: `team-${at}-${'n'.repeat(20)}*middle*end` });
const DEAR = [dear(0), dear(1), dear(2)];
const CHEAP = Array.from({ length: 55 }, (_, at) => ({ group: `${`corp:dept-${at}:`.padEnd(80, 'p')}*` }));

async function ready(name: string): Promise<{ status: string; reason: string; message: string } | undefined> {
  const { json } = await plane.raw(plane.adminKubeconfig, 'GET', `${OURS}/approvalpolicies/${name}`);
  const { status } = json as {
    status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
  };
  return status?.conditions?.find((one) => one.type === 'Ready');
}
const create = (who: string, name: string, query = '') =>
  plane.raw(who, 'POST', `${CORE}/configmaps${query}`, { body: { metadata: { name } } });

beforeAll(async () => {
  plane = await startCluster();
  await install(plane);
  agent = (await plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await plane.serviceAccount('shop', 'app');
  await plane.raw(plane.adminKubeconfig, 'POST', `${RBAC}/clusterrolebindings`, {
    body: {
      metadata: { name: 'everybody' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [
        { kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' },
        { kind: 'User', name: 'amy', apiGroup: 'rbac.authorization.k8s.io' },
      ],
    },
  });
  // While no guard is there yet, everything gets in.
  await waitFor(async () => (await put('agents', [{ serviceAccount: 'agents/*' }])).status === 201, {
    what: 'the kinds to be served',
  });
  await put('dear', [...DEAR, ...CHEAP]);
  for (let at = 0; at < 10; at++) await put(`crowd-${at}`, crowd(`crowd-${at}`));
  operator = await startOperator(plane, { run: true });
  // Told one after the other, in no promised order.
  for (const name of ['agents', 'dear', ...Array.from({ length: 10 }, (_, at) => `crowd-${at}`)])
    await waitFor(async () => (await ready(name)) !== undefined, { what: `${name} to be told` });
});
afterAll(async () => {
  await operator?.stop();
  await plane?.stop();
});

describe('more agents than fit', () => {
  it('INV-1: holds what the older policies name, and tells the others that they are left out', async () => {
    for (const name of ['agents', 'dear', 'crowd-3']) {
      expect(await ready(name), name).toMatchObject({ status: 'True' });
    }
    expect(await ready('crowd-4')).toMatchObject({
      status: 'False',
      reason: 'LeftOut',
      message: expect.stringContaining('do not fit into the one condition') as string,
    });
    await waitFor(
      async () => (await create(agent, 'probe', '?dryRun=All')).headers['warning'] !== undefined,
      {
        what: 'the gate to be asked',
      },
    );
    expect((await create(agent, 'held')).status).toBe(403);
  });

  it('lets a policy go that makes room, and fills it with the oldest that waits', async () => {
    await plane.raw(plane.adminKubeconfig, 'DELETE', `${OURS}/approvalpolicies/crowd-0`);
    await waitFor(async () => (await ready('crowd-4'))?.status === 'True', { what: 'the next one to be in' });
    expect(await ready('crowd-5')).toMatchObject({ status: 'False' });
    for (const name of ['crowd-4', 'crowd-5', 'crowd-6', 'crowd-7', 'crowd-8', 'crowd-9']) {
      await plane.raw(plane.adminKubeconfig, 'DELETE', `${OURS}/approvalpolicies/${name}`);
    }
    await waitFor(async () => (await ready('crowd-3'))?.status === 'True', { what: 'all to be in' });
  });

  it('INV-1: the guard refuses the policy with which they fit no longer, with the field', async () => {
    expect((await put('crowd-a', crowd('crowd-a'))).status).toBe(201);
    let refusal = '';
    await waitFor(
      async () => {
        const { status, text } = await put('crowd-b', crowd('crowd-b'));
        if (status === 201)
          await plane.raw(plane.adminKubeconfig, 'DELETE', `${OURS}/approvalpolicies/crowd-b`);
        else refusal = text;
        return status === 403;
      },
      { what: 'the guard to know the policies' },
    );
    expect(refusal).toContain('spec.agents: with it, the agents of all policies do not fit');
  });
});

describe('a person with very many groups', () => {
  it('INV-6: is not denied by the cost of globs that just fit', async () => {
    const spec = aPolicySpec({ agents: [...DEAR, ...CHEAP] });
    expect(agentsFit([{ spec }])).toBe(true);
    expect(agentsFit([{ spec: { agents: [...spec.agents, dear(3)] } }])).toBe(false);
    // None of them is an agent's, and each goes through every test as far as it can.
    const groups = Array.from({ length: 500 }, (_, at) =>
      `team-${at % 3}-${'n'.repeat(20)}-${at}-`.padEnd(100, 'm'),
    );
    const amy = (await plane.user('amy', groups)).kubeconfig;
    const { status, text } = await create(amy, 'of-amy');
    expect({ status, text: status === 201 ? '' : text.slice(0, 500) }).toEqual({ status: 201, text: '' });
    // The same expression stands in the policies of our own kinds.
    const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${ADMISSION_POLICIES.ownKinds}`;
    const { text: stored } = await plane.raw(plane.adminKubeconfig, 'GET', path);
    expect(stored).toContain('middle');
    const body = {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalPolicy',
      metadata: { name: 'of-amy' },
      spec: { agents: [{ user: 'x' }], match: { rules } },
    };
    const made = await plane.raw(amy, 'POST', `${OURS}/approvalpolicies`, { body });
    expect({ status: made.status, text: made.status === 201 ? '' : made.text.slice(0, 500) }).toEqual({
      status: 201,
      text: '',
    });
  });
});
