"""Releases as rows: from a manifest into the tables, and back into values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from hansa.core.release import Deprecation, Figures, Locked, Release, ReleaseName
from hansa.core.version import Constraint, Version
from hansa.registry.manifest import Manifest
from hansa.registry.schema import (
    deprecations,
    locks,
    products,
    public_tables,
    releases,
    requirements,
)

# SQLite takes 32,766 variables in a statement; other databases take fewer.
_CHUNK = 500


def read_releases(connection: Connection, rows: Sequence[Row[Any]]) -> list[Release]:
    """The releases in these rows, by product and version order.

    Raises InvalidVersion or InvalidConstraint when a row holds what no publish wrote.
    """
    ids = [row.id for row in rows]
    required = _details(connection, ids, requirements)
    locked = _details(connection, ids, locks)
    found = [
        Release(
            name=ReleaseName(row.product, Version.parse(row.version)),
            digest=row.digest,
            published_at=row.published_at,
            size=row.size,
            description=row.description,
            team=row.team,
            contact=row.contact,
            requires={each.product: Constraint.parse(each.constraint) for each in required[row.id]},
            locked={
                each.product: Locked(Version.parse(each.version), each.digest)
                for each in locked[row.id]
            },
            yanked=row.yanked,
            yank_reason=row.yank_reason,
            origin=row.origin,
            figures=_figures(row),
        )
        for row in rows
    ]
    return sorted(found, key=lambda release: release.name)


def _figures(row: Row[Any]) -> Figures | None:
    if row.coverage is None or row.asserted is None:
        return None
    return Figures(row.coverage, row.asserted, row.mutation)


def read_deprecations(connection: Connection, product: str) -> list[Deprecation]:
    """The announced ends of a product's lines, lowest line first."""
    rows = connection.execute(select(deprecations).where(deprecations.c.product == product))
    found = [Deprecation(row.product, row.line, row.sunset, row.message) for row in rows]
    return sorted(found, key=lambda each: [int(number) for number in each.line.split(".")])


def insert_release(
    connection: Connection, manifest: Manifest, digest: str, size: int, at: datetime
) -> None:
    """Records a release and what is known of it; raises IntegrityError when it is there."""
    if not connection.execute(select(products).where(products.c.name == manifest.name)).first():
        connection.execute(products.insert().values(name=manifest.name, created_at=at))
    inserted = connection.execute(
        releases.insert().values(
            product=manifest.name,
            version=str(manifest.version),
            digest=digest,
            size=size,
            published_at=at,
            description=manifest.description,
            team=manifest.team,
            contact=manifest.contact,
            origin=str(manifest.origin) if manifest.origin else None,
            yanked=False,
            coverage=manifest.figures.coverage if manifest.figures else None,
            asserted=manifest.figures.asserted if manifest.figures else None,
            mutation=manifest.figures.mutation if manifest.figures else None,
        )
    )
    identity = inserted.inserted_primary_key
    assert identity is not None
    _insert_details(connection, identity[0], manifest)


def _insert_details(connection: Connection, release: int, manifest: Manifest) -> None:
    details: Mapping[Any, list[dict[str, Any]]] = {
        requirements: [
            {"release": release, "product": name, "constraint": str(constraint)}
            for name, constraint in manifest.requires.items()
        ],
        locks: [
            {
                "release": release,
                "product": name,
                "version": str(locked.version),
                "digest": locked.digest,
            }
            for name, locked in manifest.locked.items()
        ],
        public_tables: [
            {
                "release": release,
                "name": table.name,
                "kind": table.kind,
                "description": table.description,
            }
            for table in manifest.tables
        ],
    }
    for table, rows in details.items():
        if rows:
            connection.execute(table.insert(), rows)


def _details(connection: Connection, ids: Sequence[int], table: Any) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for chunk in _chunks(ids):
        query = select(table).where(table.c.release.in_(chunk)).order_by(table.c.product)
        for row in connection.execute(query):
            found[row.release].append(row)
    return found


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
