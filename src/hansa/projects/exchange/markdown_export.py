"""Contracts as Markdown, for people."""

from __future__ import annotations

from hansa.core.contract import Contract, ContractColumn, ContractTable


def markdown_text(contract: Contract) -> str:
    """A heading and a table of columns for each public table."""
    lines = [f"# {contract.product} {contract.version}", ""]
    if contract.description:
        lines += [contract.description, ""]
    for table in contract.tables:
        lines += _table_markdown(table)
    return "\n".join(lines)


def _table_markdown(table: ContractTable) -> list[str]:
    lines = [f"## {table.name}", ""]
    if table.description:
        lines += [table.description, ""]
    if table.granularity:
        lines += [f"Granularity: {table.granularity}", ""]
    lines += ["| column | type | promises | description |", "|---|---|---|---|"]
    for column in table.columns:
        kind = column.physical_type or column.logical_type or ""
        cells = (column.name, kind, _promises(column), column.description or "")
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return [*lines, ""]


def _promises(column: ContractColumn) -> str:
    words = []
    if column.key_position is not None:
        words.append("primary key")
    if column.required:
        words.append("required")
    if column.unique:
        words.append("unique")
    if column.enum is not None:
        words.append("one of " + ", ".join(str(value) for value in column.enum))
    if column.deprecated:
        words.append("deprecated")
    return ", ".join(words)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
