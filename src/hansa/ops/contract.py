"""Write the contract from the SQL, bring it up to date, or export it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from hansa.core.facts import InputKind, ProductFacts
from hansa.core.product import Product
from hansa.core.schema import Column, TableSchema
from hansa.core.suggestion import did_you_mean
from hansa.core.version import Version
from hansa.errors import InvalidInput
from hansa.ops.workspace import Workspace
from hansa.projects.contract_tables import STATED_NOWHERE
from hansa.projects.contract_writer import ContractHead, infer_contract, sync_contract
from hansa.projects.errors import ProductInvalid
from hansa.projects.export import export_contract
from hansa.projects.tree import DirectoryTree, MemoryTree

CONTRACT_FILE = "contract.yaml"
_FIRST_VERSION = Version.parse("1.0.0")


class ContractExists(InvalidInput):
    """`contract infer` would overwrite a contract that lists tables."""

    slug = "contract-exists"
    hint = "run `hansa contract sync` to bring it up to date, or infer with `--force`"

    def __str__(self) -> str:
        return "contract.yaml lists tables already"


class NoPublicModel(InvalidInput):
    """`contract infer` found no model to make public."""

    slug = "no-public-model"

    def __init__(self, globs: Sequence[str], models: Sequence[str]) -> None:
        self.globs = tuple(globs)
        self.hint = (
            did_you_mean(globs[0], models) if globs else "add a model: models/<table>.sql"
        ) or "give a model's name or a glob with `--public`"

    def __str__(self) -> str:
        if not self.globs:
            return "there is no model to make public"
        return f"no model matches {', '.join(f'`{glob}`' for glob in self.globs)}"


@dataclass(frozen=True, slots=True)
class ContractResult:
    """The text before and after, and the tables that it lists now."""

    before: str | None
    after: str
    tables: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return self.before != self.after


def infer(workspace: Workspace, public: Sequence[str] = (), force: bool = False) -> ContractResult:
    """Write contract.yaml from what the models yield.

    Public become the models that match a name or glob of `public`; without any, those that no
    other model reads. Raises ContractExists unless `force`, NoPublicModel, or ProductInvalid
    when the SQL has errors.
    """
    tree = DirectoryTree(workspace.directory)
    files = {path: tree.read(path) for path in tree.paths()}
    before = files.pop(CONTRACT_FILE, None)
    version = _version_to_keep(workspace, before, force)
    bare = replace(workspace, tree=MemoryTree(files, tree.label), require_interface=False)
    product, facts = bare.product, bare.valid_facts
    chosen = _choose(product, facts, public)
    if not chosen:
        raise NoPublicModel(public, tuple(product.models))
    head = ContractHead(version, "draft", product.description, product.owner.team)
    schemas = declared_schemas(chosen, facts, product)
    after = infer_contract(product.name, schemas, product.dialect, head=head)
    workspace.write(CONTRACT_FILE, after)
    return ContractResult(before.decode() if before is not None else None, after, chosen)


def sync(workspace: Workspace, remove: bool = False) -> ContractResult:
    """Bring the columns and types of contract.yaml up to date with the SQL.

    What the owner wrote besides (descriptions, keys, limits, comments) stays. Columns that the
    SQL no longer yields stay too, unless `remove`. Raises ProductInvalid when the SQL has errors.
    """
    product, facts = workspace.product, workspace.valid_facts
    listed = (table.name for table in product.contract.tables)
    tables = tuple(dict.fromkeys((*listed, *_unlisted(product))))
    before = workspace.read(CONTRACT_FILE)
    schemas = declared_schemas(tables, facts, product)
    after = sync_contract(before, schemas, product.dialect, remove=remove)
    if after != before:
        workspace.write(CONTRACT_FILE, after)
    return ContractResult(before, after, tables)


def export(workspace: Workspace, form: str, dialect: str | None = None) -> str:
    """The contract as `odcs`, `jsonschema`, `sql` or `markdown`. Raises UnknownExportFormat."""
    product = workspace.product
    return export_contract(product.contract, form, dialect or product.dialect)


def _version_to_keep(workspace: Workspace, before: bytes | None, force: bool) -> Version:
    """The version that the contract declares now; raises ContractExists when it lists tables."""
    if before is None:
        return _FIRST_VERSION
    try:
        contract = replace(workspace, require_interface=False).product.contract
    except ProductInvalid:
        if not force:
            raise
        return _FIRST_VERSION
    if contract.tables and not force:
        raise ContractExists
    return contract.version


def _choose(product: Product, facts: ProductFacts, public: Sequence[str]) -> tuple[str, ...]:
    if public:
        return tuple(
            name for name in product.models if any(fnmatchcase(name, glob) for glob in public)
        )
    read = {
        entry.name
        for model in facts.models.values()
        for entry in model.inputs
        if entry.kind is InputKind.MODEL
    }
    return tuple(name for name in product.models if name not in read)


def _unlisted(product: Product) -> list[str]:
    """Models that a dbt project makes public and the contract does not list."""
    return [
        notice.table
        for notice in product.notices
        if notice.rule == "dbt_public_unlisted" and notice.table
    ]


def declared_schemas(
    tables: Sequence[str], facts: ProductFacts, product: Product
) -> Mapping[str, TableSchema]:
    """What the tables are known to be: as it is declared, else as the SQL yields it."""
    found = {}
    for table in tables:
        if table in facts.models:
            inferred, declared = facts.models[table].schema, product.models[table].declared
            schema = _declared(inferred, declared)
            if schema is not None:
                found[table] = _stated(schema) if _is_of_dbt(product) else schema
    return found


def _is_of_dbt(product: Product) -> bool:
    """Whether the models come from a dbt project, whose sources seldom declare types."""
    return b"\ndbt:\n  compiled: true\n" in product.files.get("product.yaml", b"")


def _stated(schema: TableSchema) -> TableSchema:
    """The schema where a type that is not known is told as that."""
    columns = tuple(
        column if column.type.is_known else replace(column, type=STATED_NOWHERE)
        for column in schema.columns
    )
    return TableSchema(columns, schema.keys)


def _declared(inferred: TableSchema | None, declared: Sequence[Column]) -> TableSchema | None:
    """The inferred schema with declared types where there are any."""
    if inferred is None or not inferred.columns:
        return TableSchema(tuple(declared)) if declared else inferred
    kinds = {column.name.casefold(): column.type for column in declared}
    columns = tuple(
        replace(column, type=kinds.get(column.name.casefold(), column.type))
        for column in inferred.columns
    )
    return TableSchema(columns, inferred.keys)
