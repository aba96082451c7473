"""The cache of facts: what is kept, what goes, and what damage does."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from hansa.core.facts import ModelFacts
from hansa.ops.cache import WRITES_KEPT, DiskFacts


def facts(name: str) -> ModelFacts:
    return ModelFacts(name)


def write(path: Path, key: str, most: int = 1000, used: tuple[str, ...] = ()) -> None:
    """One command that adds an entry and has a use for others."""
    cache = DiskFacts(path, most)
    for one in used:
        assert cache.get(one) == facts(one)
    cache.put(key, facts(key))
    cache.save()


def kept(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {key for (key,) in connection.execute("SELECT key FROM entries")}
    connection.close()
    return found


def test_what_was_saved_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "facts.db"
    assert DiskFacts(path).get("a") is None
    write(path, "a")
    assert DiskFacts(path).get("a") == facts("a")
    assert DiskFacts(path).get("b") is None


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    DiskFacts(path).save()
    assert not path.exists()
    write(path, "a")
    before = path.read_bytes()
    cache = DiskFacts(path)
    cache.get("a")
    cache.save()
    assert path.read_bytes() == before


def test_few_entries_stay_however_old(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    names = [f"m{number}" for number in range(WRITES_KEPT + 5)]
    for name in names:
        write(path, name)
    assert kept(path) == set(names)


def test_of_many_entries_those_go_that_no_recent_write_used(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    write(path, "unused")
    write(path, "used")
    names = [f"m{number}" for number in range(WRITES_KEPT + 5)]
    for name in names:
        write(path, name, most=10, used=("used",))
    assert kept(path) == {"used", *names[-WRITES_KEPT:]}


def test_a_big_product_keeps_all_that_it_uses(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    cache = DiskFacts(path, most=10)
    names = {f"m{number}" for number in range(100)}
    for name in names:
        cache.put(name, facts(name))
    cache.save()
    write(path, "more", most=10)
    assert kept(path) == {*names, "more"}


DAMAGES = {
    "no database": lambda data: b"garbage" * 100,
    "cut off": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "overwritten inside": lambda data: data[:100] + b"\xff" * 4000 + data[4100:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_written_anew(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    write(path, "a")
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert DiskFacts(path).get("a") is None
    write(path, "b")
    assert DiskFacts(path).get("b") == facts("b")


def test_damage_that_only_writing_meets_is_met_once(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    cache = DiskFacts(path)
    cache.put("a", facts("a"))
    path.write_bytes(b"garbage" * 1000)
    cache.save()
    assert not path.exists()
    cache.save()
    assert DiskFacts(path).get("a") == facts("a")


@pytest.mark.parametrize("value", [b"", b"\xff", b"{", b"[]", b'{"name": 1}', b"null"])
def test_a_damaged_entry_is_computed_again(value: bytes, tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    write(path, "a")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entries SET value = ?", (value,))
    connection.close()
    assert DiskFacts(path).get("a") is None
    write(path, "a")
    assert DiskFacts(path).get("a") == facts("a")


def test_a_table_of_another_layout_costs_time_only(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE entries (key TEXT)")
    connection.close()
    assert DiskFacts(path).get("a") is None
    write(path, "a")
    assert DiskFacts(path).get("a") == facts("a")


def test_a_locked_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "facts.db"
    write(path, "a")
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file, timeout: connect(file, timeout=0))
    cache = DiskFacts(path)
    assert cache.get("a") is None
    cache.put("b", facts("b"))
    cache.save()
    monkeypatch.undo()
    holder.rollback()
    holder.close()
    assert DiskFacts(path).get("a") == facts("a")


def test_a_place_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a directory should be")
    cache = DiskFacts(tmp_path / "cache" / "facts.db")
    cache.put("a", facts("a"))
    cache.save()
    assert cache.get("a") == facts("a")
