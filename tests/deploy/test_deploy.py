"""What a target holds after deploying, step by step, with whole layouts compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.deploy.products import Ticks, layout, pin, read, release, table

from hansa.core.contract import ContractColumn, Quality, Relationship
from hansa.core.datatype import BIGINT, STRING
from hansa.core.product import Materialization, SourceTable, Storage
from hansa.core.schema import Column, TableSchema
from hansa.deploy.define import Candidate
from hansa.deploy.definition import StoredObject
from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.errors import (
    ForeignObjects,
    ModelFailed,
    ReleaseDiffers,
    RequirementNotLive,
    RequirementNotPinned,
    SourceUnreadable,
    StateDamaged,
    StateTooNew,
    TableWithoutModel,
)
from hansa.deploy.progress import Listener
from hansa.deploy.reports import DeployReport, Outcome
from hansa.deploy.state_store import STATE_FORMAT
from hansa.engines.protocol import Engine, RelationKind

AIRLINES = table("airlines", "carrier", "name")
NAMES = "SELECT 'UA' AS carrier, 'United' AS name UNION ALL SELECT 'AA', 'American'"


def put(engine: Engine, candidate: Candidate, **options: bool) -> DeployReport:
    report = deploy(engine, candidate, DeployOptions(**options), clock=Ticks())
    assert report.passed, report.findings
    return report


def actions(report: DeployReport) -> dict[str, str]:
    return {item.label: item.action.value for item in report.objects}


def reference(version: str = "1.0.0", sql: str = NAMES) -> Candidate:
    return release(f"reference@{version}", [AIRLINES], {"airlines": sql})


def flights(version: str, *columns: str, base: Path, pins: Candidate) -> Candidate:
    """Facts by flight and by carrier, through a private model, from a file."""
    sources = {"raw": {"flights": SourceTable("flights", path="flights.csv")}}
    listed = ", ".join(columns)
    return release(
        f"flights@{version}",
        [table("fct_flights", *columns), table("carriers", "name", "n")],
        {
            "fct_flights": f"SELECT {listed} FROM clean",
            "carriers": "SELECT a.name, count(*) AS n FROM clean AS c"
            " JOIN reference.airlines AS a ON a.carrier = c.carrier GROUP BY a.name",
            "clean": "SELECT * FROM raw.flights WHERE dep_delay IS NOT NULL",
            "unused": "SELECT 1 AS x",
        },
        sources=sources,
        locked=pin(pins),
        base=base,
    )


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "flights.csv").write_text(
        "flight,carrier,dep_delay\n1,UA,5\n2,UA,\n3,AA,-2\n4,UA,0\n"
    )
    return tmp_path


def test_a_first_deployment(engine: Engine, base: Path) -> None:
    put(engine, reference())
    report = put(engine, flights("1.0.0", "flight", "carrier", base=base, pins=reference()))
    assert layout(engine) == {
        "flights__store": [
            "carriers__#",
            "clean__#",
            "fct_flights__#",
            "source__raw__flights__#",
        ],
        "flights__v1": ["carriers", "fct_flights"],
        "flights__v1_0_0": ["carriers", "fct_flights"],
        "reference__store": ["airlines__#"],
        "reference__v1": ["airlines"],
        "reference__v1_0_0": ["airlines"],
    }
    for schema in ("flights__v1", "flights__v1_0_0"):
        assert read(engine, f"{schema}.fct_flights") == [(1, "UA"), (3, "AA"), (4, "UA")]
        assert read(engine, f"{schema}.carriers") == [("American", 1), ("United", 2)]
    assert report.outcome is Outcome.DONE
    assert (report.schema, report.line_schema) == ("flights__v1_0_0", "flights__v1")
    assert [(item.label, item.action.value, item.rows) for item in report.objects] == [
        ("raw.flights", "view", None) if engine.reads_files else ("raw.flights", "built", 4),
        ("clean", "view", None),
        ("fct_flights", "built", 3),
        ("carriers", "built", 2),
    ]


def test_deploying_again_does_nothing(engine: Engine, base: Path) -> None:
    put(engine, reference())
    candidate = flights("1.0.0", "flight", base=base, pins=reference())
    put(engine, candidate)
    before = engine.query("SELECT * FROM hansa.releases").rows
    report = put(engine, candidate)
    assert (report.outcome, report.objects) == (Outcome.UNCHANGED, ())
    assert engine.query("SELECT * FROM hansa.releases").rows == before


def test_a_minor_release_shares_what_is_equal_and_replaces_its_elder(
    engine: Engine, base: Path
) -> None:
    put(engine, reference())
    put(engine, flights("1.0.0", "flight", base=base, pins=reference()))
    report = put(engine, flights("1.1.0", "flight", "carrier", base=base, pins=reference()))
    assert actions(report) == {
        "raw.flights": "shared",
        "clean": "shared",
        "fct_flights": "built",
        "carriers": "shared",
    }
    assert [str(name) for name in report.removed] == ["flights@1.0.0"]
    assert [name.rpartition("__")[0] for name in report.dropped] == ["flights__store.fct_flights"]
    assert layout(engine)["flights__store"] == [
        "carriers__#",
        "clean__#",
        "fct_flights__#",
        "source__raw__flights__#",
    ]
    assert "flights__v1_0_0" not in layout(engine)
    assert read(engine, "flights__v1.fct_flights") == [(1, "UA"), (3, "AA"), (4, "UA")]


def test_major_lines_live_side_by_side(engine: Engine, base: Path) -> None:
    put(engine, reference())
    put(engine, flights("1.0.0", "flight", base=base, pins=reference()))
    report = put(engine, flights("2.0.0", "carrier", base=base, pins=reference()))
    assert report.removed == ()
    assert layout(engine)["flights__store"] == [
        "carriers__#",
        "clean__#",
        "fct_flights__#",
        "fct_flights__#",
        "source__raw__flights__#",
    ]
    assert read(engine, "flights__v1.fct_flights") == [(1,), (3,), (4,)]
    assert read(engine, "flights__v2.fct_flights") == [("AA",), ("UA",), ("UA",)]
    assert read(engine, "flights__v2.carriers") == read(engine, "flights__v1.carriers")


def test_a_table_that_goes_leaves_the_line(engine: Engine) -> None:
    two = [AIRLINES, table("codes", "carrier")]
    models = {"airlines": NAMES, "codes": "SELECT carrier FROM airlines"}
    put(engine, release("reference@0.1.0", two, models))
    put(engine, release("reference@0.1.1", [AIRLINES], models))
    assert layout(engine) == {
        "reference__store": ["airlines__#"],
        "reference__v0_1": ["airlines"],
        "reference__v0_1_1": ["airlines"],
    }


@pytest.mark.parametrize(
    "sql",
    [
        f"-- the same\n  {NAMES.replace(' AS ', ' as ').replace('SELECT', 'select')}",
        f"{NAMES}\n/* and more */\n;",
    ],
)
def test_formatting_and_comments_do_not_make_another_table(engine: Engine, sql: str) -> None:
    put(engine, reference())
    report = put(engine, reference("1.0.1", sql))
    assert actions(report) == {"airlines": "shared"}


def test_a_renamed_model_shares_the_table(engine: Engine) -> None:
    put(engine, reference())
    renamed = release("reference@2.0.0", [table("carriers", "name")], {"carriers": NAMES})
    assert actions(put(engine, renamed)) == {"carriers": "shared"}
    assert read(engine, "reference__v2.carriers") == [("American",), ("United",)]
    assert layout(engine)["reference__store"] == ["airlines__#"]


def test_the_interface_shows_exactly_the_contract(engine: Engine) -> None:
    put(engine, release("reference@1.0.0", [table("airlines", "name")], {"airlines": NAMES}))
    assert read(engine, "reference__v1.airlines") == [("American",), ("United",)]


def test_a_requirement_must_be_live(engine: Engine, base: Path) -> None:
    consumer = flights("1.0.0", "flight", base=base, pins=reference())
    with pytest.raises(RequirementNotLive) as caught:
        put(engine, consumer)
    assert str(caught.value) == (
        f"`flights@1.0.0` pins `reference@1.0.0`, which is not live in `{engine.url}`"
    )
    assert caught.value.hint == "run `hansa deploy reference@1.0.0` into that target first"
    assert caught.value.exit_code == 1
    # the same version with another content is not what the lockfile pins
    put(engine, reference(sql="SELECT 'DL' AS carrier, 'Delta' AS name"))
    with pytest.raises(RequirementNotLive):
        put(engine, consumer)


def test_a_requirement_that_goes_while_its_reader_is_built(engine: Engine, base: Path) -> None:
    old, new = reference(), reference("1.1.0", f"{NAMES} UNION ALL SELECT 'DL', 'Delta'")
    put(engine, old)

    class Other(Listener):
        """Another team moves on as soon as the first table is begun."""

        def building(self, item: StoredObject) -> None:
            if "reference__v1_0_0" in layout(engine):
                put(engine, new)

    consumer = flights("1.0.0", "flight", base=base, pins=old)
    with pytest.raises(RequirementNotLive, match="which is not live"):
        deploy(engine, consumer, listener=Other())
    assert not {"reference__v1_0_0", "flights__v1_0_0"} & set(layout(engine))
    put(engine, flights("1.0.0", "flight", base=base, pins=new))


def test_a_requirement_must_be_pinned(engine: Engine, base: Path) -> None:
    put(engine, reference())
    sound = flights("1.0.0", "flight", base=base, pins=reference())
    with pytest.raises(RequirementNotPinned) as caught:
        put(engine, Candidate(sound.product, sound.facts, sound.digest, {}, base))
    assert str(caught.value) == (
        "`flights@1.0.0` reads `reference`, of which its lockfile pins no release"
    )
    assert caught.value.hint == "run `hansa lock`"


def test_a_pinned_release_stays_until_its_reader_moves(engine: Engine, base: Path) -> None:
    old, new = reference(), reference("1.1.0", f"{NAMES} UNION ALL SELECT 'DL', 'Delta'")
    put(engine, old)
    put(engine, flights("1.0.0", "flight", base=base, pins=old))
    assert put(engine, new).removed == ()
    assert read(engine, "flights__v1.carriers") == [("American", 1), ("United", 2)]
    report = put(engine, flights("1.0.1", "flight", base=base, pins=new))
    assert [str(name) for name in report.removed] == ["flights@1.0.0", "reference@1.0.0"]
    assert sorted(name.rpartition("__")[0] for name in report.dropped) == [
        "flights__store.carriers",
        "reference__store.airlines",
    ]
    assert read(engine, "flights__v1.carriers") == [("American", 1), ("United", 2)]


def test_readers_of_a_shared_table_share_and_survive_its_elder(engine: Engine) -> None:
    def consumer(version: str, required: Candidate) -> Candidate:
        return release(
            f"marts@{version}",
            [table("named", "name")],
            {
                "named": "SELECT name FROM known",
                "known": "SELECT name FROM reference.airlines WHERE name <> 'x'",
            },
            storage={"known": Storage(Materialization.VIEW)},
            locked=pin(required),
        )

    old, new = reference(), reference("1.0.1", f"{NAMES} -- the same")
    put(engine, old)
    put(engine, consumer("1.0.0", old))
    put(engine, new)
    report = put(engine, consumer("1.0.1", new))
    assert actions(report) == {"known": "shared", "named": "shared"}
    assert [str(name) for name in report.removed] == ["marts@1.0.0", "reference@1.0.0"]
    assert report.dropped == ()
    # the private view was made by 1.0.0, and must not read what went with reference 1.0.0
    relations = engine.relations("marts__store")
    (view,) = [found.name for found in relations if found.kind is RelationKind.VIEW]
    assert read(engine, f'marts__store."{view}"') == [("American",), ("United",)]


def test_an_older_release_is_kept_by_hand(engine: Engine) -> None:
    put(engine, reference("1.1.0"))
    report = put(engine, reference("1.0.0"))
    assert report.kept
    put(engine, reference("1.2.0"))
    assert [name for name in layout(engine) if "v1_" in name] == [
        "reference__v1_0_0",
        "reference__v1_2_0",
    ]


def test_keeping_on_request(engine: Engine) -> None:
    put(engine, reference("1.0.0"))
    assert put(engine, reference("1.0.0"), keep=True).kept
    put(engine, reference("1.1.0"))
    assert "reference__v1_0_0" in layout(engine)


def test_another_content_under_a_live_version(engine: Engine) -> None:
    put(engine, reference())
    other = reference(sql="SELECT 'DL' AS carrier, 'Delta' AS name")
    with pytest.raises(ReleaseDiffers) as caught:
        put(engine, other)
    assert str(caught.value).startswith("`reference@1.0.0` is live with another content (sha256:")
    assert len(read(engine, "reference__v1.airlines")) == 2
    put(engine, other, replace=True)
    assert read(engine, "reference__v1.airlines") == [("DL", "Delta")]
    assert layout(engine)["reference__store"] == ["airlines__#"]


@pytest.mark.parametrize("schema", ["reference__store", "reference__v1_0_0", "reference__v1"])
def test_objects_of_others_are_left_alone(engine: Engine, schema: str) -> None:
    engine.execute(f"CREATE SCHEMA {schema}")
    engine.execute(f"CREATE TABLE {schema}.mine AS SELECT 7 AS x")
    with pytest.raises(ForeignObjects) as caught:
        put(engine, reference())
    assert str(caught.value) == f"the schema `{schema}` holds what hansa did not make: `mine`"
    assert layout(engine) == {schema: ["mine"]}


def test_a_schema_named_hansa_of_somebody_else(engine: Engine) -> None:
    engine.execute("CREATE SCHEMA hansa")
    engine.execute("CREATE TABLE hansa.league AS SELECT 1 AS x")
    with pytest.raises(ForeignObjects):
        put(engine, reference())
    assert read(engine, "hansa.league") == [(1,)]


def test_what_others_put_beside_later_is_refused_too(engine: Engine) -> None:
    put(engine, reference())
    engine.execute("CREATE TABLE reference__store.mine AS SELECT 7 AS x")
    with pytest.raises(ForeignObjects):
        put(engine, reference("2.0.0"))
    assert read(engine, "reference__store.mine") == [(7,)]


def test_an_empty_schema_of_the_name_is_taken(engine: Engine) -> None:
    engine.execute("CREATE SCHEMA reference__v1")
    put(engine, reference())
    assert len(read(engine, "reference__v1.airlines")) == 2


def test_a_failed_check_leaves_nothing(engine: Engine) -> None:
    strict = table("airlines", ContractColumn("carrier", enum=("UA",)), "name")
    report = deploy(engine, release("reference@1.0.0", [strict], {"airlines": NAMES}))
    assert report.outcome is Outcome.FAILED
    assert [finding.message for finding in report.findings] == [
        "`airlines.carrier` is not among the listed values in 1 of 2 rows: `AA`"
    ]
    assert layout(engine) == {"reference__store": []}
    assert engine.query("SELECT count(*) FROM hansa.releases").scalar == 0


def test_a_failed_check_leaves_readers_where_they_are(engine: Engine) -> None:
    put(engine, reference())
    before = layout(engine)
    strict = table("airlines", ContractColumn("carrier", enum=("UA",)), "name", "more")
    other = f"SELECT *, 1 AS more FROM ({NAMES}) AS q"
    report = deploy(engine, release("reference@1.1.0", [strict], {"airlines": other}))
    assert report.outcome is Outcome.FAILED
    assert layout(engine) == before
    assert len(read(engine, "reference__v1.airlines")) == 2


def test_a_warning_does_not_stop(engine: Engine) -> None:
    rows = Quality("library", metric="rowCount", conditions=(("mustBe", 3),), severity="warning")
    cautious = table("airlines", "carrier", "name", quality=(rows,))
    report = put(engine, release("reference@1.0.0", [cautious], {"airlines": NAMES}))
    assert [finding.message for finding in report.findings] == [
        "`airlines` has 2 rows, it must be 3"
    ]


def test_relationships_and_sql_checks_see_the_new_data(engine: Engine) -> None:
    put(engine, reference())
    query = "SELECT count(*) FROM ${table} AS f JOIN sizes ON sizes.n = f.{column}"
    fact = table(
        "facts",
        ContractColumn(
            "carrier",
            relationships=(
                Relationship(("carrier",), "reference.airlines", ("carrier",)),
                Relationship(("carrier",), "local", ("code",)),
            ),
        ),
        ContractColumn(
            "n", quality=(Quality("sql", name="sized", query=query, conditions=(("mustBe", 2),)),)
        ),
    )
    candidate = release(
        "flights@1.0.0",
        [fact, table("local", "code")],
        {
            "facts": "SELECT 'UA' AS carrier, 1 AS n UNION ALL SELECT 'ZZ', 5",
            "local": "SELECT 'ZZ' AS code",
            "sizes": "SELECT 1 AS n",
        },
        locked=pin(reference()),
    )
    report = deploy(engine, candidate)
    assert [finding.message for finding in report.findings] == [
        "`facts.carrier` is not in `reference.airlines` in 1 of 2 rows: `ZZ`",
        "`facts.carrier` is not in `local` in 1 of 2 rows: `UA`",
        "`facts.n`: the query of `sized` gave 1, it must be 2",
    ]


def test_a_promised_column_that_the_model_lacks(engine: Engine) -> None:
    report = deploy(
        engine,
        release("reference@1.0.0", [table("airlines", "country")], {"airlines": NAMES}),
    )
    assert [finding.rule for finding in report.findings] == ["column_missing"]
    assert report.outcome is Outcome.FAILED


def test_facts_of_sources_are_checked(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,name\n1,a\n1,b\n2,\n")
    schema = TableSchema((Column("id", BIGINT), Column("name", STRING, nullable=False)))
    source = SourceTable("x", path="x.csv", schema=schema, primary_key=("id",))
    report = deploy(
        engine,
        release(
            "p@1.0.0",
            [table("t", "id")],
            {"t": "SELECT id FROM raw.x"},
            sources={"raw": {"x": source}},
            base=tmp_path,
        ),
    )
    assert [finding.message for finding in report.findings] == [
        "`raw.x.name` is NULL in 1 of 3 rows, where (id) is `2`",
        "`raw.x.id` repeats the value of another row in 1 of 3 rows: `1`",
    ]
    assert layout(engine) == {"p__store": []}


def test_a_source_that_is_a_relation_of_the_target(engine: Engine) -> None:
    engine.execute("CREATE SCHEMA landing")
    engine.execute("CREATE TABLE landing.x AS SELECT 1 AS id")
    source = {"raw": {"x": SourceTable("x", relation="landing.x")}}
    models = {"t": "SELECT raw.x.id FROM raw.x"}
    put(engine, release("p@1.0.0", [table("t", "id")], models, sources=source))
    assert read(engine, "p__v1.t") == [(1,)]
    assert layout(engine)["p__store"] == ["t__#"]


def test_a_missing_file(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable) as caught:
        put(
            engine,
            release(
                "p@1.0.0",
                [table("t", "id")],
                {"t": "SELECT id FROM raw.x"},
                sources={"raw": {"x": SourceTable("x", path="x.csv")}},
                base=tmp_path,
            ),
        )
    assert str(caught.value) == (
        "the source `raw.x` (`x.csv`) cannot be read:"
        f' no files found that match the pattern "{tmp_path}/x.csv"'
    )
    assert caught.value.hint == (
        "see that `x.csv` is there and has the columns that product.yaml declares"
    )
    assert layout(engine) == {"p__store": []}


def test_a_model_that_fails_on_its_data(engine: Engine) -> None:
    with pytest.raises(ModelFailed) as caught:
        put(engine, release("p@1.0.0", [table("t", "x")], {"t": "SELECT 'ab'::INTEGER AS x"}))
    reason = {
        "duckdb": "could not convert string 'ab' to INT32",
        "postgres": 'invalid input syntax for type integer: "ab"',
    }[engine.dialect]
    assert str(caught.value) == f"the model `t` (p/models/t.sql) failed: {reason}"
    assert layout(engine) == {"p__store": []}


def test_a_table_without_a_model(engine: Engine) -> None:
    with pytest.raises(TableWithoutModel) as caught:
        put(engine, release("p@1.0.0", [table("t", "x")], {}))
    assert str(caught.value) == "the contract of `p@1.0.0` lists `t`, which no model makes"
    assert caught.value.hint == "add models/t.sql, or take the table out of contract.yaml"


def test_a_stored_table_that_was_dropped_by_hand_is_built_again(engine: Engine) -> None:
    put(engine, reference())
    ((name,),) = engine.query("SELECT relation FROM hansa.objects").rows
    # where views are bound to tables, whoever drops one by hand takes its views along
    cascade = " CASCADE" if engine.dialect == "postgres" else ""
    engine.execute(f'DROP TABLE reference__store."{name}"{cascade}')
    assert actions(put(engine, reference())) == {"airlines": "built"}
    assert len(read(engine, "reference__v1.airlines")) == 2


def test_names_that_are_words_of_sql(engine: Engine) -> None:
    put(
        engine,
        release(
            "select@1.0.0",
            [table("order", 'a"b', "größe")],
            {
                "order": 'SELECT "a""b", "größe" FROM "from"',
                "from": 'SELECT 1 AS "a""b", 2 AS "größe"',
            },
        ),
    )
    assert read(engine, '"select__v1"."order"') == [(1, 2)]


def test_the_state_of_a_newer_hansa(engine: Engine) -> None:
    put(engine, reference())
    engine.execute("UPDATE hansa.meta SET format = 99")
    with pytest.raises(StateTooNew) as caught:
        put(engine, reference("2.0.0"))
    assert str(caught.value) == (
        f"the state in `{engine.url}` has format 99, this hansa knows formats up to {STATE_FORMAT}"
    )


def test_a_damaged_state(engine: Engine) -> None:
    put(engine, reference())
    engine.execute("UPDATE hansa.releases SET pins = 'nonsense'")
    with pytest.raises(StateDamaged) as caught:
        put(engine, reference("2.0.0"))
    assert str(caught.value).startswith(f"the state in `{engine.url}` cannot be read: ")
    assert caught.value.exit_code == 3
