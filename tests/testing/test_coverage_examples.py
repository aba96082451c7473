"""The example products are covered in full, and their tests notice most wrong changes."""

from __future__ import annotations

import pytest
from tests.examples.story import POINTS, PRODUCTS, Analysed, analyse_all, assemble

from hansa.testing.coverage import CoverageRecorder
from hansa.testing.mutation import Fate, Sample, measure_mutation
from hansa.testing.runner import run_tests


@pytest.fixture(scope="module", params=tuple(POINTS))
def products(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Analysed]:
    directory = assemble(tmp_path_factory.mktemp("products"), *POINTS[request.param])
    return analyse_all(directory)


@pytest.fixture(scope="module")
def first_releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Analysed]:
    return analyse_all(assemble(tmp_path_factory.mktemp("first")))


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_outcome_is_shown(products: dict[str, Analysed], name: str) -> None:
    found = products[name]
    recorder = CoverageRecorder(found.product, found.facts, found.interfaces)

    run_tests(found.product, found.facts, found.interfaces, observe=recorder)

    report = recorder.report()
    missing = [
        f"{model.path}:{one.obligation.line} {one.obligation.kind} {one.obligation.outcome}"
        for model in report.models
        for one in model.missing
    ]
    assert missing == []
    assert report.asserted.percent == 100.0


# A fixed sample, as all mutants of all products take a minute.
SAMPLE = Sample(size=20, seed=2013)


@pytest.mark.parametrize("name", PRODUCTS)
def test_most_wrong_changes_are_noticed(first_releases: dict[str, Analysed], name: str) -> None:
    found = first_releases[name]

    report = measure_mutation(found.product, found.facts, found.interfaces, sample=SAMPLE)

    survivors = [
        f"{one.mutant.file}:{one.mutant.line} {one.mutant.description}"
        for model in report.models
        for one in model.mutants
        if one.fate is Fate.SURVIVED
    ]
    assert report.failing == ()
    assert report.percent > 85, survivors
