"""Writes new contracts from what the models are known to yield."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hansa.core.contract import Contract
from hansa.core.schema import TableSchema
from hansa.core.version import Version
from hansa.projects.contract_sync import sync_contract
from hansa.projects.contract_tables import new_table
from hansa.projects.odcs_document import document_of, dump_yaml

__all__ = ["ContractHead", "infer_contract", "sync_contract"]

_FIRST_VERSION = Version.parse("1.0.0")


@dataclass(frozen=True, slots=True)
class ContractHead:
    """What a new contract says besides its tables."""

    version: Version = _FIRST_VERSION
    status: str = "draft"
    description: str | None = None
    team: str | None = None


def infer_contract(
    product_name: str,
    tables: Mapping[str, TableSchema],
    dialect: str,
    version: Version | str = _FIRST_VERSION,
    head: ContractHead | None = None,
) -> str:
    """A new ODCS 3.2 document that promises what the tables are known to be.

    `version` counts when no `head` is given. Columns that cannot be NULL are required, the
    smallest known key is the primary key, other keys of one column are unique.
    """
    if head is None:
        number = version if isinstance(version, Version) else Version.parse(version)
        head = ContractHead(number)
    contract = Contract(
        product_name,
        head.version,
        head.status,
        head.description,
        tuple(new_table(name, schema, dialect) for name, schema in tables.items()),
        extras=(("team", {"name": head.team}),) if head.team else (),
    )
    return dump_yaml(document_of(contract))
