"""Whole commands on products whose project dbt compiled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from tests.conftest import Hansa

from .manifests import load, manifest, model, source
from .products import write_project

ORDERS = source(
    "raw",
    "orders",
    columns={
        "id": {"name": "id", "data_type": "integer"},
        "kind": {"name": "kind", "data_type": "varchar"},
        "amount": {"name": "amount", "data_type": "integer"},
    },
)
FROM_RAW = 'from "db"."landing"."orders"'
ORDERS_TABLE = {"orders": {"id": "integer", "size": "varchar"}}


def asking(values: str) -> dict[str, Any]:
    """A model whose template lists the values that a column has in the warehouse."""
    return model(
        "orders",
        f"select id, case when kind in ({values}) then 'known' else 'other' end as size {FROM_RAW}",
        raw_code="{% set kinds = dbt_utils.get_column_values(source('raw', 'orders'), 'kind') %}"
        "select id, ...",
        depends_on={"nodes": ["source.shop.raw.orders"], "macros": []},
    )


def findings(hansa: Hansa, directory: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hansa("check --no-compare --format json", directory).json[
        "findings"
    ]
    return found


def test_a_model_that_looks_at_the_warehouse_is_named_and_its_changes_say_why(
    tmp_path: Path, hansa: Hansa
) -> None:
    old = write_project(tmp_path / "old", manifest(asking("'a'"), ORDERS), ORDERS_TABLE)
    write_project(tmp_path / "new", manifest(asking("'a', 'b'"), ORDERS), ORDERS_TABLE)
    (note,) = findings(hansa, old)
    assert note["rule"] == "dbt_introspection"
    assert note["place"]["file"] == "models/orders.sql"
    assert "its template calls get_column_values" in note["message"]
    (change,) = hansa("diff old new --format json").json["changes"]
    assert (change["column"], change["level"]) == ("size", "major")
    assert "get_column_values" in change["message"]
    same = hansa("diff old old --format json").json
    assert same["changes"] == []


def test_a_model_compiled_for_a_later_run_says_how_to_compile_it(
    tmp_path: Path, hansa: Hansa
) -> None:
    sql = f"select id, kind as size {FROM_RAW} where id > (select max(id) from {{}})"
    compiled = model(
        "orders",
        sql.format('"db"."main"."orders"'),
        config={"materialized": "incremental"},
    )
    checked = hansa(
        "check --no-compare",
        write_project(tmp_path / "later", manifest(compiled, ORDERS), ORDERS_TABLE),
    )
    assert checked.code == 2
    assert "the compiled SQL of `orders` reads what its last run left" in checked.err
    assert "hint: run `dbt compile --full-refresh`" in checked.err
    # a comment reads nothing, and another table may begin with the same name
    unquoted = model(
        "orders",
        f"select id, kind as size -- db.main.orders\n{FROM_RAW} where id not in "
        "(select id from db.main.orders_old)",
        relation_name="db.main.orders",
    )
    old = model("orders_old", f"select id {FROM_RAW}", relation_name="db.main.orders_old")
    first = write_project(tmp_path / "first", manifest(unquoted, old, ORDERS), ORDERS_TABLE)
    assert findings(hansa, first) == []


def test_a_python_model_is_a_source(tmp_path: Path, hansa: Hansa) -> None:
    scored = model("scored", None, language="python", columns=ORDERS["columns"])
    reader = model("orders", 'select id, kind as size from "db"."main"."scored"')
    shop = write_project(tmp_path, manifest(scored, reader), ORDERS_TABLE)
    (note,) = findings(hansa, shop)
    assert note["rule"] == "dbt_python_model"
    assert "`scored` is a Python model" in note["message"]
    tested = hansa("test --coverage --format json", shop)
    assert list(tested.json["coverage"]["models"]) == ["orders"]


def test_a_public_model_that_the_contract_does_not_list_is_told(
    tmp_path: Path, hansa: Hansa
) -> None:
    orders = model("orders", f"select id, kind as size {FROM_RAW}")
    opened = model("opened", f"select id {FROM_RAW}", access="public")
    shop = write_project(tmp_path, manifest(orders, opened, ORDERS), ORDERS_TABLE)
    (note,) = findings(hansa, shop)
    assert (note["rule"], note["table"]) == ("dbt_public_unlisted", "opened")


def test_a_custom_materialization_is_deployed_as_a_table(tmp_path: Path, hansa: Hansa) -> None:
    own = model(
        "orders", f"select id, kind as size {FROM_RAW}", config={"materialized": "partitioned"}
    )
    shop = write_project(tmp_path, manifest(own, ORDERS), ORDERS_TABLE)
    (note,) = findings(hansa, shop)
    assert note["rule"] == "dbt_materialization"
    assert "`partitioned`, which is deployed as a table" in note["message"]


def customers(version: int, latest: int) -> dict[str, Any]:
    return model(
        "customers",
        f"select id, {version} as v {FROM_RAW}",
        unique_id=f"model.shop.customers.v{version}",
        alias=f"customers_v{version}",
        relation_name=f'"db"."main"."customers_v{version}"',
        version=version,
        latest_version=latest,
    )


def test_versions_of_a_model_are_linked(tmp_path: Path, hansa: Hansa) -> None:
    columns = {"id": "integer", "v": "integer"}
    for name, versions, latest in (("old", (1, 9), 9), ("new", (9, 10), 10)):
        write_project(
            tmp_path / name,
            manifest(*(customers(one, latest) for one in versions), ORDERS),
            {f"customers_v{one}": columns for one in versions},
        )
    changes = hansa("diff old new --format json").json["changes"]
    messages = {change["table"]: change["message"] for change in changes}
    assert messages["customers_v10"] == (
        "table `customers_v10` is new; it is the version of `customers` that follows `customers_v9`"
    )
    assert messages["customers_v1"].endswith(
        "; read `customers_v10` instead, the latest version of `customers`"
    )


def unit_test(model_name: str, given: list[dict[str, Any]], rows: Any) -> dict[str, Any]:
    unique_id = f"unit_test.shop.{model_name}.works"
    test = {
        "unique_id": unique_id,
        "name": "works",
        "model": model_name,
        "given": given,
        "expect": {"rows": rows, "format": "dict"},
        "original_file_path": "models/models.yml",
        "package_name": "shop",
        "depends_on": {"nodes": [f"model.shop.{model_name}"]},
    }
    return {unique_id: test}


def pipeline() -> dict[str, Any]:
    """A seed, an ephemeral model, a view, an incremental model and a table, in this order."""
    seed = {
        "unique_id": "seed.shop.kinds",
        "name": "kinds",
        "resource_type": "seed",
        "package_name": "shop",
        "original_file_path": "seeds/kinds.csv",
        "database": "db",
        "schema": "main",
        "alias": "kinds",
        "relation_name": '"db"."main"."kinds"',
        "config": {"materialized": "seed", "column_types": {"kind": "varchar"}},
    }
    large_sql = f"select id, kind, amount {FROM_RAW} where amount > 10"
    large = model(
        "large",
        large_sql,
        relation_name=None,
        config={"materialized": "ephemeral"},
    )
    injected = f"with __dbt__cte__large as (\n{large_sql}\n) "
    viewed = model(
        "viewed",
        injected + "select id, kind from __dbt__cte__large",
        config={"materialized": "view"},
        depends_on={"nodes": ["model.shop.large"]},
    )
    grown = model(
        "grown",
        'select v.id, k.name from "db"."main"."viewed" as v '
        'left join "db"."main"."kinds" as k on k.kind = v.kind',
        config={"materialized": "incremental", "unique_key": "id"},
        depends_on={"nodes": ["model.shop.viewed", "seed.shop.kinds"]},
    )
    orders = model(
        "orders",
        "select id, case when name is null then 'unknown' else name end as size "
        'from "db"."main"."grown"',
        depends_on={"nodes": ["model.shop.grown"]},
    )
    rows = [{"id": 1, "name": "Book"}, {"id": 2}]
    expected = [{"id": 1, "size": "Book"}, {"id": 2, "size": "unknown"}]
    tests = unit_test("orders", [{"input": "ref('grown')", "rows": rows}], expected)
    return manifest(seed, large, viewed, grown, orders, ORDERS, unit_tests=tests)


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Path:
    files = {"seeds/kinds.csv": "kind,name\nb,Book\n7,Seven\n"}
    return write_project(tmp_path / "shop", pipeline(), ORDERS_TABLE, files=files)


def test_every_materialization_is_deployed(shop: Path, hansa: Hansa, tmp_path: Path) -> None:
    published = hansa("publish", shop)
    assert published.code == 0, published.err
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create schema landing; create table landing.orders as "
            "select * from (values (1, 'b', 20), (2, 'b', 5), (3, 'c', 30), (4, '7', 11)) "
            "as t (id, kind, amount)"
        )
    assert hansa(f"deploy shop@1.0.0 --target duckdb:///{warehouse}", shop).code == 0
    with duckdb.connect(str(warehouse)) as connection:
        rows = connection.execute("from shop__v1_0_0.orders order by id").fetchall()
        kinds = dict(
            connection.execute(
                "select split_part(table_name, '__', 1), table_type from information_schema.tables "
                "where table_schema = 'shop__store'"
            ).fetchall()
        )
    assert rows == [(1, "Book"), (3, "unknown"), (4, "Seven")]
    assert {name for name, kind in kinds.items() if kind == "BASE TABLE"} >= {
        "orders",
        "grown",
        "kinds",
    }
    assert "BASE TABLE" not in {kinds.get("viewed"), kinds.get("large")}


def test_tests_coverage_and_mutants_are_those_of_any_product(shop: Path, hansa: Hansa) -> None:
    tested = hansa("test --coverage --mutate --format json", shop)
    assert tested.code == 0, tested.err + tested.out
    assert [test["status"] for test in tested.json["tests"]] == ["passed"]
    arms = [
        one["status"]
        for one in tested.json["coverage"]["models"]["orders"]["obligations"]
        if one["kind"] == "case"
    ]
    assert arms == ["met", "met"]
    assert tested.json["mutation"]["killed"] > 0


def test_readers_lock_a_dbt_product_and_are_told_of_its_changes(
    shop: Path, hansa: Hansa, tmp_path: Path
) -> None:
    assert hansa("publish", shop).code == 0
    write_consumer(tmp_path / "board")
    locked = hansa("lock --format json", "board")
    assert locked.json["locked"]["shop"]["version"] == "1.0.0", locked.err
    published = hansa("publish", "board")
    assert published.code == 0, published.err
    dependents = hansa("dependents shop", shop)
    assert "board" in dependents.out
    document = pipeline()
    edited = document["nodes"]["model.shop.orders"]
    edited["compiled_code"] = edited["raw_code"] = edited["compiled_code"].replace(
        "'unknown'", "'none'"
    )
    (shop / "target/manifest.json").write_text(json.dumps(document))
    impact = hansa("impact --format json", shop)
    assert impact.code in (0, 1), impact.err
    assert "sizes" in impact.out
    checked = hansa("check --format json", shop).json
    assert checked["required"] == "major"
    assert [one["release"] for one in checked["dependents"]] == ["board@1.0.0"]


def write_consumer(directory: Path) -> None:
    files: Mapping[str, str] = {
        "product.yaml": "name: board\nowner: {team: board}\nrequires: {shop: ^1.0}\n",
        "models/sizes.sql": "SELECT size, count(*) AS orders FROM shop.orders GROUP BY size\n",
        "contract.yaml": "apiVersion: v3.2.0\nkind: DataContract\nid: board\nversion: 1.0.0\n"
        "status: active\ndataProduct: board\nschema:\n  - name: sizes\n    physicalType: table\n"
        "    properties:\n      - {name: size, logicalType: string, physicalType: varchar}\n"
        "      - {name: orders, logicalType: integer, physicalType: bigint}\n",
    }
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)


def test_how_often_a_model_is_built_is_a_service_level(tmp_path: Path, hansa: Hansa) -> None:
    built = model(
        "orders",
        f"select id, kind as size {FROM_RAW}",
        config={
            "materialized": "table",
            "freshness": {"build_after": {"count": 4, "period": "hour", "updates_on": "any"}},
        },
    )
    shop = write_project(tmp_path, manifest(built, ORDERS), ORDERS_TABLE)
    exported = hansa("contract export --to odcs", shop).out
    assert "frequency" in exported
    assert "element: orders" in exported


DAY, HOURS = {"count": 1, "period": "day"}, {"count": 3, "period": "hour"}
# how dbt writes a limit that nobody set
UNSET = {"count": None, "period": None}


@pytest.mark.parametrize(
    ("freshness", "level"),
    [
        ({"freshness": {"warn_after": HOURS, "error_after": DAY}}, (1, "d")),
        ({"freshness": {"warn_after": HOURS, "error_after": UNSET, "filter": None}}, (3, "h")),
        ({"freshness": None, "config": {"freshness": {"error_after": DAY}}}, (1, "d")),
        ({"freshness": {"warn_after": UNSET, "error_after": UNSET}}, None),
        ({"freshness": None, "config": {"freshness": None}}, None),
        ({"freshness": {"error_after": {"count": "{{ days }}", "period": "day"}}}, None),
    ],
)
def test_how_old_a_source_may_be_is_a_service_level(
    freshness: dict[str, Any], level: tuple[int, str] | None, tmp_path: Path, hansa: Hansa
) -> None:
    document = manifest(model("orders", f"select id, kind as size {FROM_RAW}"), ORDERS)
    for declared in document["sources"].values():
        declared |= freshness
    shop = write_project(tmp_path, document, ORDERS_TABLE)
    exported = yaml.safe_load(hansa("contract export --to odcs", shop).out)
    found = [(one["value"], one["unit"]) for one in exported.get("slaProperties", [])]
    assert found == ([] if level is None else [level])


def test_a_seed_of_a_package_is_read_where_packages_are_installed(
    tmp_path: Path, hansa: Hansa
) -> None:
    seed = {
        **pipeline()["nodes"]["seed.shop.kinds"],
        "unique_id": "seed.lists.kinds",
        "package_name": "lists",
    }
    orders = model("orders", 'select 1 as id, name as size from "db"."main"."kinds"')
    shop = write_project(
        tmp_path,
        manifest(orders, seed),
        ORDERS_TABLE,
        files={
            "dbt_project.yml": "name: shop\npackages-install-path: vendor/dbt\n",
            "vendor/dbt/lists/seeds/kinds.csv": "kind,name\nb,Book\n",
        },
    )
    assert findings(hansa, shop) == []


@pytest.mark.parametrize(
    ("rows", "types"),
    [
        ("id,size\n1,a\n\n2,\n", ("INTEGER", "VARCHAR")),
        ("id,size\n9999999999,true\n", ("BIGINT", "BOOLEAN")),
        ('id,size\n1.5,"a,\nb"\n', ("DOUBLE", "VARCHAR")),
        ("\ufeffid,size\n007,2026-01-02\n", ("INTEGER", "DATE")),
        ("id,size\n", ("INTEGER", "INTEGER")),
    ],
)
def test_the_rows_of_seeds_have_types(rows: str, types: tuple[str, ...]) -> None:
    seed = pipeline()["nodes"]["seed.shop.kinds"]
    seed["config"] = {"materialized": "seed"}
    project = load(manifest(seed), files={"seeds/kinds.csv": rows.encode()})
    with duckdb.connect() as connection:
        described = connection.sql(project.translated.models["kinds"].sql)
        assert tuple(map(str, described.types)) == types


def test_a_seed_with_a_torn_row_is_told_with_its_line(tmp_path: Path, hansa: Hansa) -> None:
    shop = write_project(
        tmp_path, pipeline(), ORDERS_TABLE, files={"seeds/kinds.csv": "kind,name\nb,Book\nc\n"}
    )
    checked = hansa("check", shop)
    assert checked.code == 2
    assert "seeds/kinds.csv:3" in checked.err
    assert "a row has 1 values, and the header names 2" in checked.err
