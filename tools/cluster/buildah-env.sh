# Sourced: buildah with its own storage. chroot isolation needs no cgroup, no runtime and no network set-up of its own.
export TMPDIR=${TMPDIR:-$ASSETS/tmp}; mkdir -p "$TMPDIR" "$ASSETS"
storage=(--root "$ASSETS/containers" --runroot "$ASSETS/containers-run" --storage-driver overlay)
# The machine's own certificates and npm settings, so that RUN npm ci reaches the package registry as the machine does.
mounts=(-v /etc/ssl/certs:/etc/ssl/certs:ro)
for place in userconfig:/root/.npmrc globalconfig:/usr/local/etc/npmrc; do
  npmrc=$(npm config get "${place%%:*}" 2> /dev/null || true)
  [ ! -f "$npmrc" ] || mounts+=(-v "$npmrc:${place#*:}:ro")
done
settings=()
for name in NODE_EXTRA_CA_CERTS; do [ -z "${!name:-}" ] || settings+=(--build-arg "$name=${!name}"); done
bud() { nice -n 10 buildah "${storage[@]}" bud --isolation chroot --pull-never "${mounts[@]}" "${settings[@]}" "$@"; }
