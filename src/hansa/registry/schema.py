"""The registry's relational schema, on SQLite now and on other databases later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

# The newest migration. Registries that say this need no alembic to be opened; a test keeps
# it equal to the head of migrations/versions.
HEAD = "0002"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _release_key() -> Column[int]:
    return Column("release", Integer, ForeignKey("releases.id"), primary_key=True)


products = Table(
    "products",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("product", String(63), ForeignKey("products.name"), nullable=False),
    Column("version", String(100), nullable=False),
    Column("digest", String(71), nullable=False),
    Column("size", Integer, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("description", Text),
    Column("team", String(255)),
    Column("contact", String(255)),
    Column("origin", String(270)),
    Column("yanked", Boolean, nullable=False),
    Column("yank_reason", Text),
    Column("coverage", Float),
    Column("asserted", Float),
    Column("mutation", Float),
    UniqueConstraint("product", "version"),
)

requirements = Table(
    "requirements",
    metadata,
    _release_key(),
    Column("product", String(63), primary_key=True, index=True),
    Column("constraint", String(255), nullable=False),
)

locks = Table(
    "locks",
    metadata,
    _release_key(),
    Column("product", String(63), primary_key=True),
    Column("version", String(100), nullable=False),
    Column("digest", String(71), nullable=False),
)

public_tables = Table(
    "public_tables",
    metadata,
    _release_key(),
    Column("name", String(255), primary_key=True, index=True),
    Column("kind", String(255)),
    Column("description", Text),
)

deprecations = Table(
    "deprecations",
    metadata,
    Column("product", String(63), ForeignKey("products.name"), primary_key=True),
    Column("line", String(100), primary_key=True),
    Column("sunset", Date),
    Column("message", Text),
)

# Append-only: the migration adds triggers that refuse any other change.
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(63), nullable=False),
    Column("product", String(63), nullable=False, index=True),
    Column("version", String(100)),
    Column("detail", Text),
)
