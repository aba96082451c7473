"""Which lines of which models are new since an older version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.testing import changed_lines
from hansa.testing.changed_lines import ChangedFile, find_changes, line_ranges, new_lines

TEXT = "select\n    a,\n    b\nfrom t\n"
TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8).map("\n".join)
CASES = {
    "nothing": (TEXT, TEXT, set()),
    "one line changed": (TEXT, TEXT.replace("b", "c"), {3}),
    "one line added": (TEXT, TEXT.replace("    b", "    c,\n    b"), {3}),
    "a line removed": (TEXT, TEXT.replace("    a,\n", ""), set()),
    "lines that moved": (TEXT, "-- why\n\n" + TEXT, {1, 2}),
    "other line ends": (TEXT, TEXT.replace("\n", "\r\n"), set()),
    "no line end at the end": (TEXT, TEXT[:-1], set()),
    "a new file": ("", TEXT, {1, 2, 3, 4}),
    "many equal lines": ("x\n" * 500, "x\n" * 250 + "y\n" + "x\n" * 250, {251}),
}


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES.keys())
def test_lines_that_the_older_text_lacks(old: str, new: str, expected: set[int]) -> None:
    assert new_lines(old, new) == expected


@given(TEXTS, TEXTS)
def test_without_the_new_lines_the_old_text_has_all_others_in_their_order(
    old: str, new: str
) -> None:
    changed = new_lines(old, new)
    kept = [line for number, line in enumerate(new.split("\n"), 1) if number not in changed]
    if not kept[-1:] or kept[-1] == "":
        kept = kept[:-1]
    rest = iter(old.split("\n"))
    assert all(line in rest for line in kept)


def test_ranges() -> None:
    assert line_ranges(frozenset({7, 1, 2, 3, 9, 8})) == ((1, 3), (7, 9))
    assert line_ranges(frozenset()) == ()


def test_a_file_that_moved_is_compared_with_where_it_was() -> None:
    old = {
        "models/a.sql": TEXT,
        "models/b.sql": "select x\nfrom y\n",
        "models/c.sql": "select 1\nfrom u\nwhere a\nand b\n",
        "models/gone.sql": "nothing\nlike\nit\n",
    }
    new = {
        "models/deep/a.sql": "select\n    q,\n    b\nfrom t2\n",  # its name
        "models/renamed.sql": old["models/b.sql"],  # its text
        "models/d.sql": "select 1\nfrom u\nwhere a\nand c\n",  # most of its lines
        "models/new.sql": "select 2",
    }

    assert find_changes(old, new) == (
        ChangedFile("models/d.sql", "models/c.sql", frozenset({4})),
        ChangedFile("models/deep/a.sql", "models/a.sql", frozenset({2, 4})),
        ChangedFile("models/new.sql", None, frozenset({1})),
    )


def test_the_most_alike_of_several_is_the_origin() -> None:
    lines = [f"line {number}" for number in range(10)]
    old = {"models/a.sql": "\n".join(lines[:6]), "models/b.sql": "\n".join(lines[:9])}

    (found,) = find_changes(old, {"models/c.sql": "\n".join(lines)})

    assert (found.old, found.lines) == ("models/b.sql", frozenset({10}))


def test_too_many_files_to_compare_count_as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed_lines, "_PAIRS_AT_MOST", 0)

    (found,) = find_changes({"models/a.sql": TEXT}, {"models/b.sql": TEXT + "limit 1"})

    assert (found.old, len(found.lines)) == (None, 5)
