"""A model's text cut where obligations start and end, for pages that mark them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from hansa.sql.coverage.extents import Extents
from hansa.testing.coverage import Coverage, Measured, ModelCoverage


@dataclass(frozen=True, slots=True)
class Mark:
    """All obligations that start at one place, and the stretch of text that they are about."""

    number: int
    start: int
    end: int
    outcomes: tuple[Measured, ...]

    @property
    def status(self) -> Coverage:
        """Met when all outcomes are; unmet when one is, although it could be measured."""
        found = {one.status for one in self.outcomes}
        for status in (Coverage.UNMET, Coverage.UNMEASURABLE):
            if status in found:
                return status
        return Coverage.MET

    @property
    def line(self) -> int:
        return self.outcomes[0].obligation.line

    @property
    def met(self) -> int:
        return sum(one.status is Coverage.MET for one in self.outcomes)


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that lies in the same marks, inner ones last; `begins` are those that start here."""

    text: str
    marks: tuple[Mark, ...]
    begins: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """One line of a model's text; the pieces' texts make the whole line."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def begins(self) -> tuple[Mark, ...]:
        """The marks that start on the line."""
        return tuple(mark for piece in self.pieces for mark in piece.begins)


def find_marks(model: ModelCoverage, extents: Extents) -> tuple[Mark, ...]:
    """The marks of a model in the order of its text, numbered from 1."""
    marks = []
    places = groupby(model.obligations, lambda one: (one.obligation.line, one.obligation.column))
    for number, (_, found) in enumerate(places, 1):
        outcomes = tuple(found)
        reached = [extents.of(one.obligation) for one in outcomes]
        end = max(extent.end for extent in reached)
        marks.append(Mark(number, reached[0].start, end, outcomes))
    return tuple(marks)


def mark_lines(text: str, marks: Sequence[Mark]) -> tuple[MarkedLine, ...]:
    """The lines of a text, each in pieces."""
    lines, offset = [], 0
    ahead = deque(sorted(marks, key=lambda mark: mark.start))
    here: list[Mark] = []
    for number, line in enumerate(text.split("\n"), 1):
        after = offset + len(line) + 1
        while ahead and ahead[0].start < after:
            here.append(ahead.popleft())
        here = [mark for mark in here if mark.end > offset]
        lines.append(MarkedLine(number, _pieces(line.rstrip("\r"), offset, here)))
        offset = after
    return tuple(lines)


def _pieces(line: str, offset: int, here: Sequence[Mark]) -> tuple[Piece, ...]:
    """A line, cut where the marks that touch it start and end."""
    # the blank before a line's first word belongs to no construct, however many lines it has
    indent = offset + len(line) - len(line.lstrip())
    end = offset + len(line)
    cuts = {offset, end}
    for mark in here:
        cuts |= {cut for cut in (max(mark.start, indent), mark.end) if offset < cut < end}
    edges = sorted(cuts)
    pieces = []
    for start, stop in zip(edges, [*edges[1:], end], strict=True):
        begins = tuple(mark for mark in here if mark.start == start)
        inside = tuple(
            mark for mark in here if max(mark.start, indent) <= start and stop <= mark.end
        )
        if start < stop or begins:
            pieces.append(Piece(line[start - offset : stop - offset], inside, begins))
    return tuple(pieces)
