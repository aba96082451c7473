"""Hand-stated coverage: every obligation of every case has the place and the status it should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hansa.engines.sandbox import Sandbox, open_sandbox

from .measuring import Case, measure, read_cases, stated

FILES = sorted((Path(__file__).parent / "corpus").glob("*.txt"))
CASES = [
    pytest.param(case, id=f"{path.stem}-{case.name}") for path in FILES for case in read_cases(path)
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


@pytest.mark.parametrize("case", CASES)
def test_every_obligation_has_the_stated_status(case: Case, sandbox: Sandbox) -> None:
    assert measure(case, sandbox) == stated(case)
