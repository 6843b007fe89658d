// Starts a real control plane on loopback: etcd, kube-apiserver with ServiceAccount admission and an audit log, and, when
// asked, kube-controller-manager. Everything lives in a run folder of its own, so any number can run side by side.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startControllers } from './controllers.ts';
import { ensurePrograms } from './ensure.ts';
import { identities, type ServiceAccountIdentity, type UserIdentity } from './identities.ts';
import { runKubectl, type KubectlOptions, type KubectlResult } from './kubectl.ts';
import { freeze, signal, startWatchdog } from './process.ts';
import type { Program } from './programs.ts';
import { rawClient, type RawAnswer, type RawOptions } from './raw.ts';
import { startServers, type Flags } from './servers.ts';

/** Environment variable that names the folder of run folders; the test runner sets it for all its workers. */
export const RUN_ROOT = 'ASSENT_RUN_ROOT';

/** What kind of control plane. */
export interface ControlPlaneOptions {
  /** Start kube-controller-manager too. Default: no. */
  readonly controllers?: boolean;
  /** Flags of kube-apiserver on top of ours. */
  readonly apiServerFlags?: Flags;
  /** Environment of kube-apiserver on top of ours. */
  readonly apiServerEnv?: Readonly<Record<string, string>>;
  /** Start of the run folder's name. */
  readonly name?: string;
}

/** A running control plane. */
export interface ControlPlane {
  /** https://127.0.0.1:port */
  readonly url: string;
  /** CA certificate, PEM in base64, as kubeconfig files and webhooks carry it. */
  readonly caData: string;
  /** Path of a kubeconfig for `admin`, a member of system:masters. */
  readonly adminKubeconfig: string;
  /** Folder with logs; keys and etcd's data are removed from it at the end. */
  readonly runDir: string;
  /** Path of the API server's audit log. */
  readonly auditLog: string;
  /** A person: a client certificate. RBAC is the caller's. */
  user(name: string, groups?: readonly string[]): Promise<UserIdentity>;
  /** A ServiceAccount with a real bound token (an hour), made with its namespace where absent. */
  serviceAccount(namespace: string, name: string): Promise<ServiceAccountIdentity>;
  /** Runs the real kubectl with a kubeconfig. */
  kubectl(kubeconfig: string, args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** One HTTPS request as `who`: the absolute path of a kubeconfig, or a bearer token. */
  raw(who: string, method: string, path: string, options?: RawOptions): Promise<RawAnswer>;
  /** Ends kube-apiserver; etcd keeps everything. */
  stopApiServer(): Promise<void>;
  /** Starts kube-apiserver again on the same port. */
  startApiServer(): Promise<void>;
  /** Both, one after the other. */
  restartApiServer(): Promise<void>;
  /** Freezes kube-apiserver: it accepts connections and answers nothing. */
  pauseApiServer(): Promise<void>;
  /** Lets it go on. */
  resumeApiServer(): Promise<void>;
  /** Ends everything; the audit log and the programs' logs stay. */
  stop(): Promise<void>;
}

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;

/** Run folders of a process that is no test: they are named after it. */
const OWN_ROOT = join(CHECKOUT, '.run', `process-${process.pid}`);
/** Folder for run folders: the test runner's, or our own. */
const runRoot = (): string => resolve(process.env[RUN_ROOT] || OWN_ROOT);

/**
 * Removes this process's run folders, logs and all, when it ends well or is interrupted: what failed leaves its logs. For
 * programs that have read the logs by then; the runner of the tests reads them later, and sees to its folder itself.
 */
export function dropRunsWhenWell(): void {
  process.on('exit', (code) => {
    if (code === 0 || code === 130) rmSync(OWN_ROOT, { recursive: true, force: true });
  });
}

/** Polls until `ready` holds. @throws Error that names what was waited for. */
async function until(what: string, ready: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await ready().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`control plane: gave up waiting for ${what}`);
    await new Promise((resume) => {
      setTimeout(resume, READY_POLL_MS);
    });
  }
}

const wantedPrograms = (options: ControlPlaneOptions): Program[] => [
  'etcd',
  'kube-apiserver',
  'kubectl',
  ...(options.controllers === true ? (['kube-controller-manager'] as const) : []),
];

/**
 * Starts a control plane and waits until it can be used.
 * @throws Error when programs cannot be had, or with the end of the log of the one that did not start.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const programs = await ensurePrograms(wantedPrograms(options));
  await mkdir(runRoot(), { recursive: true });
  const runDir = await mkdtemp(join(runRoot(), `${options.name ?? 'control-plane'}-`));
  const auditLog = join(runDir, 'audit.jsonl');
  const home = join(runDir, 'home');
  await mkdir(home);
  const cleanUp = [startWatchdog(runDir)];
  // Last started, first ended; a step that fails keeps none of the others from running.
  const stop = async () => {
    const failures: unknown[] = [];
    for (let step = cleanUp.pop(); step !== undefined; step = cleanUp.pop()) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'control plane did not end cleanly');
  };
  try {
    const servers = await startServers({
      runDir,
      programs,
      auditLog,
      flags: options.apiServerFlags ?? {},
      env: options.apiServerEnv ?? {},
    });
    cleanUp.push(() => servers.stop());
    const raw = rawClient(servers);
    cleanUp.push(() => raw.close());
    const { user, serviceAccount } = identities(servers, runDir, raw);
    const admin = await user('admin', ['system:masters']);
    const exists = async (path: string) => (await raw.send(admin.kubeconfig, 'GET', path)).status === 200;
    await until('the first namespaces', async () => {
      const found = ['default', 'kube-system'].map((name) => exists(`/api/v1/namespaces/${name}`));
      return (await Promise.all(found)).every(Boolean);
    });
    if (options.controllers === true) {
      const controllers = await startControllers(servers, runDir, programs['kube-controller-manager']);
      cleanUp.push(() => controllers.stop());
      await until('the default ServiceAccount', () =>
        exists('/api/v1/namespaces/default/serviceaccounts/default'),
      );
    }
    return {
      url: servers.url,
      caData: Buffer.from(servers.caPem, 'utf8').toString('base64'),
      adminKubeconfig: admin.kubeconfig,
      runDir,
      auditLog,
      user,
      serviceAccount,
      kubectl: (kubeconfig, args, more) =>
        runKubectl({ program: programs.kubectl, home, kubeconfig }, args, more),
      raw: (who, method, path, more) => raw.send(who, method, path, more),
      stopApiServer: () => servers.stopApiServer(),
      startApiServer: () => servers.startApiServer(),
      async restartApiServer() {
        await servers.stopApiServer();
        await servers.startApiServer();
      },
      pauseApiServer: () => freeze(servers.apiServer),
      resumeApiServer: () => signal(servers.apiServer, 'SIGCONT'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
