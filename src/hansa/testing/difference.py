"""How expected rows and actual rows differ, as values and as lines of text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Cell = str | None
CellRow = tuple[Cell, ...]

_PAIRED_AT_MOST = 200
_SHOWN_ROWS = 20
_NARROWEST = 8
_READABLE = 30
_ARROW = " → "
_LEGEND = "~ expected → actual, - missing, + unexpected"


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """An expected row beside the actual row that is most like it; `changed` marks the cells."""

    expected: CellRow
    actual: CellRow
    changed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What tells expected rows from actual ones, in the order of the expectation.

    Cells are text, None stands for NULL. `missing` rows were expected and did not come,
    `unexpected` ones came and were not expected. `equal` counts the rows that agree. Where
    the same rows came in another order, `changed` has what was expected and what came instead
    in each place that differs, and it is `reordered`.
    """

    columns: tuple[str, ...]
    missing: tuple[CellRow, ...] = ()
    unexpected: tuple[CellRow, ...] = ()
    changed: tuple[ChangedRow, ...] = ()
    equal: int = 0
    reordered: bool = False


def describe_difference(difference: Difference) -> str:
    """One sentence: `1 row changed, 2 missing, 1 unexpected`."""
    if difference.reordered:
        return f"{len(difference.changed)} rows come in another order"
    counts = [
        (len(difference.changed), "changed"),
        (len(difference.missing), "missing"),
        (len(difference.unexpected), "unexpected"),
    ]
    named = [f"{count} {word}" for count, word in counts if count]
    if not named:
        return "no row differs"
    first, *others = named
    number, word = first.split(" ", 1)
    return ", ".join([f"{number} row{'s' if number != '1' else ''} {word}", *others])


def pair_rows(
    columns: tuple[str, ...],
    missing: Sequence[CellRow],
    unexpected: Sequence[CellRow],
    equal_cells: Sequence[Sequence[Sequence[bool]]],
    equal: int,
) -> Difference:
    """The difference, with rows that are most alike taken as one changed row.

    `equal_cells[i][j]` tells, column by column, which cells of missing row i and unexpected
    row j are equal. Cells with rare values weigh more, so that rows meet by what names them.
    """
    weights = [_rarity(column) for column in zip(*missing, *unexpected, strict=True)]
    scores = sorted(
        (-_likeness(missing[i], marks, weights), i, j)
        for i, row in enumerate(equal_cells)
        for j, marks in enumerate(row)
        if any(marks)
    )
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in scores:
        if i not in partners and j not in taken:
            partners[i] = j
            taken.add(j)
    changed = tuple(
        ChangedRow(missing[i], unexpected[j], tuple(not mark for mark in equal_cells[i][j]))
        for i, j in sorted(partners.items())
    )
    return Difference(
        columns,
        tuple(row for i, row in enumerate(missing) if i not in partners),
        tuple(row for j, row in enumerate(unexpected) if j not in taken),
        changed,
        equal,
    )


def worth_pairing(missing: Sequence[object], unexpected: Sequence[object]) -> bool:
    """False where there are too many rows for anybody to read them side by side."""
    return len(missing) <= _PAIRED_AT_MOST and len(unexpected) <= _PAIRED_AT_MOST


def format_difference(difference: Difference, width: int = 100) -> list[str]:
    """The difference as a table in plain text, no line wider than `width` where it can be.

    `~` begins a changed row (its changed cells read `expected → actual`), `-` a missing one,
    `+` an unexpected one.
    """
    rows = list(_marked_rows(difference))
    shown = rows[:_SHOWN_ROWS]
    columns, cells = _fit(
        difference.columns, [row for _, row in shown], _changed(difference), width
    )
    widths = [max(_width(cell) for cell in column) for column in zip(columns, *cells, strict=True)]
    lines = [_line(" ", columns, widths)]
    lines += [_line(mark, row, widths) for (mark, _), row in zip(shown, cells, strict=True)]
    if len(rows) > len(shown):
        lines.append(f"… and {len(rows) - len(shown)} more rows")
    return [_LEGEND, *lines]


def _rarity(values: Sequence[Cell]) -> dict[Cell, float]:
    return {
        value: (0.01 if value is None else 1.0) / count for value, count in Counter(values).items()
    }


def _likeness(row: CellRow, marks: Sequence[bool], weights: Sequence[dict[Cell, float]]) -> float:
    """How alike two rows are: first by rare values, then by the number of equal cells."""
    return sum(
        weights[position][row[position]] + 0.001 for position, mark in enumerate(marks) if mark
    )


def _marked_rows(difference: Difference) -> Iterable[tuple[str, list[str]]]:
    for row in difference.changed:
        cells = zip(row.expected, row.actual, row.changed, strict=True)
        yield (
            "~",
            [
                f"{_show(expected)}{_ARROW}{_show(actual)}" if changed else _show(actual)
                for expected, actual, changed in cells
            ],
        )
    for missing in difference.missing:
        yield "-", [_show(cell) for cell in missing]
    for unexpected in difference.unexpected:
        yield "+", [_show(cell) for cell in unexpected]


def _changed(difference: Difference) -> list[bool]:
    """Which columns show a change; the others may be left out when space is short."""
    marks = [
        any(row.changed[at] for row in difference.changed) for at in range(len(difference.columns))
    ]
    return marks if any(marks) else [True] * len(marks)


def _show(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    if cell == "" or cell != cell.strip() or cell == "NULL":
        return f"'{cell}'"
    return "".join(_escape(character) for character in cell)


def _escape(character: str) -> str:
    """Control characters as escapes: they would break lines or drive the terminal."""
    if unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"):
        return character
    return character.encode("unicode_escape").decode("ascii")


def _fit(
    names: Sequence[str], rows: Sequence[Sequence[str]], important: Sequence[bool], width: int
) -> tuple[list[str], list[list[str]]]:
    """The columns cut, and the least important left out, until a line fits."""
    kept = list(range(len(names)))
    while True:
        longest = [max(_width(line[at]) for line in [names, *rows]) for at in kept]
        spare = [at for at in kept[1:] if not important[at]]
        left_out = 0 if len(kept) == len(names) else len(" | …")
        limit = _cell_limit(longest, width - 2 - left_out)
        changed = max(size for at, size in zip(kept, longest, strict=True) if important[at])
        wanted = min(changed, _READABLE) if spare else 0
        if limit >= max(wanted, _NARROWEST) or len(kept) == 1:
            break
        kept.remove(spare[-1] if spare else kept[-1] if important[kept[0]] else kept[0])
    limit = max(limit, _NARROWEST)
    lines = [[_cut(line[at], limit) for at in kept] for line in [names, *rows]]
    if len(kept) < len(names):
        lines = [[*line, "…"] for line in lines]
    return lines[0], lines[1:]


def _cell_limit(longest: Sequence[int], width: int) -> int:
    """The largest width of a cell with which all columns fit beside each other."""
    room = width - 3 * (len(longest) - 1)
    waiting = sorted(longest)
    while waiting and waiting[0] * len(waiting) <= room:
        room -= waiting.pop(0)
    return room // len(waiting) if waiting else max(longest, default=_NARROWEST) + _NARROWEST


def _line(mark: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return f"{mark} {' | '.join(padded)}".rstrip()


def _cut(text: str, limit: int) -> str:
    if _width(text) <= limit:
        return text
    before, arrow, after = text.partition(_ARROW)
    if arrow:  # both sides of a change are worth seeing
        half = max((limit - len(_ARROW)) // 2, 2)
        return f"{_cut(before, half)}{_ARROW}{_cut(after, half)}"
    room, kept = limit - 1, ""
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        kept += character
    return f"{kept}…"


def _width(text: str) -> int:
    """How many places the text takes on a terminal."""
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
