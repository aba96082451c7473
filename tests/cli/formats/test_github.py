"""Findings as workflow commands."""

from __future__ import annotations

import pytest

from hansa.cli.formats.github import github_lines
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level
from hansa.errors import Place

CASES = [
    (
        Diagnostic("a_rule", "it is gone", "keep it", Place("m/t.sql", 3, 5), level=Level.MAJOR),
        "::error file=m/t.sql,line=3,col=5,title=a_rule::it is gone%0Ahint: keep it",
    ),
    (
        Diagnostic("a_rule", "it is new", place=Place("m.sql", 3), level=Level.MINOR),
        "::warning file=m.sql,line=3,title=a_rule::it is new",
    ),
    (
        Diagnostic("a_rule", "words", place=Place("m.sql"), level=Level.PATCH, reason="a typo"),
        "::notice file=m.sql,title=a_rule::words%0Areason: a typo",
    ),
    (
        Diagnostic("a_rule", "accepted", level=Level.MAJOR, waived=True, reason="never\r\nread"),
        "::notice title=a_rule::accepted%0Awaived: never%0D%0Aread",
    ),
    (
        Diagnostic("a_rule", "100% wrong: a, b\n::error::x", place=Place("a,b:c%\n.sql", 1, 1)),
        "::error file=a%2Cb%3Ac%25%0A.sql,line=1,col=1,title=a_rule"
        "::100%25 wrong: a, b%0A::error::x",
    ),
    (
        Diagnostic("a_rule", "meets nothing", severity=Severity.WARNING, level=Level.NONE),
        "::warning title=a_rule::meets nothing",
    ),
    (
        Diagnostic("a_rule", "look here", severity=Severity.WARNING),
        "::warning title=a_rule::look here",
    ),
]


@pytest.mark.parametrize(("finding", "line"), CASES)
def test_a_finding_is_one_escaped_command(finding: Diagnostic, line: str) -> None:
    assert list(github_lines([finding])) == [line]
