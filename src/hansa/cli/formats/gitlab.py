"""Findings as a code quality report, which GitLab shows beside the lines of a merge request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level

_SEVERITIES = {Level.MAJOR: "critical", Level.MINOR: "minor", Level.PATCH: "info"}


def gitlab_report(findings: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """One entry a finding; waived ones are left out, as the report has no word for them."""
    report = []
    seen: dict[str, int] = {}
    for finding in findings:
        if finding.waived:
            continue
        place = finding.place
        subject = "\0".join(
            (finding.rule, place.file if place else "", finding.table or "", finding.column or "")
        )
        # what a finding is about stays the same when lines move; equals are counted
        seen[subject] = seen.get(subject, 0) + 1
        digest = hashlib.sha256(f"{subject}\0{seen[subject]}".encode()).hexdigest()
        report.append(
            {
                "description": finding.message,
                "check_name": finding.rule,
                "fingerprint": digest,
                "severity": _severity(finding),
                "location": {
                    "path": place.file if place else "product.yaml",
                    "lines": {"begin": max(1, place.line) if place else 1},
                },
            }
        )
    return report


def _severity(finding: Diagnostic) -> str:
    if finding.level:
        return _SEVERITIES[finding.level]
    return "major" if finding.severity is Severity.ERROR else "minor"
