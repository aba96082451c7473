"""What flights 2.0.0 changed against 1.1.0, on fixtures and on all real flights."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.conftest import Hansa

from hansa.ops.demo_data import unpack_flights_data

from .story import EXAMPLES, assemble


@pytest.fixture
def flights(tmp_path: Path, hansa: Hansa) -> Path:
    """flights@1.1.0 and what it requires are published; what is late changed since."""
    assemble(tmp_path, "flights-1.1.0")
    for name in ("reference", "fleet", "flights"):
        for command in ("lock", "publish"):
            assert hansa(command, name).code == 0
    change = EXAMPLES / "changes" / "flights-2.0.0"
    shutil.copytree(change, tmp_path / "flights", dirs_exist_ok=True)
    return tmp_path


def test_only_what_lateness_decides_differs_on_fixtures(flights: Path, hansa: Hansa) -> None:
    outcome = hansa("diff flights@1.1.0 --data --format json", "flights")
    assert outcome.code == 0, outcome.err
    facts, routes = (outcome.json["data"][name] for name in ("fct_flights", "dim_routes"))
    assert (facts["rows_old"], facts["only_old"], facts["only_new"]) == (facts["rows_new"], 0, 0)
    different = {name: one["different"] for name, one in facts["columns"].items()}
    assert {name for name, count in different.items() if count} == {"late", "outcome"}
    assert different["late"] == different["outcome"] == facts["changed_rows"] > 0
    assert {(e["old"], e["new"]) for e in facts["columns"]["late"]["examples"]} == {(True, False)}
    assert facts["columns"]["departure_delay_minutes"] == {
        "different": 0,
        "examples": [],
        "old_name": "dep_delay",
    }
    assert routes["changed_rows"] == routes["only_old"] == routes["only_new"] == 0


def test_the_real_data_tells_how_many_flights_are_no_longer_late(
    flights: Path, hansa: Hansa
) -> None:
    unpack_flights_data(flights / "data")
    for name in ("reference", "fleet"):
        assert hansa("deploy", name).code == 0
    outcome = hansa("diff flights@1.1.0 --target dev --format json", "flights")
    assert outcome.code == 0, outcome.err
    facts = outcome.json["data"]["fct_flights"]
    assert (facts["rows_old"], facts["rows_new"]) == (336776, 336776)
    assert (facts["only_old"], facts["only_new"]) == (0, 0)
    # 15 to 29 minutes late was late, and is not any more
    assert {n: c["different"] for n, c in facts["columns"].items() if c["different"]} == {
        "late": 27298,
        "outcome": 27298,
    }
    assert outcome.json["data"]["dim_routes"]["changed_rows"] == 0
