// The real helm, on the chart of this checkout.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';

const CHART = fileURLToPath(new URL('../../charts/assent', import.meta.url));
/** Where the chart is rendered for. */
export const RELEASE_NAMESPACE = 'approvals';

/** How a run of helm ended. */
export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Renders the chart with values. Nothing of a cluster is asked. */
export async function helmTemplate(values: object, words: readonly string[] = []): Promise<HelmResult> {
  const { helm } = await ensurePrograms(['helm']);
  const args = ['template', 'assent', CHART, '--namespace', RELEASE_NAMESPACE, '--values', '-', ...words];
  return new Promise((resolve, reject) => {
    const child = spawn(helm, args, { env: { HOME: '/nonexistent', PATH: '' }, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk: string) => {
        output[name] += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, ...output }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(values));
  });
}
