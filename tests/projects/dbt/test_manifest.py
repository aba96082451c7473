"""Reading manifests: versions, damage, and what is skipped."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hansa.projects.dbt.errors import (
    DbtAdapterUnknown,
    DbtManifestInvalid,
    DbtManifestUnsupported,
    DbtNotCompiled,
)
from hansa.projects.dbt.manifest import decode_manifest

from .manifests import load, manifest, model


@pytest.mark.parametrize("version", ["v10", "v11", "v12", "v20"])
def test_the_versions_of_dbt_1_6_to_2_are_read(version: str) -> None:
    project = load(manifest(model("orders", "select 1 as id"), version=version))
    assert list(project.translated.models) == ["orders"]


def test_another_version_is_named_with_those_that_are_read() -> None:
    with pytest.raises(DbtManifestUnsupported) as caught:
        load(manifest(model("orders", "select 1 as id"), version="v9"))
    assert str(caught.value) == (
        "the manifest has the schema version v9, which hansa does not know"
    )
    assert "v10, v11, v12, v20" in (caught.value.hint or "")
    assert str(caught.value.place) == "target/manifest.json"


def test_a_version_that_is_no_version_is_shown_as_it_is() -> None:
    document = manifest()
    document["metadata"]["dbt_schema_version"] = "made up"
    with pytest.raises(DbtManifestUnsupported, match="the schema version `made up`"):
        load(document)


def test_a_manifest_that_was_cut_off_is_told() -> None:
    data = json.dumps(manifest(model("orders", "select 1 as id"))).encode()
    for length in (0, 1, len(data) // 2, len(data) - 1):
        with pytest.raises(DbtManifestInvalid, match="the file is no artifact of dbt"):
            decode_manifest(data[:length], "target/manifest.json")


@pytest.mark.parametrize("data", [b"[]", b'{"nodes": {}}', b'"text"', b"\xff\xfe", b"null"])
def test_another_document_is_no_manifest(data: bytes) -> None:
    with pytest.raises((DbtManifestInvalid, DbtManifestUnsupported)):
        decode_manifest(data, "target/manifest.json")


def test_a_manifest_of_dbt_parse_says_what_to_run() -> None:
    with pytest.raises(DbtNotCompiled) as caught:
        load(manifest(model("orders", None), model("customers", None)))
    assert str(caught.value) == "the manifest holds no compiled SQL"
    assert "dbt compile" in (caught.value.hint or "")


def test_a_model_that_failed_to_compile_is_named() -> None:
    project = load(manifest(model("orders", "select 1 as id"), model("customers", None)))
    assert [found.message for found in project.translated.findings] == [
        "the model `customers` was not compiled"
    ]
    assert str(project.translated.findings[0].place) == "models/customers.sql"


def test_disabled_nodes_are_left_out() -> None:
    disabled = model("old", "select 1 as id", config={"enabled": False})
    project = load(
        manifest(model("orders", "select 1 as id"), disabled, disabled={"x": [disabled]})
    )
    assert list(project.translated.models) == ["orders"]


def test_the_dialect_is_the_adapters() -> None:
    document = manifest(model("orders", "select 1 as id"))
    document["metadata"]["adapter_type"] = "sqlserver"
    assert load(document).dialect == "tsql"
    document["metadata"]["adapter_type"] = "starship"
    with pytest.raises(DbtAdapterUnknown, match="`starship`"):
        load(document)


def test_dbt_2_may_leave_the_sql_to_the_files() -> None:
    document = manifest(model("orders", None), version="v20")
    document["metadata"]["dbt_version"] = "2.0.0-preview.173"
    files = {"target/compiled/shop/models/orders.sql": b"select 2 as id"}
    assert load(document, files=files).translated.models["orders"].sql.strip() == "select 2 as id"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on memory")
def test_a_manifest_of_200_mb_is_read_in_less_than_1_gb(tmp_path: Path) -> None:
    script = """
import json, resource, sys
from pathlib import Path
from hansa.projects.dbt.manifest import decode_manifest
data = Path(sys.argv[1]).read_bytes()
found = decode_manifest(data, "manifest.json")
print(len(data), len(found.nodes), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    path = tmp_path / "manifest.json"
    _write_large(path)
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    size, nodes, kilobytes = map(int, done.stdout.split())
    assert size > 200_000_000
    assert nodes == 2_000
    assert kilobytes < 1_000_000


def _write_large(path: Path) -> None:
    """Models with long SQL, many described columns, and much that is of no use here."""
    columns = {
        f"c{number}": {"name": f"c{number}", "description": "x" * 200, "data_type": "integer"}
        for number in range(60)
    }
    sql = (
        "select "
        + ", ".join(f"{number} as c{number}" for number in range(60))
        + " -- "
        + "y" * 30_000
    )
    unused = {"unrendered_config": {"z": "z" * 30_000}, "docs": {"show": True}, "fqn": ["a"] * 100}
    with path.open("w") as file:
        head = json.dumps(manifest())
        file.write(head[: head.index('"nodes": {') + len('"nodes": {')])
        for number in range(2_000):
            node = model(f"m{number}", sql, columns=columns, **unused)
            file.write(
                ("," if number else "") + json.dumps(node["unique_id"]) + ":" + json.dumps(node)
            )
        file.write('}, "sources": {}, "macros": {}}')
