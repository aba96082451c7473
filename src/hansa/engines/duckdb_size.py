"""How many bytes a DuckDB table takes, estimated from its storage segments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

# bytes of one value before compression, by the segment's type; longer texts are not counted
_WIDTHS = {
    "BOOLEAN": 1,
    "TINYINT": 1,
    "UTINYINT": 1,
    "SMALLINT": 2,
    "USMALLINT": 2,
    "INTEGER": 4,
    "UINTEGER": 4,
    "DATE": 4,
    "FLOAT": 4,
    "HUGEINT": 16,
    "UHUGEINT": 16,
    "UUID": 16,
    "VARCHAR": 16,
    "BLOB": 16,
}
_USUAL_WIDTH = 8


def estimate_bytes(segments: Sequence[tuple[Any, ...]], block_size: int) -> int:
    """The space of a table in its file.

    `segments` are (block, offset, further blocks, values, type, on disk). A segment reaches to
    the next one in its block; the last one in a block, whose end is not known, counts at most
    what its values take uncompressed, and so does what is not on disk yet. Blocks that small
    tables share are therefore not counted twice in full.
    """
    total = 0
    by_block: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for block, offset, further, count, kind, persistent in segments:
        raw = _raw_bytes(str(kind), int(count))
        total += len(further or ()) * block_size
        if not persistent:
            total += raw
        elif block is None or block < 0:
            # one value stands for the whole segment
            total += _raw_bytes(str(kind), 1)
        else:
            by_block[block].append((int(offset), raw))
    return total + sum(_block_bytes(sorted(found), block_size) for found in by_block.values())


def _block_bytes(segments: list[tuple[int, int]], block_size: int) -> int:
    first, _ = segments[0]
    last, raw = segments[-1]
    return last - first + min(block_size - last, raw)


def _raw_bytes(kind: str, count: int) -> int:
    if kind == "VALIDITY":
        return (count + 7) // 8
    return count * _WIDTHS.get(kind.partition("(")[0], _USUAL_WIDTH)
