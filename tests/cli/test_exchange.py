"""`hansa contract export` and `import`, `hansa export dbt` and `sqlmesh`, as commands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.conftest import Hansa, write_files

from hansa.projects.contract import read_contract

PRODUCT = {"product.yaml": "name: shop\ndescription: A shop.\nowner: {team: sales}\n"}
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop
name: shop
version: 1.2.0
status: active
dataProduct: shop
schema:
  # what we sell
  - name: items
    physicalType: table
    properties:
      - name: id  # never reused
        logicalType: integer
        physicalType: bigint
"""
SCRIPT = """\
CREATE TABLE items (id integer PRIMARY KEY, title text NOT NULL);
CREATE TABLE sales (item integer REFERENCES items, day date NOT NULL DEFAULT now());
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_files(tmp_path, {"tables.sql": SCRIPT})
    return write_files(tmp_path / "shop", PRODUCT)


def test_an_import_makes_a_contract(shop: Path, hansa: Hansa) -> None:
    done = hansa("contract import ../tables.sql --dialect postgres", "shop")
    assert (done.code, done.out) == (0, "added to contract.yaml: items, sales\n")
    assert done.err == (
        "warning [not_carried_over] ../tables.sql:2:52:"
        " `DEFAULT CURRENT_TIMESTAMP` of `day` has no word in a contract\n"
    )
    text = (shop / "contract.yaml").read_text()
    contract = read_contract(text.encode(), "contract.yaml")
    assert [table.name for table in contract.tables] == ["items", "sales"]
    assert contract.tables[0].primary_key == ("id",)
    (key,) = contract.tables[1].columns[0].relationships
    assert (key.to_table, key.to_columns) == ("items", ("id",))
    assert "team:\n  name: sales\n" in text


def test_tables_are_added_and_all_else_stays(shop: Path, hansa: Hansa) -> None:
    write_files(shop, {"contract.yaml": CONTRACT})
    assert hansa("contract import ../tables.sql --table sales", "shop").code == 0
    assert (shop / "contract.yaml").read_text().startswith(CONTRACT)
    again = hansa("contract import ../tables.sql --table sales --merge", "shop")
    assert again.out == "contract.yaml says all of it already\n"


def test_known_tables_are_not_changed_unasked(shop: Path, hansa: Hansa) -> None:
    write_files(shop, {"contract.yaml": CONTRACT})
    refused = hansa("contract import ../tables.sql", "shop")
    assert refused.code == 2
    assert refused.err.startswith("error: contract.yaml lists `items` already\nhint: ")
    assert (shop / "contract.yaml").read_text() == CONTRACT


@pytest.mark.parametrize(("option", "kind"), [("--merge", "bigint"), ("--force", "integer")])
def test_known_tables_are_merged_or_replaced(
    option: str, kind: str, shop: Path, hansa: Hansa
) -> None:
    write_files(shop, {"contract.yaml": CONTRACT})
    done = hansa(f"contract import ../tables.sql {option}", "shop")
    assert done.out == "added to contract.yaml: sales\nchanged in contract.yaml: items\n"
    text = (shop / "contract.yaml").read_text()
    assert "# what we sell" in text
    assert ("# never reused" in text) is (option == "--merge")
    items = read_contract(text.encode(), "contract.yaml").tables[0]
    assert [(one.name, one.physical_type) for one in items.columns] == [
        ("id", kind),
        ("title", "varchar"),
    ]
    assert items.primary_key == ("id",)


def test_a_wrong_file_changes_nothing(shop: Path, hansa: Hansa) -> None:
    (shop.parent / "tables.sql").write_text("CREATE TABLE t (a intger);")
    done = hansa("contract import ../tables.sql", "shop")
    assert done.code == 2
    assert done.err.startswith("error [invalid_type] ../tables.sql:1:17: `intger` is not a type")
    assert not (shop / "contract.yaml").exists()
    assert hansa("contract import ../nothing.sql", "shop").code == 3


def test_merging_excludes_replacing(shop: Path, hansa: Hansa) -> None:
    done = hansa("contract import ../tables.sql --merge --force", "shop")
    assert done.code == 2
    assert "give one of them" in done.err


@pytest.fixture
def ready(shop: Path, hansa: Hansa) -> Path:
    write_files(shop, {"contract.yaml": CONTRACT, "models/items.sql": "SELECT 1::bigint AS id\n"})
    return shop


@pytest.mark.parametrize("form", ["odcs", "jsonschema", "avro", "sql", "markdown"])
def test_every_form_is_printed(form: str, ready: Path, hansa: Hansa) -> None:
    done = hansa(f"contract export --to {form}", "shop")
    assert done.code == 0
    assert "items" in done.out


def test_models_for_dbt_are_printed_or_written(ready: Path, hansa: Hansa) -> None:
    printed = hansa("export dbt --dialect snowflake", "shop")
    (model,) = yaml.safe_load(printed.out)["models"]
    assert (model["name"], model["columns"]) == ("items", [{"name": "id", "data_type": "bigint"}])
    written = hansa("export dbt --dialect snowflake --output models.yml", "shop")
    assert written.out == "wrote models.yml\n"
    assert (ready / "models.yml").read_text() == printed.out


def test_external_models_name_the_interface_of_the_version(ready: Path, hansa: Hansa) -> None:
    (model,) = yaml.safe_load(hansa("export sqlmesh", "shop").out)
    assert model["name"] == '"shop__v1_2_0"."items"'
    assert model["columns"] == {"id": "bigint"}
    (other,) = yaml.safe_load(hansa("export sqlmesh --schema shop__v1", "shop").out)
    assert other["name"] == '"shop__v1"."items"'


def test_sqlmesh_loads_external_models(ready: Path, hansa: Hansa) -> None:
    program = os.environ.get("HANSA_TEST_SQLMESH")
    if not program:
        pytest.skip("needs SQLMesh: set HANSA_TEST_SQLMESH to the Python that has it")
    other = ready.parent / "other"
    other.mkdir()
    assert hansa("export sqlmesh --output ../other/external_models.yaml", "shop").code == 0
    (other / "config.yaml").write_text(
        "gateways: {local: {connection: {type: duckdb}}}\nmodel_defaults: {dialect: duckdb}\n"
    )
    script = (
        "from sqlmesh import Context\n"
        "for model in Context(paths='.').models.values():\n"
        "    columns = {n: k.sql('duckdb') for n, k in model.columns_to_types.items()}\n"
        "    print(model.name, columns)\n"
    )
    command = [program, "-c", script]
    done = subprocess.run(command, cwd=other, capture_output=True, text=True, check=False)
    assert done.stdout == "\"shop__v1_2_0\".\"items\" {'id': 'BIGINT'}\n", done.stderr
