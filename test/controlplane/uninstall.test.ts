// `assent uninstall --keys`, which the chart runs where nothing is to be kept: with the account and the rights that the chart
// gives it, and no more, it takes everything out, or says what it could not and opens nothing (INV-1, INV-4).
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRANT_LABEL, grantName } from '../../src/domain/grant/objects.ts';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { compileCache } from '../../tools/operator/compile-cache.ts';
import { chartRbac } from '../chart/accounts.ts';
import { startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HOME = 'assent-system';
const ACCOUNT = 'assent-uninstall';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
const PODS = `/api/v1/namespaces/${HOME}/pods`;
const REGISTERED = [
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
];
const MERGE = 'application/merge-patch+json';
const UID = 'c0ffee00-0000-4000-8000-000000000001';
const GRANT = grantName(UID);
const RESTRICTED = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'a',
      image: 'a',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};
const BUILD_MS = 1_800_000;

let assent: Assent;
let kubeconfig: string;
let agent: string;

beforeAll(async () => {
  await ensurePrograms(['helm']);
  assent = await startAssent({ operator: { gates: 1, controllers: 1 } });
  agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await grantEverything(assent, ['agents/deploy-bot']);
  await holdConfigMaps(assent, 'payments', [{ serviceAccount: 'agents/deploy-bot' }]);
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
  const rbac = await chartRbac({ crds: { keep: false } }, HOME);
  const rights = rbac.filter(({ kind, metadata: { name } }) => kind !== 'ServiceAccount' && name === ACCOUNT);
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rights });
  const applied = await assent.plane.kubectl(assent.plane.adminKubeconfig, ['apply', '-f', '-'], { input });
  if (applied.code !== 0) throw new Error(applied.stderr);
  ({ kubeconfig } = await assent.plane.serviceAccount(HOME, ACCOUNT));
  // What the scale to none does where Deployments run them; the gate goes on.
  for (const one of assent.operator.processes.filter(({ part }) => part === 'controller'))
    await assent.operator.kill(one);
}, BUILD_MS);
afterAll(() => assent?.stop());

/** Runs it as the Job does. */
async function uninstall(): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: await compileCache() };
  const words = [MAIN, 'uninstall', '--keys', '--kubeconfig', kubeconfig, '--namespace', HOME];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

async function namesAt(path: string): Promise<string[]> {
  const { json } = await assent.admin('GET', path);
  return (json as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
}
const ofOurs = async (path: string): Promise<string[]> =>
  (await namesAt(path)).filter((name) => name.startsWith('assent-'));

const bindingOf = (name: string, uid: string) => ({
  metadata: { name, labels: { [GRANT_LABEL]: uid } },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' }],
});

describe('assent uninstall --keys', () => {
  it('INV-4: opens nothing while access is held up by a finalizer, and says which', async () => {
    await assent.admin('POST', BINDINGS, bindingOf(GRANT, UID));
    await assent.admin('POST', BINDINGS, bindingOf('of-others', UID));
    // Only where somebody took the policy away that refuses it.
    await assent.admin('DELETE', `${ADMISSION}/validatingadmissionpolicybindings/assent-grant-ends`);
    await untilPatched(['example.com/hold']);
    const { code, stdout, stderr } = await uninstall();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`RoleBinding default/${GRANT} is still there`) as string,
    });
    expect(stdout).not.toContain('nothing is gated any more');
    expect((await createMap(assent, agent, 'still-held')).status).toBe(403);
    expect(await ofOurs(`/api/v1/namespaces/${HOME}/secrets`)).toContain('assent-seal');
    await untilPatched([]);
  });

  it('takes everything out, past a controller that was evicted and whose pod was left', async () => {
    const labels = { 'app.kubernetes.io/name': 'assent', 'app.kubernetes.io/component': 'controller' };
    const pod = { metadata: { name: 'evicted', labels }, spec: RESTRICTED };
    await assent.plane.serviceAccount(HOME, 'default');
    await assent.admin('POST', PODS, pod);
    await assent.admin('PATCH', `${PODS}/evicted/status`, { status: { phase: 'Failed' } }, MERGE);
    expect(await uninstall()).toMatchObject({ code: 0, stderr: '' });
    expect(await namesAt(BINDINGS)).toEqual(['of-others']);
    for (const plural of REGISTERED) expect(await ofOurs(`${ADMISSION}/${plural}`), plural).toEqual([]);
    expect(await ofOurs(`/api/v1/namespaces/${HOME}/secrets`)).toEqual([]);
    expect(await ofOurs(`/apis/coordination.k8s.io/v1/namespaces/${HOME}/leases`)).toEqual([]);
    expect((await createMap(assent, agent, 'free')).status).toBe(201);
  });

  it('may be run again', async () => expect(await uninstall()).toMatchObject({ code: 0, stderr: '' }));
});

/** The API server takes a moment to hear that a policy is not bound any more. */
async function untilPatched(finalizers: readonly string[]): Promise<void> {
  await waitFor(
    async () => {
      const body = { metadata: { finalizers } };
      const path = `${BINDINGS}/${GRANT}`;
      return (await assent.send(assent.plane.adminKubeconfig, 'PATCH', path, body, MERGE)).status === 200;
    },
    { what: 'the finalizers to be changed' },
  );
}
