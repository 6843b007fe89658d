// The stage of the demo: a real control plane, Assent in one process, an agent (a ServiceAccount) and an approver (a
// person), each with a kubeconfig and the rights that scene.ts gives them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSlackSide, type SlackSide } from '../../test/builders/slack-side.ts';
import { ensurePrograms } from '../controlplane/ensure.ts';
import { startControlPlane, type ControlPlane } from '../controlplane/start.ts';
import { startOperator, type Operator, type OperatorOptions } from '../operator/start.ts';
import { ASK_RIGHTS, CEILING_PATCH, OFFER, SHOP } from './access-scene.ts';
import { AGENT_RIGHTS, DEPLOYMENT, ONCALL, POLICY, RIGHTS } from './scene.ts';

const CLI = fileURLToPath(new URL('../../src/cli/kubectl-assent.ts', import.meta.url));
const CEILING = 'assent-grant-ceiling';
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** The cast. Each is the path of a kubeconfig. */
export interface Cast {
  readonly agent: string;
  /** An agent that may do nothing but ask. */
  readonly fixer: string;
  readonly approver: string;
  readonly admin: string;
}

/** What the steps of the story need, wherever it is played. */
export interface StoryStage {
  kubectl(who: keyof Cast, args: readonly string[], input?: string): Promise<{ code: number; text: string }>;
  /** The same, and what it has printed so far. */
  typing(
    who: keyof Cast,
    args: readonly string[],
  ): { readonly text: () => string; readonly done: Promise<{ code: number; text: string }> };
  /** A workspace of the demo's own. */
  readonly slack: SlackSide;
}

/** Everything that the demo needs. */
export interface Stage extends StoryStage {
  readonly plane: ControlPlane;
  readonly operator: Operator;
  readonly cast: Cast;
  /** Folder with the demo's kubectl and its plugin, to be put before PATH. */
  readonly programs: string;
  close(): Promise<void>;
}

/** Sets the stage: everything up to the moment when the agent's first change is held. */
export async function setStage(options: OperatorOptions = { run: true }): Promise<Stage> {
  const plane = await startControlPlane({ name: 'demo' });
  const slack = await startSlackSide();
  try {
    const operator = await startOperator(plane, { ...options, env: { ...options.env, ...slack.env } });
    const cast: Cast = {
      agent: (await plane.serviceAccount('agents', 'deploy-bot')).kubeconfig,
      fixer: (await plane.serviceAccount('agents', 'fixer-bot')).kubeconfig,
      approver: (await plane.user('alice', [ONCALL])).kubeconfig,
      admin: plane.adminKubeconfig,
    };
    const programs = await installPrograms(plane.runDir);
    const kubectl: StoryStage['kubectl'] = async (who, args, input) => {
      const done = await plane.kubectl(cast[who], args, {
        path: [programs],
        ...(input === undefined ? {} : { input }),
      });
      return { code: done.code, text: [done.stdout, done.stderr].filter(Boolean).join('').trimEnd() };
    };
    await setScene(kubectl);
    await slack.listening();
    const typing = typingWith({ programs, home: plane.runDir, cast });
    const close = async () => {
      await operator.stop();
      await plane.stop();
      await slack.stop();
    };
    return { plane, operator, cast, programs, kubectl, typing, slack, close };
  } catch (error) {
    await plane.stop();
    await slack.stop();
    throw error;
  }
}

/** Everything in the cluster up to the moment when the agent's first change is held. @throws when something is not taken */
export async function setScene(kubectl: StoryStage['kubectl']): Promise<void> {
  const must = async (args: readonly string[], input?: string) => {
    const done = await kubectl('admin', args, input);
    if (done.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${done.text}`);
  };
  await must(['create', 'namespace', 'payments']);
  for (const manifest of [AGENT_RIGHTS, RIGHTS, DEPLOYMENT, POLICY, OFFER, ASK_RIGHTS])
    await must(['apply', '-f', '-'], manifest);
  // A whole cluster makes the account `default` by itself, between a look and a creation, too.
  await must(['apply', '--server-side', '-f', '-'], SHOP);
  await must(['patch', 'clusterrole', CEILING, '--type=merge', '-p', CEILING_PATCH]);
  await must(['wait', 'apol/payments-workloads', '--for=condition=Ready', '--timeout=20s']);
  await must(['wait', 'apol/shop-fixes', '--for=condition=Ready', '--timeout=20s']);
  await untilHeld(kubectl);
}

/** kubectl whose output is read while it runs. */
export function typingWith(own: {
  readonly programs: string;
  readonly home: string;
  readonly cast: Cast;
}): StoryStage['typing'] {
  const path = [own.programs, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  return (who, args) =>
    typed(join(own.programs, 'kubectl'), args, { PATH: path, HOME: own.home, KUBECONFIG: own.cast[who] });
}

/** Runs a program whose output is read while it runs. */
function typed(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ReturnType<StoryStage['typing']> {
  let text = '';
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS * 2 });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  const done = once(child, 'close').then(([code]: unknown[]) => ({
    code: typeof code === 'number' ? code : -1,
    text: text.trimEnd(),
  }));
  return { text: () => text, done };
}

/**
 * The API server takes up a new webhook configuration some 20 ms after it was written and tells nobody when. A dry-run
 * leaves no trace, and its warning shows that the gate is asked.
 */
async function untilHeld(kubectl: StoryStage['kubectl']): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const done = await kubectl('agent', [
      'delete',
      'deployment',
      'api',
      '-n',
      'payments',
      '--dry-run=server',
    ]);
    if (done.text.includes('needs approval')) return;
    if (performance.now() > deadline) throw new Error(`the gate is not asked: ${done.text}`);
    await new Promise((resume) => {
      setTimeout(resume, POLL_MS);
    });
  }
}

/** Puts kubectl and kubectl-assent into a folder, so that `kubectl assent` works with nothing else installed. */
export async function installPrograms(runDir: string): Promise<string> {
  const folder = join(runDir, 'programs');
  await mkdir(folder, { recursive: true });
  const { kubectl } = await ensurePrograms(['kubectl']);
  await symlink(kubectl, join(folder, 'kubectl'));
  const plugin = join(folder, 'kubectl-assent');
  await writeFile(plugin, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  await chmod(plugin, 0o755);
  return folder;
}
