// Runs the operator as real processes with the rights it has in a cluster: any number of gates behind one address, and
// controllers. Tests kill, pause and restart them; the demo runs both parts in one process.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCOUNTS, NAMESPACE } from '../../src/api/installation.ts';
import { noteProcess } from '../controlplane/process.ts';
import type { ControlPlane } from '../controlplane/start.ts';
import { compileCache } from './compile-cache.ts';
import { startFront, type Front } from './front.ts';
import { install } from './install.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const PATIENCE_MS = 30_000;
const LAST_WORDS = 4_000;

/** How many processes of which part. */
export interface OperatorOptions {
  /** Gate processes; 0 with `run`. Default 1. */
  readonly gates?: number;
  /** Controller processes. Default 1. */
  readonly controllers?: number;
  /** Both parts in one process instead. */
  readonly run?: boolean;
  /** Address at which gates reach the API server, such as that of a proxy. Default: its own. */
  readonly gateServer?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One process of the operator. */
export interface OperatorProcess {
  readonly part: 'gate' | 'controller' | 'run';
  readonly port: number;
  readonly metricsPort: number;
  readonly child: ChildProcess;
  /** What it wrote to stdout: the record. */
  readonly stdout: () => string;
  /** The last line of its log. */
  readonly lastWords: () => string;
  readonly exited: Promise<number>;
}

/** A running operator. */
export interface Operator {
  readonly front: Front;
  readonly processes: OperatorProcess[];
  /** Starts one more process of a part. */
  launch(part: OperatorProcess['part'], env?: Readonly<Record<string, string>>): Promise<OperatorProcess>;
  /** The same, and waits until it is ready. @throws when it ends before */
  add(part: OperatorProcess['part'], env?: Readonly<Record<string, string>>): Promise<OperatorProcess>;
  kill(process: OperatorProcess, signal?: NodeJS.Signals): Promise<void>;
  /** Text of /metrics of a process. */
  metrics(process: OperatorProcess): Promise<string>;
  /** Ends everything; SIGTERM drains for five seconds, SIGKILL does not wait. Default SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Installs Assent into the control plane and starts it. */
export async function startOperator(plane: ControlPlane, options: OperatorOptions = {}): Promise<Operator> {
  await install(plane);
  const kubeconfigs = {
    gate: (await plane.serviceAccount(NAMESPACE, ACCOUNTS.gate)).kubeconfig,
    controller: (await plane.serviceAccount(NAMESPACE, ACCOUNTS.controller)).kubeconfig,
  };
  if (options.gateServer !== undefined) {
    const config = await readFile(kubeconfigs.gate, 'utf8');
    await writeFile(kubeconfigs.gate, config.replace(plane.url, options.gateServer));
  }
  const processes: OperatorProcess[] = [];
  const front = await startFront(() =>
    processes.filter((one) => one.part !== 'controller' && !hasEnded(one)).map((one) => one.port),
  );
  const operator: Operator = {
    front,
    processes,
    async launch(part, env = {}) {
      const started = await launch({
        part,
        plane,
        kubeconfigs,
        webhook: front.port,
        env: { ...options.env, ...env },
      });
      processes.push(started);
      return started;
    },
    async add(part, env) {
      const started = await operator.launch(part, env);
      await untilReady(started);
      return started;
    },
    async kill(one, signal = 'SIGKILL') {
      processes.splice(processes.indexOf(one), 1);
      one.child.kill(signal);
      await one.exited;
    },
    async metrics(one) {
      return (await fetch(`http://127.0.0.1:${one.metricsPort}/metrics`)).text();
    },
    async stop(signal = 'SIGKILL') {
      for (const one of processes.slice()) await operator.kill(one, signal);
      await front.close();
    },
  };
  if (options.run) await operator.add('run');
  else {
    for (let i = 0; i < (options.gates ?? 1); i++) await operator.add('gate');
    for (let i = 0; i < (options.controllers ?? 1); i++) await operator.add('controller');
  }
  return operator;
}

interface Launch {
  readonly part: OperatorProcess['part'];
  readonly plane: ControlPlane;
  readonly kubeconfigs: { readonly gate: string; readonly controller: string };
  readonly webhook: number;
  readonly env: Readonly<Record<string, string>>;
}

async function launch(input: Launch): Promise<OperatorProcess> {
  const { part, plane, kubeconfigs } = input;
  const [port, metricsPort] = [await freePort(), await freePort()];
  const flags: Readonly<Record<string, string | undefined>> = {
    kubeconfig: part === 'gate' ? kubeconfigs.gate : kubeconfigs.controller,
    'gate-kubeconfig': part === 'run' ? kubeconfigs.gate : undefined,
    'gate-host': '127.0.0.1',
    'gate-port': `${port}`,
    'metrics-host': '127.0.0.1',
    'metrics-port': `${metricsPort}`,
    'webhook-url': `https://127.0.0.1:${input.webhook}`,
  };
  const words = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const args = [MAIN, part, ...words];
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: plane.runDir,
      NODE_COMPILE_CACHE: await compileCache(),
      ...input.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(plane.runDir, `operator-${part}-${port}.log`));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.pipe(log);
  let last = '';
  child.stderr.on('data', (chunk: Buffer) => {
    last = `${last}${chunk.toString()}`.slice(-LAST_WORDS);
  });
  const lastWords = () => last.trim().split('\n').at(-1) ?? '';
  const exited = once(child, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : -1));
  try {
    // Whoever ends this process ends the operator with it.
    const forget = noteProcess(plane.runDir, `operator-${part}-${port}`, child.pid ?? 0);
    void exited.then(forget);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { part, port, metricsPort, child, stdout: () => stdout, lastWords, exited };
}

/** Whether a process has ended, by itself or by a signal. */
export const hasEnded = ({ child }: Pick<OperatorProcess, 'child'>): boolean =>
  child.exitCode !== null || child.signalCode !== null;

/** Waits until /readyz says yes. @throws when the process ends first */
export async function untilReady(one: OperatorProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let why = 'it never answered';
  while (performance.now() < deadline) {
    if (hasEnded(one))
      throw new Error(
        `the ${one.part} ended with ${one.child.exitCode ?? one.child.signalCode}: ${one.lastWords()}`,
      );
    try {
      const answer = await fetch(`http://127.0.0.1:${one.metricsPort}/readyz`);
      if (answer.ok) return;
      why = await answer.text();
    } catch (error) {
      why = error instanceof Error ? error.message : 'it does not answer';
    }
    await new Promise((resume) => {
      setTimeout(resume, 25);
    });
  }
  throw new Error(`the ${one.part} did not get ready: ${why}`);
}

/** Below the ports that systems give to outgoing connections (from 32768 on Linux), so that none of those takes it. */
const PORTS = { from: 20_000, to: 32_000 };

/** A port that was free a moment ago. @throws when a hundred drawn ones are taken */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no free port');
}
