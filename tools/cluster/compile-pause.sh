#!/usr/bin/env bash
# Compiles the program of the pause image into a folder: compile-pause.sh FOLDER
set -euo pipefail
gcc -static -Os -s -o "$1/pause" "$(dirname "$0")/pause.c"
