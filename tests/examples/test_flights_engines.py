"""The example products on a real PostgreSQL server hold exactly what they hold on DuckDB."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from tests.targets import fresh_target

from hansa.core.release import Locked
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.deploy.run import run
from hansa.deploy.status import status
from hansa.engines.duckdb import open_memory
from hansa.engines.protocol import Engine
from hansa.ops.demo_data import unpack_flights_data

from .story import POINTS, PRODUCTS, Analysed, analyse_all, assemble

DIGEST = "sha256:" + "0" * 64
# flights of the first weeks of January; all other files are whole
FLIGHTS = 15_000


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Candidate]:
    """All products with flights 1.1.0, then flights 2.0.0 and who moved to it."""
    directory = tmp_path_factory.mktemp("story")
    unpack_flights_data(directory / "data")
    flights = directory / "data" / "flights.csv"
    with flights.open() as lines:
        kept = [line for _, line in zip(range(FLIGHTS + 1), lines, strict=False)]
    flights.write_text("".join(kept))
    found: list[Candidate] = []
    for number, point in enumerate(("a column more", "late means 30 minutes")):
        place = assemble(directory / str(number), *POINTS[point])
        (place / "data").symlink_to(directory / "data")
        analysed = analyse_all(place)
        known = {one.name for one in found}
        candidates = [candidate(analysed, name, place) for name in PRODUCTS]
        found += [one for one in candidates if one.name not in known]
    return found


def candidate(analysed: dict[str, Analysed], name: str, directory: Path) -> Candidate:
    found = analysed[name]
    locked = {
        requirement.product: Locked(analysed[requirement.product].product.version, DIGEST)
        for requirement in found.product.requires
    }
    return Candidate(found.product, found.facts, DIGEST, locked, directory / name)


@pytest.fixture(scope="module")
def engines(
    request: pytest.FixtureRequest,
    releases: list[Candidate],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Engine]]:
    """Both engines with all releases live."""
    with ExitStack() as stack:
        duckdb = stack.enter_context(open_memory())
        fresh = fresh_target(request, "postgres", tmp_path_factory.mktemp("target"))
        target = next(fresh)
        stack.callback(lambda: next(fresh, None))
        postgres = stack.enter_context(closing(target.open()))
        for engine in (duckdb, postgres):
            for release in releases:
                report = deploy(engine, release)
                breaches = [one for one in report.findings if one.rule != "role_missing"]
                assert breaches == []
                assert report.passed
        yield {"duckdb": duckdb, "postgres": postgres}


def interfaces(engine: Engine) -> list[tuple[str, str, tuple[str, ...]]]:
    return sorted(
        (one.schema, found.name, tuple(c.name for c in engine.columns((one.schema, found.name))))
        for one in status(engine).releases
        for found in engine.relations(one.schema)
    )


def rows(engine: Engine, schema: str, name: str) -> Counter[tuple[tuple[str, Any], ...]]:
    """All rows, each value with its type, so that an exact number is no double."""
    found = engine.query(f"SELECT * FROM {schema}.{name}").rows
    return Counter(tuple((type(value).__name__, value) for value in row) for row in found)


def assert_equal(engines: dict[str, Engine]) -> None:
    shown = interfaces(engines["duckdb"])
    assert interfaces(engines["postgres"]) == shown
    for schema, name, _ in shown:
        expected = rows(engines["duckdb"], schema, name)
        assert rows(engines["postgres"], schema, name) == expected, f"{schema}.{name}"


def test_both_engines_show_the_same_values(engines: dict[str, Engine]) -> None:
    live = [str(one.name) for one in status(engines["postgres"]).releases]
    assert live == [
        "fleet@1.0.0",
        "flights@1.1.0",
        "flights@2.0.0",
        "punctuality@1.0.0",
        "punctuality@2.0.0",
        "reference@1.0.0",
        "weather@1.0.0",
    ]
    counts = [
        engines["postgres"].query(f"SELECT count(*) FROM flights__v{line}.fct_flights").scalar
        for line in (1, 2)
    ]
    assert counts == [FLIGHTS, FLIGHTS]
    assert_equal(engines)


def test_a_run_leaves_both_equal(engines: dict[str, Engine]) -> None:
    for product in ("weather", "flights", "punctuality"):
        for engine in engines.values():
            assert run(engine, product).passed
    assert_equal(engines)
