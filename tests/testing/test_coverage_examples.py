"""The example products are covered in full: every outcome and every public column."""

from __future__ import annotations

import pytest
from tests.examples.story import POINTS, PRODUCTS, Analysed, analyse_all, assemble

from hansa.testing.coverage import CoverageRecorder
from hansa.testing.runner import run_tests


@pytest.fixture(scope="module", params=tuple(POINTS))
def products(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Analysed]:
    directory = assemble(tmp_path_factory.mktemp("products"), *POINTS[request.param])
    return analyse_all(directory)


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_outcome_is_shown(products: dict[str, Analysed], name: str) -> None:
    found = products[name]
    recorder = CoverageRecorder(found.product, found.facts, found.interfaces)

    run_tests(found.product, found.facts, found.interfaces, observe=recorder.observe)

    report = recorder.report()
    missing = [
        f"{model.path}:{one.obligation.line} {one.obligation.kind} {one.obligation.outcome}"
        for model in report.models
        for one in model.missing
    ]
    assert missing == []
    assert report.asserted.percent == 100.0
