"""hansa test --junit: one case for each test, whatever its texts hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.cli.reports.junit import junit_xml
from hansa.cli.reports.paths import ReportPaths
from hansa.core.diagnostic import Diagnostic
from hansa.errors import Place
from hansa.testing.runner import Status, TestReport, TestResult

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REPORT = TestReport(
    (
        TestResult("fine", "m", Status.PASSED, 0.25, place=Place("/repo/shop/tests/a.yaml", 3, 5)),
        TestResult("wrong", "m", Status.FAILED, 0.5, "one row \x1b[31mdiffers", place=Place("x")),
        TestResult("]]><broken>", "n", Status.ERROR, 1, "no \ud800 \x00 column", "mend & run"),
    ),
    (Diagnostic("odd", "a row claims < the impossible"),),
)
EXPECTED = r"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="hansa" tests="3" failures="1" errors="1" skipped="0" time="1.750">
  <testsuite name="shop" timestamp="2026-01-02T03:04:05" tests="3" failures="1" errors="1" \
skipped="0" time="1.750">
    <testcase classname="shop.m" name="fine" time="0.250" file="shop/tests/a.yaml" line="3" />
    <testcase classname="shop.m" name="wrong" time="0.500" file="/elsewhere/x">
      <failure message="one row \x1b[31mdiffers" type="failed">one row \x1b[31mdiffers</failure>
    </testcase>
    <testcase classname="shop.n" name="]]&gt;&lt;broken&gt;" time="1.000">
      <error message="no \ud800 \x00 column" type="error">no \ud800 \x00 column
hint: mend &amp; run</error>
    </testcase>
    <system-err>warning: a row claims &lt; the impossible</system-err>
  </testsuite>
</testsuites>
"""


def test_the_whole_file(tmp_path: Path) -> None:
    data = junit_xml("shop", REPORT, ReportPaths(Path("/repo"), "/repo/shop"), MOMENT)

    text = data.decode().replace(Path("x").resolve().as_posix(), "/elsewhere/x")
    assert text == EXPECTED.replace("\\\n", "")
    assert len(list(etree.fromstring(data).iter("testcase"))) == 3


def test_the_command_writes_it_also_when_tests_fail(hansa: Hansa, tmp_path: Path) -> None:
    orders = write_files(tmp_path / "orders", ORDERS)
    model = orders / "models/fct_orders.sql"
    model.write_text(model.read_text(encoding="utf-8").replace(">= 100", "> 100"), encoding="utf-8")

    result = hansa("test --junit results.xml --format json", "orders")

    assert (result.code, "coverage" in result.json) == (1, False)
    case = etree.parse(orders / "results.xml").find("testsuite/testcase")
    assert case is not None
    assert (case.get("file"), case.get("classname")) == ("tests/orders.yaml", "orders.fct_orders")
    assert "size" in (case.findtext("failure") or "")
