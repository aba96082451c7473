#!/usr/bin/env bash
# Install hansa into an environment of its own: a released version, or what lies beside this file.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
environment="$RUNNER_TEMP/hansa"
python3 -m venv "$environment"
pip=("$environment/bin/python" -m pip install --quiet --disable-pip-version-check)
if [ -n "${HANSA_VERSION:-}" ]; then
  "${pip[@]}" "hansa==$HANSA_VERSION"
else
  "${pip[@]}" --require-hashes -r "$root/requirements.txt"
  "${pip[@]}" --no-deps --no-build-isolation "$root"
fi
echo "$environment/bin" >>"$GITHUB_PATH"
