"""What is PostgreSQL's own: roles, dead sessions, bound views, secrets, types it lacks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.deploy.products import layout, pin, release, table
from tests.targets import Target, fresh_target

from hansa.core.contract import ContractColumn, Role
from hansa.core.datatype import DataType, Family
from hansa.core.product import SourceTable
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy, plan
from hansa.deploy.run import run
from hansa.engines.errors import (
    StillRead,
    TargetBusy,
    TargetFailed,
    TargetUnreachable,
    TypeLacking,
)
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target
from hansa.errors import Place
from hansa.sql.types import parse_type

ROOT = Path(__file__).parents[2]
PATHS = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
ENVIRON = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, PATHS))}
HOLD = """
import sys
from pathlib import Path
from hansa.engines.targets import open_target
with open_target(sys.argv[1], Path(), {}).lock("p"):
    print("ready", flush=True)
    sys.stdin.readline()
"""
_numbers = count()


@pytest.fixture
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    yield from fresh_target(request, "postgres", tmp_path)


@pytest.fixture
def roles(engine: Engine) -> Iterator[tuple[str, str]]:
    """Two real roles that may log in: one that contracts name, and one outside."""
    number = f"{os.getpid()}_{next(_numbers)}"
    names = (f"inside_{number}", f"outside_{number}")
    for name in names:
        engine.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    yield names
    for name in names:
        engine.execute(f"DROP OWNED BY {name}")
        engine.execute(f"DROP ROLE {name}")


def product(version: str, *roles: str, sql: str = "SELECT 1 AS x") -> Candidate:
    made = release(f"p@{version}", [table("t", "x")], {"t": sql})
    contract = replace(made.product.contract, roles=tuple(map(Role, roles)))
    return replace(made, product=replace(made.product, contract=contract))


def ask(target: Target, role: str, sql: str) -> Any:
    """What a role of its own session gets, or the server's refusal."""
    address = target.url.replace("postgres:s3cret@", f"{role}:x@")
    with psycopg.connect(address, autocommit=True) as connection:
        try:
            return connection.execute(sql.encode()).fetchall()
        except psycopg.errors.InsufficientPrivilege as error:
            return str(error).splitlines()[0]


def test_grants_follow_the_contract(engine: Engine, target: Target, roles: tuple[str, str]) -> None:
    inside, outside = roles
    engine.execute("ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO PUBLIC")
    engine.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
    assert deploy(engine, product("1.0.0", inside)).findings == ()
    (stored,) = engine.relations("p__store")
    for _ in range(2):
        for schema in ("p__v1", "p__v1_0_0"):
            assert ask(target, inside, f"SELECT x FROM {schema}.t") == [(1,)]
            assert "permission denied" in ask(target, outside, f"SELECT x FROM {schema}.t")
        for role in roles:
            refused = ask(target, role, f'SELECT x FROM p__store."{stored.name}"')
            assert refused == "permission denied for schema p__store"
        # the data of a run is no less guarded
        assert run(engine, "p").passed
    assert deploy(engine, product("1.1.0", outside)).passed
    assert "permission denied" in ask(target, inside, "SELECT x FROM p__v1.t")
    assert ask(target, outside, "SELECT x FROM p__v1.t") == [(1,)]


def test_a_role_that_is_not_there(engine: Engine) -> None:
    report = deploy(engine, product("1.0.0", "nobody of that name"))
    assert report.passed
    assert [(found.rule, found.message) for found in report.findings] == [
        (
            "role_missing",
            "the contract names the role `nobody of that name`, which the target does not have",
        )
    ]


def test_the_lock_of_a_dead_process_is_taken_over(engine: Engine, target: Target) -> None:
    assert deploy(engine, product("1.0.0")).passed
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, target.url],
        env=ENVIRON,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(TargetBusy) as caught:
            run(target.open(patience=0.2), "p")
        assert f"process {holder.pid}` (server process " in str(caught.value)
        assert "which changes `p`" in str(caught.value)
        other = release("q@1.0.0", [table("t", "x")], {"t": "SELECT 2 AS x"})
        assert deploy(target.open(patience=0.2), other).passed
        holder.send_signal(signal.SIGKILL)
    assert run(target.open(patience=20), "p").passed


def test_a_session_that_is_ended_by_the_server(engine: Engine, target: Target) -> None:
    with psycopg.connect(target.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'hansa %' AND datname = current_database()"
        )
    with pytest.raises(TargetFailed) as caught:
        engine.query("SELECT 1")
    assert caught.value.exit_code == 3
    assert "s3cret" not in str(caught.value)
    assert "terminat" in caught.value.reason
    with pytest.raises(TargetFailed):
        engine.execute("SELECT 1")


def test_a_server_that_has_no_space_left(engine: Engine) -> None:
    """A limit on the server's own files stands for a disk that is full."""
    engine.create_schema("landing")
    engine.execute("CREATE TABLE landing.n AS SELECT generate_series(1, 50000) AS x")
    source = {"raw": {"n": SourceTable("n", relation="landing.n")}}
    sorts = "SELECT x, row_number() OVER (ORDER BY md5(CAST(x AS VARCHAR))) AS r FROM raw.n"
    candidate = release("p@1.0.0", [table("t", "x")], {"t": sorts}, sources=source)
    engine.execute("SET work_mem = '64kB'")
    engine.execute("SET temp_file_limit = '64kB'")
    with pytest.raises(TargetFailed) as caught:
        deploy(engine, candidate)
    told = caught.value.reason.replace('"', "")
    assert told == "temporary file size exceeds temp_file_limit (64kB)"
    assert caught.value.exit_code == 3
    assert layout(engine) == {"landing": ["n"], "p__store": []}
    engine.execute("RESET temp_file_limit")
    assert deploy(engine, candidate).passed


def test_an_address_where_nobody_listens(tmp_path: Path) -> None:
    url = f"postgresql://ann:s3cret@/db?host={tmp_path}&connect_timeout=2"
    with pytest.raises(TargetUnreachable) as caught:
        open_target(url, tmp_path, {})
    assert "s3cret" not in str(caught.value)
    assert str(caught.value).startswith(f"the target `postgresql://ann:…@/db?host={tmp_path}")
    assert "No such file or directory" in caught.value.reason


def test_views_of_others_follow_a_run_and_refuse_what_they_cannot(engine: Engine) -> None:
    assert deploy(engine, product("1.0.0")).passed
    engine.create_schema("bi")
    engine.execute("CREATE VIEW bi.daily AS SELECT x + 1 AS y FROM p__v1_0_0.t")
    assert run(engine, "p").passed
    assert engine.query("SELECT y FROM bi.daily").scalar == 2
    with pytest.raises(StillRead) as caught:
        deploy(engine, product("1.1.0", sql="SELECT 5 AS x"))
    assert "bi.daily" in str(caught.value)
    assert engine.query("SELECT x FROM p__v1.t").scalar == 1
    engine.execute("DROP VIEW bi.daily")
    assert deploy(engine, product("1.1.0", sql="SELECT 5 AS x")).passed


def test_a_reader_in_a_transaction_is_waited_for(engine: Engine, target: Target) -> None:
    assert deploy(engine, product("1.0.0")).passed
    reader = target.open()
    with reader.transaction():
        reader.query("SELECT x FROM p__v1.t")
        process = reader.query("SELECT pg_backend_pid()").scalar
        with pytest.raises(TargetBusy) as caught:
            run(target.open(patience=0.5), "p")
        assert f"(server process {process}" in str(caught.value)
        # nobody queues behind the one who waits
        assert target.open(patience=0).query("SELECT x FROM p__v1.t").scalar == 1
    assert run(engine, "p").passed


def test_a_release_of_another_product_stays_while_that_is_worked_on(
    engine: Engine, target: Target
) -> None:
    def reader(version: str, read: Candidate) -> Candidate:
        pins = pin(read)
        return release(f"r@{version}", [table("r", "x")], {"r": "SELECT x FROM p.t"}, locked=pins)

    old, new = product("1.0.0"), product("1.1.0", sql="SELECT 2 AS x")
    for candidate in (old, reader("1.0.0", old), new):
        assert deploy(engine, candidate).passed
    with target.open().lock("p"):
        assert [str(name) for name in deploy(engine, reader("1.0.1", new)).removed] == ["r@1.0.0"]
        assert engine.query("SELECT x FROM p__v1_0_0.t").scalar == 1
    # whoever works on it next takes it away
    removed = deploy(engine, product("1.2.0", sql="SELECT 3 AS x")).removed
    assert [str(name) for name in removed] == ["p@1.0.0"]


@pytest.mark.parametrize("kind", ["hugeint", "tinyint", "uinteger"])
def test_types_that_it_lacks(engine: Engine, kind: str) -> None:
    with pytest.raises(TypeLacking) as caught:
        engine.type_sql(parse_type(kind, "duckdb"))
    assert str(caught.value) == f"PostgreSQL has no type `{kind}`"


def test_a_contract_with_a_type_that_it_lacks(engine: Engine) -> None:
    place = Place("p/contract.yaml", 12, 7)
    column = ContractColumn("x", DataType(Family.INTEGER, bits=128), "hugeint", place=place)
    candidate = release("p@1.0.0", [table("t", column)], {"t": "SELECT 1 AS x"})
    with pytest.raises(TypeLacking) as caught:
        deploy(engine, candidate)
    assert str(caught.value) == (
        "PostgreSQL has no type `hugeint`, which the contract promises for `t.x`"
    )
    assert caught.value.place == place
    assert "decimal(38,0)" in (caught.value.hint or "")
    # nothing was built, and it is the plan that says so first
    assert set(layout(engine)) == set()
    with pytest.raises(TypeLacking):
        plan(engine, candidate)
