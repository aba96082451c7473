"""Reads and writes hansa.lock."""

from __future__ import annotations

import re
from typing import Any

from hansa.core.release import Locked, Lockfile
from hansa.core.version import Version
from hansa.errors import Place
from hansa.projects.decoding import Reader, Shape, named, parsed, whole_number, written
from hansa.projects.errors import LockfileInvalid
from hansa.projects.names import product_name
from hansa.projects.yaml_document import Node

FORMAT = 1
_HEADER = "# Written by `hansa lock`. Change product.yaml instead, and commit this file.\n"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


def _digest(node: Node, reader: Reader) -> str | None:
    value = written(node, reader)
    if value is None or _DIGEST.match(value):
        return value
    reader.report("invalid_digest", node, "a digest is `sha256:` and 64 hexadecimal digits")
    return None


_LOCKED = Shape(
    "a locked release",
    {
        "version": parsed(written, Version.parse, "invalid_version"),
        "digest": _digest,
        "constraint": written,
    },
    ("version", "digest"),
)
_LOCKFILE = Shape(
    "the lockfile",
    {"format": whole_number, "locked": named(_LOCKED, "the locked releases", product_name)},
    ("format",),
)


def read_lockfile(text: bytes, file: str) -> Lockfile:
    """What the lockfile pins. Raises LockfileInvalid at the first problem."""
    reader = Reader(file)
    node = reader.read(text)
    record = _LOCKFILE(node, reader) if node is not None else None
    if record is not None and record.get("format", FORMAT) != FORMAT:
        reason = f"it has the format {record.get('format')}, and this version reads {FORMAT}"
        raise LockfileInvalid(reason, record.at("format"))
    if record is None or reader.findings:
        first = reader.findings[0]
        raise LockfileInvalid(first.message, first.place or Place(file))
    locked: dict[str, Any] = record.get("locked", {})
    return Lockfile(
        {name: Locked(item.get("version"), item.get("digest")) for name, item in locked.items()},
        {name: item.get("constraint") for name, item in locked.items() if item.get("constraint")},
    )


def write_lockfile(lockfile: Lockfile) -> str:
    """The text of hansa.lock: the same pins give the same text."""
    lines = [_HEADER, f"format: {FORMAT}\n"]
    if not lockfile.locked:
        return "".join([*lines, "locked: {}\n"])
    lines.append("locked:\n")
    for name, pin in sorted(lockfile.locked.items()):
        lines.append(f"  {name}:\n")
        constraint = lockfile.constraints.get(name)
        if constraint is not None:
            escaped = constraint.replace("'", "''")
            lines.append(f"    constraint: '{escaped}'\n")
        lines.append(f"    version: {pin.version}\n    digest: {pin.digest}\n")
    return "".join(lines)
