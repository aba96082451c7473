#!/usr/bin/env bash
# Install hansa into an environment of its own: a released version, or what lies beside this file.
set -euo pipefail

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "error: python3 is missing, or older than 3.11" >&2
  echo "hint: put actions/setup-python before this action, or take a newer image" >&2
  exit 2
fi
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
