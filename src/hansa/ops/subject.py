"""What a question about impact is about: a table or a column, as SQL names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hansa.core.contract import Contract
from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput
from hansa.ops.lineage import Reach, column_reach, whole_reach
from hansa.ops.workspace import Workspace


class NoSuchTable(InvalidInput):
    """A question about impact names no table that the product has or reads."""

    slug = "no-such-table"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.hint = did_you_mean(name, known) or "write TABLE or TABLE.COLUMN, as SQL names them"

    def __str__(self) -> str:
        return f"there is no table `{self.name}` in this product or its inputs"


class NoSuchColumn(InvalidInput):
    """A question about impact names a column that its table does not have."""

    slug = "no-such-column"

    def __init__(self, table: str, name: str, known: Sequence[str]) -> None:
        self.table = table
        self.name = name
        columns = ", ".join(f"`{column}`" for column in known) or "not known"
        self.hint = did_you_mean(name, known) or f"its columns are: {columns}"

    def __str__(self) -> str:
        return f"`{self.table}` has no column `{self.name}`"


@dataclass(frozen=True, slots=True)
class Subject:
    """A table, or one of its columns, that a change would concern; `str` is as SQL names it."""

    input: Input
    columns: tuple[str, ...]
    column: str | None = None

    @property
    def starts(self) -> Mapping[Input, Reach]:
        """Where following the change starts."""
        name = str(self.input)
        if self.column is None:
            return {self.input: whole_reach(name, self.columns)}
        return {self.input: column_reach(name, [self.column])}

    def __str__(self) -> str:
        return f"{self.input}.{self.column}" if self.column else str(self.input)


def find_subject(text: str, workspace: Workspace, contracts: Sequence[Contract]) -> Subject:
    """The subject that `TABLE` or `TABLE.COLUMN` names; letter case may differ.

    A table is a model, a source's table or a required product's one. `contracts` list public
    columns that the SQL need not have any more. Raises NoSuchTable or NoSuchColumn.
    """
    tables = _known_tables(workspace, contracts)
    names = {str(entry).casefold(): entry for entry in reversed(tables)}
    parts = text.split(".")
    for count in range(min(len(parts), 2), 0, -1):
        entry = names.get(".".join(parts[:count]).casefold())
        if entry is None:
            continue
        columns = tables[entry]
        wanted = ".".join(parts[count:])
        if not wanted:
            return Subject(entry, columns)
        matching = [name for name in columns if name.casefold() == wanted.casefold()]
        if not matching:
            raise NoSuchColumn(str(entry), wanted, columns)
        return Subject(entry, columns, wanted if wanted in matching else matching[0])
    raise NoSuchTable(text, [str(entry) for entry in tables])


def _known_tables(
    workspace: Workspace, contracts: Sequence[Contract]
) -> dict[Input, tuple[str, ...]]:
    """Every relation that may be asked about, models first, with its columns."""
    product, facts = workspace.product, workspace.facts
    tables: dict[Input, tuple[str, ...]] = {}
    for name, model in facts.models.items():
        tables[Input(InputKind.MODEL, name)] = model.schema.names if model.schema else ()
    for contract in contracts:
        for table in contract.tables:
            entry = Input(InputKind.MODEL, table.name)
            declared = (column.name for column in table.columns)
            tables[entry] = tuple(dict.fromkeys((*tables.get(entry, ()), *declared)))
    for group, sources in product.sources.items():
        for source in sources.values():
            entry = Input(InputKind.SOURCE, source.name, group)
            tables[entry] = source.schema.names if source.schema else _columns_read(entry, facts)
    for group, interface in workspace.interfaces.items():
        for required, schema in interface.tables.items():
            tables[Input(InputKind.REQUIRED, required, group)] = schema.names
    return tables


def _columns_read(entry: Input, facts: ProductFacts) -> tuple[str, ...]:
    """Of a relation that declares no columns: those that some model reads."""
    found = {
        origin.column
        for model in facts.models.values()
        for origins in (*model.lineage.values(), model.row_origins)
        for origin in origins
        if origin.input == entry
    }
    return tuple(sorted(found))
