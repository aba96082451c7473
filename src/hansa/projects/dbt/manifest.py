"""The manifest of a dbt project, read into lean values: what hansa has no use for is skipped.

The names of the fields are those of dbt's artifacts.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from hansa.projects.dbt.errors import DbtManifestInvalid, DbtManifestUnsupported

# v20 is what dbt 2 wrote first; its newer builds write v12 again
SUPPORTED = ("v10", "v11", "v12", "v20")
_VERSION = re.compile(r"/manifest/(v[0-9]+)(?:\.json|/|\Z)")
_NAME_LIMIT = 80


class Metadata(msgspec.Struct, gc=False):
    """Who wrote the manifest, and for which adapter."""

    dbt_schema_version: str = ""
    dbt_version: str = ""
    adapter_type: str | None = None
    project_name: str | None = None


class Constraint(msgspec.Struct, gc=False):
    """A constraint of a column or, with `columns`, of a model."""

    type: str = ""
    columns: list[str] | None = None
    to: str | None = None
    to_columns: list[str] | None = None


class Column(msgspec.Struct):
    """One column as YAML files describe it."""

    name: str
    description: str | None = None
    data_type: str | None = None
    constraints: list[Constraint] | None = None
    meta: dict[str, Any] | None = None
    tags: list[str] | None = None


class ContractConfig(msgspec.Struct, gc=False):
    enforced: bool = False


class Config(msgspec.Struct):
    """The settings of a node that mean something to hansa."""

    materialized: str | None = None
    enabled: bool | None = None
    severity: str | None = None
    where: str | None = None
    error_if: str | None = None
    unique_key: Any = None
    grants: dict[str, Any] | None = None
    column_types: dict[str, str] | None = None
    delimiter: str | None = None
    contract: ContractConfig | None = None
    meta: dict[str, Any] | None = None
    access: str | None = None
    group: str | None = None
    freshness: Any = None


class DependsOn(msgspec.Struct):
    nodes: list[str] = []
    macros: list[str] = []


class TestMetadata(msgspec.Struct):
    """Which generic test a test is, and its arguments."""

    __test__ = False

    name: str = ""
    namespace: str | None = None
    kwargs: dict[str, Any] = {}


class DbtNode(msgspec.Struct):
    """A model, seed, snapshot, test, analysis or operation."""

    unique_id: str
    name: str
    resource_type: str
    package_name: str = ""
    original_file_path: str = ""
    database: str | None = None
    schema: str | None = None
    alias: str | None = None
    relation_name: str | None = None
    config: Config = msgspec.field(default_factory=Config)
    description: str | None = None
    columns: dict[str, Column] = {}
    tags: list[str] | None = None
    meta: dict[str, Any] | None = None
    group: str | None = None
    access: str | None = None
    language: str | None = None
    raw_code: str = ""
    compiled: bool | None = None
    compiled_code: str | None = None
    compiled_path: str | None = None
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)
    constraints: list[Constraint] | None = None
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    deprecation_date: str | None = None
    test_metadata: TestMetadata | None = None
    attached_node: str | None = None
    column_name: str | None = None

    @property
    def public(self) -> bool:
        return (self.access or self.config.access) == "public"


class Source(msgspec.Struct):
    """One table of a source."""

    unique_id: str
    name: str
    source_name: str
    package_name: str = ""
    original_file_path: str = ""
    database: str | None = None
    schema: str | None = None
    identifier: str | None = None
    relation_name: str | None = None
    description: str | None = None
    columns: dict[str, Column] = {}
    freshness: Any = None
    loaded_at_field: str | None = None
    config: Config = msgspec.field(default_factory=Config)


class Macro(msgspec.Struct):
    name: str = ""
    package_name: str = ""
    macro_sql: str = ""
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)


class GroupOwner(msgspec.Struct, gc=False):
    name: str | None = None
    email: str | list[str] | None = None


class Group(msgspec.Struct):
    name: str
    owner: GroupOwner = msgspec.field(default_factory=GroupOwner)


class Exposure(msgspec.Struct):
    """Something outside dbt that reads models, such as a dashboard."""

    name: str
    type: str | None = None
    label: str | None = None
    url: str | None = None
    description: str | None = None
    owner: GroupOwner = msgspec.field(default_factory=GroupOwner)
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)


Rows = list[dict[str, Any]] | str | None


class Fixture(msgspec.Struct):
    """The rows of a unit test's input or expectation, in one of dbt's three formats."""

    rows: Rows = None
    format: str = "dict"
    fixture: str | None = None


class GivenInput(Fixture):
    input: str = ""


class Overrides(msgspec.Struct):
    macros: dict[str, Any] | None = None
    vars: dict[str, Any] | None = None
    env_vars: dict[str, Any] | None = None


class UnitTest(msgspec.Struct):
    unique_id: str
    name: str
    model: str
    given: list[GivenInput] = []
    expect: Fixture = msgspec.field(default_factory=Fixture)
    description: str | None = None
    overrides: Overrides | None = None
    original_file_path: str = ""
    package_name: str = ""
    version: str | int | float | None = None
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)
    config: Config = msgspec.field(default_factory=Config)


class Manifest(msgspec.Struct):
    """One manifest; nodes that are disabled are not in it."""

    metadata: Metadata
    nodes: dict[str, DbtNode]
    sources: dict[str, Source] = {}
    macros: dict[str, Macro] = {}
    exposures: dict[str, Exposure] = {}
    groups: dict[str, Group] = {}
    unit_tests: dict[str, UnitTest] = {}


class _Head(msgspec.Struct):
    metadata: Metadata


_DECODER = msgspec.json.Decoder(Manifest)
_HEAD_DECODER = msgspec.json.Decoder(_Head)


def decode_manifest(data: bytes | memoryview, file: str) -> Manifest:
    """The manifest that `data` is; `file` names it to people.

    Raises DbtManifestInvalid for what is cut off or no manifest, and DbtManifestUnsupported
    for another schema version.
    """
    try:
        head = _HEAD_DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DbtManifestInvalid(file, _reason(error)) from None
    check_version(head.metadata, file)
    try:
        manifest = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DbtManifestInvalid(file, _reason(error)) from None
    for nodes in (manifest.nodes, manifest.unit_tests):
        for key in [key for key, node in nodes.items() if node.config.enabled is False]:
            del nodes[key]
    return manifest


def check_version(metadata: Metadata, file: str) -> None:
    """Raises DbtManifestUnsupported unless hansa reads that schema version."""
    stated = metadata.dbt_schema_version
    found = _VERSION.search(stated)
    if found is None or found[1] not in SUPPORTED:
        named = found[1] if found else f"`{stated[:_NAME_LIMIT]}`"
        raise DbtManifestUnsupported(file, named, SUPPORTED)


def _reason(error: Exception) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]
