"""Tables of a contract from CREATE TABLE statements in any dialect."""

from __future__ import annotations

from collections.abc import Sequence

from hansa.core.contract import Bounds, ContractColumn, ContractTable, Relationship
from hansa.errors import Place
from hansa.projects.exchange.imported import Imported, ImportReader, typed
from hansa.projects.yaml_document import YamlInvalid, decode_text
from hansa.sql.ddl import DdlColumn, DdlForeignKey, DdlTable, read_ddl
from hansa.sql.parse import SqlInvalid


def import_ddl(data: bytes, file: str, dialect: str, written_in: str) -> Imported:
    """The tables that a script in the dialect `written_in` creates, their types in `dialect`.

    Raises ImportInvalid, and UnknownDialect.
    """
    reader = ImportReader(file)
    try:
        found = read_ddl(decode_text(data, file), written_in, file)
    except YamlInvalid as problem:
        reader.report(problem.rule, problem.place, problem.message, problem.hint)
        return reader.result(())
    except SqlInvalid as error:
        reader.report("sql_invalid", error.place or Place(file), str(error), error.hint)
        return reader.result(())
    for one in found.problems:
        if one.rule:
            reader.report(one.rule, one.place, one.message, one.hint)
        else:
            reader.leave(one.place, one.message, one.hint)
    return reader.result([_table(table, found.tables, reader, dialect) for table in found.tables])


def _table(
    found: DdlTable, every: Sequence[DdlTable], reader: ImportReader, dialect: str
) -> ContractTable:
    for name in found.primary_key:
        if found.column(name) is None:
            message = f"the primary key of `{found.name}` names `{name}`, which is no column"
            reader.report("unknown_column", found.place, message)
    keys = [_resolved(key, found, every, reader) for key in found.foreign_keys]
    known = [key for key in keys if key is not None]
    position = {name.casefold(): at for at, name in enumerate(found.primary_key, start=1)}
    return ContractTable(
        found.name,
        tuple(
            _column(column, position.get(column.name.casefold()), known, dialect)
            for column in found.columns
        ),
        kind="table",
        description=found.comment or None,
        relationships=tuple(key for key in known if len(key.columns) > 1),
        place=found.place,
    )


def _column(
    found: DdlColumn, position: int | None, keys: Sequence[Relationship], dialect: str
) -> ContractColumn:
    column = ContractColumn(
        found.name,
        required=found.required or position is not None,
        unique=found.unique,
        key_position=position,
        enum=found.enum,
        bounds=Bounds(**found.limits),  # type: ignore[arg-type]
        description=found.comment or None,
        relationships=tuple(key for key in keys if key.columns == (found.name,)),
        place=found.place,
    )
    return typed(column, found.type, dialect)


def _resolved(
    key: DdlForeignKey, table: DdlTable, every: Sequence[DdlTable], reader: ImportReader
) -> Relationship | None:
    """The key with its names as the tables write them; None when a table is not here."""
    other = next((one for one in every if one.name.casefold() == key.to_table.casefold()), None)
    if other is None:
        message = f"the foreign key of `{table.name}` leads to `{key.to_table}`, which is not here"
        reader.leave(key.place, message, "import both tables, or add the relationship by hand")
        return None
    wanted = key.to_columns or other.primary_key
    here = [table.column(name) for name in key.columns]
    there = [other.column(name) for name in wanted]
    if None in here or None in there or len(here) != len(there):
        message = f"the foreign key of `{table.name}` names columns that are not there"
        reader.report("unknown_column", key.place, message)
        return None
    return Relationship(
        tuple(column.name for column in here if column),
        other.name,
        tuple(column.name for column in there if column),
    )
