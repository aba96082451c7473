"""Every verb's JSON on the two small products, in situations that show all of its keys."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import write_files
from tests.products import ORDERS, SALES

from hansa.cli.app import run

# what is run where, in this order, and the exit code; an `edit` changes a file: old => new
COMMANDS = (
    ("init", "new", "init", 0),
    ("contract", "new", "contract sync", 0),
    ("contract", "new", "contract infer --force", 0),
    ("contract export", "new", "contract export", 0),
    ("export dbt", "new", "export dbt --output models.yml", 0),
    ("export sqlmesh", "new", "export sqlmesh", 0),
    ("contract import", "new", "contract import ../tables.sql", 0),
    ("check", "orders", "check --no-compare", 0),
    ("publish", "orders", "publish", 0),
    ("deploy --plan", "orders", "deploy --plan", 0),
    ("deploy", "orders", "deploy", 0),
    ("deploy", "orders", "deploy", 0),
    ("remove", "sales", "remove orders", 0),
    ("add", "sales", "add orders", 0),
    ("lock", "sales", "lock", 0),
    ("sync", "sales", "sync", 0),
    ("build", "sales", "build", 0),
    ("test", "sales", "test", 0),
    ("publish", "sales", "publish", 0),
    ("deploy", "sales", "deploy", 0),
    ("edit", "orders/contract.yaml", "version: 1.0.0 => version: 1.0.1", 0),
    ("edit", "orders/models/fct_orders.sql", "-- one row per order => -- one row an order", 0),
    ("publish", "orders", "publish", 0),
    ("deploy --plan", "orders", "deploy --plan", 0),
    ("edit", "orders/contract.yaml", "version: 1.0.1 => version: 1.0.0", 0),
    ("edit", "orders/models/fct_orders.sql", "-- one row an order => -- one row per order", 0),
    ("run", "sales", "run", 0),
    ("status", "sales", "status", 0),
    ("rollback", "sales", "rollback", 0),
    ("tree", "sales", "tree", 0),
    ("export lineage", "sales", "export lineage", 0),
    ("dependents", "orders", "dependents", 0),
    ("impact", "orders", "impact fct_orders.size", 0),
    ("impact", "orders", "impact fct_orders.amount", 0),
    ("explain", "orders", "explain column_removed", 0),
    ("edit", "orders/models/fct_orders.sql", ">= 100 => >= 101", 0),
    ("test", "orders", "test", 1),
    ("test", "orders", "test --contexts --since orders@1.0.0", 1),
    ("diff", "orders", "diff orders@1.0.0", 0),
    ("diff", "orders", "diff orders@1.0.0 --data", 0),
    ("edit", "orders/contract.yaml", "varchar, required: true, enum => varchar, enum", 0),
    ("check", "orders", "check", 1),
    ("version", "orders", "version --bump", 0),
    ("edit", "orders/tests/orders.yaml", "amount: 100, => amount: 101,", 0),
    ("deprecate", "orders", "deprecate orders@1 --sunset 2999-01-01 --message move", 0),
    ("outdated", "sales", "outdated", 0),
    ("update", "sales", "update", 0),
    ("yank", "orders", "yank orders@1.0.0 --reason broken", 0),
    ("retire", "sales", "retire sales@1", 0),
    ("gc", "sales", "gc --dry-run", 0),
)


def collect(directory: Path) -> dict[str, list[Any]]:
    """The documents that each verb printed, run in `directory`; standard error is left alone."""
    write_files(directory / "orders", ORDERS)
    write_files(directory / "sales", SALES)
    (directory / "new").mkdir()
    (directory / "tables.sql").write_text("CREATE TABLE seats (id integer PRIMARY KEY DEFAULT 0);")
    found: dict[str, list[Any]] = {}
    for verb, place, command, code in COMMANDS:
        if verb == "edit":
            _edit(directory / place, *command.split(" => "))
            continue
        out = io.StringIO()
        with _inside(directory / place), contextlib.redirect_stdout(out):
            ended = run([*shlex.split(command), "--format", "json"])
        assert ended == code, f"{command}: {ended}\n{out.getvalue()}"
        found.setdefault(verb, []).append(json.loads(out.getvalue()))
    return found


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")


@contextlib.contextmanager
def _inside(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def key_paths(data: Any, prefix: str = "") -> set[str]:
    """The paths of all keys: `changes[].place.line`."""
    if isinstance(data, dict):
        found = set()
        for key, value in data.items():
            path = f"{prefix}.{key}" if prefix else key
            found |= {path} | key_paths(value, path)
        return found
    if isinstance(data, list):
        return {path for item in data for path in key_paths(item, f"{prefix}[]")}
    return set()
