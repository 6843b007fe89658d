#!/usr/bin/env bash
# Starts a whole Kubernetes node on this machine without touching the machine's own network, mounts, sysctls or cgroups. Undo with down.sh.
set -euo pipefail
. "$(dirname "$0")/env.sh"
start=${EPOCHREALTIME/./}; took() { local ms=$((( ${EPOCHREALTIME/./} - start) / 1000)); printf "%4d.%03d s  %s\n" $((ms / 1000)) $((ms % 1000)) "$*"; }
[ "$(id -u)" = 0 ] || die "must run as root (network and mount namespaces, cgroups)"
for c in ip nsenter unshare containerd runc ctr openssl socat nft iptables; do command -v "$c" > /dev/null || die "missing command: $c (see tools/cluster/README.md)"; done
for b in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do [ -x "$BIN/$b" ] || die "missing $BIN/$b (make cluster makes it)"; done
for i in pause coredns; do [ -f "$ASSETS/images/$i.tar" ] || die "missing $ASSETS/images/$i.tar (make cluster makes it)"; done
! node_alive || die "already up (init pid $(node_pid)); run down.sh first"
[ ! -e "$WORK" ] || [ -f "$WORK/.node" ] || die "$WORK exists and is not a node's: choose another WORK"
"$here/down.sh" --quiet
mkdir -p "$WORK"; touch "$WORK/.node"; WORK=$(cd "$WORK" && pwd -P); [ ${#WORK} -le 90 ] || die "WORK is too long a path for a Unix socket in it"
"$here/pki.sh"; took "keys"
# A cgroup of the node's own below this process's, per v1 hierarchy; the node's cgroup namespace makes it its root.
: > "$WORK/cgroups"
while IFS=: read -r _ controllers path; do
  [ -n "$controllers" ] || continue
  name=${controllers#name=}; parent=/sys/fs/cgroup/$name$path
  [ -d "$parent" ] || continue
  mkdir -p "$parent/$NODE"
  if [ "$name" = cpuset ]; then for f in cpus mems; do cat "$parent/cpuset.$f" > "$parent/$NODE/cpuset.$f"; done; fi
  echo "$name $parent/$NODE" >> "$WORK/cgroups"
done < /proc/self/cgroup
setsid bash -c 'while read -r _ dir; do echo $$ > "$dir/cgroup.procs"; done < "$WORK/cgroups"
  exec unshare --fork --net --pid --mount --uts --ipc --cgroup --propagation private bash "$1/node-init.sh"' _ "$here" \
  > "$WORK/init.log" 2>&1 < /dev/null &
wait_for() { local what=$1 limit=$2; shift 2; local i; for ((i = 0; i < limit * 5; i++)); do "$@" > /dev/null 2>&1 && { took "$what"; return; }; sleep 0.2; done; die "not within ${limit}s: $what (see $WORK/logs)"; }
wait_for "namespaces, mounts, network" 30 test -f "$WORK/init.ready"
wait_for "containerd" 60 "$here/node.sh" ctr version
"$here/load-image.sh" "$ASSETS/images/pause.tar" "$ASSETS/images/coredns.tar" > /dev/null; took "pause and CoreDNS images loaded"
wait_for "API server ready" 120 "$here/kubectl.sh" get --raw /readyz
if [ "$RELAY_PORT" != 0 ]; then
  setsid socat "TCP-LISTEN:$RELAY_PORT,bind=127.0.0.1,reuseaddr,fork" "UNIX-CONNECT:$WORK/api.sock" > "$WORK/logs/relay-host.log" 2>&1 < /dev/null &
  echo $! > "$WORK/relay.pid"
fi
wait_for "node registered" 60 "$here/kubectl.sh" get node "$NODE"
"$here/kubectl.sh" wait --for=condition=Ready "node/$NODE" --timeout=120s > /dev/null; took "node Ready"
sed -e "s|@DNS_IP@|$DNS_IP|; s|@IMAGE@|$COREDNS_IMAGE|" "$here/manifests/coredns.yaml" | "$here/kubectl.sh" apply -f - > /dev/null
"$here/kubectl.sh" -n kube-system rollout status deployment/coredns --timeout=120s > /dev/null; took "CoreDNS running"
echo "KUBECONFIG=$WORK/kubeconfig/host kubectl ...  (from the machine), or $here/kubectl.sh ... (inside)"
