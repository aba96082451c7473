#!/usr/bin/env bash
# Test a product with coverage: results as JUnit, coverage as Cobertura. Ends as the tests do.
set -uo pipefail

[ -z "${HANSA_ACTION_REGISTRY:-}" ] || export HANSA_REGISTRY="$HANSA_ACTION_REGISTRY"
reports="$(mktemp -d "$RUNNER_TEMP/hansa-test.XXXXXX")"
thresholds=()
[ -z "${HANSA_FAIL_UNDER:-}" ] || thresholds+=(--fail-under "$HANSA_FAIL_UNDER")
[ -z "${HANSA_FAIL_UNDER_ASSERTED:-}" ] ||
  thresholds+=(--fail-under-asserted "$HANSA_FAIL_UNDER_ASSERTED")
hansa test -C "$HANSA_DIRECTORY" --coverage ${thresholds[@]+"${thresholds[@]}"} \
  --junit "$reports/junit.xml" --cobertura "$reports/cobertura.xml"
code=$?
{
  echo "junit=$reports/junit.xml"
  echo "cobertura=$reports/cobertura.xml"
} >>"$GITHUB_OUTPUT"
exit "$code"
