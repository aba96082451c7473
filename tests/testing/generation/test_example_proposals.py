"""Proposals for public models of the example products, from no tests at all."""

from __future__ import annotations

import dataclasses

import pytest
from tests.testing.generation.examples import bare_products, measured, read_cases

from hansa.testing.generation.proposals import propose_tests
from hansa.testing.generation.yaml_text import file_text


@pytest.mark.parametrize(
    ("name", "model"), [("weather", "hourly_weather"), ("reference", "airports")]
)
def test_proposals_reach_what_the_product_s_own_tests_reach(name: str, model: str) -> None:
    (bare,) = bare_products([name])
    found = propose_tests(bare.product, bare.facts, bare.interfaces, bare.uncovered, model)
    text = file_text(found.cases)

    assert text.count("# review: generated") == len(found.cases) > 0
    tests = read_cases(found.cases)
    assert [test.name for test in tests] == [case.name for case in found.cases]
    product = dataclasses.replace(bare.product, tests=tests)
    report, met = measured(product, bare.facts, bare.interfaces)
    assert report.passed
    assert report.warnings == ()
    read = {model, *(one.name for one in bare.facts.models[model].inputs)}
    reachable = {one for one in bare.reachable if one[0] in read}
    assert len(reachable) > 5
    assert len(reachable & met) >= 0.95 * len(reachable)
