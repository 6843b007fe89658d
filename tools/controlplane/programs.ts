// What the control plane is made of, and whether a file is the program it should be: it must run and report our minor.
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import {
  COREDNS_VERSION,
  ETCD_VERSION,
  HELM_VERSION,
  KIND_VERSION,
  KUBERNETES_VERSION,
  minorOf,
  PROMETHEUS_VERSION,
} from './version.ts';

/** Name of a program's file. */
export type Program =
  | 'coredns'
  | 'etcd'
  | 'helm'
  | 'kind'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'promtool';

/** The control plane, in the order in which it is built: the quickest first. */
export const PROGRAMS: readonly Program[] = ['etcd', 'kubectl', 'kube-apiserver', 'kube-controller-manager'];
/** What a cluster with a node needs beside it. */
export const NODE_PROGRAMS: readonly Program[] = ['kube-scheduler', 'kube-proxy', 'kubelet', 'coredns'];
/**
 * Everything that can be made; helm only where the chart is installed, kind only where there is Docker, promtool only where
 * alerts are tested.
 */
export const ALL_PROGRAMS: readonly Program[] = [...PROGRAMS, ...NODE_PROGRAMS, 'helm', 'kind', 'promtool'];

const VERSIONS: Partial<Record<Program, string>> = {
  coredns: COREDNS_VERSION,
  etcd: ETCD_VERSION,
  helm: HELM_VERSION,
  promtool: PROMETHEUS_VERSION,
  kind: KIND_VERSION,
};
const VERSION_WORDS: Partial<Record<Program, readonly string[]>> = {
  coredns: ['-version'],
  helm: ['version', '--short'],
  kind: ['version'],
  kubectl: ['version', '--client'],
};

/** Release that a program must be of, without `v`. */
export const versionOf = (program: Program): string => VERSIONS[program] ?? KUBERNETES_VERSION;

/** Whether a file can be used as a program; `why` is a sentence for people. */
export type Probe = { ok: true; version: string } | { ok: false; why: string };

const PROBE_TIMEOUT_MS = 20_000;

const run = (path: string, args: readonly string[]): Promise<Probe & { output?: string }> =>
  new Promise((resolve) => {
    execFile(path, args, { timeout: PROBE_TIMEOUT_MS }, (error, stdout) => {
      resolve(
        error === null
          ? { ok: true, version: '', output: stdout }
          : { ok: false, why: `does not run: ${error.message.split('\n')[0] ?? ''}` },
      );
    });
  });

/** Runs the program in `folder` and compares the minor that it reports. Never throws. */
export async function probe(folder: string, program: Program): Promise<Probe> {
  const path = join(folder, program);
  const there = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!there) return { ok: false, why: `${program} is not there` };
  const answer = await run(path, VERSION_WORDS[program] ?? ['--version']);
  if (!answer.ok) return { ok: false, why: `${program} ${answer.why}` };
  const version = /v?(\d+\.\d+(?:\.\d+)?)/.exec(answer.output ?? '')?.[1];
  if (version === undefined) return { ok: false, why: `${program} does not say its version` };
  const wanted = minorOf(versionOf(program));
  if (minorOf(version) !== wanted) return { ok: false, why: `${program} is ${version}, wanted ${wanted}` };
  return { ok: true, version };
}

/** The first reason why `folder` does not yield every program asked for; undefined when it does. */
export async function lacking(folder: string, wanted: readonly Program[]): Promise<string | undefined> {
  const answers = await Promise.all(wanted.map((program) => probe(folder, program)));
  return answers.find((answer) => !answer.ok)?.why;
}
