from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.projects.samples import CONTRACT, FILES, PRODUCT, TESTS, load, problems, tree

from hansa.core.datatype import BIGINT, TIMESTAMP
from hansa.core.diagnostic import Diagnostic
from hansa.core.product import (
    CsvOptions,
    DeclaredFix,
    Materialization,
    Owner,
    Policy,
    Requirement,
    SourceTable,
    Storage,
    Thresholds,
    Waiver,
)
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Constraint, Level, Version
from hansa.errors import Place
from hansa.projects.errors import NotAProduct, ProductInvalid
from hansa.projects.load import load_product
from hansa.projects.tree import DirectoryTree, MemoryTree

EXAMPLES = Path(__file__).parents[2] / "examples" / "flights"

FULL = """\
name: sales
description: What we sell.
owner:
  team: sales-data
  contact: sales@example.com
dialect: postgres
requires:
  customers: ^1.2
  fx_rates: 1.4
sources:
  raw:
    description: The shop's own tables.
    tables:
      orders:
        path: data/orders-*.csv
        csv: {null: NA, delimiter: ";", header: false}
      lines:
        relation: landing.lines
        description: One row per line.
        columns:
          Order Id: {type: bigint, required: true, description: of the order}
          position: int8
          at: timestamp
        primary_key: [Order Id, position]
models:
  stg_orders: {materialized: table}
  orders:
    materialized: incremental
    unique_key: id
    cursor: at
    lookback: 3 days
targets:
  prod: postgresql://${DB_HOST}/sales
registry: https://registry.example.com
changes:
  - {version: 1.0.1, fix: {table: orders, columns: [amount]}, reason: counted twice}
policy:
  profile: strict
  positional: true
  rules: {column_added: major}
  coverage: {obligations: 90, asserted: 80.5}
  waivers:
    - {rule: column_removed, table: orders, column: x, reason: never filled, version: 2.0.0}
    - {rule: table_removed, table: old, reason: never read, version: 2.0.0}
allow_skew: [customers]
"""


def test_every_key_of_product_yaml_is_read() -> None:
    product = load({"product.yaml": FULL})
    assert product.name == "sales"
    assert product.description == "What we sell."
    assert product.owner == Owner("sales-data", "sales@example.com")
    assert product.dialect == "postgres"
    assert product.requires == (
        Requirement("customers", Constraint.parse("^1.2")),
        Requirement("fx_rates", Constraint.parse("1.4")),
    )
    assert [requirement.place for requirement in product.requires] == [
        Place("product.yaml", 8, 3),
        Place("product.yaml", 9, 3),
    ]
    assert product.sources == {
        "raw": {
            "orders": SourceTable(
                "orders", path="data/orders-*.csv", csv=CsvOptions("NA", ";", False)
            ),
            "lines": SourceTable(
                "lines",
                relation="landing.lines",
                schema=TableSchema(
                    (
                        Column("Order Id", BIGINT, False),
                        Column("position", BIGINT, False),
                        Column("at", TIMESTAMP),
                    ),
                    frozenset({frozenset({"Order Id", "position"})}),
                ),
                primary_key=("Order Id", "position"),
            ),
        }
    }
    assert product.sources["raw"]["lines"].place == Place("product.yaml", 17, 7)
    assert {name: model.storage for name, model in product.models.items()} == {
        "stg_orders": Storage(Materialization.TABLE),
        "orders": Storage(Materialization.INCREMENTAL, ("id",), "at", "3 days"),
    }
    assert product.targets == {"prod": "postgresql://${DB_HOST}/sales"}
    assert product.registry == "https://registry.example.com"
    assert product.allow_skew == {"customers"}
    assert product.fixes == (
        DeclaredFix(Version.parse("1.0.1"), "orders", ("amount",), "counted twice"),
    )
    assert product.policy == Policy(
        profile="strict",
        levels={"column_added": Level.MAJOR},
        waivers=(
            Waiver("column_removed", "orders", Version.parse("2.0.0"), "never filled", "x"),
            Waiver("table_removed", "old", Version.parse("2.0.0"), "never read"),
        ),
        positional=True,
        coverage=Thresholds(90, 80.5),
    )


def test_a_product_carries_what_goes_into_a_release() -> None:
    product = load(
        {
            "hansa.lock": "format: 1\n",
            "fixtures/raw.orders.csv": "id\n1\n",
            "tests/rows/orders.csv": "id\n1\n",
            "models/notes.md": "not part of it",
            "models/.hidden/x.sql": "SELECT 1",
            "data/orders.csv": "id\n",
            ".hansa/dev.duckdb": b"\0",
            "../outside.sql": "SELECT 1",
            "models/../../outside.sql": "SELECT 1",
        }
    )
    assert list(product.files) == [
        "README.md",
        "contract.yaml",
        "fixtures/raw.orders.csv",
        "hansa.lock",
        "models/orders.sql",
        "models/staging/stg_orders.sql",
        "product.yaml",
        "tests/orders.yaml",
        "tests/rows/orders.csv",
    ]
    assert product.readme == "# Sales\n"
    assert product.version == Version.parse("1.0.0")
    assert {name: (model.path, model.public) for name, model in product.models.items()} == {
        "orders": ("models/orders.sql", True),
        "stg_orders": ("models/staging/stg_orders.sql", False),
    }


def test_a_label_begins_every_place() -> None:
    product = load_product(tree(label="sales@1.0.0"))
    assert product.requires[0].place == Place("sales@1.0.0/product.yaml", 4, 3)
    assert product.tests[0].place == Place("sales@1.0.0/tests/orders.yaml", 2, 11)
    assert product.contract.tables[0].place == Place("sales@1.0.0/contract.yaml", 7, 11)


@pytest.mark.parametrize(
    ("kind", "setting", "expected"),
    [
        (None, None, Materialization.TABLE),
        ("table", None, Materialization.TABLE),
        ("view", None, Materialization.VIEW),
        ("VIEW", None, Materialization.VIEW),
        ("view", "table", Materialization.TABLE),
        (None, "view", Materialization.VIEW),
    ],
)
def test_storage_comes_from_product_yaml_then_the_contract_then_the_default(
    kind: str | None, setting: str | None, expected: Materialization
) -> None:
    changes = {}
    if kind:
        changes["contract.yaml"] = CONTRACT.replace(
            "  - name: orders\n", f"  - name: orders\n    physicalType: {kind}\n"
        )
    if setting:
        changes["product.yaml"] = PRODUCT + f"models:\n  orders: {{materialized: {setting}}}\n"
    assert load(changes).models["orders"].storage == Storage(expected)


def test_reserved_words_and_unicode_may_name_models_and_columns() -> None:
    contract = CONTRACT.replace("name: orders", "name: select").replace(
        "name: amount", "name: größe"
    )
    product = load(
        {
            "contract.yaml": contract,
            "models/orders.sql": None,
            "models/select.sql": "SELECT 1",
            "models/größe.sql": "SELECT 1",
            "tests/orders.yaml": None,
        }
    )
    assert sorted(product.models) == ["größe", "select", "stg_orders"]
    assert product.contract.tables[0].columns[1].name == "größe"


def _product(text: str) -> dict[str, str | bytes | None]:
    return {"product.yaml": PRODUCT + text}


PROBLEMS: dict[str, tuple[dict[str, str | bytes | None], list[str]]] = {
    "unknown key": (
        {"product.yaml": PRODUCT.replace("owner:", "onwer:")},
        [
            "product.yaml:1:1 missing_key: product.yaml has no `owner` | add `owner: …`",
            "product.yaml:2:1 unknown_key: `onwer` is not a key of product.yaml | did you mean "
            "`owner`?",
        ],
    ),
    "empty product.yaml": (
        {"product.yaml": ""},
        [
            "product.yaml:1:1 wrong_type: product.yaml is a mapping of keys, and this is empty | "
            "begin with `name: my_product` and `owner: {team: my-team}`"
        ],
    ),
    "list instead of mapping": (
        {"product.yaml": "- a\n"},
        [
            "product.yaml:1:1 wrong_type: product.yaml is a mapping of keys, and this is a list | "
            "begin with `name: my_product` and `owner: {team: my-team}`"
        ],
    ),
    "capital letters": (
        {"product.yaml": PRODUCT.replace("name: sales", "name: Sales")},
        [
            "product.yaml:1:7 invalid_name: `Sales` is not a valid name: a product's name has "
            "lower-case letters, digits and single underscores, begins with a letter, and is at "
            "most 63 long | rename it"
        ],
    ),
    "two underscores": (
        {"product.yaml": PRODUCT.replace("name: sales", "name: sales__v1")},
        [
            "product.yaml:1:7 invalid_name: `sales__v1` is not a valid name: two underscores in a "
            "row are kept for the schemas that hold a product's tables | rename it"
        ],
    ),
    "no value": (
        {"product.yaml": PRODUCT.replace("name: sales", "name:")},
        [
            "product.yaml:1:6 missing_key: `name` of product.yaml has no value | write a value "
            "after `name:`"
        ],
    ),
    "number for text": (
        _product("description: 2026\n"),
        [
            "product.yaml:14:14 wrong_type: the value is a text, and this is `2026` | put it in "
            'quotes: "2026"'
        ],
    ),
    "unknown dialect": (
        _product("dialect: postgre\n"),
        [
            "product.yaml:14:10 unknown_dialect: `postgre` is not a known SQL dialect | did you "
            "mean `postgres`?"
        ],
    ),
    "invalid constraint": (
        {"product.yaml": PRODUCT.replace("^1.2", "newest")},
        [
            "product.yaml:4:14 invalid_constraint: `newest` is not a version constraint | write a "
            "caret, tilde, comparison or exact constraint: ^1.2, ~1.2.3, >=1.2 <3, 1.4.0"
        ],
    ),
    "requirement without constraint": (
        {"product.yaml": PRODUCT.replace(" ^1.2", "")},
        [
            "product.yaml:4:3 missing_key: `customers` has no value | write a value after "
            "`customers:`"
        ],
    ),
    "own requirement": (
        {"product.yaml": PRODUCT.replace("customers:", "sales:")},
        ["product.yaml:4:3 self_requirement: the product requires itself | remove the line"],
    ),
    "source with the name of a requirement": (
        {"product.yaml": PRODUCT.replace("customers:", "raw:")},
        [
            "product.yaml:4:3 ambiguous_name: `raw` is a source and a required product too | "
            "rename the source"
        ],
    ),
    "path and relation": (
        {
            "product.yaml": PRODUCT.replace(
                "        columns:", "        relation: a.b\n        columns:"
            )
        },
        [
            "product.yaml:8:7 conflicting_keys: the source table `orders` has a `path` and a "
            "`relation` | keep one of the two"
        ],
    ),
    "neither path nor relation": (
        {"product.yaml": PRODUCT.replace("        path: data/orders.csv\n", "")},
        [
            "product.yaml:8:7 missing_key: the source table `orders` has neither `path` nor "
            "`relation` | add `path: data/…` for files, or `relation: schema.table` for a table in "
            "the target"
        ],
    ),
    "relation without columns": (
        _product("      lines: {relation: a.b}\n"),
        [
            "product.yaml:14:7 missing_key: the columns of the relation `lines` are not declared | "
            "add `columns: {name: type}`"
        ],
    ),
    "unknown type": (
        {"product.yaml": PRODUCT.replace("amount: double", "amount: dubble")},
        [
            "product.yaml:12:19 invalid_type: `dubble` is not a type in duckdb | did you mean "
            "`double`?"
        ],
    ),
    "unknown key column": (
        {"product.yaml": PRODUCT.replace("[id]", "[ids]")},
        [
            "product.yaml:13:22 unknown_column: the primary key names the column `ids`, which is "
            "not declared | did you mean `id`?"
        ],
    ),
    "long delimiter": (
        _product('        csv: {delimiter: "||"}\n'),
        [
            "product.yaml:14:26 wrong_type: a delimiter is one character, and this is `||` | write "
            'it as ";"'
        ],
    ),
    "incremental without cursor": (
        _product("models:\n  orders: {materialized: incremental}\n"),
        [
            "product.yaml:15:11 missing_key: the incremental model `orders` has no `cursor` | add "
            "`cursor:` with the column that tells new rows from old"
        ],
    ),
    "cursor without incremental": (
        _product("models:\n  orders: {cursor: id}\n"),
        [
            "product.yaml:15:20 unused_key: `cursor` of `orders` has a meaning for incremental "
            "models only | add `materialized: incremental`, or remove `cursor`"
        ],
    ),
    "settings of an unknown model": (
        _product("models:\n  order: {materialized: view}\n"),
        [
            "product.yaml:15:3 unknown_model: there are settings for `order`, which is no model | "
            "did you mean `orders` or `stg_orders`?"
        ],
    ),
    "unknown materialization": (
        _product("models:\n  orders: {materialized: tabel}\n"),
        [
            "product.yaml:15:26 wrong_type: the value is one of `view`, `table`, `incremental`, "
            "and this is `tabel` | did you mean `table`?"
        ],
    ),
    "lookback": (
        _product("models:\n  orders: {materialized: incremental, cursor: id, lookback: soon}\n"),
        [
            "product.yaml:15:61 wrong_type: a lookback is a number, or an interval, and this is "
            "`soon` | write it as `3 days`, `12 hours` or `1000`"
        ],
    ),
    "fix without reason": (
        _product("changes:\n  - {version: 1.0.1, fix: {table: orders, columns: [amount]}}\n"),
        ["product.yaml:15:5 missing_key: a declared change has no `reason` | add `reason: …`"],
    ),
    "waiver without version": (
        _product("policy:\n  waivers:\n    - {rule: a, table: b, reason: c}\n"),
        ["product.yaml:16:7 missing_key: a waiver has no `version` | add `version: …`"],
    ),
    "unknown level": (
        _product("policy: {rules: {column_added: huge}}\n"),
        [
            "product.yaml:14:32 wrong_type: the value is one of `none`, `patch`, `minor`, `major`, "
            "and this is `huge` | None"
        ],
    ),
    "thresholds that are no percentages": (
        _product("policy: {coverage: {obligations: 101, asserted: .nan, mutation: most}}\n"),
        [
            "product.yaml:14:34 wrong_type: a threshold is a percentage from 0 to 100, and this "
            "is `101` | write it as `90`",
            "product.yaml:14:49 wrong_type: a threshold is a percentage from 0 to 100, and this "
            "is `.nan` | write it as `90`",
            "product.yaml:14:65 wrong_type: the value is a number, and this is `most` | None",
        ],
    ),
    "no contract": (
        {"contract.yaml": None},
        [
            "contract.yaml missing_contract: the product has no contract.yaml | run `hansa "
            "contract infer` to write one from the models"
        ],
    ),
    "empty contract": (
        {"contract.yaml": CONTRACT[: CONTRACT.index("schema:")]},
        [
            "contract.yaml empty_contract: the contract lists no tables, so nobody could read "
            "anything | run `hansa contract infer` to write it from the models"
        ],
    ),
    "contract of another product": (
        {"contract.yaml": CONTRACT.replace("name: sales", "name: sale")},
        [
            "contract.yaml name_differs: the contract is of `sale`, and product.yaml is of `sales` "
            "| write `dataProduct: sales` in contract.yaml"
        ],
    ),
    "table without model": (
        {"contract.yaml": CONTRACT.replace("name: orders", "name: order")},
        [
            "contract.yaml:7:11 table_without_model: the contract lists the table `order`, which "
            "no model makes | did you mean `orders` or `stg_orders`?"
        ],
    ),
    "relationship to a product that is not required": (
        {
            "contract.yaml": CONTRACT + "        relationships: [{to: customer.people.id}]\n",
        },
        [
            "contract.yaml:14:25 product_not_required: a relationship points to `customer`, which "
            "is not required | did you mean `customers`?"
        ],
    ),
    "two models of one name": (
        {"models/other/Orders.sql": "SELECT 1"},
        [
            "models/other/Orders.sql duplicate_model: the model `Orders` has two files, the other "
            "is `models/orders.sql` | rename or remove one of the files"
        ],
    ),
    "file name that is no name": (
        {'models/my "orders".sql': "SELECT 1", "models/1st.sql": "SELECT 1"},
        [
            "models/1st.sql invalid_name: `1st` cannot be a model's name: a name has letters, "
            "digits and underscores, and begins with no digit | rename the file",
            'models/my "orders".sql invalid_name: `my "orders"` cannot be a model\'s name: a name '
            "has letters, digits and underscores, and begins with no digit | rename the file",
        ],
    ),
    "long name": (
        {f"models/{'a' * 64}.sql": "SELECT 1"},
        [
            f"models/{'a' * 64}.sql invalid_name: `{'a' * 64}` cannot be a model's name: a name is "
            "at most 63 bytes long | rename the file"
        ],
    ),
    "binary model": (
        {"models/orders.sql": b"SELECT 1\n\xff\xfe"},
        ["models/orders.sql:2 not_text: the file is not UTF-8 text | save the file as UTF-8 text"],
    ),
    "problems of several files": (
        {
            "product.yaml": PRODUCT.replace("^1.2", "newest").replace("double", "y"),
            "contract.yaml": "a: [\n",
            "models/stg_orders.sql": "SELECT 1",
            "tests/orders.yaml": TESTS.replace("model: orders", "model: order"),
        },
        [
            "product.yaml:4:14 invalid_constraint: `newest` is not a version constraint | write a "
            "caret, tilde, comparison or exact constraint: ^1.2, ~1.2.3, >=1.2 <3, 1.4.0",
            "product.yaml:12:19 invalid_type: `y` is not a type in duckdb | write a type such as "
            "integer, varchar, decimal(10,2) or timestamp",
            "contract.yaml:2:1 invalid_yaml: the file is not valid YAML: did not find expected "
            "node content | None",
            "models/stg_orders.sql duplicate_model: the model `stg_orders` has two files, the "
            "other is `models/staging/stg_orders.sql` | rename or remove one of the files",
            "tests/orders.yaml:2:11 unknown_model: the test `orders_are_kept` is for `order`, "
            "which is no model | did you mean `orders` or `stg_orders`?",
        ],
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_problems_are_told_at_their_place_with_a_hint(case: str) -> None:
    changes, expected = PROBLEMS[case]
    assert problems(changes) == expected


def test_the_sample_itself_has_no_problems() -> None:
    assert problems({}) == []


def test_an_error_tells_how_many_problems_there_are() -> None:
    changes = {"product.yaml": PRODUCT.replace("owner:", "onwer:")}
    with pytest.raises(ProductInvalid) as caught:
        load(changes)
    error = caught.value
    assert str(error) == "product.yaml has no `owner`, and 1 more problem"
    assert (error.place, error.hint) == (Place("product.yaml", 1, 1), "add `owner: …`")


@pytest.mark.parametrize(
    "contract", [None, "", CONTRACT[: CONTRACT.index("schema:")]], ids=["none", "empty", "no table"]
)
def test_commands_that_write_the_contract_load_without_one(contract: str | None) -> None:
    if contract == "":
        assert problems({"contract.yaml": ""}) != []
        return
    product = load_product(tree({"contract.yaml": contract}), require_interface=False)
    assert (product.contract.product, str(product.version), product.contract.tables) == (
        "sales",
        "1.0.0",
        (),
    )


def test_a_tree_without_product_yaml_is_no_product() -> None:
    with pytest.raises(NotAProduct) as caught:
        load_product(MemoryTree({"README.md": b""}, "x@1.0.0"))
    assert str(caught.value) == "there is no product.yaml in `x@1.0.0`"
    assert caught.value.hint == "run `hansa init` to start a product here"


@pytest.mark.parametrize("name", ["fleet", "flights", "punctuality", "reference", "weather"])
def test_the_examples_load(name: str) -> None:
    product = load_product(DirectoryTree(EXAMPLES / name))
    assert product.name == name
    assert product.models
    assert product.contract.tables
    assert product.tests


def _load_or_refuse(files: dict[str, bytes]) -> None:
    findings: tuple[Diagnostic, ...] = ()
    try:
        load_product(MemoryTree(files))
    except ProductInvalid as error:
        findings = error.diagnostics
    assert all(finding.place and finding.message for finding in findings)


@settings(deadline=None)
@given(st.sampled_from(["product.yaml", "contract.yaml", "tests/orders.yaml"]), st.text())
def test_any_text_in_a_file_loads_or_is_refused(path: str, text: str) -> None:
    _load_or_refuse(
        {name: t.encode() for name, t in FILES.items()} | {path: text.encode("utf-8", "replace")}
    )


_PIECES = st.sampled_from(
    ["null", "[]", "{}", "-1", "1e400", "'", "- ", ": ", "&a *a", "true", "x" * 99, "\n", "  ", "é"]
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["full", "contract.yaml", "tests/orders.yaml"]),
    st.integers(0, 2000),
    st.integers(0, 20),
    _PIECES | st.text(max_size=3),
)
def test_a_damaged_file_loads_or_is_refused(path: str, at: int, cut: int, piece: str) -> None:
    files: dict[str, Any] = {name: t.encode() for name, t in FILES.items()}
    text = FULL if path == "full" else FILES[path]
    at %= len(text)
    damaged = (text[:at] + piece + text[at + cut :]).encode("utf-8", "replace")
    _load_or_refuse(files | {"product.yaml" if path == "full" else path: damaged})


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=20), max_size=4))
def test_any_file_names_load_or_are_refused(extra: dict[str, bytes]) -> None:
    files = {name: t.encode() for name, t in FILES.items()}
    for name, data in extra.items():
        files.setdefault(f"models/{name}.sql", data)
        files.setdefault(f"tests/{name}", data)
    _load_or_refuse(files)


def test_a_fix_without_columns_is_for_its_whole_table() -> None:
    changes = _product("changes:\n  - {version: 1.0.1, fix: {table: orders}, reason: twice}\n")
    (fix,) = load(changes).fixes
    assert (fix.table, fix.columns, fix.reason) == ("orders", (), "twice")
