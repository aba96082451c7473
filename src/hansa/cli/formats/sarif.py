"""Findings as SARIF 2.1.0, which code scanning tools read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from hansa import __version__
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level
from hansa.errors import Place
from hansa.semver.explain import RuleText, explain
from hansa.semver.rulebook import UnknownRule

Json = dict[str, Any]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Level.MAJOR: "error", Level.MINOR: "warning", Level.PATCH: "note"}


def sarif_document(findings: Sequence[Diagnostic]) -> Json:
    """One run with a result for each finding, and the rules that they fall under in words.

    Major is error, minor warning, patch note. Waived findings are suppressed with the owner's
    reason as justification.
    """
    rules = sorted({finding.rule for finding in findings})
    driver = {
        "name": "hansa",
        "version": __version__,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules.index(finding.rule)) for finding in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str) -> Json:
    try:
        text = explain(rule)
    except UnknownRule:
        # a verdict over all findings, which no rule's file explains
        return {"id": rule, "shortDescription": {"text": _capital(rule.replace("_", " "))}}
    described: Json = {
        "id": rule,
        "shortDescription": {"text": text.title},
        "fullDescription": {"text": text.why},
        "help": {"text": "\n".join(text.as_lines()), "markdown": _help_markdown(text)},
    }
    if text.level is not None:
        level = Level.parse(text.level)
        described["defaultConfiguration"] = {"level": _LEVELS.get(level, "none")}
    return described


def _help_markdown(text: RuleText) -> str:
    parts = [text.why, *text.notes]
    parts += [f"{_capital(label)}:\n\n```\n{snippet}\n```" for label, snippet in text.examples]
    return "\n\n".join([*parts, f"To mend: {text.mend}"])


def _result(finding: Diagnostic, index: int) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _level(finding),
        "message": {"text": finding.message},
    }
    location = _location(finding)
    if location:
        result["locations"] = [location]
    # what a finding is about stays the same when lines move
    subject = (finding.rule, finding.table or "", finding.column or "")
    result["partialFingerprints"] = {"hansaSubject/v1": "/".join(subject)}
    if finding.waived:
        result["suppressions"] = [{"kind": "external", "justification": finding.reason or ""}]
    properties = {
        "requires": str(finding.level) if finding.level is not None else None,
        "hint": finding.hint,
        "reason": None if finding.waived else finding.reason,
    }
    given = {name: value for name, value in properties.items() if value}
    return {**result, "properties": given} if given else result


def _level(finding: Diagnostic) -> str:
    if finding.level:
        return _LEVELS[finding.level]
    return "error" if finding.severity is Severity.ERROR else "warning"


def _location(finding: Diagnostic) -> Json:
    location: Json = {}
    if finding.place:
        location["physicalLocation"] = _physical(finding.place)
    if finding.table:
        names: Iterable[str] = filter(None, (finding.table, finding.column))
        kind = "member" if finding.column else "type"
        location["logicalLocations"] = [{"fullyQualifiedName": ".".join(names), "kind": kind}]
    return location


def _physical(place: Place) -> Json:
    artifact = {"uri": quote(place.file, safe="/")}
    if not place.file.startswith("/"):
        artifact["uriBaseId"] = "%SRCROOT%"
    physical: Json = {"artifactLocation": artifact}
    if place.line:
        region = {"startLine": place.line}
        if place.column:
            region["startColumn"] = place.column
        physical["region"] = region
    return physical


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
