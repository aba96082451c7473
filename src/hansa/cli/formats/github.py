"""Findings as workflow commands, which GitHub shows as annotations of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level
from hansa.errors import Place

_COMMANDS = {Level.MAJOR: "error", Level.MINOR: "warning", Level.PATCH: "notice"}


def github_lines(findings: Iterable[Diagnostic]) -> Iterator[str]:
    """One command a finding: error for major, warning for minor, notice for patch or waived."""
    for finding in findings:
        properties = [*_place_properties(finding.place), ("title", finding.rule)]
        shown = ",".join(f"{name}={_escape_property(value)}" for name, value in properties)
        yield f"::{_command(finding)} {shown}::{_escape(_text(finding))}"


def _command(finding: Diagnostic) -> str:
    if finding.waived:
        return "notice"
    if finding.level:
        return _COMMANDS[finding.level]
    return "error" if finding.severity is Severity.ERROR else "warning"


def _place_properties(place: Place | None) -> Iterator[tuple[str, str]]:
    if place is None:
        return
    yield "file", place.file
    if place.line:
        yield "line", str(place.line)
    if place.line and place.column:
        yield "col", str(place.column)


def _text(finding: Diagnostic) -> str:
    if finding.waived:
        return f"{finding.message}\nwaived: {finding.reason}"
    if finding.reason:
        return f"{finding.message}\nreason: {finding.reason}"
    return f"{finding.message}\nhint: {finding.hint}" if finding.hint else finding.message


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
