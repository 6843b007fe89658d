// An uninstall whose Job never gets to run, with the real helm: nothing is deleted, helm says what docs/operate/uninstall.md says, and
// the commands of that page keep Assent. No kubelet runs here, so that no image is ever pulled.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { runKubectl, type KubectlResult } from '../../tools/controlplane/kubectl.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { operatePage, typedLines } from '../builders/operate-pages.ts';
import { startCluster } from './cluster.ts';

const CHART = join(import.meta.dirname, '../../charts/assent');
const HOME = ['-n', 'assent-system'];
const BUILD_MS = 1_800_000;
const page = operatePage('uninstall.md');

let plane: ControlPlane;
let program: string;
let home: string;
beforeAll(async () => {
  ({ helm: program } = await ensurePrograms(['helm']));
  home = await mkdtemp(join(tmpdir(), 'assent-helm-'));
  plane = await startCluster();
  const installed = await helm('install', 'assent', CHART, ...HOME, '--create-namespace');
  if (installed.code !== 0) throw new Error(installed.stderr);
}, BUILD_MS);
afterAll(async () => {
  await plane?.stop();
  if (home !== undefined) await rm(home, { recursive: true });
});

const helm = (...words: readonly string[]): Promise<KubectlResult> =>
  runKubectl({ program, home, kubeconfig: plane.adminKubeconfig }, words);
const kubectl = (...words: string[]): Promise<KubectlResult> => plane.kubectl(plane.adminKubeconfig, words);
const replicas = async (): Promise<string> =>
  (await kubectl('get', 'deployment', 'assent-controller', ...HOME, '-o', 'jsonpath={.spec.replicas}'))
    .stdout;

describe('an uninstall whose Job never starts', () => {
  it('says so, and deletes nothing', async () => {
    const { code, stderr } = await helm('uninstall', 'assent', ...HOME, '--timeout', '2s');
    expect(code).not.toBe(0);
    expect(stderr).toContain('assent-uninstall');
    expect(await replicas()).toBe('2');
  });

  it('has the four minutes of the page', async () => {
    const { stdout } = await kubectl('get', 'job', 'assent-uninstall', ...HOME, '-o', 'jsonpath={.spec}');
    expect(JSON.parse(stdout)).toMatchObject({ activeDeadlineSeconds: 4 * 60 });
    expect(page).toContain('four minutes');
    expect((await kubectl('get', 'job', ...HOME, '-l', 'app.kubernetes.io/part-of=assent')).stdout).not.toBe(
      '',
    );
  });

  it('leaves a release that cannot be upgraded, in the words of the page', async () => {
    expect((await helm('status', 'assent', ...HOME)).stdout).toContain('STATUS: uninstalling');
    const { stderr } = await helm('upgrade', 'assent', CHART, ...HOME);
    const [, said = ''] = /UPGRADE FAILED: (.*)/.exec(stderr) ?? [];
    expect(said).not.toBe('');
    expect(page).toContain(`\`${said}\``);
  });

  it('is taken back by what the page has its reader type, controllers and all', async () => {
    await kubectl('scale', 'deployment', 'assent-controller', ...HOME, '--replicas=0');
    const lines = typedLines('uninstall.md');
    const end = lines.findIndex(({ words: [, verb] }) => verb === 'rollback');
    const taken = lines.slice(end - 2, end + 1);
    expect(taken.map(({ words: [, verb] }) => verb)).toEqual(['delete', 'history', 'rollback']);
    for (const {
      words: [first, ...words],
      line,
    } of taken) {
      const { code, stderr } = await (first === 'helm' ? helm(...words) : kubectl(...words));
      expect(code, `${line}: ${stderr}`).toBe(0);
    }
    expect(await replicas()).toBe('2');
    const ofJob = 'jobs,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings';
    const left = (await kubectl('get', ofJob, ...HOME, '-o', 'name')).stdout;
    expect(left, 'nothing goes on with it').not.toContain('assent-uninstall');
    expect(left).toContain('assent-controller');
    const upgraded = await helm('upgrade', 'assent', CHART, ...HOME);
    expect(upgraded.code, upgraded.stderr).toBe(0);
  });
});

describe('monitoring without the operator', () => {
  it('is refused in the words of the page, and nothing is changed', async () => {
    const wanted = ['--set', 'metrics.podMonitor.enabled=true'];
    const { stderr } = await helm('upgrade', 'assent', CHART, ...HOME, '--reuse-values', ...wanted);
    const [said = ''] = /no matches for kind "PodMonitor"/.exec(stderr) ?? [];
    expect(said, stderr).not.toBe('');
    expect(operatePage('README.md')).toContain(`\`${said}\``);
    expect((await helm('status', 'assent', ...HOME)).stdout).toContain('STATUS: deployed');
  });
});
