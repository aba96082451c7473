"""Findings as SARIF 2.1.0."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hansa import __version__
from hansa.cli.formats.sarif import sarif_document
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level
from hansa.errors import Place
from hansa.semver.explain import explain
from hansa.semver.rulebook import rule_ids

GONE = Diagnostic(
    "column_removed",
    "column `c` of `t` is gone",
    "keep `c`",
    Place("a b/100%/git:x.yaml", 12, 7),
    level=Level.MAJOR,
    table="t",
    column="c",
)
WAIVED = Diagnostic(
    "column_removed",
    "column `d` of `t` is gone",
    place=Place("contract.yaml"),
    level=Level.MAJOR,
    table="t",
    column="d",
    waived=True,
    reason="never filled",
)
FIXED = Diagnostic("column_values_changed", "values changed", level=Level.PATCH, reason="a typo")
CHECKED = Diagnostic("sql_invalid", "no", place=Place("/m.sql", 2), severity=Severity.WARNING)
VERDICT = Diagnostic("version_too_low", "1.1.0 is too low")


def artifact(uri: str, **region: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    return {**location, "region": region} if region else location


def test_results_have_level_place_subject_and_justification() -> None:
    run = sarif_document([GONE, WAIVED, FIXED, CHECKED, VERDICT])["runs"][0]
    assert run["results"] == [
        {
            "ruleId": "column_removed",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "column `c` of `t` is gone"},
            "locations": [
                {
                    "physicalLocation": artifact(
                        "a%20b/100%25/git%3Ax.yaml", startLine=12, startColumn=7
                    ),
                    "logicalLocations": [{"fullyQualifiedName": "t.c", "kind": "member"}],
                }
            ],
            "partialFingerprints": {"hansaSubject/v1": "column_removed/t/c"},
            "properties": {"requires": "major", "hint": "keep `c`"},
        },
        {
            "ruleId": "column_removed",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "column `d` of `t` is gone"},
            "locations": [
                {
                    "physicalLocation": artifact("contract.yaml"),
                    "logicalLocations": [{"fullyQualifiedName": "t.d", "kind": "member"}],
                }
            ],
            "partialFingerprints": {"hansaSubject/v1": "column_removed/t/d"},
            "suppressions": [{"kind": "external", "justification": "never filled"}],
            "properties": {"requires": "major"},
        },
        {
            "ruleId": "column_values_changed",
            "ruleIndex": 1,
            "level": "note",
            "message": {"text": "values changed"},
            "partialFingerprints": {"hansaSubject/v1": "column_values_changed//"},
            "properties": {"requires": "patch", "reason": "a typo"},
        },
        {
            "ruleId": "sql_invalid",
            "ruleIndex": 2,
            "level": "warning",
            "message": {"text": "no"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "/m.sql"},
                        "region": {"startLine": 2},
                    }
                }
            ],
            "partialFingerprints": {"hansaSubject/v1": "sql_invalid//"},
        },
        {
            "ruleId": "version_too_low",
            "ruleIndex": 3,
            "level": "error",
            "message": {"text": "1.1.0 is too low"},
            "partialFingerprints": {"hansaSubject/v1": "version_too_low//"},
        },
    ]


def test_rules_are_explained() -> None:
    document = sarif_document([GONE, VERDICT])
    driver = document["runs"][0]["tool"]["driver"]
    text = explain("column_removed")
    assert (document["version"], driver["name"], driver["version"]) == (
        "2.1.0",
        "hansa",
        __version__,
    )
    described, verdict = driver["rules"]
    assert described["shortDescription"] == {"text": text.title}
    assert described["fullDescription"] == {"text": text.why}
    assert described["help"]["text"].splitlines() == "\n".join(text.as_lines()).splitlines()
    assert described["help"]["markdown"].endswith(f"To mend: {text.mend}")
    assert described["defaultConfiguration"] == {"level": "error"}
    assert verdict == {"id": "version_too_low", "shortDescription": {"text": "Version too low"}}


def every_rule() -> list[Diagnostic]:
    found = [GONE, WAIVED, FIXED, CHECKED, VERDICT]
    for number, rule in enumerate(rule_ids(), start=1):
        level = Level(number % 4) if rule in rule_ids("change") else None
        found.append(Diagnostic(rule, "a message", "a hint", Place("f", number, 1), level=level))
    return found


def test_documents_of_every_rule_follow_the_published_schema() -> None:
    # models made from the standard's own JSON schema, which forbid unknown keys
    sarif = pytest.importorskip("pydantic_sarif.model")
    report = sarif.StaticAnalysisResultsFormatSarifVersion210JsonSchema
    for findings in ([], every_rule()):
        parsed = report.model_validate_json(json.dumps(sarif_document(findings)))
        assert len(parsed.runs[0].results) == len(findings)


def test_every_result_points_at_its_rule() -> None:
    run = sarif_document(every_rule())["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert len(rules) == len(set(rules))
