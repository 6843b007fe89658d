// The one place that says which Kubernetes and etcd the tests and the demo run against.
// The modules in kubernetes/ and etcd/ pin the same versions with checksums; version.test.ts compares them.

/** Kubernetes release of kube-apiserver, kube-controller-manager and kubectl. */
export const KUBERNETES_VERSION = '1.36.3';
/** etcd release; the minor that this Kubernetes is tested with upstream. */
export const ETCD_VERSION = '3.6.8';

/** CoreDNS release of the cluster with a node. */
export const COREDNS_VERSION = '1.14.2';
/** helm release that installs the chart in tests. */
export const HELM_VERSION = '4.3.1';
/** Prometheus release whose promtool tests the alerts. Its Go module calls 3.16.0 v0.316.0. */
export const PROMETHEUS_VERSION = '3.16.0';

/** `1.36` of `1.36.3`. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');
