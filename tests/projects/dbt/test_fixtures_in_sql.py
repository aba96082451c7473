"""Fixtures of dbt's unit tests that are written in SQL: constants are read, the rest computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Hansa
from tests.projects.dbt.manifests import manifest, model
from tests.projects.dbt.products import write_project

BASE = model("base", "select 1 as id, 1.5 as amount, date '2026-01-01' as day")
DOUBLED = model(
    "doubled",
    'select id, cast(amount * 2 as double) as amount, day = day as known from "db"."main"."base"',
    depends_on={"nodes": ["model.shop.base"]},
)
TABLE = {"doubled": {"id": "integer", "amount": "double", "known": "boolean"}}

SERIES = """
with numbers as (select * from generate_series(1, 3) as t(id))
select id, cast(id * 1.5 as decimal(10, 2)) as amount, date '2026-01-01' + id::integer as day
from numbers
"""
EXPECTED = """
select id, (id * 3.0)::decimal(10, 2) as amount, id > 0 as known
from range(1, 4) as t(id)
"""


def unit_tests(given: str, expect: str) -> dict[str, Any]:
    test = {
        "unique_id": "unit_test.shop.doubled.works",
        "name": "works",
        "model": "doubled",
        "given": [{"input": "ref('base')", "rows": given, "format": "sql"}],
        "expect": {"rows": expect, "format": "sql"},
        "original_file_path": "models/models.yml",
        "package_name": "shop",
        "depends_on": {"nodes": ["model.shop.doubled"]},
    }
    return {"unit_test.shop.doubled.works": test}


def project(directory: Path, given: str, expect: str, adapter: str = "duckdb") -> Path:
    document = manifest(BASE, DOUBLED, unit_tests=unit_tests(given, expect))
    document["metadata"]["adapter_type"] = adapter
    if adapter == "bigquery":
        document = json.loads(json.dumps(document).replace('\\"', "`"))
    return write_project(directory / "shop", document, TABLE)


def test_computed_rows_are_given_and_expected(tmp_path: Path, hansa: Hansa) -> None:
    tested = hansa("test --format json", project(tmp_path, SERIES, EXPECTED))
    assert tested.code == 0, tested.out + tested.err
    assert [one["status"] for one in tested.json["tests"]] == ["passed"]


def test_a_computed_row_that_differs_fails(tmp_path: Path, hansa: Hansa) -> None:
    wrong = EXPECTED.replace("3.0", "3.5")
    tested = hansa("test --format json", project(tmp_path, SERIES, wrong))
    assert tested.code == 1
    assert [one["status"] for one in tested.json["tests"]] == ["failed"]


def test_fixtures_speak_the_dialect_of_the_project(tmp_path: Path, hansa: Hansa) -> None:
    given = "select x as id, 1.5 as amount, date '2026-01-01' as day from unnest([1, 2]) as x"
    expect = "select x as id from unnest(generate_array(1, 2)) as x"
    tested = hansa("test", project(tmp_path, given, expect, "bigquery"))
    assert tested.code == 0, tested.out + tested.err


def test_a_release_holds_the_rows(tmp_path: Path, hansa: Hansa) -> None:
    shop = project(tmp_path, SERIES, EXPECTED)
    published = hansa("publish --allow-dirty", shop)
    assert published.code == 0, published.err
    assert hansa("diff shop@1.0.0 .", shop).code == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("select id, amount, day from somewhere", "`somewhere` is no constant"),
        ("select 1 + 1 as id, random() as amount, null as day", "is no constant"),
        ("select 1 + 1 as id, now() as amount, null as day", "is no constant"),
        ("select * from read_csv('/etc/passwd')", ""),
        ("select error('so')", "so"),
        ("select 1 as id from range(1000000)", "more than 10000 rows came out"),
        ("select 1 +", "the SQL ends too early, after `+`"),
    ],
)
def test_what_cannot_be_computed_is_said(
    given: str, reason: str, tmp_path: Path, hansa: Hansa
) -> None:
    checked = hansa("check --no-compare --format json", project(tmp_path, given, EXPECTED))
    (finding,) = [
        one for one in checked.json["findings"] if one["rule"] == "dbt_unit_test_left_out"
    ]
    assert finding["message"].startswith(
        "the unit test `works` has a fixture in SQL that cannot be used: "
    )
    assert reason in finding["message"]
    assert "root:" not in finding["message"]
    assert finding["severity"] == "warning"
