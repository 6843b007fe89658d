// The chart as helm renders it: the API server takes all of it without a warning, in a namespace that enforces the restricted
// profile; wrong values are refused with a sentence; and what does not need Pods is what manifests/ and crds/ hold.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { runKubectl } from '../../tools/controlplane/kubectl.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { CHART } from '../../tools/plain/render.ts';
import { installForeignKinds } from '../chart/foreign-kinds.ts';
import { helmTemplate, RELEASE_NAMESPACE } from '../chart/helm.ts';
import { GOOD, WRONG } from '../chart/values.ts';
import { startCluster } from './cluster.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** No profile lets pods use the network of their nodes. */
const ON_NODES = 'on-nodes';

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
}

/** Where there is no helm yet, it is built, once, and that takes minutes. ms. */
const BUILD_MS = 1_800_000;
beforeAll(() => ensurePrograms(['helm']), BUILD_MS);

const documents = (yaml: string): Rendered[] =>
  parseAllDocuments(yaml).flatMap((one) => (one.toJS() as Rendered | null) ?? []);

describe('the chart', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startCluster();
    await installForeignKinds(plane);
    for (const [name, profile] of Object.entries({
      [RELEASE_NAMESPACE]: 'restricted',
      [ON_NODES]: 'privileged',
    })) {
      const labels = Object.fromEntries(
        ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, profile]),
      );
      const body = { metadata: { name, labels } };
      await plane.raw(plane.adminKubeconfig, 'POST', '/api/v1/namespaces', { body });
      // A dry-run makes no account, and a Pod by itself is refused without its own.
      await plane.serviceAccount(name, 'assent-test');
    }
  });
  afterAll(() => plane?.stop());

  it.each(Object.entries(GOOD))('is taken by the API server without a warning: %s', async (_, values) => {
    const isOnNodes = 'gate' in values && 'hostNetwork' in (values.gate as object);
    const { code, stdout, stderr } = await helmTemplate(values, isOnNodes ? ['--namespace', ON_NODES] : []);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const words = ['apply', '--server-side', '--dry-run=server', '--warnings-as-errors', '-f', '-'];
    const applied = await plane.kubectl(plane.adminKubeconfig, words, { input: stdout });
    expect(applied.stderr).toBe('');
    expect(applied.code).toBe(0);
  });

  it.each(WRONG)('refuses %j with a sentence', async (values, words) => {
    const { code, stderr } = await helmTemplate(values);
    expect(code).not.toBe(0);
    expect(stderr).toContain(words);
  });

  it('asks for what Slack needs', async () => {
    expect((await helmTemplate({ slack: { existingSecret: 'slack' } })).stderr).toContain(
      'slack.channel: the id of the channel that shows the requests',
    );
  });

  it('tells who installs how to begin, and who upgrades that nothing has to begin anew', async () => {
    const { helm } = await ensurePrograms(['helm']);
    const where = { program: helm, home: plane.runDir, kubeconfig: plane.adminKubeconfig };
    const told = async (...words: readonly string[]): Promise<string> => {
      const given = [...words, 'assent', CHART, '--namespace', RELEASE_NAMESPACE, '--no-hooks'];
      const { code, stdout, stderr } = await runKubectl(where, given);
      expect([code, stderr]).toEqual([0, '']);
      return stdout.slice(stdout.indexOf('NOTES:'));
    };
    const [installed, upgraded] = [await told('install'), await told('upgrade')];
    const begin = ['Nothing is gated until a policy exists', 'kubectl apply -f policies/starter.yaml'];
    for (const words of begin) expect(installed).toContain(words);
    for (const words of begin) expect(upgraded).not.toContain(words);
    for (const notes of [installed, upgraded]) {
      expect(notes).toContain('helm test assent -n approvals');
      expect(notes).toContain('`kubectl assent` is bin/kubectl-assent of the repository');
    }
  });
});

/** Everything that is decided on; labels are the chart's own. */
const bare = ({ metadata, ...rest }: Rendered): unknown =>
  JSON.parse(
    JSON.stringify({
      ...rest,
      metadata: { ...metadata, labels: undefined, annotations: undefined },
    }).replaceAll(RELEASE_NAMESPACE, 'assent-system'),
  );
const keyOf = ({ kind, metadata }: Rendered): string => `${kind} ${metadata.name}`;

describe('what is applied without the chart', () => {
  it('is what the chart installs, but for the namespace and what runs', async () => {
    const { stdout } = await helmTemplate({}, ['--no-hooks']);
    const rendered = new Map(documents(stdout).map((one) => [keyOf(one), bare(one)]));
    const applied: Rendered[] = [];
    for (const folder of ['crds', 'manifests']) {
      const files = (await readdir(join(ROOT, folder))).filter((name) => name.endsWith('.yaml'));
      for (const file of files) applied.push(...documents(await readFile(join(ROOT, folder, file), 'utf8')));
    }
    // The namespace is whoever's who installs the chart; admission policies the controller writes.
    const others = /^(Namespace|ValidatingAdmissionPolicy(Binding)?)$/;
    for (const one of applied.filter(({ kind }) => !others.test(kind))) {
      expect(rendered.get(keyOf(one)), keyOf(one)).toEqual(bare(one));
      rendered.delete(keyOf(one));
    }
    expect([...rendered.keys()].toSorted()).toEqual([
      'Deployment assent-controller',
      'Deployment assent-gate',
      'NetworkPolicy assent-controller',
      'NetworkPolicy assent-gate',
      'PodDisruptionBudget assent-controller',
      'PodDisruptionBudget assent-gate',
      'Service assent-gate',
    ]);
  });
});
