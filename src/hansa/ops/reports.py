"""Write reports where they were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hansa.errors import OutsideUnreachable
from hansa.ops.replacement import replace_file


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
