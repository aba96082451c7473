"""Test results as JUnit XML, as continuous integration reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from hansa.cli.reports.paths import ReportPaths
from hansa.cli.reports.xml_text import document, element, holdable
from hansa.testing.difference import format_difference
from hansa.testing.runner import Status, TestReport, TestResult


def junit_xml(product: str, report: TestReport, paths: ReportPaths, now: datetime) -> bytes:
    """The file: one suite for the product, one case for each test, its class the model."""
    totals = _totals(report.results)
    cases = [_case(product, one, paths) for one in report.results]
    attributes = {"name": product, "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}", **totals}
    suite = element("testsuite", attributes, *cases)
    if report.warnings:
        lines = (f"warning: {warning.message}" for warning in report.warnings)
        suite.append(_text("system-err", {}, "\n".join(lines)))
    return document(element("testsuites", {"name": "hansa", **totals}, suite))


def _totals(results: Sequence[TestResult]) -> dict[str, object]:
    failures = sum(one.status == Status.FAILED for one in results)
    passed = sum(one.status == Status.PASSED for one in results)
    return {
        "tests": len(results),
        "failures": failures,
        "errors": len(results) - failures - passed,
        "skipped": 0,
        "time": _seconds(sum(one.seconds for one in results)),
    }


def _case(product: str, result: TestResult, paths: ReportPaths) -> Element:
    place = result.place
    attributes = {
        "classname": f"{product}.{result.model}",
        "name": result.name,
        "time": _seconds(result.seconds),
        "file": paths.place(place.file) if place else None,
        "line": place.line if place and place.line else None,
    }
    case = element("testcase", attributes)
    if result.status != Status.PASSED:
        tag = "failure" if result.status == Status.FAILED else "error"
        case.append(_text(tag, {"message": result.message, "type": result.status}, _body(result)))
    return case


def _body(result: TestResult) -> str:
    lines = [result.message or ""]
    if result.hint:
        lines.append(f"hint: {result.hint}")
    if result.difference:
        lines += format_difference(result.difference)
    return "\n".join(lines)


def _text(tag: str, attributes: Mapping[str, object], text: str) -> Element:
    made = element(tag, attributes)
    made.text = holdable(text)
    return made


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
