"""Relation names of compiled SQL, turned back into names of the product."""

from __future__ import annotations

import pytest

from hansa.projects.dbt.manifest import DbtNode, Source
from hansa.projects.dbt.relations import RelationNames, Target

from .manifests import generic_test, load, manifest, model, source, sql_of


def names(dialect: str = "duckdb", quoted: str = '"{}"') -> RelationNames:
    found = RelationNames(dialect)
    for schema, name, target in (
        ("main", "stg_orders", Target("stg_orders")),
        ("main", "cust", Target("customers")),
        ("landing", "till", Target("orders", "raw")),
    ):
        path = ".".join(quoted.format(part) for part in ("db", schema, name))
        found.add(
            DbtNode(
                f"m.{name}",
                name,
                "model",
                database="db",
                schema=schema,
                alias=name,
                relation_name=path,
            ),
            target,
        )
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('select * from "db"."main"."stg_orders"', "select * from stg_orders"),
        ('select * from "db"."landing"."till" t', "select * from raw.orders t"),
        # columns may be named by the relation, so its own name stays as an alias
        (
            'select cust.id from "db"."main"."cust" where cust.id > 1',
            "select cust.id from customers as cust where cust.id > 1",
        ),
        ('select * from "db"."main"."cust" as c', "select * from customers as c"),
        # written by hand, in other letters, without quotes, without the database
        ("select * from DB.Main.STG_ORDERS", "select * from stg_orders"),
        ("select * from main.stg_orders", "select * from stg_orders"),
        (
            'select "db"."main"."stg_orders".id from "db"."main"."stg_orders"',
            "select stg_orders.id from stg_orders",
        ),
        # an alias and its column are no relation
        ("select main.stg_orders from t as main", "select main.stg_orders from t as main"),
        # texts stay, comments do not tell the target
        ("select 'db.main.stg_orders' as x", "select 'db.main.stg_orders' as x"),
        ('select 1 -- "db"."main"."stg_orders"', "select 1 -- stg_orders"),
        # what nobody knows stays as it is, and is reported where it stands
        ("select * from other.main.stg_orders", "select * from other.main.stg_orders"),
    ],
)
def test_relations_become_names(before: str, after: str) -> None:
    assert names().rename(before) == after


def test_the_backticks_of_bigquery_may_hold_a_whole_path() -> None:
    found = names("bigquery", "`{}`")
    assert found.rename("select * from `db`.`main`.`stg_orders`") == "select * from stg_orders"
    assert found.rename("select * from `db.landing.till` as t") == "select * from raw.orders as t"


def test_snowflake_folds_names_without_quotes() -> None:
    found = names("snowflake", "{}")
    assert found.rename("select * from DB.MAIN.STG_ORDERS s") == "select * from stg_orders s"


def test_names_that_differ_by_case_alone_are_told_apart_in_quotes() -> None:
    found = RelationNames("snowflake")
    for name in ("Orders", "ORDERS"):
        node = DbtNode(
            name, name, "model", database="D", schema="S", alias=name, relation_name=f'D.S."{name}"'
        )
        found.add(node, Target(f"model_{len(name)}_{name[1]}"))
    assert found.rename('select * from D.S."Orders" a') == "select * from model_6_r a"
    assert found.rename('select * from D.S."ORDERS" a') == 'select * from "model_6_R" a'


def test_a_source_of_another_database_is_found() -> None:
    found = RelationNames("snowflake")
    there = Source(
        "s",
        "orders",
        "erp",
        database="OTHER",
        schema="LANDING",
        identifier="ORDERS",
        relation_name="OTHER.LANDING.ORDERS",
    )
    here = DbtNode(
        "m",
        "orders",
        "model",
        database="DB",
        schema="LANDING",
        alias="orders",
        relation_name="DB.LANDING.orders",
    )
    found.add(there, Target("orders", "erp"))
    found.add(here, Target("orders"))
    assert found.rename("select * from other.landing.orders") == "select * from erp.orders"
    assert found.rename("select * from DB.LANDING.orders") == "select * from orders"


def test_one_alias_in_two_schemas_is_two_models() -> None:
    project = load(
        manifest(
            model(
                "eu_orders",
                "select 1 as id",
                schema="eu",
                alias="orders",
                relation_name='"db"."eu"."orders"',
            ),
            model(
                "us_orders",
                "select 2 as id",
                schema="us",
                alias="orders",
                relation_name='"db"."us"."orders"',
            ),
            model(
                "all_orders",
                'select id from "db"."eu"."orders" union all select id from "db"."us"."orders"',
            ),
        )
    )
    assert sql_of(project, "all_orders") == (
        "select id from eu_orders as orders union all select id from us_orders as orders"
    )


def test_a_package_of_a_required_product_is_read_as_that_product() -> None:
    foreign = model(
        "dim_customers",
        "select * from customers__v1_0_0.dim_customers",
        unique_id="model.customers.dim_customers",
        package_name="customers",
        config={"materialized": "ephemeral"},
        relation_name=None,
    )
    own = model(
        "orders",
        "with __dbt__cte__dim_customers as (\nselect * from customers__v1_0_0.dim_customers\n) "
        "select * from __dbt__cte__dim_customers",
    )
    project = load(manifest(foreign, own), required=("customers",))
    assert list(project.translated.models) == ["orders"]
    assert sql_of(project, "orders") == "select * from customers.dim_customers"


def test_one_project_for_two_targets_is_one_product() -> None:
    def compiled(database: str, schema: str) -> dict[str, object]:
        stg = model(
            "stg_orders",
            f'select id from "{database}"."landing"."orders"',
            database=database,
            schema=schema,
            relation_name=f'"{database}"."{schema}"."stg_orders"',
        )
        orders = model(
            "orders",
            f'/* "{database}"."{schema}"."stg_orders" */ '
            f'select id from "{database}"."{schema}"."stg_orders"',
            database=database,
            schema=schema,
            relation_name=f'"{database}"."{schema}"."orders"',
        )
        raw = source(
            "raw", "orders", database=database, relation_name=f'"{database}"."landing"."orders"'
        )
        for node in (stg, orders):
            node["raw_code"] = "{% something %}"
        return manifest(stg, orders, raw, generic_test("unique", "source.shop.raw.orders", "id"))

    dev, prod = load(compiled("dev", "alice")), load(compiled("warehouse", "analytics"))
    assert dev.translated.models == prod.translated.models
    assert dev.translated.sources == prod.translated.sources
