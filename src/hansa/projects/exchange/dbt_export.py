"""Contracts as a properties file of dbt: models with contract, constraints, tests and versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable, Relationship
from hansa.projects.contract_tables import physical_type
from hansa.projects.dbt.relations import written_name
from hansa.projects.exchange.dbt_words import (
    LIMITS,
    META,
    PROMISES,
    custom,
    parted,
    version_of,
    written,
)
from hansa.projects.odcs_document import dump_yaml


def dbt_text(contract: Contract, dialect: str, groups: bool = True) -> str:
    """The file as YAML. `groups` says whether it also defines the groups that models are in."""
    writer = _Writer(contract, dialect)
    document: dict[str, Any] = {"version": 2}
    if groups:
        document["groups"] = writer.groups()
    document["models"] = writer.models()
    return dump_yaml({key: value for key, value in document.items() if value})


@dataclass(frozen=True, slots=True)
class _Writer:
    contract: Contract
    dialect: str

    def groups(self) -> list[dict[str, Any]]:
        """Each group once, with its owner; dbt wants a name or an address of it."""
        owners: dict[str, str] = {}
        for table in self.contract.tables:
            properties = custom(table.extras)
            if properties.get("group"):
                owners.setdefault(str(properties["group"]), str(properties.get("owner") or ""))
        return [{"name": name, "owner": _owner(text or name)} for name, text in owners.items()]

    def models(self) -> list[dict[str, Any]]:
        versions: dict[str, list[ContractTable]] = {}
        models: dict[str, dict[str, Any]] = {}
        for table in self.contract.tables:
            name, version = version_of(table)
            if version is not None:
                versions.setdefault(name, []).append(table)
                models[name] = {}
            else:
                models.setdefault(table.name, self._model(table))
        for name, tables in versions.items():
            models[name] = self._versioned(name, tables)
        return list(models.values())

    def _model(self, table: ContractTable) -> dict[str, Any]:
        return {
            "name": table.name,
            **self._described(table),
            "config": self._config(table),
            **self._promises(table),
        }

    def _versioned(self, name: str, tables: Sequence[ContractTable]) -> dict[str, Any]:
        """One model of several tables; what is common to them stands in the newest."""
        numbers = {table.name: version_of(table)[1] or 0 for table in tables}
        latest = [one for one in tables if custom(one.extras).get("latestVersion")]
        newest = latest[0] if latest else max(tables, key=lambda one: numbers[one.name])
        return {
            "name": name,
            **_present({"description": written(newest.description or "")}),
            "latest_version": numbers[newest.name],
            "config": {"access": "public"},
            "versions": [
                {
                    "v": numbers[table.name],
                    "defined_in": table.name,
                    **self._described(table, parted),
                    "config": self._config(table),
                    **self._promises(table),
                }
                for table in tables
            ],
        }

    def _described(
        self, table: ContractTable, escape: Callable[[str], str] = written
    ) -> dict[str, Any]:
        sunset = custom(table.extras).get("sunset") if table.deprecated else None
        return _present(
            {
                "description": escape(table.description or ""),
                "deprecation_date": str(sunset) if sunset else None,
            }
        )

    def _config(self, table: ContractTable) -> dict[str, Any]:
        properties = custom(table.extras)
        typed = all(self._type(column) for column in table.columns)
        meta = _meta(properties)
        kept = {"granularity": table.granularity}
        if any(kept.values()):
            meta[PROMISES] = _texts(_present(kept))
        return _present(
            {
                "access": "public",
                "group": properties.get("group"),
                "materialized": table.kind,
                # dbt refuses to enforce a contract that leaves out a type
                "contract": {"enforced": True} if typed and table.columns else None,
                "tags": [written(tag) for tag in table.tags],
                "meta": meta,
            }
        )

    def _promises(self, table: ContractTable) -> dict[str, Any]:
        constraints: list[dict[str, Any]] = []
        if len(table.primary_key) > 1:
            constraints.append({"type": "primary_key", "columns": list(table.primary_key)})
        for key in table.relationships:
            constraint = self._foreign_key(key)
            if constraint:
                constraints.append({**constraint, "columns": list(key.columns)})
        columns = [self._column(column, table) for column in table.columns]
        return _present({"constraints": constraints, "columns": columns})

    def _type(self, column: ContractColumn) -> str | None:
        return physical_type(column.type, self.dialect)

    def _column(self, column: ContractColumn, table: ContractTable) -> dict[str, Any]:
        alone = table.primary_key == (column.name,)
        required = column.required or column.key_position is not None
        words = {"not_null": required, "primary_key": alone, "unique": column.unique}
        constraints: list[dict[str, Any]] = [
            {"type": word} for word, promised in words.items() if promised
        ]
        constraints += filter(None, map(self._foreign_key, column.relationships))
        tests: list[Any] = ["not_null"] if required else []
        tests += ["unique"] if column.unique or alone else []
        if column.enum is not None:
            tests.append({"accepted_values": {"arguments": _accepted(column)}})
        tests += map(self._relationship, column.relationships)
        return {
            "name": column.name,
            **_present(
                {
                    # dbt writes names as they are, unless it is told to put them in quotes
                    "quote": written_name(column.name, "duckdb") != column.name or None,
                    "data_type": written(self._type(column) or ""),
                    "description": written(column.description or ""),
                    "config": _present(
                        {"tags": [written(tag) for tag in column.tags], "meta": _kept(column)}
                    ),
                    "constraints": constraints,
                    "data_tests": tests,
                }
            ),
        }

    def _relationship(self, key: Relationship) -> dict[str, Any]:
        to = _ref(key.to_table, self.contract.table(key.to_table))
        return {"relationships": {"arguments": {"to": to, "field": key.to_columns[0]}}}

    def _foreign_key(self, key: Relationship) -> dict[str, Any] | None:
        """A constraint where a database would take it: to a key of a table of this contract."""
        other = self.contract.table(key.to_table)
        if other is None:
            return None
        single = other.column(key.to_columns[0]) if len(key.to_columns) == 1 else None
        if key.to_columns != other.primary_key and not (single and single.unique):
            return None
        return {
            "type": "foreign_key",
            "to": _ref(key.to_table, other),
            "to_columns": list(key.to_columns),
        }


def _ref(name: str, table: ContractTable | None) -> str:
    model, version = version_of(table) if table is not None else (name, None)
    if version is not None:
        return f"ref('{model}', v={version})"
    return "ref(" + ", ".join(f"'{part}'" for part in name.split(".")) + ")"


def _accepted(column: ContractColumn) -> dict[str, Any]:
    """The values; dbt puts all of them in quotes unless it is told not to."""
    values = list(column.enum or ())
    if all(isinstance(value, str) for value in values):
        return {"values": [written(str(value)) for value in values]}
    return {"values": values, "quote": False}


def _kept(column: ContractColumn) -> dict[str, Any]:
    """What readers see in dbt's documentation, as dbt checks nothing of it."""
    limits = {key: getattr(column.bounds, attribute) for key, attribute in LIMITS.items()}
    limits |= {"pattern": column.pattern, "format": column.format}
    promises = {
        "classification": column.classification,
        "deprecated": column.deprecated or None,
        "limits": {key: value for key, value in limits.items() if value is not None},
    }
    meta = _meta(custom(column.extras))
    kept = _present(promises)
    return {**meta, PROMISES: _texts(kept)} if kept else meta


def _meta(properties: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in properties.items() if key.startswith(META)}
    return {key.removeprefix(META): _texts(value) for key, value in found.items()}


def _texts(value: Any) -> Any:
    """Every text below a value as dbt leaves it."""
    if isinstance(value, str):
        return written(value)
    if isinstance(value, Mapping):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_texts(item) for item in value]
    return value


def _owner(text: str) -> dict[str, str]:
    name, _, address = text.partition("<")
    found = {"name": name.strip(), "email": address.rstrip(">").strip()}
    return {key: written(value) for key, value in found.items() if value}


def _present(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value not in (None, "", [], {})}
