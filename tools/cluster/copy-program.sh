#!/usr/bin/env bash
# Copies CoreDNS into the folder that becomes its image: copy-program.sh FOLDER
set -euo pipefail
. "$(dirname "$0")/env.sh"
cp "$BIN/coredns" "$1/coredns"
