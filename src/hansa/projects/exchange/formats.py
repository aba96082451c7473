"""The forms that contracts are imported from, and how a file's form is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput, Place
from hansa.projects.exchange.avro_import import import_avro
from hansa.projects.exchange.dbt_import import import_dbt
from hansa.projects.exchange.ddl_import import import_ddl
from hansa.projects.exchange.imported import Imported
from hansa.projects.exchange.jsonschema_import import import_jsonschema

IMPORT_FORMATS = ("dbt", "jsonschema", "sql", "avro")
_SUFFIXES = {
    ".yml": "dbt",
    ".yaml": "dbt",
    ".json": "jsonschema",
    ".sql": "sql",
    ".ddl": "sql",
    ".avsc": "avro",
}


class UnknownImportFormat(InvalidInput):
    """A contract was to be imported from a form that does not exist, or that nothing tells."""

    slug = "unknown-import-format"

    def __init__(self, name: str | None, file: str) -> None:
        super().__init__(name, file)
        self.name = name
        self.file = file
        every = "name one with `--from`: " + ", ".join(IMPORT_FORMATS)
        self.hint = (did_you_mean(name, IMPORT_FORMATS) if name else None) or every
        self.place = Place(file)

    def __str__(self) -> str:
        if self.name:
            return f"`{self.name}` is not a form that contracts are imported from"
        return "the file's name does not tell its form"


class TableNotImported(InvalidInput):
    """A table was asked for that the file does not describe."""

    slug = "table-not-imported"

    def __init__(self, table: str, known: Sequence[str], file: str) -> None:
        super().__init__(table, file)
        self.table = table
        self.place = Place(file)
        self.hint = did_you_mean(table, known) or "the tables are " + ", ".join(known)

    def __str__(self) -> str:
        return f"the file describes no table `{self.table}`"


def import_tables(
    data: bytes, file: str, form: str | None, dialect: str, written_in: str
) -> Imported:
    """The tables of a file in that form; without one, the file's name tells.

    `written_in` is the dialect of the file's own types, `dialect` the product's. Raises
    UnknownImportFormat and ImportInvalid.
    """
    found = form or _SUFFIXES.get(PurePosixPath(file).suffix.lower())
    match found:
        case "jsonschema":
            return import_jsonschema(data, file, dialect)
        case "avro":
            return import_avro(data, file, dialect)
        case "sql":
            return import_ddl(data, file, dialect, written_in)
        case "dbt":
            return import_dbt(data, file, dialect, written_in)
        case _:
            raise UnknownImportFormat(form, file)


def chosen(imported: Imported, tables: Sequence[str], file: str) -> Imported:
    """Only those tables; all without any. Raises TableNotImported."""
    known = [table.name for table in imported.tables]
    for name in tables:
        if name not in known:
            raise TableNotImported(name, known, file)
    if not tables:
        return imported
    kept = tuple(table for table in imported.tables if table.name in tables)
    return replace(imported, tables=kept)
