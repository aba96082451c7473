#!/usr/bin/env bash
# Check a product: annotations, a SARIF file and the text of a comment. Ends as the check does.
set -uo pipefail

[ -z "${HANSA_ACTION_REGISTRY:-}" ] || export HANSA_REGISTRY="$HANSA_ACTION_REGISTRY"
reports="$(mktemp -d "$RUNNER_TEMP/hansa-check.XXXXXX")"
hansa check -C "$HANSA_DIRECTORY" --format github
code=$?
# what could not run at all was told above; these only say the same in other forms
hansa check -C "$HANSA_DIRECTORY" --format sarif >"$reports/hansa.sarif" 2>"$reports/errors"
hansa check -C "$HANSA_DIRECTORY" --format markdown >"$reports/comment.md" 2>"$reports/errors"
{
  echo "sarif=$reports/hansa.sarif"
  echo "comment=$reports/comment.md"
} >>"$GITHUB_OUTPUT"
cat "$reports/comment.md" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
