"""Names and values that stay what they are inside SQL."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one
from sqlglot.dialects.dialect import Dialect, Dialects

from hansa.sql.dialects import DIALECTS
from hansa.sql.identifiers import UnusableName, literal, quote, quote_path

NAMES = ["a", "Two words", 'quo"te', "tick`s", "brack]et", "select", "größe", "back\\slash", "'"]
TEXTS = ["it's", "a\\b", "\\'", "x'; DROP TABLE y; --", '"', "line\nbreak"]
# Languages that are no SQL.
NOT_SQL = {"dax", ""}
PARSED_OTHERWISE = {"prql"}


def test_the_dialects_are_those_of_the_parser() -> None:
    assert {dialect.value for dialect in Dialects} - NOT_SQL == DIALECTS


@pytest.mark.parametrize("dialect", sorted(DIALECTS - PARSED_OTHERWISE))
@pytest.mark.parametrize("name", NAMES)
def test_a_quoted_name_is_read_as_that_name(name: str, dialect: str) -> None:
    tokens = Dialect.get_or_raise(dialect).tokenize(quote(name, dialect))
    if dialect == "bigquery" and ("`" in name or "\\" in name):
        # the parser keeps the escape that BigQuery reads
        assert len(tokens) == 1
    else:
        assert [token.text for token in tokens] == [name]


@pytest.mark.parametrize("dialect", sorted(DIALECTS - PARSED_OTHERWISE))
@pytest.mark.parametrize(
    "text", ["it's", "a\\b", "\\'", "x'; DROP TABLE y; --", '"', "line\nbreak"]
)
def test_a_text_literal_is_read_as_that_text(text: str, dialect: str) -> None:
    tokens = Dialect.get_or_raise(dialect).tokenize(literal(text, dialect))
    assert len(tokens) == 1
    node = parse_one(literal(text, dialect), dialect=dialect)
    assert isinstance(node, exp.Literal)
    assert node.is_string


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_duckdb_reads_back_every_name_and_text(text: str) -> None:
    name = quote(text, "duckdb")
    rows = duckdb.sql(f"SELECT {literal(text, 'duckdb')} AS {name}")
    assert (rows.columns, rows.fetchall()) == ([text], [(text,)])


@given(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.dates(date(1, 1, 1))
    | st.datetimes(datetime(1, 1, 1))
    | st.times()
    | st.decimals(-1000, 1000, places=3)
)
def test_duckdb_reads_back_every_value(value: object) -> None:
    text = literal(value, "duckdb")  # type: ignore[arg-type]
    found = duckdb.sql(f"SELECT {text}").fetchall()[0][0]
    assert found == value
    assert isinstance(found, type(value))


def test_values_as_text() -> None:
    values = [None, True, -3, 0.1, Decimal("1.50"), "it's", date(2024, 1, 2), time(3, 4)]
    assert [literal(value, "duckdb") for value in values] == [
        "NULL",
        "TRUE",
        "(-3)",
        "0.1e0",
        "1.50",
        "'it''s'",
        "CAST('2024-01-02' AS DATE)",
        "CAST('03:04:00' AS TIME)",
    ]
    instant = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert literal(instant, "duckdb") == "CAST('2024-01-02 03:04:05+00:00' AS TIMESTAMPTZ)"
    assert literal(instant, "spark") == "CAST('2024-01-02 03:04:05+00:00' AS TIMESTAMP)"
    assert literal(math.nan, "postgres") == "CAST('NaN' AS DOUBLE PRECISION)"
    assert literal(-math.inf, "duckdb") == "CAST('-Infinity' AS DOUBLE)"


def test_a_path_is_quoted_part_by_part() -> None:
    assert quote_path(("my db", "s.x", 'a"b'), "duckdb") == '"my db"."s.x"."a""b"'


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_name_that_cannot_be_quoted_is_refused(name: str) -> None:
    with pytest.raises(UnusableName) as caught:
        quote(name, "duckdb")
    assert str(caught.value) == f"{name!r} cannot be the name of anything in SQL"
