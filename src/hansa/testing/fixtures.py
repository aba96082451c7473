"""Given rows made into typed tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hansa.core.datatype import DataType, Family
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import DIALECT, Sandbox, SandboxError
from hansa.errors import Place
from hansa.sql.identifiers import quote, quote_path
from hansa.sql.types import type_sql
from hansa.testing.errors import (
    FixtureColumnsUnknown,
    FixtureColumnTwice,
    FixtureColumnUnknown,
    FixtureValueInvalid,
)
from hansa.testing.values import cast_of, kind_of_values, misfits, text_of_value, type_of_kind


@dataclass(frozen=True, slots=True)
class GivenRows:
    """Rows for one input, and how to name them: `owner` is a test or a file, `input` the table."""

    owner: str
    input: str
    rows: tuple[Mapping[str, Any], ...] = ()
    place: Place | None = None
    row_places: tuple[Place, ...] = ()
    cell_places: tuple[Mapping[str, Place], ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    def subject(self, row: int) -> str:
        return f"{self.owner}: row {row + 1} of `{self.input}`"

    def row_place(self, row: int) -> Place | None:
        return self.row_places[row] if row < len(self.row_places) else self.place

    def cell_place(self, row: int, column: str) -> Place | None:
        """Where a value stands; the row's place in files that have no places of their own."""
        cells = self.cell_places[row] if row < len(self.cell_places) else {}
        folded = column.casefold()
        found = next((place for name, place in cells.items() if name.casefold() == folded), None)
        return found or self.row_place(row)

    def kind_of(self, column: str) -> str | None:
        """What the file that the rows are from says of a column's type."""
        return self.types.get(column)


@dataclass(frozen=True, slots=True)
class FixtureTable:
    """A table before it is stored: columns, DuckDB's words for their types, texts by column."""

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    texts: tuple[tuple[str | None, ...], ...]

    def select(self) -> str:
        """The rows as a SELECT with one parameter a column."""
        casts = (
            f"{cast_of('unnest(?::VARCHAR[])', kind)} AS {quote(name, DIALECT)}"
            for name, kind in zip(self.columns, self.kinds, strict=True)
        )
        return f"SELECT {', '.join(casts)}"

    def parameters(self) -> list[list[str | None]]:
        return [list(column) for column in self.texts]


def kind_of_type(datatype: DataType) -> str:
    """DuckDB's word for a type; a decimal without limits gets as many digits as there can be."""
    if datatype.family is Family.DECIMAL and datatype.precision is None:
        return "DECIMAL(38,9)"
    return type_sql(datatype, DIALECT)


def build_table(
    given: GivenRows, schema: TableSchema | None, *, lenient: bool = False
) -> FixtureTable:
    """The given rows as a table of that schema; what a row leaves out is NULL.

    Without a schema the columns are those of the rows, typed by their values. Raises
    FixtureColumnUnknown, FixtureColumnTwice, FixtureValueInvalid or FixtureColumnsUnknown,
    with the row's place. `lenient` drops columns that the schema does not have.
    """
    known = schema or _schema_of_rows(given)
    if not known.columns:
        raise FixtureColumnsUnknown(given.owner, given.input, given.place)
    rows = [_by_column(given, number, known, lenient) for number in range(len(given.rows))]
    kinds, texts = [], []
    for column in known.columns:
        values = [row.get(column.name) for row in rows]
        kind = given.kind_of(column.name) or kind_of_values(values)
        if column.type.is_known:
            kind = kind_of_type(column.type)
        _check_values(given, column.name, values, kind)
        kinds.append(kind)
        texts.append(tuple(text_of_value(value, kind) for value in values))
    return FixtureTable(known.names, tuple(kinds), tuple(texts))


def store_table(
    sandbox: Sandbox, path: Sequence[str], table: FixtureTable, given: GivenRows
) -> None:
    """Create the table. Raises FixtureValueInvalid for the first value that DuckDB refuses."""
    try:
        sandbox.execute(
            f"CREATE TABLE {quote_path(path, DIALECT)} AS {table.select()}", table.parameters()
        )
    except SandboxError:
        _raise_first_refused(sandbox, table, given)
        raise


def contract_warnings(given: GivenRows, schema: TableSchema) -> tuple[Diagnostic, ...]:
    """What the rows say that real data of this schema cannot: written NULLs, repeated keys.

    A column that a row leaves out is no finding: tests say only what matters to them.
    """
    rows = [_by_column(given, number, schema, True) for number in range(len(given.rows))]
    findings = [
        warn(
            given,
            number,
            "fixture_null",
            f"`{column.name}` is NULL, but it is required",
            column.name,
        )
        for number, row in enumerate(rows)
        for column in schema.columns
        if not column.nullable and column.name in row and row[column.name] is None
    ]
    for key in sorted(sorted(names) for names in schema.keys):
        findings += _repeated_keys(given, rows, key)
    return tuple(findings)


def _repeated_keys(
    given: GivenRows, rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> Iterable[Diagnostic]:
    first_rows: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows):
        values = tuple(str(row[name]) for name in key if row.get(name) is not None)
        if len(values) < len(key):
            continue
        first = first_rows.setdefault(values, number)
        if first != number:
            names = ", ".join(f"`{name}`" for name in key)
            message = f"repeats the key {names} of row {first + 1}"
            yield warn(given, number, "fixture_key_repeated", message)


def warn(
    given: GivenRows, row: int, rule: str, message: str, column: str | None = None
) -> Diagnostic:
    """A finding about a given row, at the value where a column is named."""
    return Diagnostic(
        rule,
        f"{given.subject(row)}: {message}",
        hint="give rows that the input's contract allows",
        place=given.row_place(row) if column is None else given.cell_place(row, column),
        severity=Severity.WARNING,
        table=given.input,
        column=column,
    )


def _schema_of_rows(given: GivenRows) -> TableSchema:
    names = dict.fromkeys([*given.types, *(name for row in given.rows for name in row)])
    return TableSchema(tuple(Column(name) for name in names))


def _by_column(given: GivenRows, number: int, schema: TableSchema, lenient: bool) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in given.rows[number].items():
        column = schema.column(name)
        if column is None:
            if lenient:
                continue
            raise FixtureColumnUnknown(
                given.subject(number), name, schema.names, given.cell_place(number, name)
            )
        if column.name in row:
            place = given.cell_place(number, name)
            raise FixtureColumnTwice(given.subject(number), column.name, place)
        row[column.name] = value
    return row


def _check_values(given: GivenRows, name: str, values: Sequence[Any], kind: str) -> None:
    datatype = type_of_kind(kind)
    for number, value in enumerate(values):
        if misfits(value, datatype):
            raise _invalid(given, number, name, str(value), kind)


def _raise_first_refused(sandbox: Sandbox, table: FixtureTable, given: GivenRows) -> None:
    columns = zip(table.columns, table.kinds, table.texts, strict=True)
    for name, kind, texts in columns:
        attempt = cast_of("value", kind, attempt=True)
        answer = sandbox.query(
            f"SELECT value IS NOT NULL AND ({attempt}) IS NULL "
            "FROM (SELECT unnest(?::VARCHAR[]) AS value)",
            [list(texts)],
        )
        for number, (refused,) in enumerate(answer.rows):
            if refused:
                raise _invalid(given, number, name, texts[number] or "", kind)


def _invalid(given: GivenRows, row: int, column: str, value: str, kind: str) -> FixtureValueInvalid:
    datatype = type_of_kind(kind)
    shown = datatype if datatype.is_known else kind.lower()
    place = given.cell_place(row, column)
    return FixtureValueInvalid(given.subject(row), column, value, shown, place)
