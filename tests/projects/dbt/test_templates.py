"""Compiled SQL on the lines of its template, and without what dbt put into it."""

from __future__ import annotations

import json

import pytest

from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.dbt.load import load_dbt_project
from hansa.projects.dbt.templates import lay_out, without_injected

from .manifests import manifest, model


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "with __dbt__cte__a as (\nselect ')' as x -- )\n) select * from __dbt__cte__a",
            " select * from __dbt__cte__a",
        ),
        (
            "with  __dbt__cte__a as (\nselect 1\n),  __dbt__cte__b as (\nselect 2\n), "
            "c as (select 3) select 4",
            "with c as (select 3) select 4",
        ),
        ("with __dbt__cte__a as (select 1), __dbt__cte__b as (select 2) select 3", " select 3"),
        (
            "with recursive __dbt__cte__a as (select 1), c as (select 3) select 4",
            "with recursive c as (select 3) select 4",
        ),
        ("select 1", "select 1"),
        # cut off: left as it is, for the parser to report
        ("with __dbt__cte__a as (select 1", "with __dbt__cte__a as (select 1"),
    ],
)
def test_injected_ctes_are_taken_out(before: str, after: str) -> None:
    assert without_injected(before, "duckdb") == after


def test_lines_can_be_kept() -> None:
    sql = "with __dbt__cte__a as (\nselect 1\n)\nselect 2"
    assert without_injected(sql, "duckdb", keep_lines=True).splitlines()[3] == "select 2"


def test_each_line_stands_where_its_template_has_it() -> None:
    template = (
        "{{\n  config(tags=['x'])\n}}\n{# why #}\nselect\n  {{ cents('a') }} as a,\n"
        "  b\nfrom {{ ref('orders') }} as o\n{% if is_incremental() %}\nwhere b > 1\n{% endif %}"
    )
    sql = "\n\nselect\n  round(a * 100) as a,\n  b\nfrom orders as o\n"
    laid = lay_out(sql, template, "duckdb")
    assert laid is not None
    lines = laid.split("\n")
    assert [number for number, line in enumerate(lines, 1) if line] == [5, 6, 7, 8]
    # the alias stands in its column, as the name is shorter than the call
    assert lines[7].index("as o") == template.split("\n")[7].index("as o")


def test_a_loop_makes_several_lines_of_one_and_has_no_place_in_the_template() -> None:
    template = "select\n{% for x in xs %}\n  {{ x }},\n{% endfor %}\n  z\nfrom t"
    assert lay_out("select\n\n  a,\n\n  b,\n\n  z\nfrom t", template, "duckdb") is None


def test_a_text_over_several_lines_is_never_changed() -> None:
    template = "select 'a\n\n{{ x }}\n\nb' as y"
    laid = lay_out("select 'a\n\nc\n\nb' as y", template, "duckdb")
    assert laid in (None, "select 'a\n\nc\n\nb' as y")


def test_a_text_with_a_template_in_it_is_not_padded() -> None:
    laid = lay_out("select 'a' as y, 1 as z", "select '{{ name }}' as y, 1 as z", "duckdb")
    assert laid == "select 'a' as y, 1 as z"


def test_empty_lines_before_a_model_count_though_dbt_drops_them() -> None:
    document = manifest(model("orders", "select 1 as id,\n  2 as x"))
    read = {"models/orders.sql": b"\r\n  \n\nselect 1 as id,\n  2 as x\n"}.get
    artifacts = Artifacts(json.dumps(document).encode(), "manifest.json", read_template=read)
    laid = load_dbt_project(artifacts, ()).translated.models["orders"]
    assert laid.path == "models/orders.sql"
    assert laid.sql == "\n\n\nselect 1 as id,\n  2 as x"
