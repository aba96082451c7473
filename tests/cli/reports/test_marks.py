"""A model's text in pieces that know the marks they lie in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.cli.reports.samples import MET, UNMEASURABLE, UNMET, measured

from hansa.cli.reports.marks import Mark, mark_lines
from hansa.testing.coverage import Coverage

ONE = (measured(1, 1, "where", "true", "a"),)
TEXTS = st.text(alphabet="ab \t\r\n\u00e9", max_size=30)
STRETCHES = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=5)


def mark(number: int, start: int, end: int) -> Mark:
    return Mark(number, start, end, ONE)


def shown(text: str, *marks: Mark) -> list[list[tuple[str, list[int], list[int]]]]:
    """By line: text, numbers of the marks around it, numbers of those that begin."""
    return [
        [
            (piece.text, [one.number for one in piece.marks], [one.number for one in piece.begins])
            for piece in line.pieces
        ]
        for line in mark_lines(text, marks)
    ]


def test_marks_inside_marks_and_over_lines() -> None:
    text = "when a\r\n  and b = 1 then\n"

    assert shown(text, mark(1, 0, 19), mark(2, 14, 19)) == [
        [("when a", [1], [1])],
        [("  ", [], []), ("and ", [1], []), ("b = 1", [1, 2], [2]), (" then", [], [])],
        [],
    ]


def test_a_mark_at_the_end_of_a_line_is_there() -> None:
    assert shown("ab\nc", mark(1, 2, 3)) == [[("ab", [], []), ("", [1], [1])], [("c", [], [])]]


@given(TEXTS, STRETCHES)
def test_the_pieces_make_the_text_and_every_mark_begins_once(
    text: str, stretches: list[tuple[int, int]]
) -> None:
    marks = [
        mark(number, start, min(start + length, len(text)))
        for number, (start, length) in enumerate(sorted(stretches))
        if start < len(text) and text[start] not in " \t\r\n"
    ]

    lines = mark_lines(text, marks)

    found = ["".join(piece.text for piece in line.pieces) for line in lines]
    assert found == [line.rstrip("\r") for line in text.split("\n")]
    begun = [one.number for line in lines for one in line.begins]
    assert sorted(begun) == [one.number for one in marks]
    for line in lines:
        for piece in line.pieces:
            assert set(piece.begins) <= set(piece.marks)


def test_a_mark_is_as_bad_as_its_worst_outcome() -> None:
    def status(*statuses: Coverage) -> Coverage:
        outcomes = tuple(measured(1, 1, "where", "x", status=one) for one in statuses)
        return Mark(1, 0, 1, outcomes).status

    assert status(MET, MET) is MET
    assert status(MET, UNMEASURABLE) is UNMEASURABLE
    assert status(UNMEASURABLE, UNMET, MET) is UNMET
