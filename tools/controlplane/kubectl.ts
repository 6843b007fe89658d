// The real kubectl, run with nothing of the caller's environment: no kubeconfig, plugins or proxies of whoever runs the tests.
import { spawn } from 'node:child_process';
import { dirname, delimiter } from 'node:path';

/** How a kubectl run ended. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run may need besides its arguments. `path` are folders put before PATH, where plugins are found. */
export interface KubectlOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly path?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;

/** Runs kubectl. A run that takes longer than `timeoutMs` (60 s) is killed and has code -1. */
export function runKubectl(
  where: { program: string; home: string; kubeconfig: string },
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const path = [...(options.path ?? []), dirname(process.execPath), '/usr/bin', '/bin'];
    const child = spawn(where.program, args, {
      cwd: where.home,
      env: { PATH: path.join(delimiter), HOME: where.home, KUBECONFIG: where.kubeconfig, ...options.env },
      stdio: 'pipe',
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk: string) => {
        output[name] += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, ...output }));
    // kubectl may end before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
