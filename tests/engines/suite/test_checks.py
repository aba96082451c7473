"""Promises of contracts whose SQL engines read differently."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.deploy.products import table

from hansa.core.contract import Bounds, ContractColumn
from hansa.core.datatype import BIGINT, DOUBLE, STRING, UNKNOWN, DataType
from hansa.deploy.audit import Audited, audit
from hansa.deploy.checks import CheckMaker
from hansa.engines.protocol import Engine


def breaches(engine: Engine, column: ContractColumn, select: str) -> list[str]:
    engine.create_schema("s")
    engine.create_table(("s", "t"), select)
    checks = CheckMaker(engine, lambda _: None).table_checks(table("t", column))
    return [one.message for one in audit(engine, Audited("t", ("s", "t"), tuple(checks))).findings]


def test_numbers_listed_for_a_column_of_texts(engine: Engine) -> None:
    column = ContractColumn("code", STRING, enum=(1, 2, "x"))
    text = engine.text_sql("v")
    select = f"SELECT {text} AS code FROM (VALUES ('1'), ('x'), ('3')) AS q(v)"
    assert breaches(engine, column, select) == [
        "`t.code` is not among the listed values in 1 of 3 rows: `3`"
    ]


@pytest.mark.parametrize(
    ("declared", "kind"),
    [(BIGINT, BIGINT), (UNKNOWN, BIGINT), (UNKNOWN, DOUBLE)],
)
def test_multiples_of_whole_numbers(engine: Engine, declared: DataType, kind: DataType) -> None:
    column = replace(ContractColumn("n", declared), bounds=Bounds(multiple_of=5))
    number = engine.type_sql(kind)
    select = f"SELECT CAST(v AS {number}) AS n FROM (VALUES (10), (12), (NULL), (-5)) AS q(v)"
    (found,) = breaches(engine, column, select)
    assert found.startswith("`t.n` is not a multiple of 5 in 1 of 4 rows: `12")
