// Somebody who types what the guide says: the real kubectl with the plugin of this checkout, in a folder that looks like the
// checkout, with a home of its own. Assent is started by the guide's own line and ends with the control plane.
import { spawn } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { noteProcess } from '../../tools/controlplane/process.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { compileCache } from '../../tools/operator/compile-cache.ts';
import { freePort } from '../../tools/operator/start.ts';

const ROOT = join(import.meta.dirname, '../..');
const PATIENCE_MS = 60_000;

/** What was typed, while it runs and afterwards. */
export interface Typed {
  /** What is on the screen so far. */
  readonly text: () => string;
  readonly done: Promise<{ readonly code: number; readonly text: string }>;
  /** Ctrl-C unless told, and what comes of it. */
  readonly end: (signal?: NodeJS.Signals) => Promise<void>;
}

/** The administrator, and whoever else sits at the same machine. */
export interface Administrator {
  readonly ports: { readonly gate: number; readonly metrics: number; readonly connector: number };
  /** Types a block as somebody. @param kubeconfig of whom; the administrator's own unless told */
  type(block: string, kubeconfig?: string): Typed;
  /** The same, to its end. @throws Error with the screen where it does not end with 0 */
  must(block: string, kubeconfig?: string): Promise<string>;
  /** Starts what goes on, and waits for `/readyz`. @throws when it ends instead */
  keepRunning(block: string): Promise<Typed>;
}

/** @param env what the machine of the test has besides: where the fake Slack is */
export async function anAdministrator(
  plane: ControlPlane,
  env: Readonly<Record<string, string>>,
): Promise<Administrator> {
  const checkout = join(plane.runDir, 'checkout');
  await mkdir(join(checkout, 'bin'), { recursive: true });
  await mkdir(join(checkout, 'path'));
  for (const name of ['crds', 'manifests']) await symlink(join(ROOT, name), join(checkout, name));
  await symlink(join(ROOT, 'bin/assent'), join(checkout, 'bin/assent'));
  await symlink(join(ROOT, 'bin/kubectl-assent'), join(checkout, 'path/kubectl-assent'));
  await symlink((await ensurePrograms(['kubectl'])).kubectl, join(checkout, 'path/kubectl'));
  const ports = { gate: await freePort(), metrics: await freePort(), connector: await freePort() };
  const machine = {
    PATH: [join(checkout, 'path'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    HOME: plane.runDir,
    NODE_COMPILE_CACHE: await compileCache(),
    ASSENT_GATE_HOST: '127.0.0.1',
    ASSENT_GATE_PORT: `${ports.gate}`,
    ASSENT_METRICS_HOST: '127.0.0.1',
    ASSENT_METRICS_PORT: `${ports.metrics}`,
    ASSENT_CONNECTOR_HOST: '127.0.0.1',
    ASSENT_CONNECTOR_PORT: `${ports.connector}`,
    ...env,
  };
  let started = 0;
  const run = (script: string, kubeconfig: string, timeout: number | undefined): Typed => {
    let text = '';
    const child = spawn('/bin/sh', ['-euc', script], {
      cwd: checkout,
      env: { ...machine, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
    });
    const forget = noteProcess(plane.runDir, `typed-${(started += 1)}`, child.pid ?? 0);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    const done = new Promise<{ code: number; text: string }>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        forget();
        resolve({ code: code ?? -1, text: text.trimEnd() });
      });
    });
    return {
      text: () => text,
      done,
      async end(signal = 'SIGINT') {
        child.kill(signal);
        await done;
      },
    };
  };
  const type: Administrator['type'] = (block, kubeconfig = plane.adminKubeconfig) =>
    run(block, kubeconfig, PATIENCE_MS);
  return {
    ports,
    type,
    async must(block, kubeconfig) {
      const { code, text } = await type(block, kubeconfig).done;
      if (code !== 0) throw new Error(`${block} ended with ${code}:\n${text}`);
      return text;
    },
    async keepRunning(block) {
      const typed = run(`exec ${block}`, plane.adminKubeconfig, undefined);
      await ready(typed, `http://127.0.0.1:${ports.metrics}/readyz`);
      return typed;
    },
  };
}

/** Asks until the answer is yes. */
async function ready({ done, text }: Typed, url: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const pause = (): Promise<undefined> =>
    new Promise((resume) => {
      setTimeout(() => resume(undefined), 25);
    });
  while ((await Promise.race([done, pause()])) === undefined && performance.now() < deadline) {
    const isReady = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
  }
  throw new Error(`Assent did not get ready:\n${text().slice(-4_000)}`);
}
