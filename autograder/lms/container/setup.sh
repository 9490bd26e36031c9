#!/usr/bin/env bash
# Gradescope runs this once, when the image of the autograder is built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here
[ -d "$root/source" ] || root=$(dirname "$here")
source=$root/source

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
  echo "Python 3.10 or newer is needed: choose a newer base image in Gradescope's settings." >&2
  exit 1
fi
if ! python3 -m venv "$root/venv"; then # Debian and Ubuntu leave that part of Python out
  apt-get update && apt-get install --yes --no-install-recommends python3-venv
  python3 -m venv --clear "$root/venv"
fi
pip=("$root/venv/bin/python" -m pip install --disable-pip-version-check --no-cache-dir -c "$source/constraints.txt")
[ -s "$source/torch_index.txt" ] && "${pip[@]}" --index-url "$(cat "$source/torch_index.txt")" torch
"${pip[@]}" -r "$source/requirements.txt"
