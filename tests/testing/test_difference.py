"""Differences as text that a person can read."""

from __future__ import annotations

import pytest

from hansa.testing.difference import (
    ChangedRow,
    Difference,
    describe_difference,
    format_difference,
    pair_rows,
)


def _marks(missing, unexpected):
    return [[[a == b for a, b in zip(m, u, strict=True)] for u in unexpected] for m in missing]


FLIGHTS = Difference(
    ("carrier", "flight", "late"),
    (("WN", "9", None),),
    (("DL", "3", ""),),
    (ChangedRow(("AA", "2", "false"), ("AA", "2", "true"), (False, False, True)),),
    1,
)

LEGEND = "~ expected → actual, - missing, + unexpected"


@pytest.mark.parametrize(
    ("difference", "width", "lines"),
    [
        (
            FLIGHTS,
            100,
            [
                LEGEND,
                "  carrier | flight | late",
                "~ AA      | 2      | false → true",
                "- WN      | 9      | NULL",
                "+ DL      | 3      | ''",
            ],
        ),
        (
            Difference(("a",), (("1",), ("2",))),
            100,
            [LEGEND, "  a", "- 1", "- 2"],
        ),
        (
            Difference(("a", "b"), (("line\nbreak\x1b[31m", " padded"),), (("日本", "NULL"),)),
            100,
            [
                LEGEND,
                "  a                   | b",
                "- line\\nbreak\\x1b[31m | ' padded'",
                "+ 日本                | 'NULL'",
            ],
        ),
        (
            Difference(
                ("key", "note", "value"),
                (),
                (),
                (
                    ChangedRow(
                        ("1", "n" * 40, "o" * 40), ("1", "n" * 40, "p" * 40), (False, False, True)
                    ),
                ),
            ),
            60,
            [
                LEGEND,
                "  key | value                                           | …",
                "~ 1   | ooooooooooooooooooooo… → ppppppppppppppppppppp… | …",
            ],
        ),
        (
            Difference(
                ("key", "a", "b", "c", "late"),
                (),
                (),
                (
                    ChangedRow(
                        ("1", "a" * 20, "b" * 20, "c" * 20, "false"),
                        ("1", "a" * 20, "b" * 20, "c" * 20, "true"),
                        (False, False, False, False, True),
                    ),
                ),
            ),
            36,
            [
                LEGEND,
                "  key | late         | …",
                "~ 1   | false → true | …",
            ],
        ),
    ],
)
def test_a_difference_as_lines(difference, width, lines):
    assert format_difference(difference, width) == lines


@pytest.mark.parametrize("width", [1, 10, 20, 40, 80, 200])
@pytest.mark.parametrize("changed", range(6))
def test_the_changed_column_is_shown_at_any_width(width, changed):
    cells = tuple(f"value{at}" * 4 for at in range(6))
    other = tuple("X" * 20 if at == changed else cell for at, cell in enumerate(cells))
    marks = tuple(at == changed for at in range(6))
    names = tuple("abcdef")
    lines = format_difference(Difference(names, (), (), (ChangedRow(cells, other, marks),)), width)
    assert names[changed] in lines[1]
    assert " → " in lines[2]
    assert max(map(len, lines[1:])) <= max(width, 24)


def test_many_rows_are_cut():
    difference = Difference(("a",), tuple((str(number),) for number in range(50)))
    lines = format_difference(difference)
    assert len(lines) == 23
    assert lines[-1] == "… and 30 more rows"


def test_rows_are_paired_by_what_names_them():
    # `UA` names few rows and `true` many, so rows meet by carrier.
    missing = [("UA", "1", "true"), ("AA", "2", "true"), ("DL", "3", "true")]
    unexpected = [("AA", "2", "false"), ("UA", "9", "true"), ("XX", "8", "false")]
    found = pair_rows(("c", "f", "late"), missing, unexpected, _marks(missing, unexpected), 0)
    assert found == Difference(
        ("c", "f", "late"),
        (missing[2],),
        (unexpected[2],),
        (
            ChangedRow(missing[0], unexpected[1], (False, True, False)),
            ChangedRow(missing[1], unexpected[0], (False, False, True)),
        ),
    )


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Difference(("a",)), "no row differs"),
        (Difference(("a",), (("1",),)), "1 row missing"),
        (FLIGHTS, "1 row changed, 1 missing, 1 unexpected"),
        (Difference(("a",), (), (("1",), ("2",))), "2 rows unexpected"),
    ],
)
def test_a_difference_in_one_sentence(difference, text):
    assert describe_difference(difference) == text
