"""hansa test --lcov: the trace, and lcov's own reading of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.reports.samples import BIG, EMPTY, HOSTILE, SMALL
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.cli.reports.lcov import lcov_trace
from hansa.cli.reports.paths import ReportPaths
from hansa.testing.coverage import CoverageReport, ModelCoverage

PATHS = ReportPaths(Path("/repo"), "/repo/shop")


def test_each_construct_is_a_block_with_a_branch_for_each_outcome() -> None:
    trace = lcov_trace(CoverageReport((BIG, EMPTY, SMALL)), PATHS)

    assert trace.decode().splitlines() == [
        "TN:",
        "SF:shop/models/big.sql",
        "BRDA:2,0,0,2",
        "BRDA:2,0,1,0",
        "BRDA:2,1,0,1",
        "BRDA:4,0,0,1",
        "BRDA:4,0,1,0",
        "BRF:5",
        "BRH:3",
        "DA:2,2",
        "DA:4,1",
        "LF:2",
        "LH:2",
        "end_of_record",
        "TN:",
        "SF:shop/models/deep/small.sql",
        "BRDA:1,0,0,-",
        "BRF:1",
        "BRH:0",
        "DA:1,0",
        "LF:1",
        "LH:0",
        "end_of_record",
    ]


def test_a_name_begins_no_record_of_its_own() -> None:
    forged = ModelCoverage("m", "models/a\nend_of_record\r\nSF:b.sql", SMALL.obligations)

    lines = lcov_trace(CoverageReport((forged,)), PATHS).decode().splitlines()

    assert lines[1] == "SF:shop/models/a?end_of_record??SF:b.sql"
    assert lcov_trace(HOSTILE, PATHS).count(b"\n") == 9


@pytest.mark.skipif(shutil.which("genhtml") is None, reason="lcov is not installed")
def test_genhtml_reads_the_same_figures(hansa: Hansa, tmp_path: Path) -> None:
    orders = write_files(tmp_path / "orders", ORDERS)
    assert hansa("test --lcov coverage.info", "orders").code == 0

    done = subprocess.run(
        ["genhtml", "--branch-coverage", "--output-directory", "pages", "coverage.info"],
        cwd=orders,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"(\w+)\.*: [\d.]+% \((\d+) of (\d+)", done.stdout) == [
        ("lines", "3", "3"),
        ("branches", "6", "7"),
    ]
    assert "coalesce" in (orders / "pages/models/staging/stg_orders.sql.gcov.html").read_text()
