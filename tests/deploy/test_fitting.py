"""Names that an engine takes in another form: too long for it, or in another case."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from tests.deploy.products import layout, pin, proven, read, release, table
from tests.targets import Target

from hansa.core.contract import ContractColumn, Quality, Relationship, ServiceLevel
from hansa.core.datatype import BIGINT, STRING
from hansa.core.product import Materialization, SourceTable, Storage
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Version
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy, plan
from hansa.deploy.errors import NameTooLong
from hansa.deploy.names import interface_schema, line_schema, relation_name, store_schema
from hansa.deploy.retire import retire
from hansa.deploy.rollback import rollback
from hansa.deploy.run import run
from hansa.deploy.status import status
from hansa.engines.protocol import Engine
from hansa.errors import Place

# the same in their first 69 bytes, and longer than any engine of the tests takes
ONE, TWO = "t" * 69 + "1", "t" * 69 + "2"
LONG_PRODUCT = "p" * 63


def put(engine: Engine, candidate: Candidate) -> None:
    report = deploy(engine, candidate)
    assert report.passed, report.findings


def long_names(version: str, offset: int = 0) -> Candidate:
    return release(
        f"{LONG_PRODUCT}@{version}",
        [table(ONE, "x"), table(TWO, "x")],
        {ONE: f"SELECT {offset + 1} AS x FROM {'m' * 80}", TWO: f"SELECT x + 1 AS x FROM {ONE}"}
        | {"m" * 80: "SELECT 1 AS one"},
    )


def test_long_names_are_shortened_and_stay_apart(engine: Engine) -> None:
    limit = engine.name_limit
    first = long_names("1.0.0")
    put(engine, first)
    reader = release(
        "r@1.0.0",
        [table("seen", "x")],
        {"seen": f"SELECT x FROM {LONG_PRODUCT}.{TWO}"},
        locked=pin(first),
    )
    put(engine, reader)
    assert read(engine, "r__v1.seen") == [(2,)]
    assert deploy(engine, long_names("1.0.0")).objects == ()
    put(engine, long_names("1.1.0", 10))
    assert run(engine, LONG_PRODUCT).passed
    views = [relation_name(name, engine.dialect, limit) for name in (ONE, TWO)]
    assert len(set(views)) == 2
    assert all(len(name.encode()) == limit for name in views)
    numbers = {
        interface_schema(LONG_PRODUCT, Version.parse("1.0.0"), limit): (1, 2),
        interface_schema(LONG_PRODUCT, Version.parse("1.1.0"), limit): (11, 12),
        line_schema(LONG_PRODUCT, (1,), limit): (11, 12),
    }
    for schema, values in numbers.items():
        assert [one.name for one in engine.relations(schema)] == sorted(views)
        for view, value in zip(views, values, strict=True):
            assert read(engine, f'{schema}."{view}"') == [(value,)]
    retire(engine, "r", "1")
    retire(engine, LONG_PRODUCT, "1")
    assert layout(engine) == {}


def test_what_others_made_under_a_shortened_name_is_left_alone(engine: Engine) -> None:
    store = store_schema(LONG_PRODUCT, engine.name_limit)
    engine.create_schema(store)
    engine.create_table((store, "mine"), "SELECT 7 AS x")
    with pytest.raises(Exception, match="holds what hansa did not make: `mine`"):
        deploy(engine, long_names("1.0.0"))
    assert layout(engine) == {store: ["mine"]}


def test_a_column_with_a_long_name(engine: Engine) -> None:
    place = Place("p/contract.yaml", 9, 5)
    name = "ü" * 35
    column = ContractColumn(name, place=place)
    long = proven(release("p@1.0.0", [table("t", column)], {"t": f'SELECT 1 AS "{name}"'}))
    private = proven(
        release(
            "p@1.0.0",
            [table("t", "x")],
            {"t": f"SELECT {'c' * 70} AS x FROM m", "m": f"SELECT 1 AS {'c' * 70}"},
        )
    )
    if engine.column_limit is None:
        put(engine, long)
        assert engine.columns(("p__v1", "t"))[0].name == name
        return
    for act in (plan, deploy):
        with pytest.raises(NameTooLong) as caught:
            act(engine, long)
        assert str(caught.value) == (
            f"the column `{name}` of `t` has a name of 70 bytes, PostgreSQL takes at most 63"
        )
        assert caught.value.place == place
        assert caught.value.hint == "give the column a name of at most 63 bytes"
    assert layout(engine) == {}
    with pytest.raises(NameTooLong, match="of `m` has a name of 70 bytes"):
        deploy(engine, private)


SHAPE = TableSchema((Column("Id", BIGINT, False), Column("CarrierCode", STRING)))
FILES = {"csv": SHAPE, "json": SHAPE, "parquet": None}


def write(base: Path, kind: str, *rows: tuple[int, str]) -> None:
    path = base / f"x.{kind}"
    if kind == "csv":
        lines = [f"{number},{code}" for number, code in rows]
        path.write_text("\n".join(["Id,CarrierCode", *lines]) + "\n")
    elif kind == "json":
        path.write_text(json.dumps([{"Id": n, "CarrierCode": code} for n, code in rows]))
    else:
        listed = ", ".join(f"({number}, '{code}')" for number, code in rows)
        values = f'SELECT * FROM (VALUES {listed}) AS v("Id", "CarrierCode")'
        duckdb.sql(values).write_parquet(str(path))


def mixed(base: Path, kind: str, version: str = "1.0.0") -> Candidate:
    """Names in mixed case wherever there may be some."""
    key = ContractColumn("Id", BIGINT, required=True, key_position=1)
    once = Quality("library", metric="duplicateValues", arguments=(("properties", ["Id"]),))
    few = Quality(
        "sql",
        query="SELECT count(DISTINCT ${column}) FROM ${table}",
        conditions=(("mustBeLessThan", 3),),
    )
    code = ContractColumn("CarrierCode", STRING, enum=("UA", "AA"), quality=(few,))
    to_facts = (Relationship(("Id",), "FctFlights", ("Id",)),)
    made = release(
        f"p@{version}",
        [
            table("FctFlights", key, code, quality=(once,)),
            table("Grown", ContractColumn("Id", BIGINT, relationships=to_facts), "CarrierCode"),
        ],
        {
            "FctFlights": "SELECT ID, carriercode AS CarrierCode FROM Clean",
            "Grown": "SELECT Id, CarrierCode FROM FctFlights WHERE ID > 0",
            "Clean": "SELECT * FROM raw.x",
        },
        storage={
            "Grown": Storage(Materialization.INCREMENTAL, unique_key=("Id",), cursor="Id"),
        },
        sources={
            "raw": {
                "x": SourceTable("x", path=f"x.{kind}", schema=FILES[kind], primary_key=("Id",))
            }
        },
        base=base,
    )
    promise = ServiceLevel("freshness", 1, "d", "FctFlights.Id")
    contract = replace(made.product.contract, service_levels=(promise,))
    made = replace(made, product=replace(made.product, contract=contract))
    return proven(made) if FILES[kind] else made


@pytest.mark.parametrize("kind", FILES)
def test_names_in_mixed_case(engine: Engine, tmp_path: Path, kind: str) -> None:
    write(tmp_path, kind, (1, "UA"), (2, "AA"))
    one = mixed(tmp_path, kind)
    put(engine, one)
    reader = release(
        "r@1.0.0",
        [table("Seen", "Id")],
        {"Seen": "SELECT max(id) AS Id FROM p.FctFlights"},
        locked=pin(one),
    )
    put(engine, reader)
    assert deploy(engine, one).objects == ()
    # who reads without quotes finds it on every engine
    assert engine.query("SELECT Id, CARRIERCODE FROM p__v1.FctFlights ORDER BY ID").rows == (
        (1, "UA"),
        (2, "AA"),
    )
    assert read(engine, "r__v1_0_0.Seen") == [(2,)]
    write(tmp_path, kind, (1, "UA"), (2, "UA"), (3, "AA"))
    for product in ("p", "r"):
        assert run(engine, product).passed
    assert read(engine, "p__v1.Grown") == [(1, "UA"), (2, "UA"), (3, "AA")]
    assert read(engine, "r__v1.Seen") == [(3,)]
    (promise,) = status(engine, "p").freshness
    assert promise.reason.casefold() == "`id` holds no times, such as `3`"
    rollback(engine, "p")
    assert read(engine, "p__v1.Grown") == [(1, "UA"), (2, "AA")]


def test_checks_find_columns_in_mixed_case(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "csv", (1, "UA"), (2, "XX"))
    report = deploy(engine, mixed(tmp_path, "csv"))
    assert [one.message.casefold() for one in report.findings] == [
        "`fctflights.carriercode` is not among the listed values in 1 of 2 rows: `xx`"
    ]
    assert layout(engine) == {"p__store": []}


def test_a_product_in_the_dialect_of_its_target(target: Target) -> None:
    """What SQL has in quotes keeps its case there, and the contract may write it as it likes."""
    engine = target.open()
    made = release(
        "p@1.0.0",
        [table("T", "Quoted", "Plain")],
        {"T": 'SELECT 1 AS "Quoted", 2 AS Plain'},
    )
    put(engine, proven(replace(made, product=replace(made.product, dialect=engine.dialect))))
    assert engine.query('SELECT "Quoted", Plain FROM p__v1.T').rows == ((1, 2),)
