"""The example products without their tests, and what those tests show of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tests.examples.story import EXAMPLES, PRODUCTS

from hansa.core.diagnostic import Diagnostic
from hansa.core.facts import ProductFacts
from hansa.core.product import Product, UnitTest
from hansa.projects.decoding import Reader
from hansa.projects.fixture_files import FixtureFiles
from hansa.projects.load import load_product
from hansa.projects.tree import DirectoryTree
from hansa.projects.unit_tests import read_unit_tests
from hansa.sql.analysis import Interface, analyse_product
from hansa.sql.coverage import Obligation
from hansa.testing.coverage import Coverage, CoverageRecorder, CoverageReport
from hansa.testing.generation.proposals import Proposal
from hansa.testing.generation.yaml_text import file_text
from hansa.testing.runner import TestReport, run_tests

# An outcome of a model, by the model's name.
Outcome = tuple[str, Obligation]


@dataclass(frozen=True)
class Bare:
    """A product without tests; `reachable` is what its own tests show."""

    product: Product
    facts: ProductFacts
    interfaces: Mapping[str, Interface]
    uncovered: CoverageReport
    reachable: frozenset[Outcome]


def bare_products(names: Collection[str] = PRODUCTS) -> Iterator[Bare]:
    """Example products, with the contracts of those that they require."""
    known: dict[str, Interface] = {}
    for name in PRODUCTS:
        product = load_product(DirectoryTree(EXAMPLES / name))
        interfaces = {one.product: known[one.product] for one in product.requires}
        known[name] = _interface(product)
        if name not in names:
            continue
        facts = analyse_product(product, interfaces)
        _, reachable = measured(product, facts, interfaces)
        bare = dataclasses.replace(product, tests=())
        uncovered = CoverageRecorder(bare, facts, interfaces).report()
        yield Bare(bare, facts, interfaces, uncovered, frozenset(reachable))


def _interface(product: Product) -> Interface:
    return Interface(
        {table.name: table.schema for table in product.contract.tables},
        frozenset(model.name for model in product.models.values() if not model.public),
        limits={table.name: table.columns for table in product.contract.tables},
    )


def measured(
    product: Product, facts: ProductFacts, interfaces: Mapping[str, Interface]
) -> tuple[TestReport, set[Outcome]]:
    """How the product's tests end, and every outcome that they show."""
    recorder = CoverageRecorder(product, facts, interfaces)
    report = run_tests(product, facts, interfaces, observe=recorder)
    met = {
        (model.model, one.obligation)
        for model in recorder.report().models
        for one in model.obligations
        if one.status is Coverage.MET
    }
    return report, met


def read_cases(cases: Collection[Proposal]) -> tuple[UnitTest, ...]:
    """The cases as they are read from the file that they are written to."""
    if not cases:
        return ()
    findings: list[Diagnostic] = []
    files = FixtureFiles(lambda name: None, None)
    reader = Reader("tests/proposed.yaml", findings)
    tests = read_unit_tests(file_text(list(cases)).encode(), reader, files)
    assert findings == []
    return tests
