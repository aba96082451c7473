"""Types written as DDL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hansa.core.datatype import DataType, Family
from hansa.sql.identifiers import quote

if TYPE_CHECKING:
    from sqlglot import exp

_DUCKDB_INTEGERS = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT", 128: "HUGEINT"}
_DUCKDB_TIMESTAMPS = {0: "TIMESTAMP_S", 3: "TIMESTAMP_MS", 9: "TIMESTAMP_NS"}
_DUCKDB_NAMES = {
    Family.BOOLEAN: "BOOLEAN",
    Family.STRING: "VARCHAR",
    Family.BINARY: "BLOB",
    Family.DATE: "DATE",
    Family.INTERVAL: "INTERVAL",
    Family.UUID: "UUID",
    Family.JSON: "JSON",
}


def write_duckdb(kind: DataType) -> str:
    """The type as DuckDB describes it: aliases resolved, lengths of texts left out."""
    match kind.family:
        case Family.INTEGER:
            name = _DUCKDB_INTEGERS[kind.bits or 32]
            return name if kind.signed else f"U{name}"
        case Family.FLOAT:
            return "FLOAT" if kind.bits == 32 else "DOUBLE"
        case Family.DECIMAL:
            precision = 18 if kind.precision is None else kind.precision
            scale = kind.scale if kind.scale is not None else (3 if kind.precision is None else 0)
            return f"DECIMAL({precision},{scale})"
        case Family.TIME:
            return _duckdb_time(kind)
        case Family.TIMESTAMP:
            return _duckdb_timestamp(kind)
        case Family.ARRAY:
            return f"{write_duckdb(kind.items[0])}[{kind.length or ''}]"
        case Family.MAP:
            return f"MAP({', '.join(map(write_duckdb, kind.items))})"
        case Family.STRUCT:
            return f"STRUCT({_duckdb_fields(kind)})"
        case Family.OTHER:
            return f"UNION({_duckdb_fields(kind)})" if kind.fields else _upper_word(kind.name)
        case _:
            return _DUCKDB_NAMES[kind.family]


def _duckdb_time(kind: DataType) -> str:
    if kind.timezone:
        return "TIME WITH TIME ZONE"
    return "TIME_NS" if (kind.precision or 0) > 6 else "TIME"


def _duckdb_timestamp(kind: DataType) -> str:
    if kind.timezone:
        return "TIMESTAMPTZ_NS" if kind.precision == 9 else "TIMESTAMP WITH TIME ZONE"
    return _DUCKDB_TIMESTAMPS.get(-1 if kind.precision is None else kind.precision, "TIMESTAMP")


def _duckdb_fields(kind: DataType) -> str:
    return ", ".join(
        f"{quote(name, 'duckdb')} {write_duckdb(field)}" for name, field in kind.fields
    )


def _upper_word(name: str | None) -> str:
    word, parenthesis, rest = (name or "").partition("(")
    return f"{word.upper()}{parenthesis}{rest}"


def write_foreign(kind: DataType, dialect: str) -> str:
    """The type in the words of a dialect other than DuckDB, through the SQL library's tables."""
    if kind.family is Family.OTHER and not kind.fields:
        return _upper_word(kind.name)
    return str(_tree(kind, dialect).sql(dialect=dialect))


_TREE_NAMES = {
    Family.BOOLEAN: "BOOLEAN",
    Family.DATE: "DATE",
    Family.INTERVAL: "INTERVAL",
    Family.UUID: "UUID",
    Family.JSON: "JSON",
}
_TREE_INTEGERS = {8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT", 128: "INT128"}


def _tree(kind: DataType, dialect: str) -> exp.DataType:
    from sqlglot import exp

    name, arguments = _name_and_arguments(kind)
    expressions: list[Any] = [
        exp.DataTypeParam(this=exp.Literal.number(argument)) for argument in arguments
    ]
    expressions += [_tree(item, dialect) for item in kind.items]
    expressions += [
        exp.ColumnDef(this=exp.to_identifier(field, quoted=True), kind=_tree(type_, dialect))
        for field, type_ in kind.fields
    ]
    return exp.DataType(
        this=exp.DType[name], expressions=expressions, nested=bool(kind.items or kind.fields)
    )


def _name_and_arguments(kind: DataType) -> tuple[str, list[int]]:
    match kind.family:
        case Family.INTEGER:
            return ("" if kind.signed else "U") + _TREE_INTEGERS[kind.bits or 32], []
        case Family.FLOAT:
            return ("FLOAT" if kind.bits == 32 else "DOUBLE"), []
        case Family.DECIMAL:
            return "DECIMAL", [part for part in (kind.precision, kind.scale) if part is not None]
        case Family.STRING if kind.length is None:
            return "TEXT", []
        case Family.STRING:
            return ("CHAR" if kind.fixed else "VARCHAR"), [kind.length or 0]
        case Family.BINARY:
            return "VARBINARY", [] if kind.length is None else [kind.length]
        case Family.TIME:
            return ("TIMETZ" if kind.timezone else "TIME"), _precision(kind)
        case Family.TIMESTAMP:
            return ("TIMESTAMPTZ" if kind.timezone else "TIMESTAMPNTZ"), _precision(kind)
        case Family.ARRAY | Family.MAP | Family.STRUCT:
            return kind.family.name, []
        case Family.OTHER:
            return "UNION", []
        case Family.JSON if kind.name == "jsonb":
            return "JSONB", []
        case _:
            return _TREE_NAMES[kind.family], []


def _precision(kind: DataType) -> list[int]:
    return [] if kind.precision is None else [kind.precision]
