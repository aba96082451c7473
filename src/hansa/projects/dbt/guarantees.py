"""What dbt's tests, constraints and properties promise, added to the contract's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hansa.core.contract import (
    Contract,
    ContractColumn,
    ContractTable,
    Quality,
    Relationship,
    Role,
    Scalar,
    ServiceLevel,
)
from hansa.projects.dbt.generic_tests import generic_name, holds_always, tests_by_node
from hansa.projects.dbt.manifest import Column, Constraint, DbtNode, GroupOwner, Manifest
from hansa.projects.dbt.nodes import Translated

_PERIODS = {"minute": "m", "hour": "h", "day": "d"}


def promised(contract: Contract, manifest: Manifest, translated: Translated) -> Contract:
    """The contract with what dbt knows of its tables; what the contract says itself stays."""
    reader = _Reader(contract, manifest, translated)
    return replace(
        contract,
        tables=tuple(reader.table(table) for table in contract.tables),
        service_levels=(*contract.service_levels, *reader.service_levels()),
        roles=(*contract.roles, *reader.roles()),
    )


@dataclass(slots=True)
class _Reader:
    contract: Contract
    manifest: Manifest
    translated: Translated
    tests: Mapping[str, list[DbtNode]] = field(init=False)
    nodes: dict[str, DbtNode] = field(init=False)

    def __post_init__(self) -> None:
        self.tests = tests_by_node(self.manifest)
        named = {name: unique_id for unique_id, name in self.translated.names.items()}
        self.nodes = {
            table.name: self.manifest.nodes[named[table.name]]
            for table in self.contract.tables
            if table.name in named
        }

    def table(self, table: ContractTable) -> ContractTable:
        node = self.nodes.get(table.name)
        if node is None:
            return table
        columns = {column.name.casefold(): column for column in node.columns.values()}
        with_columns = tuple(
            self._column(column, columns.get(column.name.casefold()), node)
            for column in table.columns
        )
        return replace(
            table,
            columns=_with_keys(with_columns, node),
            description=table.description or _text(node.description),
            deprecated=table.deprecated or node.deprecation_date is not None,
            tags=tuple(dict.fromkeys((*table.tags, *(node.tags or ())))),
            quality=(*table.quality, *self._singular_tests(node)),
            extras=_with_properties(table.extras, self._properties(node)),
        )

    def _column(
        self, column: ContractColumn, described: Column | None, node: DbtNode
    ) -> ContractColumn:
        tests = [
            test
            for test in self.tests.get(node.unique_id, ())
            if (test.column_name or "").strip('"`').casefold() == column.name.casefold()
            and holds_always(test)
        ]
        names = {generic_name(test) for test in tests}
        constraints = {one.type for one in (described.constraints if described else None) or ()}
        enforced = constraints if node.config.contract and node.config.contract.enforced else set()
        return replace(
            column,
            required=column.required or "not_null" in names or "not_null" in enforced,
            unique=column.unique or "unique" in names or "unique" in enforced,
            enum=column.enum if column.enum is not None else _accepted(tests),
            description=column.description or (_text(described.description) if described else None),
            tags=tuple(
                dict.fromkeys((*column.tags, *((described.tags if described else None) or ())))
            ),
            relationships=column.relationships or self._relationships(column, tests, node),
        )

    def _relationships(
        self, column: ContractColumn, tests: list[DbtNode], node: DbtNode
    ) -> tuple[Relationship, ...]:
        found = []
        for test in tests:
            if generic_name(test) != "relationships" or test.test_metadata is None:
                continue
            other = next((one for one in test.depends_on.nodes if one != node.unique_id), None)
            target = self.translated.targets.get(other or "")
            to_column = test.test_metadata.kwargs.get("field")
            if target is None or not isinstance(to_column, str):
                continue
            name = f"{target.group}.{target.name}" if target.group else target.name
            # readers can follow a key only to what they may read
            known = self.contract.table(name)
            if known is not None and known.column(to_column) is not None:
                found.append(Relationship((column.name,), name, (to_column,)))
        return tuple(found)

    def _singular_tests(self, node: DbtNode) -> list[Quality]:
        """The project's own tests of this table, each as a query that counts its failures.

        A test of several tables stands with the first of them that is public.
        """
        public = {one.unique_id: name for name, one in self.nodes.items()}
        found = []
        for test in self.manifest.nodes.values():
            if test.resource_type != "test" or test.test_metadata or test.compiled_code is None:
                continue
            first = next((one for one in test.depends_on.nodes if one in public), None)
            if first != node.unique_id or test.config.where:
                continue
            sql = self.translated.readable(test.compiled_code)
            severity = (test.config.severity or "error").lower()
            found.append(
                Quality(
                    "sql",
                    name=test.name,
                    query=f"select count(*) from (\n{sql.strip()}\n) as failures",
                    conditions=(("mustBe", 0),),
                    severity="error" if severity == "error" else "warning",
                    description=_text(test.description),
                )
            )
        return found

    def _properties(self, node: DbtNode) -> dict[str, Any]:
        """What readers see and no check uses."""
        group = node.group or node.config.group
        owner = next(
            (one.owner for one in self.manifest.groups.values() if one.name == group), GroupOwner()
        )
        exposures = [
            " ".join(
                filter(None, (one.label or one.name, f"({one.type})" if one.type else "", one.url))
            )
            for one in self.manifest.exposures.values()
            if node.unique_id in one.depends_on.nodes
        ]
        properties: dict[str, Any] = {
            "group": group,
            "owner": owner_text(owner),
            "exposures": exposures or None,
            "sunset": node.deprecation_date,
            "versionOf": node.name if node.version is not None else None,
            "latestVersion": node.version is not None and node.version == node.latest_version,
            **{
                f"meta.{key}": value
                for key, value in (node.meta or {}).items()
                if _is_scalar(value)
            },
        }
        return {key: value for key, value in properties.items() if value not in (None, False)}

    def service_levels(self) -> list[ServiceLevel]:
        """How old sources may be, and how often public tables are built anew."""
        known = {(level.property, level.element) for level in self.contract.service_levels}
        found = []
        for source in self.manifest.sources.values():
            # where a source is stale for dbt, it fails; short of that, it warns
            limit = _period(source.freshness or source.config.freshness, "error_after")
            limit = limit or _period(source.freshness or source.config.freshness, "warn_after")
            target = self.translated.targets.get(source.unique_id)
            if target is None or limit is None:
                continue
            element = f"{target.group}.{target.name}"
            if ("sourceFreshness", element) not in known:
                found.append(ServiceLevel("sourceFreshness", *limit, element))
        found += [
            level
            for name, node in self.nodes.items()
            for level in _build_frequency(name, node)
            if (level.property, level.element) not in known
        ]
        return sorted(found, key=lambda level: level.element or "")

    def roles(self) -> list[Role]:
        """Who may read the public tables, by their grants."""
        known = {role.name for role in self.contract.roles}
        names: dict[str, None] = {}
        for node in self.nodes.values():
            grants = node.config.grants or {}
            for privilege, roles in grants.items():
                # BigQuery's word for it
                if privilege.lower().rpartition("/")[2] in ("select", "bigquery.dataviewer"):
                    listed = roles if isinstance(roles, list) else [roles]
                    names.update(dict.fromkeys(str(role) for role in listed))
        return [Role(name, "read") for name in names if name not in known]


def _build_frequency(name: str, node: DbtNode) -> list[ServiceLevel]:
    """The time after which a model is built anew when what it reads has new rows."""
    limit = _period(node.config.freshness, "build_after")
    return [] if limit is None else [ServiceLevel("frequency", *limit, name)]


def _period(freshness: Any, key: str) -> tuple[int | float, str] | None:
    """A number and a unit of dbt's freshness; one that is not set has an empty number."""
    after = freshness.get(key) if isinstance(freshness, dict) else None
    if not isinstance(after, dict):
        return None
    count = after.get("count")
    if not isinstance(count, int | float) or isinstance(count, bool) or count <= 0:
        return None
    period = str(after.get("period"))
    return count, _PERIODS.get(period, period)


def owner_text(owner: GroupOwner) -> str | None:
    """An owner as one text: the name, and the first address."""
    email = owner.email[0] if isinstance(owner.email, list) and owner.email else owner.email
    if owner.name and email:
        return f"{owner.name} <{email}>"
    return owner.name or (str(email) if email else None)


def _with_keys(columns: tuple[ContractColumn, ...], node: DbtNode) -> tuple[ContractColumn, ...]:
    """The primary key that dbt's constraints name, unless the contract has one."""
    if any(column.key_position is not None for column in columns):
        return columns
    key = [name.casefold() for name in _primary_key(node)]
    names = {column.name.casefold() for column in columns}
    if not key or not set(key) <= names:
        return columns
    return tuple(
        replace(column, key_position=key.index(column.name.casefold()) + 1, required=True)
        if column.name.casefold() in key
        else column
        for column in columns
    )


def _primary_key(node: DbtNode) -> list[str]:
    if not (node.config.contract and node.config.contract.enforced):
        # without an enforced contract, dbt does nothing about constraints
        return []
    of_model: list[Constraint] = [
        one for one in node.constraints or () if one.type == "primary_key"
    ]
    if of_model:
        return of_model[0].columns or []
    return [
        name
        for name, column in node.columns.items()
        if any(one.type == "primary_key" for one in column.constraints or ())
    ]


def _accepted(tests: list[DbtNode]) -> tuple[Scalar, ...] | None:
    for test in tests:
        if generic_name(test) != "accepted_values" or test.test_metadata is None:
            continue
        values = test.test_metadata.kwargs.get("values")
        quoted = test.test_metadata.kwargs.get("quote", True)
        if isinstance(values, list) and values and all(_is_scalar(value) for value in values):
            return tuple(_as_text(value) if quoted else value for value in values)
    return None


def _as_text(value: Scalar) -> Scalar:
    """A value as the text that dbt compares with, as it puts all of them in quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _text(value: str | None) -> str | None:
    return value.strip() or None if value else None


def _with_properties(
    extras: tuple[tuple[str, Any], ...], properties: Mapping[str, Any]
) -> tuple[tuple[str, Any], ...]:
    if not properties:
        return extras
    known = dict(extras)
    custom = known.get("customProperties")
    known["customProperties"] = {**properties, **(custom if isinstance(custom, Mapping) else {})}
    return tuple(known.items())
