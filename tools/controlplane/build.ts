// Builds the programs from Go modules: the modules beside this file pin versions, go.sum pins every checksum.
import { execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { versionOf, type Program } from './programs.ts';
import { withProgress } from './progress.ts';
import { HELM_VERSION, KUBERNETES_MODULE, KUBERNETES_VERSION, PROMETHEUS_VERSION } from './version.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ofKubernetes = (program: Program) => ({
  module: KUBERNETES_MODULE,
  package: `k8s.io/kubernetes/cmd/${program}`,
});
const MODULES: Readonly<Record<Program, { module: string; package: string; tags?: string }>> = {
  coredns: { module: 'coredns', package: '.' },
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  helm: { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
  kind: { module: 'kind', package: 'sigs.k8s.io/kind' },
  kubectl: ofKubernetes('kubectl'),
  kubelet: ofKubernetes('kubelet'),
  'kube-apiserver': ofKubernetes('kube-apiserver'),
  'kube-controller-manager': ofKubernetes('kube-controller-manager'),
  'kube-proxy': ofKubernetes('kube-proxy'),
  'kube-scheduler': ofKubernetes('kube-scheduler'),
  // Rules need no way to find what is scraped, which is most of its modules.
  promtool: {
    module: 'promtool',
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    tags: 'remove_all_sd',
  },
};

/** Linker flags: what a release build would stamp. client-go's version is the user agent of kubectl. */
function linkerFlags(): string {
  const [major, minor] = KUBERNETES_VERSION.split('.');
  const stamp = (name: string, value: string | undefined) => `-X ${name}=${value ?? ''}`;
  return [
    '-s -w',
    stamp('k8s.io/component-base/version.gitVersion', `v${KUBERNETES_VERSION}`),
    stamp('k8s.io/component-base/version.gitMajor', major),
    stamp('k8s.io/component-base/version.gitMinor', minor),
    stamp('k8s.io/client-go/pkg/version.gitVersion', `v${KUBERNETES_VERSION}`),
    stamp('helm.sh/helm/v4/internal/version.version', `v${HELM_VERSION}`),
    stamp('github.com/prometheus/common/version.Version', PROMETHEUS_VERSION),
  ].join(' ');
}

function go(args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // A workspace of the user would replace the pinned modules.
    // CoreDNS runs in an image without libraries.
    const env = { ...process.env, GOWORK: 'off', ...(cwd.endsWith('coredns') ? { CGO_ENABLED: '0' } : {}) };
    const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-4_000);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`go build ended with ${signal ?? `code ${code}`}:\n${errors.trim()}`));
    });
  });
}

/** The installed Go, such as `go1.26.8`; undefined when there is none. */
async function goVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION']);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/**
 * Builds `programs` into `folder`, one after the other, with a progress line each.
 * @throws Error when there is no Go or a build fails.
 */
export async function build(programs: readonly Program[], folder: string): Promise<void> {
  const version = await goVersion();
  if (version === undefined) throw new Error('there is no `go` on the PATH');
  await mkdir(folder, { recursive: true });
  for (const [index, program] of programs.entries()) {
    const { module, package: name, tags } = MODULES[program];
    const count = `${index + 1} of ${programs.length}`;
    const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', linkerFlags()];
    if (tags !== undefined) flags.push('-tags', tags);
    await withProgress(`building ${program} ${versionOf(program)} with ${version}, ${count}`, () =>
      go(['build', ...flags, '-o', join(folder, program), name], join(HERE, module)),
    );
  }
}
