// The cluster of `make cluster`, seen from inside its network: who talks to it, with which programs. Everything made here
// lies in one run folder.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { nodeFolder } from '../../tools/cluster/scripts.ts';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { writeKubeconfig } from '../../tools/controlplane/kubeconfig.ts';
import { runKubectl, type KubectlOptions, type KubectlResult } from '../../tools/controlplane/kubectl.ts';
import { rawClient, type RawClient } from '../../tools/controlplane/raw.ts';

const run = promisify(execFile);
const LONG_MS = 240_000;

/** The cluster and its people. */
export interface Cluster {
  /** Address of the node, at which pods reach this process. */
  readonly nodeAddress: string;
  readonly runDir: string;
  /** Path of the API server's log of writes. */
  readonly auditLog: string;
  /** Path of a kubeconfig of a cluster-admin. */
  readonly admin: string;
  readonly raw: RawClient;
  kubectl(kubeconfig: string, args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** kubectl as the cluster-admin. @throws Error when it fails */
  must(args: readonly string[], input?: string): Promise<string>;
  /** The real helm as the cluster-admin. */
  helm(args: readonly string[]): Promise<KubectlResult>;
  /** A person with a client certificate: the path of a kubeconfig. */
  person(name: string, groups?: readonly string[]): Promise<string>;
  /** A ServiceAccount, made with its namespace where absent: the path of a kubeconfig. */
  account(namespace: string, name: string): Promise<string>;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
}

/** Opens the cluster. @throws Error where there is none */
export async function openCluster(): Promise<Cluster> {
  const folder = nodeFolder();
  const admin = join(folder, 'kubeconfig/admin');
  const config = parse(await readFile(admin, 'utf8')) as Kubeconfig;
  const [entry] = config.clusters;
  if (entry === undefined) throw new Error(`${admin} names no cluster`);
  const caPem = Buffer.from(entry.cluster['certificate-authority-data'], 'base64').toString('utf8');
  const server = { url: entry.cluster.server, caPem };
  const runDir = await mkdtemp(join(tmpdir(), 'assent-e2e-'));
  const home = join(runDir, 'home');
  await mkdir(home);
  const programs = await ensurePrograms(['kubectl', 'helm']);
  const kubectl: Cluster['kubectl'] = (kubeconfig, args, options) =>
    runKubectl({ program: programs.kubectl, home, kubeconfig }, args, options);
  const must: Cluster['must'] = async (args, input) => {
    const done = await kubectl(admin, args, {
      timeoutMs: LONG_MS,
      ...(input === undefined ? {} : { input }),
    });
    if (done.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${done.stderr.trim()}`);
    return done.stdout;
  };
  const ca = { cert: join(folder, 'pki/ca.crt'), key: join(folder, 'pki/ca.key') };
  return {
    nodeAddress: new URL(server.url).hostname,
    runDir,
    auditLog: join(folder, 'logs/audit.jsonl'),
    admin,
    raw: rawClient(server, 128),
    kubectl,
    must,
    helm: (args) =>
      runKubectl({ program: programs.helm, home, kubeconfig: admin }, args, { timeoutMs: LONG_MS }),
    async person(name, groups = []) {
      const kubeconfig = join(runDir, `person-${name}`);
      await writeKubeconfig(kubeconfig, server, { name, proof: await certificate(runDir, ca, name, groups) });
      return kubeconfig;
    },
    async account(namespace, name) {
      for (const object of [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
      ])
        await must(['apply', '-f', '-'], JSON.stringify(object));
      const token = await must(['create', 'token', name, '-n', namespace, '--duration=1h']);
      const kubeconfig = join(runDir, `account-${namespace}-${name}`);
      await writeKubeconfig(kubeconfig, server, { name, proof: { token: token.trim() } });
      return kubeconfig;
    },
  };
}

/** Signed by the cluster's own CA, as a person's certificate is. */
async function certificate(
  runDir: string,
  ca: { readonly cert: string; readonly key: string },
  name: string,
  groups: readonly string[],
): Promise<{ readonly certPem: string; readonly keyPem: string }> {
  const [key, request, cert] = ['key', 'csr', 'crt'].map((end) => join(runDir, `${name}.${end}`)) as [
    string,
    string,
    string,
  ];
  const subject = [...groups.map((group) => `/O=${group}`), `/CN=${name}`].join('');
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run('openssl', ['req', '-new', ...ec, '-keyout', key, '-out', request, '-subj', subject]);
  const signing = ['-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial', '-days', '1'];
  await run('openssl', ['x509', '-req', '-in', request, ...signing, '-out', cert]);
  return { certPem: await readFile(cert, 'utf8'), keyPem: await readFile(key, 'utf8') };
}
