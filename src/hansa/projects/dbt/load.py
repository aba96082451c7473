"""A compiled dbt project as the parts of a product."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.product import UnitTest
from hansa.core.schema import Column as SchemaColumn
from hansa.errors import HansaError, Place
from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.dbt.catalog import Catalog, decode_catalog
from hansa.projects.dbt.dialects import dialect_of_adapter
from hansa.projects.dbt.guarantees import promised
from hansa.projects.dbt.manifest import DbtNode, Manifest, decode_manifest
from hansa.projects.dbt.nodes import Translated, translate_nodes
from hansa.projects.dbt.source_columns import complete_sources
from hansa.projects.dbt.unit_tests import SelectRows, translate_unit_tests
from hansa.sql.types import parse_type


@dataclass(frozen=True, slots=True)
class DbtProject:
    """A compiled project, translated; its contract is completed when it has been read."""

    manifest: Manifest
    translated: Translated
    tests: tuple[UnitTest, ...]

    @property
    def dialect(self) -> str:
        return self.translated.dialect

    def complete(self, contract: Contract) -> Contract:
        """The contract with what dbt's tests and properties promise."""
        return promised(contract, self.manifest, self.translated)

    @property
    def public(self) -> tuple[str, ...]:
        """The models that dbt itself lets other projects read."""
        return tuple(
            name
            for unique_id, name in sorted(self.translated.names.items(), key=lambda item: item[1])
            if self.manifest.nodes[unique_id].public
            and self.manifest.nodes[unique_id].package_name == self.manifest.metadata.project_name
        )

    def unlisted(self, contract: Contract, place: Place) -> list[Diagnostic]:
        """A finding for each model with `access: public` that the contract does not list."""
        return [
            Diagnostic(
                "dbt_public_unlisted",
                f"the model `{name}` has `access: public`, and contract.yaml does not list it",
                "run `hansa contract sync` to add it, or give it another access",
                place,
                Severity.WARNING,
                table=name,
            )
            for name in self.public
            if contract.table(name) is None
        ]


def load_dbt_project(
    artifacts: Artifacts,
    required: Collection[str],
    dialect: str | None = None,
    select_rows: SelectRows | None = None,
) -> DbtProject:
    """What the artifacts of a project say.

    `required` are the required products: packages of these names are theirs. `dialect` is what
    product.yaml says, else the adapter tells it. `select_rows` computes rows of unit tests that
    are written in SQL; without it they have to be constants. Raises DbtManifestInvalid,
    DbtManifestUnsupported, DbtNotCompiled and DbtAdapterUnknown.
    """
    file = artifacts.manifest_file
    manifest = decode_manifest(artifacts.manifest, file)
    catalog = decode_catalog(artifacts.catalog, file)
    spoken = dialect or dialect_of_adapter(manifest.metadata.adapter_type, file)
    translated = translate_nodes(manifest, artifacts, catalog, required, spoken)
    complete_sources(translated)
    _declare(manifest, catalog, translated)
    tests = translate_unit_tests(manifest, artifacts, translated, select_rows)
    return DbtProject(manifest, translated, tests)


def _declare(manifest: Manifest, catalog: Catalog, translated: Translated) -> None:
    """Note at each model the types that YAML or the catalog give its columns."""
    for unique_id, name in translated.names.items():
        model = translated.models.get(name)
        if model is None:
            continue
        declared = _declared(manifest.nodes[unique_id], catalog, translated.dialect)
        translated.models[name] = replace(model, declared=declared)


def _declared(node: DbtNode, catalog: Catalog, dialect: str) -> tuple[SchemaColumn, ...]:
    kinds = {name.casefold(): (name, kind) for name, kind in catalog.get(node.unique_id, ())}
    for column in node.columns.values():
        if column.data_type or column.name.casefold() not in kinds:
            kinds[column.name.casefold()] = (column.name, column.data_type)
    found = []
    for name, kind in kinds.values():
        if kind:
            try:
                found.append(SchemaColumn(name, parse_type(kind, dialect)))
            except HansaError:
                continue
    return tuple(found)
