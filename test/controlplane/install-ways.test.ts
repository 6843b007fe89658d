// The other ways to install: plain YAML is what the chart renders, Kustomize builds on it, and the examples for Flux and Argo CD
// are what their kinds take. Each is sent to a real API server.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { runKubectl } from '../../tools/controlplane/kubectl.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { plainNow, renderPlain } from '../../tools/plain/render.ts';
import { installForeignKinds } from '../chart/foreign-kinds.ts';
import { helmTemplate } from '../chart/helm.ts';
import { objectsIn } from '../chart/plain.ts';
import { startCluster } from './cluster.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const CLI = at('src/cli/kubectl-assent.ts');
const BUILD_MS = 1_800_000;

let plane: ControlPlane;
beforeAll(async () => {
  await ensurePrograms(['helm']);
  plane = await startCluster();
  await installForeignKinds(plane);
  for (const name of ['assent-system', 'flux-system', 'argocd'])
    await plane.raw(plane.adminKubeconfig, 'POST', '/api/v1/namespaces', { body: { metadata: { name } } });
}, BUILD_MS);
afterAll(() => plane?.stop());

/** What the API server says against it; '' when it takes it as it is. */
async function refusalOf(words: readonly string[], input?: string): Promise<string> {
  const apply = ['apply', '--server-side', '--dry-run=server', '--warnings-as-errors', ...words];
  const more = input === undefined ? {} : { input };
  const { code, stderr } = await plane.kubectl(plane.adminKubeconfig, apply, more);
  return code === 0 ? stderr : stderr || `exit code ${code}`;
}
async function kustomized(folder: string): Promise<string> {
  const { code, stdout, stderr } = await plane.kubectl(plane.adminKubeconfig, ['kustomize', at(folder)]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

describe('before anything is installed', () => {
  it.each([
    [['list'], / does not serve assent\.dev: is Assent installed there\?$/],
    [['doctor'], /^Assent is not installed in assent-system: the API server does not serve assent\.dev$/],
    [['doctor', '-n', 'mine', '-o', 'json'], /^Assent is not installed in mine: /],
  ])('kubectl assent %j says so in one line, and exits 1', async (words, sentence) => {
    const where = { program: process.execPath, home: plane.runDir, kubeconfig: plane.adminKubeconfig };
    const { code, stdout, stderr } = await runKubectl(where, [CLI, ...words]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('plain YAML', () => {
  it('is what the chart renders; if not: npm run plain', async () => {
    expect(plainNow()).toBe(await renderPlain());
  });

  it('is whole: every object of the chart, and the namespace', async () => {
    const { stdout } = await helmTemplate({}, ['--no-hooks']);
    expect([...objectsIn(plainNow()).keys()].toSorted()).toEqual(
      ['Namespace assent-system', ...objectsIn(stdout).keys()].toSorted(),
    );
  });

  it('says nothing of Helm, and is taken by the API server', async () => {
    expect(plainNow()).not.toMatch(/managed-by: Helm|helm\.sh\/chart|helm\.sh\/hook/);
    expect(await refusalOf(['-f', at('manifests/install/install.yaml')])).toBe('');
  });
});

describe('Kustomize', () => {
  it('builds the base as it is', async () => {
    expect(objectsIn(await kustomized('manifests/install'))).toEqual(
      new Map([...objectsIn(plainNow())].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    );
  });

  it('builds the overlay with its patches, which the API server takes', async () => {
    const built = await kustomized('examples/kustomize');
    const deployments = ['gate', 'controller'].map((part) => {
      const { replicas, template } = objectsIn(built).get(`Deployment assent-${part}`)!.spec as {
        replicas: number;
        template: {
          spec: {
            imagePullSecrets: unknown;
            containers: { image: string; resources: { requests: object } }[];
          };
        };
      };
      const [container] = template.spec.containers;
      return [replicas, container?.image, template.spec.imagePullSecrets, container?.resources.requests];
    });
    const image = 'registry.example.com/tools/assent:0.2.0';
    expect(deployments).toEqual([
      [3, image, [{ name: 'registry' }], { cpu: '500m', memory: '192Mi' }],
      [2, image, [{ name: 'registry' }], { cpu: '50m', memory: '192Mi' }],
    ]);
    expect(await refusalOf(['-f', '-'], built)).toBe('');
  });
});

describe('the examples', () => {
  it.each(['examples/flux.yaml', 'examples/argocd.yaml'])(
    '%s is taken as its kinds are published',
    async (file) => {
      expect(await refusalOf(['-f', at(file)])).toBe('');
    },
  );

  it.each([
    ['examples/flux.yaml', 'HelmRelease assent', ['spec', 'values']],
    ['examples/argocd.yaml', 'Application assent', ['spec', 'source', 'helm', 'valuesObject']],
  ] as const)('%s has values that the chart takes', async (file, key, path) => {
    const object: unknown = objectsIn(readFileSync(at(file), 'utf8')).get(key);
    const values = path.reduce<unknown>((one, name) => (one as Record<string, unknown>)[name], object);
    const { code, stderr } = await helmTemplate(values as object);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('would be refused with a field that is none', async () => {
    const wrong = readFileSync(at('examples/argocd.yaml'), 'utf8').replace(
      'ignoreDifferences:',
      'ignoreDifference:',
    );
    expect(await refusalOf(['-f', '-'], wrong)).toContain('ignoreDifference');
  });
});
