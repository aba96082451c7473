"""Lays the first tables: products, releases and what is known of them, and the log of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_releases()
    _create_details()
    _create_announcements()
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_refuse_{change.lower()} BEFORE {change} ON events "
                "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
            )


def _create_releases() -> None:
    op.create_table(
        "products",
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_products"),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("product", sa.String(63), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("published_at", sa.DateTime, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("team", sa.String(255)),
        sa.Column("contact", sa.String(255)),
        sa.Column("origin", sa.String(270)),
        sa.Column("yanked", sa.Boolean, nullable=False),
        sa.Column("yank_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.ForeignKeyConstraint(["product"], ["products.name"], name="fk_releases_product"),
        sa.UniqueConstraint("product", "version", name="uq_releases_product_version"),
    )


def _create_details() -> None:
    op.create_table(
        "requirements",
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("product", sa.String(63), nullable=False),
        sa.Column("constraint", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("release", "product", name="pk_requirements"),
        sa.ForeignKeyConstraint(["release"], ["releases.id"], name="fk_requirements_release"),
    )
    op.create_index("ix_requirements_product", "requirements", ["product"])
    op.create_table(
        "locks",
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("product", sa.String(63), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.PrimaryKeyConstraint("release", "product", name="pk_locks"),
        sa.ForeignKeyConstraint(["release"], ["releases.id"], name="fk_locks_release"),
    )
    op.create_table(
        "public_tables",
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(255)),
        sa.Column("description", sa.Text),
        sa.PrimaryKeyConstraint("release", "name", name="pk_public_tables"),
        sa.ForeignKeyConstraint(["release"], ["releases.id"], name="fk_public_tables_release"),
    )
    op.create_index("ix_public_tables_name", "public_tables", ["name"])


def _create_announcements() -> None:
    op.create_table(
        "deprecations",
        sa.Column("product", sa.String(63), nullable=False),
        sa.Column("line", sa.String(100), nullable=False),
        sa.Column("sunset", sa.Date),
        sa.Column("message", sa.Text),
        sa.PrimaryKeyConstraint("product", "line", name="pk_deprecations"),
        sa.ForeignKeyConstraint(["product"], ["products.name"], name="fk_deprecations_product"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("action", sa.String(63), nullable=False),
        sa.Column("product", sa.String(63), nullable=False),
        sa.Column("version", sa.String(100)),
        sa.Column("detail", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_product", "events", ["product"])
