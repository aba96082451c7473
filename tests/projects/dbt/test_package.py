"""Required products as local dbt packages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.version import Version
from hansa.projects.dbt.package import MARKER, Location, edited_files, package_files
from hansa.projects.dbt.packages_file import local_packages, set_local_packages
from hansa.sql.types import parse_type

KEY = ContractColumn("id", parse_type("integer", "duckdb"), "integer", key_position=1)
NAME = ContractColumn("name", parse_type("varchar", "duckdb"), "varchar", description="Who.")
TABLE = ContractTable("dim_customers", (KEY, NAME), description="All of them.", tags=("core",))
CONTRACT = Contract("customers", Version.parse("1.4.0"), tables=(TABLE,))
PROD = Location("customers__v1_4_0", "postgres")


def texts(contract: Contract = CONTRACT, location: Location = PROD) -> dict[str, str]:
    files = package_files(contract, "sha256:0", location)
    return {path: data.decode() for path, data in files.items()}


def test_a_public_table_is_an_ephemeral_model_over_the_interface() -> None:
    files = texts()

    assert sorted(files) == [
        "dbt_project.yml",
        MARKER,
        "models/_customers.yml",
        "models/dim_customers.sql",
    ]
    assert files["models/dim_customers.sql"] == (
        'SELECT\n    "id",\n    "name"\nFROM "customers__v1_4_0"."dim_customers"\n'
    )
    assert yaml.safe_load(files["dbt_project.yml"]) == {
        "name": "customers",
        "version": "1.4.0",
        "config-version": 2,
        "model-paths": ["models"],
    }
    assert yaml.safe_load(files["models/_customers.yml"])["models"] == [
        {
            "name": "dim_customers",
            "description": "All of them.",
            "config": {
                "materialized": "ephemeral",
                "alias": "customers__dim_customers",
                "tags": ["core"],
                "meta": {
                    "hansa": {
                        "product": "customers",
                        "version": "1.4.0",
                        "digest": "sha256:0",
                        "table": "dim_customers",
                    }
                },
            },
            "columns": [
                {
                    "name": "id",
                    "data_type": "integer",
                    "meta": {"contract": {"required": True, "primary_key": 1}},
                },
                {"name": "name", "description": "Who.", "data_type": "varchar"},
            ],
        }
    ]


def test_a_stand_in_is_attached_before_dbt_runs() -> None:
    files = texts(location=Location("customers__v1_4_0", "duckdb", "stand", "it's.duckdb"))

    assert 'FROM "stand"."customers__v1_4_0"."dim_customers"' in files["models/dim_customers.sql"]
    assert yaml.safe_load(files["dbt_project.yml"])["on-run-start"] == [
        "{% if target.type == 'duckdb' %}ATTACH IF NOT EXISTS 'it''s.duckdb' AS \"stand\" "
        "(READ_ONLY){% endif %}"
    ]


def versioned(number: int, *, latest: bool = False) -> ContractTable:
    custom: dict[str, object] = {"versionOf": "dim_customers"}
    if latest:
        custom["latestVersion"] = True
    extras = (("customProperties", custom),)
    return replace(TABLE, name=f"dim_customers_v{number}", extras=extras)


def test_versions_of_a_dbt_model_are_versions_again() -> None:
    tables = (versioned(1), versioned(2, latest=True), replace(TABLE, name="plain_v7"))
    models = yaml.safe_load(texts(replace(CONTRACT, tables=tables))["models/_customers.yml"])

    [first, plain] = models["models"]
    assert (first["name"], first["latest_version"]) == ("dim_customers", 2)
    assert [(one["v"], one["config"]["alias"]) for one in first["versions"]] == [
        (1, "customers__dim_customers_v1"),
        (2, "customers__dim_customers_v2"),
    ]
    assert "columns" not in first
    assert (plain["name"], "versions" in plain) == ("plain_v7", False)


def test_nothing_of_a_contract_is_a_template() -> None:
    hostile = "{{ run_query('drop table t') }} {% raw %} {# x #}"
    column = replace(NAME, name="{{ a }}", description=hostile, enum=(hostile,))
    table = replace(TABLE, columns=(column,), description=hostile, tags=(hostile,))
    files = texts(replace(CONTRACT, tables=(table,)))
    described = list(strings(yaml.safe_load(files["models/_customers.yml"])))
    for text in [*described, files["models/dim_customers.sql"]]:
        rest = text.replace("{{ '{' }}", "")
        assert not any(mark in rest for mark in ("{{", "{%", "{#")), text
    assert hostile.replace("{{", "{{ '{' }}{").replace("{%", "{{ '{' }}%") in [
        text.replace("{{ '{' }}#", "{#") for text in described
    ]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def test_edits_by_hand_are_seen() -> None:
    files = dict(package_files(CONTRACT, "sha256:0", PROD))

    assert edited_files(files) == ()
    assert edited_files({**files, "models/more.sql": b"SELECT 1"}) == ("models/more.sql",)
    assert edited_files({**files, "dbt_project.yml": b"name: x"}) == ("dbt_project.yml",)
    del files["models/dim_customers.sql"]
    assert edited_files(files) == ()


@pytest.mark.parametrize("marker", [None, b"", b"[]", b"{}", b'{"files": []}', b'{"files": 1}'])
def test_a_directory_without_a_sound_marker_is_not_ours(marker: bytes | None) -> None:
    files = {"dbt_project.yml": b"name: x"}
    assert edited_files(files if marker is None else {**files, MARKER: marker}) is None


FOLDER = ".hansa/dbt"
LISTED = """\
# ours
packages:
  - package: dbt-labs/dbt_utils  # pinned
    version: 1.3.0
  - local: ../shared
  - local: .hansa/dbt/old
"""


def test_entries_come_and_go_and_the_rest_stays() -> None:
    edited = set_local_packages(LISTED, "packages.yml", FOLDER, [".hansa/dbt/customers"])

    assert edited == LISTED.replace("old", "customers")
    assert set_local_packages(edited, "packages.yml", FOLDER, [".hansa/dbt/customers"]) == edited
    assert local_packages(set_local_packages(edited, "packages.yml", FOLDER, []), "p") == [
        "../shared"
    ]


@pytest.mark.parametrize("text", ["", "packages: []\n", "# nothing yet\n", "packages:\n"])
def test_a_file_without_entries_gets_one(text: str) -> None:
    edited = set_local_packages(text, "packages.yml", FOLDER, [".hansa/dbt/customers"])

    assert yaml.safe_load(edited) == {"packages": [{"local": ".hansa/dbt/customers"}]}
    assert edited.startswith(text.split("packages")[0].rstrip())
