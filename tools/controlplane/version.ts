// The one place that says which Kubernetes and etcd the tests and the demo run against: the newest minor that we know, or the
// smallest that we support with K8S=1.34. The modules beside this file pin the same versions with checksums; version.test.ts
// compares them.

/** Folder of the Go module, and release, by minor. */
export const RELEASES: Readonly<Record<string, { readonly release: string; readonly module: string }>> = {
  '1.36': { release: '1.36.3', module: 'kubernetes' },
  '1.34': { release: '1.34.4', module: 'kubernetes-1.34' },
};
const NEWEST = '1.36';

/**
 * The Kubernetes that `K8S` asks for.
 * @param minor such as `1.34`; the newest when it is absent or empty
 * @throws Error when it is none of ours
 */
export function kubernetesFor(minor: string | undefined): (typeof RELEASES)[string] {
  const found = RELEASES[minor || NEWEST];
  if (found === undefined) {
    throw new Error(
      `K8S=${minor ?? ''} is none of ${Object.keys(RELEASES).join(', ')}; without it, it is ${NEWEST}`,
    );
  }
  return found;
}

/** Kubernetes release of kube-apiserver, kube-controller-manager and kubectl, and the folder of their Go module. */
export const { release: KUBERNETES_VERSION, module: KUBERNETES_MODULE } = kubernetesFor(process.env['K8S']);
/** etcd release; the minor that both are tested with upstream. */
export const ETCD_VERSION = '3.6.8';

/** CoreDNS release of the cluster with a node. */
export const COREDNS_VERSION = '1.14.2';
/** helm release that installs the chart in tests. */
export const HELM_VERSION = '4.3.1';
/** Prometheus release whose promtool tests the alerts. Its Go module calls 3.16.0 v0.316.0. */
export const PROMETHEUS_VERSION = '3.16.0';

/** kind release that makes a cluster in Docker. Its node image is of Kubernetes 1.34 or newer. */
export const KIND_VERSION = '0.33.0';

/** `1.36` of `1.36.3`. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');
