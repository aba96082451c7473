"""Macros for functions that DuckDB lacks, in tests, coverage and mutation."""

from __future__ import annotations

import pytest

from hansa.core.product import Product
from hansa.engines.sandbox import open_sandbox
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
    assert result.hint == "define it as a macro in tests/macros.sql, or give rows of this model"


def test_a_macro_makes_it_run() -> None:
    assert run(product_with(MACRO)).passed


def test_coverage_and_mutation_call_it_too() -> None:
    product = product_with(MACRO)
    facts = analyse_product(product, {})
    recorder = CoverageRecorder(product, facts, {})
    run_tests(product, facts, {}, observe=recorder.observe)

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
    ("text", "message"),
    [
        (b"CREATE MACRO sum(a) AS a", "macro `sum` would hide a function of DuckDB"),
        (b"CREATE MACRO f(a) AS a +", "macro `f`: "),
        (b"CREATE MACRO f(a) AS nowhere(a)", "macro `f`: "),
    ],
)
def test_what_duckdb_refuses_is_an_error_at_its_place(text: bytes, message: str) -> None:
    product = product_with(text)
    with open_sandbox() as sandbox, pytest.raises(MacroInvalid) as caught:
        use_macros(sandbox, macros_of(product))

    assert str(caught.value).startswith(message)
    assert str(caught.value.place) == "tests/macros.sql:1:1"


def test_macros_of_one_product_do_not_reach_another() -> None:
    with open_sandbox() as sandbox:
        use_macros(sandbox, read_macros("CREATE MACRO f(a) AS a + 1", "m.sql"))
        use_macros(sandbox, read_macros("CREATE MACRO g(a) AS TABLE SELECT a + 2 AS b", "m.sql"))
        assert sandbox.query("SELECT b FROM g(1)").rows == [(3,)]
        assert not sandbox.query("SELECT * FROM duckdb_functions() WHERE function_name = 'f'").rows
        use_macros(sandbox, ())
        assert not sandbox.query("SELECT * FROM duckdb_functions() WHERE function_name = 'g'").rows
