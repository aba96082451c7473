"""The catalog of a dbt project: the columns and types that its tables have in the warehouse."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hansa.projects.dbt.errors import DbtManifestInvalid


class _Column(msgspec.Struct, gc=False):
    name: str
    type: str | None = None
    index: int = 0


class _Table(msgspec.Struct):
    columns: dict[str, _Column] = {}


class _Catalog(msgspec.Struct):
    nodes: dict[str, _Table] = {}
    sources: dict[str, _Table] = {}


_DECODER = msgspec.json.Decoder(_Catalog)

# Columns in order, each with the type's text, by the unique id of a node or source.
Catalog = Mapping[str, tuple[tuple[str, str | None], ...]]


def decode_catalog(data: bytes | None, file: str) -> Catalog:
    """What catalog.json says; empty without one. Raises DbtManifestInvalid."""
    if data is None:
        return {}
    try:
        found = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DbtManifestInvalid(file, str(error)[:1].lower() + str(error)[1:]) from None
    return {
        key: tuple(
            (column.name, column.type)
            for column in sorted(table.columns.values(), key=lambda column: column.index)
        )
        for key, table in (*found.nodes.items(), *found.sources.items())
    }
