"""The registry's file: one schema, reached by migrations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.registry.builders import publish_all, registry

import hansa.registry.migrations
from hansa.registry.database import SchemaTooNew, open_engine, prepare
from hansa.registry.schema import HEAD, metadata


def test_the_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    prepare(tmp_path / "registry.db", 1)
    with open_engine(tmp_path / "registry.db", 1).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_known() -> None:
    config = Config()
    scripts = Path(hansa.registry.migrations.__path__[0])
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_prepared_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    prepare(file, 1)
    before = file.read_bytes()
    prepare(file, 1)
    assert file.read_bytes() == before


def test_a_file_without_tables_is_prepared(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    file.touch()
    prepare(file, 1)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_newer_schema_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    prepare(file, 1)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="9999"):
        prepare(file, 1)


def test_connections_enforce_foreign_keys(tmp_path: Path) -> None:
    prepare(tmp_path / "registry.db", 1)
    with open_engine(tmp_path / "registry.db", 1).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_releases_from_before_there_were_figures_state_none(tmp_path: Path) -> None:
    file = tmp_path / "registry" / "registry.db"
    publish_all(registry(tmp_path / "registry"), "flights@1.0.0")
    with closing(sqlite3.connect(file)) as connection, connection:
        for column in ("coverage", "asserted", "mutation"):
            connection.execute(f"ALTER TABLE releases DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    (release,) = registry(tmp_path / "registry").releases("flights")
    assert release.figures is None
