// The real helm, on the chart of this checkout.
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { runKubectl, type KubectlResult } from '../../tools/controlplane/kubectl.ts';

const CHART = fileURLToPath(new URL('../../charts/assent', import.meta.url));
/** Where the chart is rendered for. */
export const RELEASE_NAMESPACE = 'approvals';

/** Renders the chart with values. Nothing of a cluster is asked. */
export async function helmTemplate(values: object, words: readonly string[] = []): Promise<KubectlResult> {
  const { helm } = await ensurePrograms(['helm']);
  const args = ['template', 'assent', CHART, '--namespace', RELEASE_NAMESPACE, '--values', '-', ...words];
  const nowhere = { program: helm, home: tmpdir(), kubeconfig: '/nonexistent' };
  return runKubectl(nowhere, args, { input: JSON.stringify(values) });
}
