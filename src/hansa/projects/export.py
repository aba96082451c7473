"""Contracts for other tools and readers: ODCS, JSON Schema, Avro, SQL DDL, Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hansa.core.contract import Contract
from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput
from hansa.projects.exchange.avro_export import avro_text
from hansa.projects.exchange.ddl_export import ddl_text
from hansa.projects.exchange.jsonschema_export import jsonschema_text
from hansa.projects.exchange.markdown_export import markdown_text
from hansa.projects.odcs_document import document_of, dump_yaml


class UnknownExportFormat(InvalidInput):
    """A contract was to be exported in a format that does not exist."""

    slug = "unknown-export-format"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.hint = did_you_mean(name, FORMATS) or "the formats are " + ", ".join(FORMATS)

    def __str__(self) -> str:
        return f"`{self.name}` is not a format for contracts"


def export_contract(contract: Contract, form: str, dialect: str = "duckdb") -> str:
    """The contract as `odcs`, `jsonschema`, `avro`, `sql` (in that dialect) or `markdown`.

    Raises UnknownExportFormat.
    """
    export = FORMATS.get(form)
    if export is None:
        raise UnknownExportFormat(form)
    return export(contract, dialect)


FORMATS: Mapping[str, Callable[[Contract, str], str]] = {
    "odcs": lambda contract, _: dump_yaml(document_of(contract)),
    "jsonschema": lambda contract, _: jsonschema_text(contract),
    "avro": lambda contract, _: avro_text(contract),
    "sql": ddl_text,
    "markdown": lambda contract, _: markdown_text(contract),
}
