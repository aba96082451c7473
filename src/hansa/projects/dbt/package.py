"""A required product as a local dbt package: one ephemeral model a public table."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import UNKNOWN
from hansa.sql.identifiers import quote, quote_path
from hansa.sql.types import type_sql

# Says which files of a package hansa wrote, and what was in them.
MARKER = "hansa-package.json"
_PROJECT = "dbt_project.yml"
_MODELS = "models"
_VERSIONED = re.compile(r"(?P<model>.+)_v(?P<version>\d+)\Z")
_JINJA = re.compile(r"\{(?=[{%#])")


@dataclass(frozen=True, slots=True)
class Location:
    """Where one release can be read: the schema of its interface, and the SQL dialect there.

    `database` is set where another database than the target's own holds it; then `attach` is
    the DuckDB file that dbt attaches under that name before it runs.
    """

    schema: str
    dialect: str
    database: str | None = None
    attach: str | None = None


def package_files(contract: Contract, digest: str, location: Location) -> Mapping[str, bytes]:
    """The files of the package by path, the marker among them.

    Nothing of the contract is run by dbt: what looks like a template in it is written as text.
    """
    models = _models(contract)
    texts = {
        _PROJECT: _yaml(_project(contract, location)),
        f"{_MODELS}/_{contract.product}.yml": _yaml(
            {"version": 2, "models": [_described(one, contract, digest) for one in models]}
        ),
    }
    for model in models:
        for table in model.tables:
            texts[f"{_MODELS}/{table.name}.sql"] = _select(table, location)
    files = {path: text.encode() for path, text in texts.items()}
    return {**files, MARKER: _marker(files)}


def edited_files(files: Mapping[str, bytes]) -> tuple[str, ...] | None:
    """Which files of a package on disk are not as hansa wrote them; None when it wrote none.

    Files that were added are among them, files that are gone are not: nothing of them is lost.
    """
    try:
        written = json.loads(files[MARKER])["files"]
        known = {str(path): str(digest) for path, digest in written.items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return tuple(
        path
        for path, data in sorted(files.items())
        if path != MARKER and known.get(path) != _digest(data)
    )


def _marker(files: Mapping[str, bytes]) -> bytes:
    written = {path: _digest(data) for path, data in sorted(files.items())}
    note = "written by `hansa sync`, which replaces it; edits by hand are refused"
    return (json.dumps({"note": note, "files": written}, indent=2) + "\n").encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class _Model:
    """One dbt model: a public table, or several that are its versions."""

    name: str
    tables: tuple[ContractTable, ...]
    versions: tuple[int, ...] = ()
    latest: int | None = None

    @property
    def newest(self) -> ContractTable:
        """The table that a reader gets who names no version."""
        if self.latest in self.versions:
            return self.tables[self.versions.index(self.latest)]
        if self.versions:
            return self.tables[self.versions.index(max(self.versions))]
        return self.tables[0]


def _models(contract: Contract) -> list[_Model]:
    """The tables, those together that the producer says are versions of one model."""
    models: dict[str, _Model] = {}
    for table in contract.tables:
        model, version = _version_of(table)
        if version is None:
            models[table.name] = _Model(table.name, (table,))
            continue
        known = models.get(f"{model} v")
        tables = (*(known.tables if known else ()), table)
        versions = (*(known.versions if known else ()), version)
        latest = known.latest if known else None
        if _custom(table, "latestVersion"):
            latest = version
        models[f"{model} v"] = _Model(model, tables, versions, latest)
    return list(models.values())


def _version_of(table: ContractTable) -> tuple[str, int | None]:
    found = _VERSIONED.match(table.name)
    if found is None or _custom(table, "versionOf") != found["model"]:
        return table.name, None
    return found["model"], int(found["version"])


def _custom(table: ContractTable, name: str) -> Any:
    custom = dict(table.extras).get("customProperties")
    return custom.get(name) if isinstance(custom, Mapping) else None


def _project(contract: Contract, location: Location) -> dict[str, Any]:
    project: dict[str, Any] = {
        "name": contract.product,
        "version": str(contract.version),
        "config-version": 2,
        "model-paths": [_MODELS],
    }
    if location.attach is not None and location.database is not None:
        file = location.attach.replace("'", "''")
        name = quote(location.database, "duckdb")
        attach = _text(f"ATTACH IF NOT EXISTS '{file}' AS {name} (READ_ONLY)")
        only = "{% if target.type == 'duckdb' %}"
        project["on-run-start"] = [f"{only}{attach}{{% endif %}}"]
    return project


def _described(model: _Model, contract: Contract, digest: str) -> dict[str, Any]:
    newest = model.newest
    release = {"product": contract.product, "version": str(contract.version), "digest": digest}
    described: dict[str, Any] = {
        "name": model.name,
        "description": _text(newest.description or ""),
        "config": {
            "materialized": "ephemeral",
            # dbt lets no ephemeral model be public; from a package it can be read all the same
            # two products may have a table of one name; dbt tells its CTEs by the alias alone
            "alias": f"{contract.product}__{newest.name}",
            "tags": [_text(tag) for tag in newest.tags],
            "meta": {"hansa": {**release, "table": newest.name}},
        },
    }
    if not model.versions:
        return {**described, "columns": _columns(newest)}
    described["latest_version"] = model.latest or max(model.versions)
    described["versions"] = [
        {
            "v": version,
            "config": {"alias": f"{contract.product}__{table.name}"},
            "columns": _columns(table),
        }
        for table, version in zip(model.tables, model.versions, strict=True)
    ]
    return described


def _columns(table: ContractTable) -> list[dict[str, Any]]:
    return [_column(column) for column in table.columns]


def _column(column: ContractColumn) -> dict[str, Any]:
    kind = column.physical_type
    if kind is None and column.type != UNKNOWN:
        kind = type_sql(column.type, "duckdb")
    described = {
        "name": _text(column.name),
        "description": _text(column.description or ""),
        "tags": [_text(tag) for tag in column.tags],
    }
    promised = {
        "required": column.required or column.key_position is not None,
        "unique": column.unique,
        "primary_key": column.key_position,
        "enum": list(column.enum) if column.enum is not None else None,
        "classification": column.classification,
        "deprecated": column.deprecated,
    }
    kept = {key: value for key, value in promised.items() if value}
    return {
        **{key: value for key, value in described.items() if value},
        **({"data_type": _text(kind)} if kind else {}),
        **({"meta": {"contract": _texts(kept)}} if kept else {}),
    }


def _texts(value: Any) -> Any:
    """Every text below a value as dbt leaves it."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_texts(item) for item in value]
    return value if isinstance(value, bool | int | float | None) else str(value)


def _select(table: ContractTable, location: Location) -> str:
    columns = ",\n".join(f"    {quote(column.name, location.dialect)}" for column in table.columns)
    parts = [location.schema, table.name]
    path = quote_path([location.database, *parts] if location.database else parts, location.dialect)
    return _text(f"SELECT\n{columns or '    *'}\nFROM {path}\n")


def _text(text: str) -> str:
    """A text that dbt's templates leave as it is."""
    return _JINJA.sub("{{ '{' }}", text)


def _yaml(value: Any) -> str:
    import yaml

    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1000))
