"""The main job through the command line, on two small products."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Hansa:
    """Both products on disk, orders 1.0.0 published and deployed."""
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    for command in ("publish", "deploy"):
        assert hansa(command, "orders").code == 0
    return hansa


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_fresh_product_has_no_findings(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    outcome = hansa("check", "orders")
    assert (outcome.code, outcome.out, outcome.err) == (
        0,
        "not compared with the newest release: there is no registry at "
        f"`{tmp_path / 'registry'}`\norders 1.0.0: 2 models, no findings\n",
        "",
    )


def test_a_consumer_is_locked_tested_published_and_deployed(shop: Hansa) -> None:
    assert shop("lock", "sales").out == "locked orders 1.0.0\n"
    assert shop("test", "sales").out == "1 passed\n"
    assert shop("publish", "sales").code == 0
    deployed = shop("deploy --format json", "sales").json
    assert deployed["outcome"] == "done"
    status = shop("status --format json", "sales").json
    assert [
        (one["product"], one["version"], one["pinned_by"], one["live"])
        for one in status["releases"]
    ] == [("orders", "1.0.0", ["sales@1.0.0"], True), ("sales", "1.0.0", [], True)]
    assert {tuple(table["serves"]) for table in status["tables"]} == {
        ("orders@1.0.0",),
        ("sales@1.0.0",),
    }


def test_a_removed_column_is_major_and_names_who_breaks(shop: Hansa, tmp_path: Path) -> None:
    for command in ("lock", "publish"):
        assert shop(command, "sales").code == 0
    edit(tmp_path / "orders/contract.yaml", "version: 1.0.0", "version: 1.1.0")
    contract = (tmp_path / "orders/contract.yaml").read_text()
    lines = [line for line in contract.splitlines() if "name: size" not in line]
    (tmp_path / "orders/contract.yaml").write_text("\n".join(lines) + "\n")
    edit(
        tmp_path / "orders/models/fct_orders.sql",
        "    amount,\n    case when amount >= 100 then 'large' else 'small' end as size\n",
        "    amount\n",
    )
    edit(tmp_path / "orders/tests/orders.yaml", ", size: large", "")
    edit(tmp_path / "orders/tests/orders.yaml", ", size: small", "")
    checked = shop("check --format json", "orders")
    assert checked.code == 1
    data = checked.json
    assert (data["required"], data["sufficient"]) == ("major", False)
    assert [change["rule"] for change in data["changes"] if change["level"] == "major"] == [
        "column_removed"
    ]
    assert [(one["release"], one["uses"]) for one in data["dependents"]] == [
        ("sales@1.0.0", ["fct_orders.size"])
    ]
    refused = shop("publish", "orders")
    assert refused.code == 1
    assert "`orders@1.1.0` is not published" in refused.err
    assert "hint: run `hansa version --bump` to declare 2.0.0" in refused.err
    assert shop("version --bump", "orders").out.endswith("orders 1.1.0 -> 2.0.0\n")
    assert shop("publish", "orders").code == 0
    assert shop("deploy", "orders").code == 0
    behind = shop("outdated --format json", "sales").json["requirements"]
    assert [(one["locked"], one["update_to"], one["newest"]) for one in behind] == [
        ("1.0.0", "1.0.0", "2.0.0")
    ]


def test_a_private_table_is_refused(shop: Hansa, tmp_path: Path) -> None:
    shop("lock", "sales")
    edit(tmp_path / "sales/models/customer_sales.sql", "orders.fct_orders", "orders.stg_orders")
    data = shop("check --format json", "sales")
    assert data.code == 1
    assert [
        (finding["rule"], finding["place"]["file"], finding["place"]["line"])
        for finding in data.json["findings"]
        if finding["rule"] == "private_table"
    ] == [("private_table", "models/customer_sales.sql", 5)]


def test_an_added_column_is_minor_and_proven(shop: Hansa, tmp_path: Path) -> None:
    edit(
        tmp_path / "orders/models/fct_orders.sql",
        "    amount,\n",
        "    amount,\n    amount > 200 as huge,\n",
    )
    edit(
        tmp_path / "orders/contract.yaml",
        "      - {name: size",
        "      - {name: huge, logicalType: boolean, physicalType: boolean}\n      - {name: size",
    )
    data = shop("diff orders@1.0.0 --format json", "orders").json
    assert data["required"] == "minor"
    assert {change["rule"] for change in data["changes"]} <= {"column_added", "column_reordered"}


def test_a_release_is_yanked_and_deprecated(shop: Hansa) -> None:
    assert shop("yank orders@1.0.0 --reason broken", "orders").out == "orders@1.0.0 is yanked\n"
    refused = shop("lock", "sales")
    assert refused.code != 0
    assert "yanked" in refused.err
    assert shop("yank orders@1.0.0 --undo", "orders").code == 0
    assert shop("lock", "sales").code == 0
    announced = shop("deprecate orders@1 --sunset 2999-01-01 --message move", "orders")
    assert announced.code == 0
    assert "warning: `orders` 1.x is deprecated, sunset 2999-01-01" in shop("lock", "sales").err


def test_retire_is_refused_while_pinned(shop: Hansa) -> None:
    for command in ("lock", "publish", "deploy"):
        assert shop(command, "sales").code == 0
    refused = shop("retire orders@1", "orders")
    assert refused.code == 1
    assert "sales@1.0.0" in refused.err
    assert shop("retire sales@1", "sales").code == 0
    assert shop("retire orders@1", "orders").code == 0
    assert shop("status --format json", "orders").json["releases"] == []


def test_requirements_are_added_and_removed(shop: Hansa, tmp_path: Path) -> None:
    write_files(tmp_path / "orders2", ORDERS)
    assert shop("remove orders", "sales").code == 0
    assert "orders" not in (tmp_path / "sales/product.yaml").read_text().split("requires")[-1]
    added = shop("add orders --format json", "sales").json
    assert list(added["locked"]) == ["orders"]
    assert "orders: ^1.0" in (tmp_path / "sales/product.yaml").read_text()


def test_an_unknown_requirement_changes_nothing(shop: Hansa, tmp_path: Path) -> None:
    before = (tmp_path / "sales/product.yaml").read_text()
    refused = shop("add orderz", "sales")
    assert refused.code == 2
    assert "hint: did you mean `orders`?" in refused.err
    assert (tmp_path / "sales/product.yaml").read_text() == before


def test_another_major_line_of_a_required_product_is_not_proven_equal(
    shop: Hansa, tmp_path: Path
) -> None:
    for command in ("lock", "publish"):
        assert shop(command, "sales").code == 0
    for command in ("version 2.0.0", "publish"):
        assert shop(command, "orders").code == 0
    edit(tmp_path / "sales/product.yaml", "orders: ^1.0", "orders: ^2.0")
    assert shop("lock", "sales").code == 0
    data = shop("diff sales@1.0.0 --format json", "sales").json
    assert [(change["rule"], change["level"]) for change in data["changes"]] == [
        ("requirement_major_changed", "minor"),
        ("rows_changed", "minor"),
        ("column_values_changed", "minor"),
    ]


def test_another_release_of_the_same_line_is_a_patch(shop: Hansa, tmp_path: Path) -> None:
    for command in ("lock", "publish"):
        assert shop(command, "sales").code == 0
    for command in ("version 1.1.0", "publish"):
        assert shop(command, "orders").code == 0
    assert shop("update orders", "sales").code == 0
    data = shop("diff sales@1.0.0 --format json", "sales").json
    assert [(change["rule"], change["level"], change["message"]) for change in data["changes"]] == [
        ("requirement_updated", "patch", "`orders` is pinned at 1.1.0, before at 1.0.0")
    ]
