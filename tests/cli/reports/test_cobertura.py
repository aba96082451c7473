"""hansa test --cobertura: valid by the format's DTD, with obligations as branches."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from lxml import etree
from tests.cli.reports.samples import HOSTILE, REPORT
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.cli.reports.cobertura import cobertura_xml
from hansa.cli.reports.paths import ReportPaths
from hansa.testing.coverage import CoverageReport

# The declarations of coverage-04, as readers of the format rely on them.
RATES = "line-rate CDATA #REQUIRED branch-rate CDATA #REQUIRED"
DTD = f"""
<!ELEMENT coverage (sources?, packages)>
<!ATTLIST coverage {RATES} lines-covered CDATA #REQUIRED lines-valid CDATA #REQUIRED
  branches-covered CDATA #REQUIRED branches-valid CDATA #REQUIRED complexity CDATA #REQUIRED
  version CDATA #REQUIRED timestamp CDATA #REQUIRED>
<!ELEMENT sources (source*)>
<!ELEMENT source (#PCDATA)>
<!ELEMENT packages (package*)>
<!ELEMENT package (classes)>
<!ATTLIST package name CDATA #REQUIRED {RATES} complexity CDATA #REQUIRED>
<!ELEMENT classes (class*)>
<!ELEMENT class (methods, lines)>
<!ATTLIST class name CDATA #REQUIRED filename CDATA #REQUIRED {RATES}
  complexity CDATA #REQUIRED>
<!ELEMENT methods (method*)>
<!ELEMENT method (lines)>
<!ATTLIST method name CDATA #REQUIRED signature CDATA #REQUIRED {RATES}
  complexity CDATA #REQUIRED>
<!ELEMENT lines (line*)>
<!ELEMENT line (conditions*)>
<!ATTLIST line number CDATA #REQUIRED hits CDATA #REQUIRED branch CDATA "false"
  condition-coverage CDATA "100%">
<!ELEMENT conditions (condition*)>
<!ELEMENT condition EMPTY>
<!ATTLIST condition number CDATA #REQUIRED type CDATA #REQUIRED coverage CDATA #REQUIRED>
"""
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def parse(data: bytes) -> etree._Element:
    """The document, after checking it against the DTD; nothing is fetched."""
    root = etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True))
    dtd = etree.DTD(StringIO(DTD))
    assert dtd.validate(root), dtd.error_log
    return root


def test_obligations_are_the_branches_of_their_line() -> None:
    root = parse(cobertura_xml(REPORT, ReportPaths(Path("/repo"), "/repo/shop"), MOMENT))

    assert dict(root.attrib) | {"version": ""} == {
        "version": "",
        "timestamp": "1767323045000",
        "lines-valid": "3",
        "lines-covered": "2",
        "branches-valid": "6",
        "branches-covered": "3",
        "line-rate": "0.6667",
        "branch-rate": "0.5",
        "complexity": "0",
    }
    assert root.findtext("sources/source") == "/repo"
    assert [package.get("name") for package in root.iter("package")] == ["models", "models.deep"]
    assert {
        (model.get("name"), model.get("filename"), model.get("branch-rate"))
        for model in root.iter("class")
    } == {
        ("big", "shop/models/big.sql", "0.6"),
        ("empty", "shop/models/empty.sql", "1"),
        ("small", "shop/models/deep/small.sql", "0"),
    }
    assert [
        (
            line.get("number"),
            line.get("hits"),
            line.get("condition-coverage"),
            [one.get("coverage") for one in line.iter("condition")],
        )
        for line in root.iter("line")
    ] == [
        ("2", "2", "66% (2/3)", ["50%", "100%"]),
        ("4", "1", "50% (1/2)", ["50%"]),
        ("1", "0", "0% (0/1)", ["0%"]),
    ]


@pytest.mark.parametrize("report", [CoverageReport(), HOSTILE], ids=["nothing", "hostile names"])
def test_the_odd_is_valid_too(report: CoverageReport) -> None:
    root = parse(cobertura_xml(report, ReportPaths(Path("/r"), "/r"), MOMENT))

    names = [model.get("filename") for model in root.iter("class")]
    assert names == ["models/<&\\x1b\\udcff'\">.sql" for _ in report.models]


def test_the_command_writes_it_below_folders_that_are_not_there(
    hansa: Hansa, tmp_path: Path
) -> None:
    orders = write_files(tmp_path / "orders", ORDERS)

    result = hansa("test --cobertura out/deep/coverage.xml", "orders")

    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("wrote Cobertura XML to out/deep/coverage.xml\n")
    root = parse((orders / "out/deep/coverage.xml").read_bytes())
    assert root.get("branch-rate") == "0.8571"
    source = Path(root.findtext("sources/source") or "")
    assert all((source / str(one.get("filename"))).is_file() for one in root.iter("class"))


def test_a_place_that_cannot_be_written_is_told(hansa: Hansa, tmp_path: Path) -> None:
    write_files(tmp_path / "orders", {**ORDERS, "file": ""})

    result = hansa("test --cobertura file/coverage.xml", "orders")

    assert result.code == 3
    assert result.err == (
        "error: `file/coverage.xml` cannot be written: file exists\n"
        "hint: name a place where files can be written\n"
    )
