"""Macros for functions that DuckDB lacks, in tests, coverage and mutation."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.core.product import Product
from hansa.engines.sandbox import open_sandbox
from hansa.errors import HansaError
from hansa.sql.analysis import analyse_product
from hansa.sql.macros import MacroInvalid, read_macros
from hansa.testing.coverage import CoverageRecorder
from hansa.testing.macros import macros_of, use_macros
from hansa.testing.mutation import measure_mutation
from hansa.testing.runner import TestReport, run_tests

from .products import make_product, make_source, make_test

SOURCES = {"raw": {"t": make_source("t", "a integer!")}}
MODELS = {"shown": "SELECT a FROM raw.t WHERE SHIFTED(a) > 2"}
TEST = make_test("shifts", "shown", {"raw.t": [{"a": 1}, {"a": 2}]}, [{"a": 2}])
MACRO = b"-- one further\nCREATE OR REPLACE MACRO SHIFTED(value) AS value + 1;\n"


def product_with(macros: bytes | None, dialect: str = "snowflake") -> Product:
    files = {} if macros is None else {"tests/macros.sql": macros}
    return make_product(MODELS, ("shown",), SOURCES, (TEST,), dialect, files)


def run(product: Product) -> TestReport:
    return run_tests(product, analyse_product(product, {}), {})


def test_without_a_macro_the_error_names_function_and_dialect() -> None:
    [result] = run(product_with(None)).results

    assert result.message is not None
    assert "calls the snowflake function `shifted`, which DuckDB does not have" in result.message
    assert str(result.place) == "models/shown.sql:1:27"
    assert result.hint == "define it as a macro in tests/macros.sql, or give rows of this model"


def test_a_macro_makes_it_run() -> None:
    assert run(product_with(MACRO)).passed


def test_coverage_and_mutation_call_it_too() -> None:
    product = product_with(MACRO)
    facts = analyse_product(product, {})
    recorder = CoverageRecorder(product, facts, {})
    run_tests(product, facts, {}, observe=recorder)

    numbers = recorder.report().numbers
    assert (numbers.unmeasurable, numbers.met) == (0, 2)
    assert measure_mutation(product, facts, {}, jobs=1).percent > 0


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("SELECT 1", "a statement that begins with `SELECT` is no macro", "m.sql:1:1"),
        ("CREATE TABLE t AS SELECT 1", "a statement that begins with `CREATE` is no macro", ":1:1"),
        (
            "CREATE MACRO f(a) AS a;\n  DROP TABLE t",
            "a statement that begins with `DROP` is no macro",
            "m.sql:2:3",
        ),
        ("CREATE MACRO f(a) AS a; CREATE MACRO F(a) AS 1", "macro `F` is there twice", ":1:25"),
        (
            "CREATE MACRO main.f(a) AS a",
            "a macro has a name of one part and parameters in parentheses",
            "m.sql:1:1",
        ),
        ("CREATE MACRO f(a) AS 'x", "the macros cannot be read as SQL", "m.sql"),
    ],
)
def test_what_is_no_macro_is_refused(text: str, message: str, place: str) -> None:
    with pytest.raises(MacroInvalid) as caught:
        read_macros(text, "m.sql")

    assert str(caught.value) == message
    assert str(caught.value.place).endswith(place)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("CREATE MACRO sum(a) AS a", "macro `sum` would hide a function of DuckDB", "1:1"),
        ('CREATE MACRO "Now"() AS 1', "macro `Now` would hide a function of DuckDB", "1:1"),
        ("CREATE MACRO f(a) AS 'open\n", "the macros cannot be read as SQL", None),
        ("CREATE MACRO f(a) AS a;\n  CREATE MACRO g(é) AS 'é' || é é", "macro `g`: ", "2:33"),
        ("CREATE\n  MACRO f(a) AS\n    'é' || a a", "macro `f`: ", "3:14"),
        ("-- é\n\tCREATE MACRO f(a) AS 1 + nowhere(a)", "macro `f`: ", "2:27"),
        ("CREATE MACRO f(a) AS f(a) + 1", "macro `f`: ", "1:22"),
        ("CREATE MACRO f(a) AS a + z", "macro `f`: referenced column `z`", "1:26"),
    ],
)
def test_what_duckdb_refuses_is_an_error_at_its_place(
    text: str, message: str, place: str | None
) -> None:
    with open_sandbox() as sandbox, pytest.raises(MacroInvalid) as caught:
        use_macros(sandbox, macros_of(product_with(text.encode())))

    assert str(caught.value).startswith(message)
    assert str(caught.value.place) == "tests/macros.sql" + (f":{place}" if place else "")


def test_macros_that_are_no_text_are_refused() -> None:
    with pytest.raises(MacroInvalid, match="the macros are not UTF-8"):
        macros_of(product_with(b"-- \xff"))


@pytest.mark.parametrize(
    "text",
    [
        "CREATE FUNCTION f(a) AS a",
        "CREATE TEMP MACRO f(a) AS a",
        "CREATE MACRO IF NOT EXISTS f(a) AS a",
        "CREATE MACRO system.main.f(a) AS a",
        "CREATE MACRO",
        "CREATE OR REPLACE VIEW f AS SELECT 1",
        "CREATE MACRO f(a) AS $$;$$ || a; DROP TABLE kept",
        "CREATE MACRO f(a) AS a; SET threads = 4",
        "CREATE MACRO f(a) AS a; ATTACH 'x.duckdb'",
        "CREATE MACRO f(a) AS a /* ; */; INSTALL httpfs",
    ],
)
def test_nothing_but_macros_gets_in(text: str) -> None:
    with pytest.raises(MacroInvalid):
        read_macros(text, "m.sql")


@pytest.mark.parametrize(
    "body",
    [
        "(SELECT content FROM read_text('{file}'))",
        "TABLE SELECT * FROM read_csv('{file}')",
        "TABLE SELECT * FROM '{file}'",
        "TABLE WITH a AS (INSERT INTO kept VALUES (2) RETURNING a) SELECT * FROM a",
        "TABLE SELECT * FROM query('DROP TABLE kept')",
    ],
)
def test_a_macro_reaches_no_file_and_changes_nothing(body: str, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("a\n1\n")
    macros = read_macros(f"CREATE MACRO f() AS {body.replace('{file}', str(file))}", "m.sql")
    refused = 0
    with open_sandbox() as sandbox:
        sandbox.execute("CREATE TABLE kept AS SELECT 1 AS a")
        for query in ("SELECT f()", "SELECT * FROM f()"):
            try:
                use_macros(sandbox, macros)
                sandbox.query(query)
            except HansaError:
                refused += 1
        assert sandbox.query("SELECT * FROM kept").rows == [(1,)]
    assert refused == 2


def test_a_macro_that_explodes_is_stopped() -> None:
    exploding = f"SELECT {'f(' * 24}a{')' * 24} FROM (SELECT 1::BIGINT AS a)"
    with open_sandbox(time_limit=0.5) as sandbox:
        use_macros(sandbox, read_macros("CREATE MACRO f(a) AS a + a", "m.sql"))
        with pytest.raises(HansaError):
            sandbox.query(exploding)


def test_several_forms_and_tables_are_macros_too() -> None:
    text = """-- ein Maß; mit Kommentar
CREATE MACRO "größe;"(x, y := 'é;') AS x || y;;
create or replace macro f(a) as a, (a, b) as a + b; /* ; */
CREATE MACRO upto(n) AS TABLE SELECT i FROM range(f(n)) AS r(i)"""
    with open_sandbox() as sandbox:
        use_macros(sandbox, read_macros(text, "m.sql"))
        shown = "SELECT \"größe;\"('a'), F(1), f(1, 2), max(i) FROM upto(3)"
        assert sandbox.query(shown).rows == [("aé;", 1, 3, 2)]


def test_a_wrong_file_ends_the_command_with_its_place(tmp_path: Path, hansa: Hansa) -> None:
    write_files(
        tmp_path / "orders", {**ORDERS, "tests/macros.sql": "\nCREATE MACRO f(x) AS\n  x +;\n"}
    )
    said = hansa("test", "orders")
    assert said.code != 0
    assert "tests/macros.sql:3:" in said.out + said.err
    assert "Traceback" not in said.out + said.err


def test_macros_of_one_product_do_not_reach_another() -> None:
    with open_sandbox() as sandbox:
        use_macros(sandbox, read_macros("CREATE MACRO f(a) AS a + 1", "m.sql"))
        use_macros(sandbox, read_macros("CREATE MACRO g(a) AS TABLE SELECT a + 2 AS b", "m.sql"))
        assert sandbox.query("SELECT b FROM g(1)").rows == [(3,)]
        assert not sandbox.query("SELECT * FROM duckdb_functions() WHERE function_name = 'f'").rows
        use_macros(sandbox, ())
        assert not sandbox.query("SELECT * FROM duckdb_functions() WHERE function_name = 'g'").rows


def test_macros_are_published_with_the_tests_that_need_them(tmp_path: Path, hansa: Hansa) -> None:
    """The test of the release is judged with its macro, whatever the product has meanwhile."""
    model = ORDERS["models/fct_orders.sql"]
    staging = ORDERS["models/staging/stg_orders.sql"].replace("amount >= 0", "amount >= smallest()")
    files = {
        **ORDERS,
        "models/staging/stg_orders.sql": staging,
        "tests/macros.sql": "CREATE MACRO smallest() AS 0;\n",
    }
    write_files(tmp_path / "orders", files)
    assert hansa("publish", "orders").code == 0
    write_files(
        tmp_path / "orders",
        {
            "models/fct_orders.sql": model + "-- as it was\n",
            "models/staging/stg_orders.sql": staging.replace("amount >=", "amount + 0 >="),
            "tests/macros.sql": "CREATE MACRO smallest() AS 1000000;\n",
        },
    )

    said = hansa("diff orders@1.0.0 . --format json", "orders").json
    assert [change["rule"] for change in said["changes"]].count("published_test_failed") == 0
    assert any(change["table"] == "fct_orders" for change in said["changes"])
