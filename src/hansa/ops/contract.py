"""Write the contract from the SQL, bring it up to date, or export it."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.schema import TableSchema
from hansa.errors import InvalidInput
from hansa.ops.workspace import Workspace
from hansa.projects.edit import infer_contract, sync_contract
from hansa.projects.export import export_contract

CONTRACT_FILE = "contract.yaml"


class ContractExists(InvalidInput):
    """`contract infer` would overwrite a contract."""

    slug = "contract-exists"
    hint = "run `hansa contract sync` to bring it up to date, or infer with `--force`"

    def __str__(self) -> str:
        return "contract.yaml lists tables already"
