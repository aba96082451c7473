"""What coverage of a change compares."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from tests.conftest import write_files
from tests.products import ORDERS

from hansa.ops.since import models_since
from hansa.ops.workspace import Workspace

MODEL = "models/fct_orders.sql"


def test_a_repository_holds_templates_and_not_what_they_were_compiled_to(tmp_path: Path) -> None:
    orders = write_files(tmp_path / "orders", ORDERS)
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "begin"]):
        subprocess.run(["git", *who, *command], cwd=orders, check=True, capture_output=True)
    workspace = Workspace(orders)
    product = workspace.product
    compiled = {
        name: replace(model, sql=f"compiled {model.sql}") for name, model in product.models.items()
    }
    workspace.__dict__["product"] = replace(product, models=compiled)
    (orders / MODEL).write_text("select {{ this }}", encoding="utf-8")

    found = models_since("HEAD", workspace)

    assert found.old[MODEL] == ORDERS[MODEL]
    assert found.new == {
        MODEL: "select {{ this }}",
        "models/staging/stg_orders.sql": ORDERS["models/staging/stg_orders.sql"],
    }
