"""Write reports where they were asked for."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

from hansa.errors import OutsideUnreachable
from hansa.ops.replacement import replace_file

_LIST = ".hansa-pages"
_PAGE = re.compile(r"model-[a-z0-9_-]+\.html")


class ReportNotWritten(OutsideUnreachable):
    """A file of a report could not be written."""

    slug = "report-not-written"
    hint = "name a place where files can be written"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"`{self.path}` cannot be written: {self.reason}"


def write_reports(files: Mapping[Path, bytes]) -> None:
    """Write each file in one step, with the folders above it; raises ReportNotWritten."""
    for path, data in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise ReportNotWritten(path, reason) from None


def write_pages(directory: Path, pages: Mapping[str, bytes]) -> None:
    """Write a folder of pages; those that an earlier run left there and this one lacks go.

    A list of the names is kept in the folder, so that no file of anybody else is touched.
    Raises ReportNotWritten.
    """
    listed = directory / _LIST
    old = _names_in(listed)
    new = {} if directory.exists() else {directory / ".gitignore": b"*\n"}
    names = "".join(f"{name}\n" for name in sorted(pages)).encode()
    write_reports(new | {directory / name: data for name, data in pages.items()} | {listed: names})
    for name in old - set(pages):
        with contextlib.suppress(OSError):
            (directory / name).unlink()


def _names_in(listed: Path) -> set[str]:
    """The pages of an earlier run; only names that such pages have."""
    try:
        lines = listed.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return set()
    return {name for name in lines if _PAGE.fullmatch(name)}
