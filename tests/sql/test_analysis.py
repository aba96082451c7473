"""Facts about whole products: names, findings, order, and the cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.sql.inferring import show
from tests.sql.products import FLIGHTS, INTERFACES, product_of

from hansa.core.facts import Input, InputKind, ModelFacts
from hansa.sql.analysis import Interface, analyse_product, schema_of_input
from hansa.sql.dialects import UnknownDialect

FINDINGS = {
    "a private table": (
        "SELECT *\nFROM flights.stg_flights",
        [
            "2:6 private_table: `flights.stg_flights` is a private table of `flights`"
            " (read a public table of `flights`: `flights.fct_flights`)"
        ],
    ),
    "an unknown table of a required product": (
        "SELECT id FROM flights.fct_flight",
        [
            "1:16 unknown_table: `flights.fct_flight` is not a public table of the required"
            " product `flights` (did you mean `fct_flights`?)"
        ],
    ),
    "a product that is not required": (
        "SELECT id FROM fleet.planes",
        [
            "1:16 product_not_required: `fleet` in `fleet.planes` is neither a source nor a"
            " required product (run `hansa add fleet`, or declare the source `fleet` in"
            " product.yaml)"
        ],
    ),
    "its own name": (
        "SELECT id FROM punctuality.base",
        [
            "1:16 product_not_required: `punctuality` in `punctuality.base` is neither a source"
            " nor a required product (write `base` to read a model of this product)"
        ],
    ),
    "an unknown model": (
        "SELECT id FROM bse",
        [
            "1:16 unknown_relation: `bse` is neither a model nor a source of this product"
            " (did you mean `base`?)"
        ],
    ),
    "a source table without its source": (
        "SELECT id FROM weather",
        [
            "1:16 unknown_relation: `weather` is neither a model nor a source of this product"
            " (write `raw.weather` to read the source table)"
        ],
    ),
    "a required table without its product": (
        "SELECT id FROM fct_flights",
        [
            "1:16 unknown_relation: `fct_flights` is neither a model nor a source of this"
            " product (write `flights.fct_flights` to read the required table)"
        ],
    ),
    "an unknown source table": (
        "SELECT id FROM raw.wether",
        [
            "1:16 unknown_relation: `raw.wether` is neither a model nor a source of this product"
            " (did you mean `weather`?)"
        ],
    ),
    "too many parts": (
        "SELECT id FROM db.raw.weather",
        [
            "1:16 too_many_parts: `db.raw.weather` has more than two parts"
            " (write `model`, `product.table` or `source.table`)"
        ],
    ),
    "unknown columns, all of them": (
        "SELECT origni, w.zz, nn.x\nFROM raw.weather AS w\nWHERE idd = 1",
        [
            "1:8 unknown_column: `origni` is not a column of anything here"
            " (did you mean `origin`?)",
            "1:16 unknown_column: `zz` is not a column of `w`"
            " (known columns: `id`, `origin`, `at`, `x`)",
            "1:22 unknown_column: `nn.x` is not a column: nothing in FROM is named `nn` (None)",
            "3:7 unknown_column: `idd` is not a column of anything here (did you mean `id`?)",
        ],
    ),
    "an ambiguous column": (
        "SELECT id FROM raw.weather AS w JOIN base AS b ON w.id = b.id",
        ["1:8 ambiguous_column: `id` is ambiguous (write `w.id` or `b.id`)"],
    ),
    "a star over unknown columns": (
        "SELECT * FROM raw.loose",
        [
            "1:8 unknown_columns: the columns of `raw.loose` are not known here"
            " (declare the columns of `raw.loose` in product.yaml, or name the columns you need)"
        ],
    ),
    "a pivot over unknown values": (
        "SELECT * FROM raw.weather PIVOT (sum(x) FOR origin IN (true))",
        [
            "1:8 unknown_columns: the columns of `PIVOT` are not known here"
            " (name the columns you need)"
        ],
    ),
    "a column that EXCLUDE names": (
        "SELECT * EXCLUDE (nope) FROM raw.weather",
        ["1:19 unknown_column: `nope` is not a column of the star (None)"],
    ),
    "a column that USING names": (
        "SELECT w.id FROM raw.weather AS w JOIN base USING (origin)",
        ["1:52 unknown_column: `origin` is not a column of both sides of the join (None)"],
    ),
    "sides of different width": (
        "SELECT id, x FROM raw.weather UNION ALL SELECT id FROM base",
        [
            "1:48 column_count: the sides of UNION have 2 and 1 columns"
            " (select the same columns on both sides)"
        ],
    ),
    "two columns of one name": (
        "SELECT id, x AS ID FROM raw.weather",
        [
            "1:8 duplicate_column: two columns are named `id`"
            " (give one of them another name with `AS`, or leave it out)"
        ],
    ),
    "a column without a name": (
        "SELECT id, x + 1 FROM raw.weather",
        ["1:12 unnamed_column: column 2 has no name (add `AS` and a name)"],
    ),
    "a file read past the sources": (
        "SELECT a FROM read_csv('secret.csv')",
        [
            "1:15 file_read: a model reads files through sources only"
            " (declare the file under `sources` in product.yaml)"
        ],
    ),
    "no columns": (
        "SELECT FROM raw.weather",
        ["1:13 no_columns: this SELECT names no columns (None)"],
    ),
    "invalid SQL": (
        "SELECT a FROM",
        ["1:10 sql_invalid: the SQL ends too early, after `FROM` (None)"],
    ),
    "something else than a SELECT": (
        "DROP TABLE x",
        [
            "1:1 not_one_select: a model is one SELECT statement, but this begins with `DROP`"
            " (write exactly one SELECT statement, which may start with WITH)"
        ],
    ),
    "a CTE shadows a model and hides nothing else": (
        "WITH nope AS (SELECT 1 AS a) SELECT a FROM nope, nopes",
        [
            "1:50 unknown_relation: `nopes` is neither a model nor a source of this product"
            " (add `models/nopes.sql`, or write `source.table` or `product.table`)"
        ],
    ),
    "a wrong name in a CTE that nothing reads": (
        "WITH unused AS (SELECT 1 AS a FROM gone) SELECT id FROM base",
        [
            "1:36 unknown_relation: `gone` is neither a model nor a source of this product"
            " (add `models/gone.sql`, or write `source.table` or `product.table`)"
        ],
    ),
}


def found(models: dict[str, str], name: str) -> list[str]:
    facts = analyse_product(product_of(models), INTERFACES)
    return [
        f"{finding.place.line}:{finding.place.column} {finding.rule}: {finding.message}"
        f" ({finding.hint})"
        for finding in facts.models[name].diagnostics
        if finding.place is not None
    ]


@pytest.mark.parametrize("case", FINDINGS)
def test_findings(case: str) -> None:
    sql, expected = FINDINGS[case]
    assert found({"base": "SELECT id FROM raw.weather", "m": sql}, "m") == expected


def test_a_finding_carries_the_models_file() -> None:
    facts = analyse_product(product_of({"m": "SELECT 1 AS a FROM x"}), INTERFACES)
    assert [str(finding.place) for finding in facts.diagnostics] == ["demo/models/m.sql:1:20"]


def test_what_is_wrong_below_is_reported_there_alone() -> None:
    models = {"bad": "SELECT nope FROM raw.weather", "top": "SELECT *, extra FROM bad"}
    facts = analyse_product(product_of(models), INTERFACES)
    assert [finding.message for finding in facts.diagnostics] == [
        "`nope` is not a column of anything here"
    ]
    assert facts.models["top"].schema is None


def test_a_circle_is_shown_as_a_path() -> None:
    models = {
        "a": "SELECT * FROM b",
        "b": "SELECT *\nFROM c",
        "c": "SELECT * FROM a",
        "alone": "SELECT * FROM alone",
    }
    facts = analyse_product(product_of(models), INTERFACES)
    assert [(str(item.place), item.rule, item.message) for item in facts.diagnostics] == [
        (
            "demo/models/alone.sql:1:15",
            "model_cycle",
            "the models read each other in a circle: `alone -> alone`",
        ),
        (
            "demo/models/c.sql:1:15",
            "model_cycle",
            "the models read each other in a circle: `a -> b -> c -> a`",
        ),
    ]


def test_models_come_after_the_models_they_read() -> None:
    models = {
        "top": "SELECT m.id FROM middle AS m JOIN flights.fct_flights AS f ON f.id = m.id",
        "middle": "SELECT id, x FROM base WHERE x > 0",
        "base": "SELECT * FROM raw.weather",
    }
    facts = analyse_product(product_of(models), INTERFACES)
    assert facts.order == ("base", "middle", "top")
    assert list(facts.models) == ["top", "middle", "base"]
    assert facts.diagnostics == ()
    shown = {name: show(model.schema) for name, model in facts.models.items() if model.schema}
    assert shown == {
        "top": "id | id",
        "middle": "id x | id",
        "base": "id origin? at? x? | id",
    }
    assert facts.models["top"].inputs == (
        Input(InputKind.MODEL, "middle"),
        Input(InputKind.REQUIRED, "fct_flights", "flights"),
    )


def test_a_long_chain_of_models_needs_no_recursion() -> None:
    models = {"m0": "SELECT id FROM raw.weather"}
    models |= {f"m{at}": f"SELECT id FROM m{at - 1}" for at in range(1, 1_500)}
    facts = analyse_product(product_of(dict(reversed(models.items()))), INTERFACES)
    assert facts.order == tuple(models)
    assert facts.diagnostics == ()


def test_a_required_product_without_its_interface_is_accepted() -> None:
    facts = analyse_product(product_of({"m": "SELECT a FROM flights.any_table"}), {})
    assert facts.diagnostics == ()
    assert facts.models["m"].inputs == (Input(InputKind.REQUIRED, "any_table", "flights"),)


def test_names_match_but_for_letter_case() -> None:
    facts = analyse_product(
        product_of({"m": "SELECT W.ID FROM Raw.Weather AS w, FLIGHTS.FCT_FLIGHTS"}), INTERFACES
    )
    assert facts.diagnostics == ()
    assert [str(read) for read in facts.models["m"].inputs] == [
        "raw.weather",
        "flights.fct_flights",
    ]


@pytest.mark.parametrize(
    ("expression", "deterministic"),
    [
        ("x + 1", True),
        ("random()", False),
        ("uuid()", False),
        ("now()", False),
        ("current_date", False),
        ("age(at)", False),
        ("age(at, at)", True),
        ("count(*) OVER (ORDER BY random())", False),
    ],
)
def test_what_differs_between_runs(expression: str, deterministic: bool) -> None:
    models = {"m": f"SELECT {expression} AS v FROM raw.weather"}
    facts = analyse_product(product_of(models), INTERFACES)
    assert facts.models["m"].deterministic is deterministic


def test_a_sample_differs_between_runs() -> None:
    models = {"m": "SELECT id FROM raw.weather TABLESAMPLE 10%"}
    assert analyse_product(product_of(models), INTERFACES).models["m"].deterministic is False


def test_an_unknown_dialect() -> None:
    with pytest.raises(UnknownDialect):
        analyse_product(product_of({}, dialect="sqll"), {})


def test_schemas_of_inputs() -> None:
    product = product_of({"m": "SELECT id FROM raw.weather"})
    facts = analyse_product(product, INTERFACES)

    def shown(kind: InputKind, name: str, group: str = "") -> str | None:
        schema = schema_of_input(Input(kind, name, group), product, facts.models, INTERFACES)
        return None if schema is None else show(schema)

    assert shown(InputKind.MODEL, "m") == "id | id"
    assert shown(InputKind.MODEL, "nope") is None
    assert shown(InputKind.SOURCE, "weather", "raw") == "id origin? at? x? | id"
    assert shown(InputKind.SOURCE, "loose", "raw") is None
    assert shown(InputKind.REQUIRED, "fct_flights", "flights") == "id carrier? | id"
    assert shown(InputKind.REQUIRED, "fct_flights", "fleet") is None


class Memory(dict[str, ModelFacts]):
    """A cache that counts what was computed."""

    def put(self, key: str, facts: ModelFacts) -> None:
        assert key not in self
        self[key] = facts


MODELS = {
    "base": "SELECT * FROM raw.weather",
    "top": "SELECT base.id, carrier FROM base JOIN flights.fct_flights USING (id)",
    "wrong": "SELECT nope FROM base",
    "broken": "SELECT FROM FROM",
}


def test_the_cache_gives_the_same_facts() -> None:
    memory = Memory()
    product = product_of(MODELS)
    first = analyse_product(product, INTERFACES, memory)
    filled = len(memory)
    assert analyse_product(product, INTERFACES, memory) == first
    assert analyse_product(product, INTERFACES) == first
    assert len(memory) == filled


@pytest.mark.parametrize(
    ("change", "computed"),
    [
        ({"top": "SELECT id, carrier FROM base JOIN flights.fct_flights USING (id)"}, 2),
        ({"base": "SELECT id, x FROM raw.weather"}, 4),  # base anew; top and wrong read it
        ({"base": "SELECT  * FROM raw.weather"}, 2),  # the same schema for those who read it
        ({"gone": "SELECT 1 AS a"}, 2),
    ],
)
def test_a_change_recomputes_what_follows_from_it(change: dict[str, str], computed: int) -> None:
    memory = Memory()
    analyse_product(product_of(MODELS), INTERFACES, memory)
    before = len(memory)
    analyse_product(product_of({**MODELS, **change}), INTERFACES, memory)
    assert len(memory) - before == computed


def test_a_changed_interface_recomputes_its_readers() -> None:
    memory = Memory()
    analyse_product(product_of(MODELS), INTERFACES, memory)
    before = len(memory)
    changed = {"flights": Interface({"fct_flights": FLIGHTS, "new": FLIGHTS})}
    analyse_product(product_of(MODELS), changed, memory)
    assert len(memory) == before  # what `top` reads is still the same
    analyse_product(product_of(MODELS), {"flights": Interface({})}, memory)
    assert len(memory) == before + 1


WARM = """
import sys, pickle
from pathlib import Path
from hansa.sql.analysis import analyse_product
from tests.sql.products import INTERFACES, product_of

MODELS = {"base": "SELECT * FROM raw.weather", "top": "SELECT id, x FROM base", "bad": "SELECT"}

class Memory(dict):
    put = dict.__setitem__

path = Path(sys.argv[1])
memory = Memory(pickle.loads(path.read_bytes()) if path.exists() else {})
analyse_product(product_of(MODELS, public=("top",)), INTERFACES, memory)
path.write_bytes(pickle.dumps(dict(memory)))
print("sqlglot" in sys.modules)
"""


def test_a_warm_cache_needs_no_parser(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]

    def run() -> str:
        command = [sys.executable, "-c", WARM, str(tmp_path / "facts")]
        environment = {"PYTHONPATH": f"{root / 'src'}:{root}"}
        return subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=root, env=environment
        ).stdout.strip()

    assert [run(), run()] == ["True", "False"]
