"""Whether the SQL of a product yields what its contract promises."""

from __future__ import annotations

from collections.abc import Iterator

from hansa.core.contract import ContractColumn, ContractTable
from hansa.core.datatype import agrees
from hansa.core.diagnostic import Diagnostic
from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.core.schema import Column, TableSchema

_SYNC = "run `hansa contract sync`"


def check_contract(product: Product, facts: ProductFacts) -> tuple[Diagnostic, ...]:
    """Findings where the contract and the inferred schema of a public table differ.

    Every column that a public table yields must be described, and the other way round; types
    must agree where inference knows them. Tables whose SQL could not be analysed are passed
    over: that is reported where it happened. Whether values keep the other promises (NULLs,
    keys, enums, bounds) is checked on data by every run.
    """
    found: list[Diagnostic] = []
    for table in product.contract.tables:
        model = facts.models.get(table.name)
        if model is not None and model.schema is not None:
            path = product.models[table.name].path if table.name in product.models else None
            found += _check_table(table, model.schema, path or f"model `{table.name}`")
    return tuple(found)


def _check_table(table: ContractTable, schema: TableSchema, path: str) -> Iterator[Diagnostic]:
    yielded = {column.name: column for column in schema.columns}
    described = {column.name for column in table.columns}
    unmatched = {name.casefold(): name for name in yielded if name not in described}
    for column in table.columns:
        found = yielded.get(column.name)
        if found is not None:
            yield from _check_type(table, column, found, path)
        elif column.name.casefold() in unmatched:
            yield _case_differs(table, column, unmatched.pop(column.name.casefold()), path)
        else:
            yield _missing(table, column, path)
    for name in unmatched.values():
        yield _undeclared(table, yielded[name], path)


def _check_type(
    table: ContractTable, column: ContractColumn, found: Column, path: str
) -> Iterator[Diagnostic]:
    if agrees(column.type, found.type):
        return
    declared = column.physical_type or str(column.type)
    yield Diagnostic(
        rule="column_type_differs",
        message=(
            f"column `{column.name}` of `{table.name}` is declared {declared}, "
            f"but the SQL yields {found.type}"
        ),
        hint=f"cast it to {declared} in {path}, or {_SYNC}",
        place=column.place or table.place,
        table=table.name,
        column=column.name,
    )


def _case_differs(table: ContractTable, column: ContractColumn, name: str, path: str) -> Diagnostic:
    return Diagnostic(
        rule="column_case_differs",
        message=(
            f"the contract of `{table.name}` calls a column `{column.name}`, "
            f"the SQL calls it `{name}`"
        ),
        hint=f"write the name alike in contract.yaml and in {path}",
        place=column.place or table.place,
        table=table.name,
        column=column.name,
    )


def _missing(table: ContractTable, column: ContractColumn, path: str) -> Diagnostic:
    return Diagnostic(
        rule="column_missing",
        message=(
            f"the contract promises column `{column.name}` of `{table.name}`, "
            "but the SQL does not yield it"
        ),
        hint=f"select `{column.name}` in {path}, or remove it from contract.yaml",
        place=column.place or table.place,
        table=table.name,
        column=column.name,
    )


def _undeclared(table: ContractTable, column: Column, path: str) -> Diagnostic:
    return Diagnostic(
        rule="column_undeclared",
        message=(
            f"the SQL of `{table.name}` yields column `{column.name}`, "
            "which the contract does not list"
        ),
        hint=f"{_SYNC} to add it, or leave it out in {path}",
        place=table.place,
        table=table.name,
        column=column.name,
    )
