"""The example products are what they teach: clean, tested in full, and honest about changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansa.core.version import Level
from hansa.projects.odcs import validate_odcs
from hansa.semver.compare import compare
from hansa.semver.conformance import check_contract
from hansa.semver.side import side_of
from hansa.testing.runner import Status, published_tests, run_tests

from .story import EXAMPLES, POINTS, PRODUCTS, Analysed, analyse_all, assemble

POINT_NAMES = tuple(POINTS)

Story = dict[str, Analysed]


@pytest.fixture(scope="module", params=POINT_NAMES)
def point(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Story:
    directory = assemble(tmp_path_factory.mktemp("products"), *POINTS[request.param])
    return analyse_all(directory)


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_have_no_findings(point: Story, name: str) -> None:
    found = point[name]

    assert found.facts.diagnostics == ()
    assert check_contract(found.product, found.facts) == ()


@pytest.mark.parametrize("name", PRODUCTS)
def test_all_unit_tests_pass(point: Story, name: str) -> None:
    found = point[name]

    report = run_tests(found.product, found.facts, found.interfaces)

    assert {
        result.name: result.message
        for result in report.results
        if result.status is not Status.PASSED
    } == {}
    assert len(report.results) == len(found.product.tests) > 0
    assert report.warnings == ()


@pytest.mark.parametrize("name", PRODUCTS)
def test_published_tests_assert_every_public_column(point: Story, name: str) -> None:
    product = point[name].product
    asserted = {
        (test.model, column)
        for test in published_tests(product)
        for row in test.expect
        for column in row
    }

    public = {
        (table.name, column.name) for table in product.contract.tables for column in table.columns
    }

    assert public - asserted == set()


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_public_table_and_column_is_described(point: Story, name: str) -> None:
    contract = point[name].product.contract

    silent = [
        table.name for table in contract.tables if not table.description or not table.granularity
    ]
    silent += [
        f"{table.name}.{column.name}"
        for table in contract.tables
        for column in table.columns
        if not column.description
    ]

    assert silent == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_type_of_every_public_column_is_known(point: Story, name: str) -> None:
    found = point[name]

    unknown = [
        f"{table.name}.{column.name}"
        for table in found.product.contract.tables
        if (model := found.facts.models[table.name]).schema is not None
        for column in model.schema.columns
        if not column.type.is_known
    ]

    assert unknown == []


CONTRACTS = [path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("contract.yaml")]


@pytest.mark.parametrize("path", sorted(CONTRACTS))
def test_contracts_are_valid_odcs(path: str) -> None:
    assert validate_odcs((EXAMPLES / path).read_bytes(), path) == ()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Story]:
    return {
        name: analyse_all(assemble(tmp_path_factory.mktemp("story"), *changes))
        for name, changes in POINTS.items()
    }


@pytest.mark.parametrize(
    ("product", "old", "new", "required", "expected"),
    [
        pytest.param(
            "flights",
            "first releases",
            "a column more",
            Level.MINOR,
            {("column_added", "fct_flights", "air_speed_mph")},
            id="flights-1.1.0",
        ),
        pytest.param(
            "flights",
            "a column more",
            "late means 30 minutes",
            Level.MAJOR,
            {
                ("column_renamed", "fct_flights", "dep_delay"),
                ("behaviour_unproven", "fct_flights", None),
                ("published_test_removed", "fct_flights", None),
                ("description_changed", "fct_flights", "late"),
            },
            id="flights-2.0.0",
        ),
    ],
)
def test_changes_require_what_the_story_says(
    story: dict[str, Story],
    product: str,
    old: str,
    new: str,
    required: Level,
    expected: set[tuple[str, str | None, str | None]],
) -> None:
    sides = [
        side_of(story[point][product].product, story[point][product].facts, {})
        for point in (old, new)
    ]

    findings = compare(*sides)

    assert {(finding.rule, finding.table, finding.column) for finding in findings} == expected
    assert max(finding.level or Level.NONE for finding in findings) is required


def test_reading_a_private_table_is_refused(tmp_path: Path) -> None:
    changes = (*POINTS["late means 30 minutes"], "punctuality-private")

    found = analyse_all(assemble(tmp_path, *changes))["punctuality"]

    assert [(finding.rule, finding.severity.value) for finding in found.facts.diagnostics] == [
        ("private_table", "error")
    ]
    place = found.facts.diagnostics[0].place
    assert place is not None
    assert place.file.endswith("models/daily_punctuality.sql")
    assert (place.line, place.column) == (11, 6)
