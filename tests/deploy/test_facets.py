"""Audits of folded tables: what they find of each version, and in how many scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.targets import Target

from hansa.core.contract import Bounds, ContractColumn, ContractTable, Quality, Relationship
from hansa.deploy.audit import Audited, audit
from hansa.deploy.checks import WHOLE, Check, CheckMaker, ColumnNotHeld, Facet, Measure
from hansa.deploy.quality import quality_checks
from hansa.engines.protocol import Engine, Rows

# the versions of one table: what each shows of the folded table, which holds only some rows of two
VERSIONS = {
    "one": Facet((("id", "id"), ("late", "late_2"), ("code", "code"))),
    "two": Facet((("id", "id"), ("late", "late"), ("name", "name")), "is_row"),
    "three": Facet((("number", "id"), ("late", "late"), ("code", "code")), "is_row_2"),
}


@pytest.fixture
def engine(target: Target) -> Engine:
    engine = target.open_main()
    engine.execute(
        "CREATE TABLE wide AS SELECT * FROM (VALUES"
        " (1, TRUE, FALSE, 'a', 'Ada', TRUE, TRUE), (2, NULL, TRUE, '7', NULL, TRUE, FALSE),"
        " (2, TRUE, TRUE, 'b', 'Bob', FALSE, TRUE),"
        " (NULL, FALSE, NULL, 'b', 'Cid', TRUE, TRUE),"
        " (2, TRUE, TRUE, '12', 'Dan', TRUE, FALSE)"
        ") AS v(id, late, late_2, code, name, is_row, is_row_2)"
    )
    engine.execute("CREATE TABLE codes AS SELECT * FROM (VALUES ('a'), ('7')) AS v(code)")
    for name, facet in VERSIONS.items():
        columns = ", ".join(f"{stored} AS {own}" for own, stored in facet.columns)
        rows = f" WHERE {facet.flag}" if facet.flag else ""
        engine.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM wide{rows}")
    return engine


def contracts() -> dict[str, ContractTable]:
    """What each version promises, much of it broken."""
    known = Quality("library", metric="nullValues", unit="percent", conditions=(("mustBe", 0),))
    rows = Quality("library", metric="rowCount", conditions=(("mustBe", 5),))
    code = ContractColumn(
        "code",
        unique=True,
        bounds=Bounds(max_length=1),
        relationships=(Relationship(("code",), "codes", ("code",)),),
    )
    late = ContractColumn("late", required=True, quality=(known,))
    return {
        "one": ContractTable("t", (ContractColumn("id", key_position=1), late, code)),
        "two": ContractTable(
            "t",
            (ContractColumn("id", key_position=1), late, ContractColumn("name", required=True)),
            quality=(rows,),
        ),
        "three": ContractTable(
            "t", (ContractColumn("number", unique=True), late, code), quality=(rows,)
        ),
    }


def checks_of(engine: Engine, name: str, facet: Facet) -> tuple[Check, ...]:
    table = contracts()[name]
    maker = CheckMaker(engine, {"codes": ("main", "codes")}.get, facet)
    return (*maker.table_checks(table), *quality_checks(maker, table, {}))


def found(engine: Engine, relation: str, checks: Sequence[Check]) -> list[str]:
    outcome = audit(engine, Audited("t", ("main", relation), tuple(checks)))
    return [one.message for one in outcome.findings]


@pytest.mark.parametrize("name", VERSIONS)
def test_a_version_has_the_findings_of_its_view(engine: Engine, name: str) -> None:
    alone = found(engine, name, checks_of(engine, name, WHOLE))
    assert len(alone) >= 3
    assert found(engine, "wide", checks_of(engine, name, VERSIONS[name])) == alone


def test_versions_together_have_the_findings_of_each(engine: Engine) -> None:
    alone = [found(engine, name, checks_of(engine, name, WHOLE)) for name in VERSIONS]
    together = [
        check for name, facet in VERSIONS.items() for check in checks_of(engine, name, facet)
    ]
    assert found(engine, "wide", together) == [
        message for messages in alone for message in messages
    ]


def test_sound_versions_are_read_twice(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[str] = []
    query = engine.query

    def counting(sql: str) -> Rows:
        queries.append(sql)
        return query(sql)

    monkeypatch.setattr(engine, "query", counting)
    engine.execute("DELETE FROM wide WHERE id <> 1 OR id IS NULL")
    makers = [CheckMaker(engine, lambda _: None, facet) for facet in VERSIONS.values()]
    checks = [
        check
        for maker, table in zip(makers, contracts().values(), strict=True)
        for check in maker.table_checks(table)
    ]
    assert found(engine, "wide", checks) == []
    rows, duplicates = queries
    # what versions promise of the same rows alike is measured once
    assert rows.count('t."id" IS NULL') == 2
    assert 'GROUPING SETS (("id"), ("code"))' in duplicates


def test_a_check_is_not_made_on_rows_of_other_versions(engine: Engine) -> None:
    check = Check("r", Measure.BREACHES, ("code",), "CAST(t.code AS INTEGER) > 9", says="is big")
    (message,) = found(engine, "wide", [check])
    assert message.startswith("`t.code`: the check `r` cannot run: ")
    engine.execute("ALTER TABLE wide ADD COLUMN is_number BOOLEAN")
    engine.execute("UPDATE wide SET is_number = code IN ('7', '12')")
    facet = Facet((("code", "code"),), "is_number")
    messages = found(engine, "wide", [replace(check, facet=facet)])
    assert messages == ["`t.code` is big in 1 of 2 rows: `12`"]


# `ID` may be another column than `id`, or the same: the version itself can tell
@pytest.mark.parametrize("name", ["name", "ID"])
def test_what_a_version_lacks_is_not_looked_up_elsewhere(engine: Engine, name: str) -> None:
    maker = CheckMaker(engine, lambda _: None, VERSIONS["one"])
    with pytest.raises(ColumnNotHeld):
        list(maker.table_checks(ContractTable("t", (ContractColumn(name, required=True),))))
    with pytest.raises(ColumnNotHeld):
        list(maker.table_checks(ContractTable("t", (ContractColumn(name, unique=True),))))
