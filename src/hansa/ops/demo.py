"""The main job on real data, as a story of steps: prepared here, played by the command line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from hansa.errors import InvalidInput
from hansa.ops.demo_data import unpack_flights_data


class DemoDirectoryNotEmpty(InvalidInput):
    """The directory that the demo was told to keep its files in holds something."""

    slug = "demo-directory-not-empty"
    hint = "name a directory that does not exist yet"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __str__(self) -> str:
        return f"`{self.directory}` is not empty"


@dataclass(frozen=True, slots=True)
class Say:
    """A paragraph for the reader."""

    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading."""

    title: str


@dataclass(frozen=True, slots=True)
class Run:
    """A command in a product's directory, and the exit code that the story expects."""

    product: str
    command: str
    expect: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """The owner edits files: a prepared change is copied over the product."""

    product: str
    change: str
    summary: str


Step = Say | Chapter | Run | Edit


def prepare_demo(directory: Path) -> None:
    """Put the five products and the real data into a directory.

    Raises DemoDirectoryNotEmpty, or DemoDataMissing when the data package is not installed.
    """
    if directory.exists() and any(directory.iterdir()):
        raise DemoDirectoryNotEmpty(directory)
    source = example_directory()
    skipped = shutil.ignore_patterns(".hansa", "data", "__pycache__")
    shutil.copytree(source, directory, ignore=skipped, dirs_exist_ok=True)
    unpack_flights_data(directory / "data")


def apply_change(directory: Path, edit: Edit) -> list[str]:
    """Copy a prepared change over a product; returns the files that it wrote."""
    change = directory / "changes" / edit.change
    written = []
    for path in sorted(change.rglob("*")):
        if path.is_file():
            relative = path.relative_to(change)
            target = directory / edit.product / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            written.append(relative.as_posix())
    return written


def example_directory() -> Path:
    """Where the example products lie: in the installed package, else in the source checkout."""
    installed = Path(str(files("hansa"))) / "examples" / "flights"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "examples" / "flights"
