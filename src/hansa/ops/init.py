"""Start a product in a directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hansa.errors import InvalidInput
from hansa.projects.scaffold import new_product_files, suggested_name


class AlreadyAProduct(InvalidInput):
    """A file that `init` would write is there already."""

    slug = "already-a-product"
    hint = "name another directory; `hansa init` overwrites nothing"

    def __init__(self, file: Path) -> None:
        self.file = file

    def __str__(self) -> str:
        return f"`{self.file}` exists already"


@dataclass(frozen=True, slots=True)
class InitResult:
    """The new product's name, its directory, the files that were written, its public tables."""

    name: str
    directory: Path
    files: tuple[str, ...]
    public: tuple[str, ...] = ()


def init(
    directory: Path,
    name: str | None = None,
    team: str | None = None,
    contact: str | None = None,
) -> InitResult:
    """Write a small product that checks clean and whose tests pass.

    `name` is by default made from the directory's. Raises AlreadyAProduct and
    InvalidProductName before anything is written.
    """
    chosen = name or suggested_name(directory.absolute().name)
    files = new_product_files(chosen, team or _TEAM, contact)
    for file in files:
        if (directory / file).exists() and file not in _MAY_EXIST:
            raise AlreadyAProduct(directory / file)
    written = []
    for file, text in files.items():
        path = directory / file
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(file)
    return InitResult(chosen, directory, tuple(written), (_PUBLIC,))


_TEAM = "my-team"
# the table that the contract of a new product lists
_PUBLIC = "daily_orders"
# files that a repository often has before it holds a product
_MAY_EXIST = ("README.md", ".gitignore")
