// `assent check`, which `helm test` runs in the cluster: with the account and the rights that the chart gives it, and no more,
// it sees that an installation works, and which part of it does not.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { compileCache } from '../../tools/operator/compile-cache.ts';
import { helmTemplate, RELEASE_NAMESPACE } from '../chart/helm.ts';
import { startAssent, type Assent } from './assent.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const BUILD_MS = 1_800_000;

let assent: Assent;
let kubeconfig: string;
beforeAll(async () => {
  await ensurePrograms(['helm']);
  assent = await startAssent({ operator: { run: true } });
  await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: RELEASE_NAMESPACE } });
  const { stdout } = await helmTemplate({}, ['--show-only', 'templates/test.yaml']);
  const rights = parseAllDocuments(stdout)
    .map((one) => one.toJS() as { kind: string })
    .filter(({ kind }) => kind !== 'Pod');
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rights });
  const applied = await assent.plane.kubectl(assent.plane.adminKubeconfig, ['apply', '-f', '-'], { input });
  if (applied.code !== 0) throw new Error(applied.stderr);
  ({ kubeconfig } = await assent.plane.serviceAccount(RELEASE_NAMESPACE, 'assent-test'));
}, BUILD_MS);
afterAll(() => assent?.stop());

/** Runs it as the Pod does. */
async function check(...more: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: await compileCache() };
  const words = [MAIN, 'check', '--kubeconfig', kubeconfig, '--namespace', RELEASE_NAMESPACE, ...more];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

describe('assent check', () => {
  it('sees an installation that works', async () => {
    const { code, stdout, stderr } = await check();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `${await registered()} webhooks are registered, and fail closed`,
      expect.stringMatching(/^the gate is ready at https:\/\/127\.0\.0\.1:\d+, behind the certificate/),
      'a write reached the gate through the API server, and was judged there',
      '',
    ]);
  });

  it('changes nothing', async () => expect(await assent.requests()).toEqual([]));

  it('does not succeed without a gate', async () => {
    for (const one of assent.operator.processes.slice()) await assent.operator.kill(one);
    const { code, stderr } = await check('--once');
    expect(code).toBe(1);
    expect(stderr).toContain('it does not work yet: the gate at https://127.0.0.1');
  });
});

async function registered(): Promise<number> {
  const counts = [
    'validatingwebhookconfigurations/assent-guard',
    'mutatingwebhookconfigurations/assent-stamp',
  ].map(async (path) => {
    const { json } = await assent.admin('GET', `${ADMISSION}/${path}`);
    return (json as { webhooks: unknown[] }).webhooks.length;
  });
  return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);
}
