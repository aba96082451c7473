"""Hand-stated coverage: every obligation of every case has the place and the status it should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hansa.engines.sandbox import Sandbox, open_sandbox

from .measuring import Case, instrument_case, measure, read_cases, stated

FILES = sorted((Path(__file__).parent / "corpus").glob("*.txt"))
CASES = [
    pytest.param(case, id=f"{path.stem}-{case.name}") for path in FILES for case in read_cases(path)
]
ALL = [case for path in FILES for case in read_cases(path)]
# every kind of obligation, and what is left out by a comment
KINDS = {
    "where",
    "having",
    "qualify",
    "join",
    "join_condition",
    "case",
    "coalesce",
    "nullif",
    "boolean",
    "group",
    "aggregate",
    "distinct",
    "set",
    "subquery",
    "window",
    "limit",
    "like",
    "range",
    "excluded",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


@pytest.mark.parametrize("case", CASES)
def test_every_obligation_has_the_stated_status(case: Case, sandbox: Sandbox) -> None:
    assert measure(case, sandbox) == stated(case)


def test_the_corpus_is_not_read_in_part() -> None:
    assert len(CASES) > 220
    kinds = {line.split(": ")[0].split(" ")[-1] for case in ALL for line in case.expected}
    assert kinds == KINDS


@pytest.mark.parametrize(
    "case", [case for case in ALL if "\n" in case.text], ids=lambda case: case.name
)
def test_line_ends_of_windows_move_no_place(case: Case) -> None:
    other = replace(case, sql=[f"{line}\r" for line in case.sql[:-1]] + case.sql[-1:])
    assert instrument_case(other).obligations == instrument_case(case).obligations
