"""Expressions over names: what they match, and where they are wrong."""

from __future__ import annotations

from itertools import product as combinations

import pytest

from hansa.testing.name_expression import NameExpressionInvalid, parse_name_expression

NAMES = ("late_flights_of_UA", "fct_flights")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("late", True),
        ("LATE", True),
        ("_ua", True),
        ("fct", True),
        ("early", False),
        ("not early", True),
        ("NOT late", False),
        ("late and fct", True),
        ("late and early", False),
        ("early or fct", True),
        ("not (early or late)", False),
        ("not early and late", True),
        ("not not late", True),
        # `and` binds closer than `or`
        ("late or early and early", True),
        ("(late or early) and early", False),
        ("notable", False),
        ("  late  ", True),
        ("late-x or[1]", None),
    ],
)
def test_an_expression_matches_parts_of_names(text, matches):
    if matches is None:
        with pytest.raises(NameExpressionInvalid):
            parse_name_expression(text)
        return
    assert parse_name_expression(text).matches(NAMES) is matches


@pytest.mark.parametrize("values", list(combinations([True, False], repeat=3)))
def test_it_means_what_python_means(values):
    names = [name for name, value in zip(("aa", "bb", "cc"), values, strict=True) if value]
    aa, bb, cc = values
    for text in ("aa and not bb or cc", "not aa or bb and not cc", "not (aa and (bb or cc))"):
        expected = eval(text, {"aa": aa, "bb": bb, "cc": cc})  # noqa: S307
        assert parse_name_expression(text).matches(names) is expected


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("", 1, "a part of a name belongs here"),
        ("late and", 9, "a part of a name belongs here"),
        ("and late", 1, "a part of a name belongs here"),
        ("late not", 6, "`and` or `or` is missing here"),
        ("late early", 6, "`and` or `or` is missing here"),
        ("(late", 1, "this `(` is never closed"),
        ("(late early)", 7, "`and` or `or` is missing here"),
        ("late)", 5, "no `(` belongs to this `)`"),
        ("a or ()", 7, "a part of a name belongs here"),
        ("(" * 200 + "a", 51, "it is nested too deeply"),
        ("not " * 200 + "a", 201, "it is nested too deeply"),
    ],
)
def test_a_wrong_expression_is_told_at_its_character(text, column, reason):
    with pytest.raises(NameExpressionInvalid) as caught:
        parse_name_expression(text)
    assert (caught.value.column, caught.value.reason) == (column, reason)
