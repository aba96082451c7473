"""`hansa test --watch` as a process: what it runs again, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest
from tests.conftest import write_files
from tests.projects.samples import CONTRACT, FILES, PRODUCT

ORDERS = "unit_tests:\n" + "".join(
    f"  - name: {name}\n    model: {model}\n    given: [{{input: raw.orders, {given}}}]\n"
    f"    expect: {{rows: [{{id: 1}}]}}\n"
    for name, model, given in [
        ("of_orders", "orders", "rows: [{id: 1}]"),
        ("of_staging", "stg_orders", "rows: [{id: 1}]"),
        ("from_a_file", "stg_orders", "file: rows.csv"),
        ("of_other", "other", "rows: [{id: 1}]"),
    ]
)
PRODUCT_FILES = {
    **FILES,
    "product.yaml": PRODUCT.replace("requires:\n  customers: ^1.2\n", ""),
    "contract.yaml": CONTRACT,
    "models/other.sql": "select id from raw.orders\n",
    "tests/orders.yaml": ORDERS,
    "tests/rows.csv": "id\n1\n",
}
PATIENCE = 60


class Watched:
    """A process that watches, its output line by line, and the directory."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hansa", "test", "--watch", *options, "-C", str(directory)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def until(self, part: str) -> list[str]:
        """The lines up to one that holds `part`."""
        lines: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                lines.append(self._lines.get(timeout=0.5))
            except Empty:
                continue
            if part in lines[-1]:
                return lines
        raise AssertionError(f"no {part!r} in {lines}")

    def write(self, files: dict[str, str]) -> None:
        write_files(self.directory, files)

    def end(self) -> tuple[int, list[str]]:
        """Ctrl-C, the exit code, and what was printed after it."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        rest = []
        while not self._lines.empty():
            rest.append(self._lines.get())
        return code, rest


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    write_files(tmp_path, PRODUCT_FILES)
    found = Watched(tmp_path)
    yield found
    if found.process.poll() is None:
        found.process.kill()
        found.process.wait()
    assert found.process.stdout is not None
    found._reader.join(PATIENCE)
    found.process.stdout.close()


def test_a_change_runs_again_what_it_touches(watched: Watched) -> None:
    assert watched.until("passed") == ["watching; Ctrl-C ends it", "4 passed"]
    # a model touches the tests of all that is computed from it
    watched.write({"models/staging/stg_orders.sql": "select id + 1 as id, amount from raw.orders"})
    lines = watched.until("passed")
    assert lines[1] == "changed: models/staging/stg_orders.sql"
    assert lines[-1] == "3 failed, 0 passed"
    # others leave alone what fails, and say so
    watched.write({"models/other.sql": "select id, 1 as one from raw.orders\n"})
    assert watched.until("still failing")[-2:] == [
        "1 passed",
        "still failing: from_a_file, of_orders, of_staging",
    ]
    # what cannot be read is told, and the next state is compared with the last good one
    watched.write({"tests/orders.yaml": ORDERS + "  - nonsense\n"})
    assert "wrong_type" in watched.until("wrong_type")[-1]
    watched.write(
        {
            "tests/orders.yaml": ORDERS,
            "models/staging/stg_orders.sql": "select id, amount from raw.orders",
        }
    )
    assert watched.until("passed")[-1] == "3 passed"
    # a fixture touches the tests that read it
    watched.write({"tests/rows.csv": "id\n2\n"})
    assert watched.until("passed")[-1] == "1 failed, 0 passed"
    watched.write({"tests/rows.csv": "id\n1\n"})
    assert watched.until("passed")[-1] == "1 passed"
    watched.write({"README.md": "# Other\n"})
    assert watched.until("touched")[-1] == "no test is touched"
    # product.yaml may touch everything
    watched.write({"product.yaml": PRODUCT_FILES["product.yaml"] + "description: x\n"})
    assert watched.until("passed")[-1] == "4 passed"
    assert watched.end() == (0, [])


def test_coverage_of_all_tests_is_shown_after_every_change(tmp_path: Path) -> None:
    write_files(tmp_path, PRODUCT_FILES)
    found = Watched(tmp_path, "--coverage")
    try:
        first = found.until("TOTAL")
        assert "4 passed" in first
        assert first[-1].split()[1:3] == ["0", "0"]
        found.write({"models/other.sql": "select id from raw.orders where id > 0\n"})
        lines = found.until("TOTAL")
        assert "4 passed" in lines
        # `id > 0` is true of the only row, so that it is false is missed
        assert lines[-1].split()[1:3] == ["2", "1"]
        assert found.end()[0] == 0
    finally:
        if found.process.poll() is None:
            found.process.kill()
            found.process.wait()
        assert found.process.stdout is not None
        found._reader.join(PATIENCE)
        found.process.stdout.close()


def test_watching_is_for_people(tmp_path: Path) -> None:
    write_files(tmp_path, PRODUCT_FILES)
    found = Watched(tmp_path, "--format", "json")
    assert found.process.wait(PATIENCE) == 2
    assert "watching shows the results as text" in found.until("error:")[-1]
    assert found.process.stdout is not None
    found._reader.join(PATIENCE)
    found.process.stdout.close()
