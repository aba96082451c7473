"""Coverage as Cobertura XML: obligations are the branches of the lines where they start."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from xml.etree.ElementTree import Element

from hansa import __version__
from hansa.cli.reports.lines import Line, count_lines, count_met
from hansa.cli.reports.paths import ReportPaths
from hansa.cli.reports.xml_text import document, element, holdable
from hansa.testing.coverage import CoverageReport, ModelCoverage

_DOCTYPE = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">\n'
_Counted = tuple[ModelCoverage, tuple[Line, ...]]


def cobertura_xml(report: CoverageReport, paths: ReportPaths, now: datetime) -> bytes:
    """The file: a package for each folder of models, a class for each model."""
    models = [(model, count_lines(model)) for model in report.models]
    lines = [line for _, found in models for line in found]
    covered, met, total = _counts(lines)
    sources = element("sources", {}, _text("source", paths.root.as_posix()))
    attributes = {
        "version": f"hansa {__version__}",
        "timestamp": int(now.timestamp() * 1000),
        "lines-valid": len(lines),
        "lines-covered": covered,
        "branches-valid": total,
        "branches-covered": met,
        **_rates(lines),
    }
    packages = element("packages", {}, *_packages(models, paths))
    return document(element("coverage", attributes, sources, packages), _DOCTYPE)


def _packages(models: Sequence[_Counted], paths: ReportPaths) -> list[Element]:
    found = []
    by_folder = sorted(models, key=lambda one: (posixpath.dirname(one[0].path), one[0].model))
    for folder, group in groupby(by_folder, lambda one: posixpath.dirname(one[0].path)):
        inside = list(group)
        lines = [line for _, counted in inside for line in counted]
        classes = element("classes", {}, *(_class(*one, paths) for one in inside))
        attributes = {"name": folder.replace("/", "."), **_rates(lines)}
        found.append(element("package", attributes, classes))
    return found


def _class(model: ModelCoverage, lines: Sequence[Line], paths: ReportPaths) -> Element:
    attributes = {"name": model.model, "filename": paths.name(model.path), **_rates(lines)}
    shown = element("lines", {}, *(_line(line) for line in lines))
    return element("class", attributes, element("methods", {}), shown)


def _line(line: Line) -> Element:
    conditions = [
        element("condition", {"number": number, "type": "jump", "coverage": f"{share}%"})
        for number, branch in enumerate(line.branches)
        for share in (_percent(count_met(branch), len(branch)),)
    ]
    met, total = count_met(line.outcomes), len(line.outcomes)
    attributes = {
        "number": line.number,
        "hits": line.hits,
        "branch": "true",
        "condition-coverage": f"{_percent(met, total)}% ({met}/{total})",
    }
    return element("line", attributes, element("conditions", {}, *conditions))


def _counts(lines: Sequence[Line]) -> tuple[int, int, int]:
    """Lines of which something is met, outcomes that are, and all outcomes."""
    outcomes = [one for line in lines for one in line.outcomes]
    return sum(line.hits > 0 for line in lines), count_met(outcomes), len(outcomes)


def _rates(lines: Sequence[Line]) -> dict[str, object]:
    covered, met, total = _counts(lines)
    return {
        "line-rate": _rate(covered, len(lines)),
        "branch-rate": _rate(met, total),
        "complexity": 0,
    }


def _rate(part: int, whole: int) -> str:
    return f"{part / whole if whole else 1:.4g}"


def _percent(part: int, whole: int) -> int:
    """Whole percents, rounded down, so that 100 means all."""
    return 100 * part // whole


def _text(tag: str, text: str) -> Element:
    made = element(tag, {})
    made.text = holdable(text)
    return made
