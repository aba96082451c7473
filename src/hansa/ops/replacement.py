"""Replacing a file in one step."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Readers and a crash find the old or the new bytes, never a part; raises OSError.

    Two processes that write the same file at once do not meet: each writes beside it under a
    name of its own.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
