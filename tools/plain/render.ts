// The whole installation as plain YAML, for those who install without Helm: what the chart renders with no values, behind the
// namespace. What Helm says of itself is left out; hooks are, too, since nobody would run them.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { NAMESPACE } from '../../src/api/installation.ts';
import { ensurePrograms } from '../controlplane/ensure.ts';
import { runKubectl, type KubectlOptions, type KubectlResult } from '../controlplane/kubectl.ts';
import { namespaceObject } from '../generate/rbac.ts';
import { toYaml } from '../generate/yaml.ts';

/** The chart of this checkout. */
export const CHART = fileURLToPath(new URL('../../charts/assent', import.meta.url));
/** Where the file is. */
export const PLAIN = fileURLToPath(new URL('../../manifests/install/install.yaml', import.meta.url));
const HEAD =
  '# Rendered from charts/assent by `npm run plain`. Do not edit: kustomization.yaml beside it says how to change it.\n';
const OF_HELM = /^ *(?:app\.kubernetes\.io\/managed-by: Helm|helm\.sh\/chart: .*|# Source: .*)\n/gm;

/** `helm template` of the chart of this checkout. Nothing of a cluster is asked. */
export async function template(
  namespace: string,
  words: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  const { helm } = await ensurePrograms(['helm']);
  const nowhere = { program: helm, home: tmpdir(), kubeconfig: '/nonexistent' };
  return runKubectl(nowhere, ['template', 'assent', CHART, '--namespace', namespace, ...words], options);
}

/** Its text. @throws when helm does not render the chart */
export async function renderPlain(): Promise<string> {
  const { code, stdout, stderr } = await template(NAMESPACE, ['--no-hooks']);
  if (code !== 0) throw new Error(stderr);
  // Comments of the chart are about the chart.
  const rendered = stdout
    .replaceAll(OF_HELM, '')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/^\n/gm, '');
  return `${HEAD}${toYaml([namespaceObject]).replace(/^#.*\n/, '')}${rendered}`;
}

/** What the file holds now. */
export const plainNow = (): string => readFileSync(PLAIN, 'utf8');
