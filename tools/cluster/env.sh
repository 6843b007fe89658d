# Settings of the node, sourced by every script. Each may be set in the environment; main.ts sets the first three.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/assent
ASSETS=${ASSETS:-$cache/node}             # images/ (archives), and what building them needs
BIN=${BIN:-$ASSETS/bin}                   # programs of Kubernetes and etcd
WORK=${WORK:-/tmp/assent-node}            # everything that a running node writes; down.sh removes it
NODE=${NODE_NAME:-assent-node}            # (npm has a NODE of its own) network namespace, hostname, cgroup and Kubernetes node name
K8S_VERSION=${K8S_VERSION:-1.36.3}
NODE_IP=${NODE_IP:-10.89.0.2}             # all three ranges exist inside the namespace only
POD_CIDR=${POD_CIDR:-10.244.0.0/24}
SERVICE_CIDR=${SERVICE_CIDR:-10.96.0.0/16}
KUBERNETES_IP=${KUBERNETES_IP:-10.96.0.1}
DNS_IP=${DNS_IP:-10.96.0.10}
PROXY_MODE=${PROXY_MODE:-nftables}        # or iptables
RELAY_PORT=${RELAY_PORT:-16443}           # API server on the machine's 127.0.0.1; 0 = none
APISERVER_EXTRA=${APISERVER_EXTRA:-}      # more kube-apiserver flags, separated by spaces
AUDIT_POLICY=${AUDIT_POLICY:-}            # file of an audit policy: writes are logged to $WORK/logs/audit.jsonl
PAUSE_IMAGE=localhost/pause:3
COREDNS_IMAGE=localhost/coredns:local
export ASSETS WORK NODE K8S_VERSION NODE_IP POD_CIDR SERVICE_CIDR KUBERNETES_IP DNS_IP PROXY_MODE RELAY_PORT \
  APISERVER_EXTRA AUDIT_POLICY PAUSE_IMAGE COREDNS_IMAGE BIN
die() { echo "error: $*" >&2; exit 1; }
node_pid() { cat "$WORK/init.pid" 2>/dev/null || true; }
node_alive() { local p; p=$(node_pid); [ -n "$p" ] && [ -d "/proc/$p" ] && grep -qz node-init.sh "/proc/$p/cmdline"; }
