"""Reading models in several processes: the same facts, and no harm where it cannot be done."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import write_files

from hansa.core.product import Product
from hansa.ops import read_ahead as module
from hansa.ops.cache import DiskFacts
from hansa.ops.read_ahead import processes_of, read_ahead
from hansa.projects.load import load_product
from hansa.projects.tree import DirectoryTree
from hansa.sql.analysis import SingleReader, analyse_product, unread_models

MODELS = {
    "first": "SELECT id, amount FROM raw.orders",
    "second": "SELECT id, amount * 2 AS amount FROM first",
    # the words of other models, which it does not read
    "third": "SELECT s.id AS fifth, 'fourth' AS first FROM second AS s -- not fourth",
    "fourth": "SELECT fifth, first FROM third",
    "fifth": "SELECT a.id, b.first FROM first AS a JOIN fourth AS b ON a.id = b.fifth",
    "circle_a": "SELECT * FROM circle_b",
    "circle_b": "SELECT * FROM circle_a",
    "broken": "SELECT id FRM first",
    "above_broken": "SELECT id FROM broken",
    "wrong": "SELECT nothing FROM first JOIN missing USING (id)",
}


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Product:
    monkeypatch.setattr(module, "FEWEST_MODELS", 2)
    files = {f"models/{name}.sql": sql for name, sql in MODELS.items()}
    files["product.yaml"] = (
        "name: shop\nowner: {team: shop}\nsources: {raw: {tables: {orders: {relation: a.orders,"
        " columns: {id: integer, amount: integer}}}}}\n"
    )
    return load_product(DirectoryTree(write_files(tmp_path, files)), require_interface=False)


def test_the_analysis_finds_everything_in_the_cache(product: Product, tmp_path: Path) -> None:
    alone, ahead = DiskFacts(tmp_path / "alone.db"), DiskFacts(tmp_path / "ahead.db")
    expected = analyse_product(product, {}, alone)
    read_ahead(product, {}, ahead, 3)
    assert unread_models(product, ahead) == []
    ahead.save()
    facts = {path: DiskFacts(tmp_path / path) for path in ("alone.db", "ahead.db")}
    found = analyse_product(product, {}, facts["ahead.db"])
    assert found == expected
    assert {finding.rule for finding in found.diagnostics} >= {"model_cycle", "unknown_relation"}
    # whatever is not in a circle was read under the very key that the analysis asks for
    asked = {key for key in alone._found if key not in ahead._found}
    assert len(asked) <= 2


def test_models_can_be_read_in_any_order(product: Product, tmp_path: Path) -> None:
    cache = DiskFacts(tmp_path / "facts.db")
    reader = SingleReader(product, {}, cache)
    schema = reader.read("fifth")
    assert schema is not None
    assert schema.names == ("id", "first")
    assert unread_models(product, cache) == [
        "above_broken",
        "broken",
        "circle_a",
        "circle_b",
        "wrong",
    ]


@pytest.mark.parametrize("processes", [1, 0])
def test_one_process_leaves_the_work_to_the_analysis(
    processes: int, product: Product, tmp_path: Path
) -> None:
    cache = DiskFacts(tmp_path / "facts.db")
    read_ahead(product, {}, cache, processes)
    assert len(unread_models(product, cache)) == len(product.models)


def test_processes_that_are_killed_cost_nothing_but_time(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(module, "can_fork", lambda: True)
    monkeypatch.setattr(module.threading, "active_count", lambda: 1)
    monkeypatch.setattr(module, "_read_for", killed)
    cache = DiskFacts(tmp_path / "facts.db")
    read_ahead(product, {}, cache, 2)
    assert len(unread_models(product, cache)) == len(product.models)
    assert analyse_product(product, {}, cache).models.keys() == product.models.keys()


def test_a_process_that_begins_anew_reads_the_same(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.threading, "active_count", lambda: 2)
    cache = DiskFacts(tmp_path / "facts.db")
    read_ahead(product, {}, cache, 2)
    assert unread_models(product, cache) == []


@pytest.mark.parametrize(("stated", "expected"), [("3", 3), ("0", 1), ("1", 1)])
def test_the_environment_says_how_many(stated: str, expected: int) -> None:
    assert processes_of({"HANSA_PROCESSES": stated}) == expected


@pytest.mark.parametrize("stated", ["", "many", "-2"])
def test_as_many_as_cores_otherwise(stated: str) -> None:
    assert 1 <= processes_of({"HANSA_PROCESSES": stated}) <= module.MOST_PROCESSES
