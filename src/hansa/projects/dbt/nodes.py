"""The nodes of a manifest as models and sources of a product."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from hansa.core.datatype import UNKNOWN, DataType
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.product import CsvOptions, Materialization, Model, SourceTable, Storage
from hansa.core.schema import Column as SchemaColumn
from hansa.core.schema import TableSchema
from hansa.errors import HansaError, Place
from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.dbt.catalog import Catalog
from hansa.projects.dbt.errors import COMPILE, DbtNotCompiled
from hansa.projects.dbt.generic_tests import generic_name, holds_always, tests_by_node
from hansa.projects.dbt.introspection import introspection_of
from hansa.projects.dbt.lexemes import code_of
from hansa.projects.dbt.manifest import DbtNode, Manifest, Source
from hansa.projects.dbt.relations import RelationNames, Target, relation_path
from hansa.projects.dbt.seeds import (
    BYTES_AT_MOST,
    ROWS_AT_MOST,
    SeedUnreadable,
    read_seed,
    seed_sql,
)
from hansa.projects.dbt.templates import lay_out, without_injected
from hansa.projects.names import relation_name_problem
from hansa.projects.tree import shown
from hansa.sql.types import parse_type

# Sources that hold what dbt computes and hansa cannot: snapshots keep history, Python is opaque.
SNAPSHOTS, PYTHON, SEEDS = "dbt_snapshots", "dbt_python", "dbt_seeds"

_STORED = {
    "table": Materialization.TABLE,
    "view": Materialization.VIEW,
    "ephemeral": Materialization.VIEW,
    # the first run's SQL: what an incremental run adds to it is left to dbt
    "incremental": Materialization.TABLE,
    "materialized_view": Materialization.VIEW,
    "dynamic_table": Materialization.TABLE,
}
_NOT_IN_NAMES = re.compile(r"\W")


@dataclass(slots=True)
class Translated:
    """What the nodes became. `names` maps unique ids to models, `targets` also to the others.

    `reads` says for each model what dbt knows that it reads.
    """

    dialect: str
    models: dict[str, Model] = field(default_factory=dict)
    sources: dict[str, dict[str, SourceTable]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    reads: dict[str, set[Target]] = field(default_factory=dict)
    notices: list[Diagnostic] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    relations: RelationNames = field(init=False)

    def __post_init__(self) -> None:
        self.relations = RelationNames(self.dialect)

    def readable(self, compiled: str, keep_lines: bool = False) -> str:
        """Compiled SQL that reads models, sources and products by their names in the product."""
        return self.relations.rename(without_injected(compiled, self.dialect, keep_lines))


def sql_name(text: str) -> str:
    """A text as a name in SQL: what no name may hold becomes an underscore."""
    name = _NOT_IN_NAMES.sub("_", text)
    return f"_{name}" if name[:1].isdigit() else name


def model_name(node: DbtNode) -> str:
    """What a node is called in the product: with the suffix of its version, if it has one."""
    suffix = f"_v{node.version}" if node.version is not None else ""
    return sql_name(node.name + suffix)


def translate_nodes(
    manifest: Manifest,
    artifacts: Artifacts,
    catalog: Catalog,
    required: Collection[str],
    dialect: str,
) -> Translated:
    """Models and sources of the project; nodes of a package that is a required product are its.

    Raises DbtNotCompiled when no model has SQL.
    """
    translation = _Translation(manifest, artifacts, catalog, required, Translated(dialect))
    translation.check_compiled()
    translation.name_all()
    for node in translation.nodes:
        translation.translate(node)
    return translation.result


@dataclass(slots=True)
class _Translation:
    manifest: Manifest
    artifacts: Artifacts
    catalog: Catalog
    required: Collection[str]
    result: Translated
    tests: Mapping[str, list[DbtNode]] = field(init=False)
    databases: frozenset[str | None] = field(init=False)

    def __post_init__(self) -> None:
        self.tests = tests_by_node(self.manifest)
        # the databases that models go to belong to the target, not to the product
        models = (node for node in self.manifest.nodes.values() if node.resource_type == "model")
        self.databases = frozenset({None, *(node.database for node in models)})

    @property
    def nodes(self) -> list[DbtNode]:
        """What makes relations, the project's own before those of its packages."""
        own = self.manifest.metadata.project_name
        kept = [
            node
            for node in self.manifest.nodes.values()
            if node.resource_type in ("model", "seed", "snapshot")
            and node.package_name not in self.required
        ]
        return sorted(kept, key=lambda node: (node.package_name != own, node.unique_id))

    def check_compiled(self) -> None:
        models = [node for node in self.nodes if _is_sql(node)]
        if models and all(self._compiled(node) is None for node in models):
            raise DbtNotCompiled(self.artifacts.manifest_file)

    def _compiled(self, node: DbtNode) -> str | None:
        if node.compiled_code is not None or not self._by_dbt_2:
            return node.compiled_code
        # dbt 2 may leave the SQL out of the manifest and write only the file
        paths = [
            node.compiled_path or "",
            f"target/compiled/{node.package_name}/{node.original_file_path}",
        ]
        for path in filter(None, paths):
            data = self.artifacts.read(path)
            if data is not None:
                return data.decode("utf-8", "replace")
        return None

    @property
    def _by_dbt_2(self) -> bool:
        return self.manifest.metadata.dbt_version.startswith("2.")

    def name_all(self) -> None:
        """Decide what every relation is called before any SQL is rewritten."""
        for source in self.manifest.sources.values():
            self._name_source(source)
        for node in self.manifest.nodes.values():
            if node.package_name in self.required and node.resource_type == "model":
                self._name(node, Target(model_name(node), node.package_name))
        taken = {name.casefold() for name in self.result.sources}
        for node in self.nodes:
            name = model_name(node)
            if name.casefold() in taken:
                name = sql_name(f"{node.package_name}_{name}")
            taken.add(name.casefold())
            group = self._group_of(node)
            self._name(node, Target(name, group))
            if not group:
                self.result.names[node.unique_id] = name
            problem = relation_name_problem(name)
            if problem:
                self._find(
                    "invalid_name",
                    node,
                    f"`{name[:80]}` cannot be a model's name: {problem}",
                    "rename the model",
                )

    def _group_of(self, node: DbtNode) -> str:
        if node.resource_type == "snapshot":
            return SNAPSHOTS
        if node.language == "python":
            return PYTHON
        return SEEDS if node.resource_type == "seed" and self._seed(node) is None else ""

    def _name(self, node: DbtNode, target: Target) -> None:
        self.result.targets[node.unique_id] = target
        if node.config.materialized == "ephemeral":
            self.result.relations.add_ephemeral(node.alias or node.name, target)
        else:
            self.result.relations.add(node, target)

    def _name_source(self, source: Source) -> None:
        group, name = sql_name(source.source_name), sql_name(source.name)
        target = Target(name, group)
        self.result.targets[source.unique_id] = target
        self.result.relations.add(source, target)
        if source.source_name in self.required:
            return
        self._add_source(target, source, source.unique_id)

    def _add_source(self, target: Target, node: DbtNode | Source, unique_id: str) -> None:
        file = shown("", self.artifacts.path(node.original_file_path))
        table = SourceTable(
            target.name,
            relation=relation_path(node, self.databases),
            schema=self._schema(node, unique_id),
            primary_key=self._key_of(unique_id),
            place=Place(file),
        )
        self.result.sources.setdefault(target.group, {})[target.name] = table

    def _schema(self, node: DbtNode | Source, unique_id: str) -> TableSchema | None:
        """Columns of the catalog with the types that YAML declares; None when neither has any."""
        declared = {name.casefold(): column for name, column in node.columns.items()}
        listed = self.catalog.get(unique_id) or tuple(
            (column.name, column.data_type) for column in node.columns.values()
        )
        never_null = self._never_null(unique_id)
        columns = []
        for name, kind in listed:
            known = declared.get(name.casefold())
            text = (known.data_type if known else None) or kind
            nullable = name.casefold() not in never_null
            columns.append(SchemaColumn(name, self._type(text), nullable))
        return TableSchema(tuple(columns)) if columns else None

    def _type(self, text: str | None) -> DataType:
        if not text:
            return UNKNOWN
        try:
            return parse_type(text, self.result.dialect)
        except HansaError:
            return UNKNOWN

    def _tests_of(self, unique_id: str, name: str) -> list[str]:
        """The columns of a node on which a generic test holds for every row."""
        return [
            test.column_name
            for test in self.tests.get(unique_id, ())
            if test.column_name and generic_name(test) == name and holds_always(test)
        ]

    def _never_null(self, unique_id: str) -> set[str]:
        return {name.casefold() for name in self._tests_of(unique_id, "not_null")}

    def _key_of(self, unique_id: str) -> tuple[str, ...]:
        """A column that is tested to be unique and never NULL."""
        never_null = self._never_null(unique_id)
        keys = [
            name for name in self._tests_of(unique_id, "unique") if name.casefold() in never_null
        ]
        return (keys[0],) if keys else ()

    def translate(self, node: DbtNode) -> None:
        target = self.result.targets[node.unique_id]
        if target.group == SEEDS:
            self._add_seed_file(node, target)
        elif target.group:
            self._add_source(target, node, node.unique_id)
            if target.group == PYTHON:
                message = (
                    f"`{node.name}` is a Python model: its rows are taken as a source, and what "
                    "it computes is neither compared nor tested"
                )
                self._note("dbt_python_model", node, message, "test it where it runs")
        elif node.resource_type == "seed":
            self._add_seed(node, target)
        else:
            self._add_model(node, target)

    def _add_model(self, node: DbtNode, target: Target) -> None:
        compiled = self._compiled(node)
        if compiled is None:
            message = f"the model `{node.name}` was not compiled"
            hint = f"run `{COMPILE}` without a selection, and mend what it reports"
            self._find("dbt_model_not_compiled", node, message, hint)
            return
        path = node.original_file_path
        sql = lay_out(self.result.readable(compiled), self._template(node), self.result.dialect)
        if sql is None:
            path = node.compiled_path or f"target/compiled/{node.package_name}/{path}"
            sql = self.result.readable(compiled, keep_lines=True)
        self.result.reads[target.name] = {
            self.result.targets[read]
            for read in node.depends_on.nodes
            if read in self.result.targets
        }
        if self._reads_itself(node, compiled):
            message = f"the compiled SQL of `{node.name}` reads what its last run left"
            hint = f"run `{COMPILE}`, which compiles incremental models as on their first run"
            self._find("dbt_model_reads_itself", node, message, hint)
            return
        why = introspection_of(node, self.manifest.macros)
        if why:
            message = (
                f"the SQL of `{target.name}` depends on the database that it is compiled against: "
                f"{why}"
            )
            hint = "compile every release against the same data, or write the values into the model"
            self._note("dbt_introspection", node, message, hint)
        kind = node.config.materialized or "view"
        if kind not in _STORED:
            message = (
                f"`{node.name}` has the materialization `{kind}`, which is deployed as a table"
            )
            self._note("dbt_materialization", node, message, "deploy it with dbt if that is not it")
        self.result.models[target.name] = Model(
            target.name,
            self.artifacts.path(path),
            sql,
            Storage(_STORED.get(kind, Materialization.TABLE)),
            public=False,
            introspection=why,
        )

    def _reads_itself(self, node: DbtNode, compiled: str) -> bool:
        if not node.relation_name or node.relation_name not in compiled:
            return False
        itself = re.compile(re.escape(node.relation_name) + r"(?![\w$])")
        return itself.search(code_of(compiled, self.result.dialect)) is not None

    def _template(self, node: DbtNode) -> str:
        """The model's template with the empty lines that its file begins with and dbt drops."""
        data = self.artifacts.read_template(node.original_file_path) if self._is_own(node) else None
        text = (data or b"").decode("utf-8", "replace").replace("\r\n", "\n")
        before = text[: len(text) - len(text.lstrip())]
        return "\n" * before.count("\n") + node.raw_code.lstrip()

    def _is_own(self, node: DbtNode) -> bool:
        return node.package_name == self.manifest.metadata.project_name

    def _seed(self, node: DbtNode) -> bytes | None:
        """The seed's file, when it is small enough to be SQL."""
        data = self.artifacts.read(self._seed_path(node))
        if data is None or len(data) > BYTES_AT_MOST or data.count(b"\n") > ROWS_AT_MOST:
            return None
        return data

    def _seed_path(self, node: DbtNode) -> str:
        if self._is_own(node):
            return node.original_file_path
        return f"{self.artifacts.packages}/{node.package_name}/{node.original_file_path}"

    def _add_seed(self, node: DbtNode, target: Target) -> None:
        path = self._seed_path(node)
        data = self._seed(node)
        assert data is not None
        try:
            header, rows = read_seed(data, node.config.delimiter)
        except SeedUnreadable as error:
            place = Place(self.artifacts.path(path), error.line)
            message = f"the seed `{node.name}` cannot be read: {error.reason}"
            self.result.findings.append(Diagnostic("invalid_csv", message, None, place))
            return
        types = {
            **{name: kind for name, kind in self.catalog.get(node.unique_id, ()) if kind},
            **(node.config.column_types or {}),
        }
        self.result.models[target.name] = Model(
            target.name,
            self.artifacts.path(path),
            seed_sql(target.name, header, rows, types, self.result.dialect),
            Storage(Materialization.TABLE),
            public=False,
        )

    def _add_seed_file(self, node: DbtNode, target: Target) -> None:
        """A seed that is too large to be SQL, or whose file is gone."""
        path = self.artifacts.path(self._seed_path(node))
        exists = self.artifacts.read(self._seed_path(node)) is not None
        self.result.sources.setdefault(SEEDS, {})[target.name] = SourceTable(
            target.name,
            path=path if exists else None,
            relation=None if exists else relation_path(node, self.databases),
            # YAML seldom lists all columns of a seed, the catalog does
            schema=self._schema(node, node.unique_id) if node.unique_id in self.catalog else None,
            csv=CsvOptions(delimiter=node.config.delimiter),
            place=Place(path),
        )

    def _note(self, rule: str, node: DbtNode, message: str, hint: str) -> None:
        place = Place(self.artifacts.path(node.original_file_path))
        self.result.notices.append(Diagnostic(rule, message, hint, place, Severity.WARNING))

    def _find(self, rule: str, node: DbtNode, message: str, hint: str) -> None:
        place = Place(self.artifacts.path(node.original_file_path))
        self.result.findings.append(Diagnostic(rule, message, hint, place))


def _is_sql(node: DbtNode) -> bool:
    return node.resource_type == "model" and node.language != "python"
