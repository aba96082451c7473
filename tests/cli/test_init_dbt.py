"""`hansa init` in a dbt project asks a person at a terminal which models shall be public."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.projects.dbt.manifests import manifest, model
from tests.projects.dbt.products import write_project

pty = pytest.importorskip("pty")

LONGEST = 60.0


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    orders = model("orders", "select 1 as id")
    reader = model(
        "sales",
        'select id from "db"."main"."orders"',
        depends_on={"nodes": ["model.shop.orders"], "macros": []},
    )
    write_project(tmp_path, manifest(orders, reader), {})
    for file in ("product.yaml", "contract.yaml"):
        (tmp_path / file).unlink()
    return tmp_path


class Terminal:
    """A command at a terminal of its own, and what a person sees and types there."""

    def __init__(self, command: list[str], directory: Path) -> None:
        self._own, theirs = pty.openpty()
        environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        self._process = subprocess.Popen(
            command, cwd=directory, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.seen = ""

    def read_until(self, text: str) -> None:
        until = time.monotonic() + LONGEST
        while text not in self.seen:
            assert time.monotonic() < until, self.seen
            if select.select([self._own], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self._own, 4096).decode()
                except OSError:
                    break
        assert text in self.seen, self.seen

    def write(self, text: str) -> None:
        self.seen = ""
        os.write(self._own, text.encode())

    def end(self) -> int:
        try:
            return self._process.wait(LONGEST)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._own)


def init(shop: Path) -> Terminal:
    return Terminal([sys.executable, "-m", "hansa", "init"], shop)


def public(shop: Path) -> list[str]:
    lines = (shop / "contract.yaml").read_text("utf-8").splitlines()
    return [line.split("name:")[1].strip() for line in lines if line.startswith("  - name:")]


def test_enter_takes_what_is_proposed(shop: Path) -> None:
    terminal = init(shop)
    terminal.read_until("public models (names or globs) [sales]: ")
    terminal.write("\n")
    terminal.read_until("next: hansa check")
    assert terminal.end() == 0
    assert public(shop) == ["sales"]


def test_names_are_asked_for_again_until_one_is_there(shop: Path) -> None:
    terminal = init(shop)
    terminal.read_until("[sales]: ")
    terminal.write("nothing\n")
    terminal.read_until("no model has such a name")
    terminal.read_until("[sales]: ")
    terminal.write("ord*, sales\n")
    terminal.read_until("next: hansa check")
    assert terminal.end() == 0
    assert sorted(public(shop)) == ["orders", "sales"]


def test_the_end_of_input_writes_nothing(shop: Path) -> None:
    terminal = init(shop)
    terminal.read_until("[sales]: ")
    terminal.write("\x04")
    assert terminal.end() != 0
    assert not (shop / "product.yaml").exists()
