"""What an importer found in a file of another form: tables, and what it could not carry over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hansa.core.contract import ContractColumn, ContractTable
from hansa.core.datatype import UNKNOWN, DataType
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.errors import Place
from hansa.projects.contract_columns import UNSTATED
from hansa.projects.contract_tables import physical_type
from hansa.projects.decoding import Reader
from hansa.projects.errors import FilesInvalid
from hansa.projects.odcs_document import logical_type
from hansa.projects.yaml_document import Node

_MAX_VALUES = 20_000


class ImportInvalid(FilesInvalid):
    """A file cannot be imported."""

    slug = "import-invalid"


@dataclass(frozen=True, slots=True)
class Imported:
    """The tables of a file, their types in the words of the product's dialect.

    `notes` are warnings about what a contract has no words for, or the importer none.
    """

    tables: tuple[ContractTable, ...]
    notes: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class ImportReader(Reader):
    """One file under import: its problems, and beside them what is not carried over."""

    notes: list[Diagnostic] = field(default_factory=list)

    def leave(self, place: Node | Place, message: str, hint: str | None = None) -> None:
        """Note something that the contract will not say."""
        where = place if isinstance(place, Place) else self.place(place)
        self.notes.append(
            Diagnostic(
                rule="not_carried_over",
                message=message,
                hint=hint,
                place=where,
                severity=Severity.WARNING,
            )
        )

    def sized(self, kind: DataType, place: Node, what: str) -> DataType:
        """The type, unless it holds more values than anybody reads: types can use each other."""
        waiting, count = [kind], 0
        while waiting:
            current = waiting.pop()
            count += 1
            if count > _MAX_VALUES:
                message = f"the type of {what} holds more than {_MAX_VALUES:,} values"
                self.report("invalid_type", place, message, "import a part of it")
                return UNKNOWN
            waiting.extend(current.items)
            waiting.extend(inner for _, inner in current.fields)
        return kind

    def result(self, tables: Iterable[ContractTable]) -> Imported:
        """What was found; raises ImportInvalid when there were problems, or nothing was found."""
        kept = self._distinct(tables)
        if not kept and not self.findings:
            message = "the file describes no table"
            self.report("no_tables", Place(self.file), message, "name the file that does")
        if self.findings:
            raise ImportInvalid(sorted(self.findings, key=lambda one: one.place or Place("")))
        return Imported(kept, tuple(self.notes))

    def _distinct(self, tables: Iterable[ContractTable]) -> tuple[ContractTable, ...]:
        found: dict[str, ContractTable] = {}
        for table in tables:
            place = table.place or Place(self.file)
            if table.name.casefold() in found:
                message = f"the table `{table.name}` stands twice"
                self.report("duplicate_table", place, message, "keep one of them")
            found.setdefault(table.name.casefold(), self._with_distinct_columns(table))
        return tuple(found.values())

    def _with_distinct_columns(self, table: ContractTable) -> ContractTable:
        found: dict[str, ContractColumn] = {}
        for column in table.columns:
            if column.name.casefold() in found:
                message = f"the column `{column.name}` of `{table.name}` stands twice"
                place = column.place or Place(self.file)
                self.report("duplicate_column", place, message, "keep one of them")
            found.setdefault(column.name.casefold(), column)
        return replace(table, columns=tuple(found.values()))


def typed(column: ContractColumn, kind: DataType, dialect: str) -> ContractColumn:
    """The column with that type, as a contract of a product in that dialect says it."""
    text = physical_type(kind, dialect)
    if text is None:
        return replace(column, type=UNKNOWN, physical_type=UNSTATED)
    return replace(column, type=kind, physical_type=text, logical_type=logical_type(kind))


def table_name(text: str) -> str:
    """A text as the name of a table: lower case, with underscores for what no name has."""
    name = re.sub(r"\W+", "_", text.strip().lower()).strip("_")
    return f"t_{name}" if name[:1].isdigit() else name
