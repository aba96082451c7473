"""How far the constructs of a query reach; `[` and `]` show it in the text."""

from __future__ import annotations

import pytest

from hansa.sql.coverage import Obligation
from hansa.sql.coverage.extents import Extent, Extents

CASES = {
    "a condition before AND": ("where", "select 1 from t where [a = 1] and b"),
    "a condition after AND": ("where", "select 1 from t where a = 1 and [b <> 'x)'] group by 1"),
    "a condition inside brackets": ("where", "select 1 from t where (a or [b in (1, 2)])"),
    "BETWEEN has an AND of its own": ("range", "select 1 from t where [a between 1 and 2] and b"),
    "IS DISTINCT FROM is no clause": ("where", "select 1 from t where [a is distinct from b]"),
    "LEFT as a function": ("where", "select 1 from t where [left(a, 2) = right(b, 2)] or c"),
    "a CASE inside": ("where", "select 1 from t where [case when a and b then 1 end = 1] and c"),
    "the arm of a CASE": ("case", "select case [when a and b then f(1, 2)] when c then 2 end"),
    "an arm with a CASE inside": (
        "case",
        "select case [when a then case when b then 1 else 2 end] else 3 end",
    ),
    "ELSE": ("case", "select case when a then 1 [else case when b then 2 end] end as x"),
    "an implicit ELSE": ("case", "select case when a then 1 [end] as x"),
    "IF": ("case", "select [if(a, (b), 'c')], d"),
    "a call": ("coalesce", "select 1 + [coalesce(a, (b), 'c)')] + 2"),
    "an aggregate with FILTER": ("aggregate", "select [sum(a) filter (where b)] as x"),
    "a window": ("window", "select [row_number() over (partition by a order by b)] as x"),
    "a named window": ("window", "select [rank() over w] from t window w as (order by a)"),
    "a condition in the list": ("boolean", "select [a > 1] as big, b"),
    "its AND and OR": ("boolean", "select coalesce([a and b or not c], true) as big, b"),
    "EXISTS": ("subquery", "select 1 where [exists (select 1 from t where x)] and b"),
    "GROUP BY": ("group", "select 1 from t [group by a, f(b)] having c"),
    "LIMIT": ("limit", "select 1 from t [limit 10] offset 5"),
    "DISTINCT": ("distinct", "select [distinct] a from t"),
    "a branch": ("set", "select 1 union all [select] 2"),
    "a join": ("join", "select 1 from a left [join b as c] on a.x = c.x where d"),
    "a table after a comma": ("join", "select 1 from a, [b c], d"),
    "lines and comments": ("where", "select 1 -- a\nfrom t\nwhere [é -- b\n  = 'é\n'] and c"),
    "to the end": ("where", "select 1 from t where [a = 1]"),
}


@pytest.mark.parametrize(("kind", "marked"), CASES.values(), ids=CASES.keys())
def test_a_construct_reaches_to_its_last_character(kind: str, marked: str) -> None:
    start = marked.index("[")
    text = marked.replace("[", "").replace("]", "")
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1

    extent = Extents(text, "duckdb").of(Obligation(line, column, kind, ""))

    assert extent == Extent(start, marked.index("]") - 1)


@pytest.mark.parametrize(("line", "column"), [(1, 7), (1, 99), (7, 1), (0, 0)])
def test_a_place_without_a_word_is_no_error(line: int, column: int) -> None:
    text = "select 1"

    extent = Extents(text, "duckdb").of(Obligation(line, column, "where", "true"))

    assert 0 <= extent.start <= extent.end <= len(text)


def test_text_that_has_no_words_is_no_error() -> None:
    extent = Extents("select 'a", "duckdb").of(Obligation(1, 8, "query", "measured"))

    assert extent == Extent(7, 8)
